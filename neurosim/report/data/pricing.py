"""What ``neurosim price`` says: the same counts at other prices."""

from __future__ import annotations

from typing import Any

from neurosim import units
from neurosim.energy.cost_comparison import CostComparison
from neurosim.energy.pricing.energy_report import EnergyReport
from neurosim.ledger.record import Record
from neurosim.report.data.caveats import of_results
from neurosim.report.data.summary import priced
from neurosim.report.terminal.tables import folded
from neurosim.report.terminal.tables import text as table_text

SCHEMA = "neurosim/price/1"


def facts(record: Record, bill: CostComparison) -> dict[str, Any]:
    """Return the energies as plain JSON: ``results[]`` in the order of the run, ``baselines`` and ``ratios``."""
    return {
        "schema": SCHEMA,
        "workload": record.workload,
        "policy": bill.policy.to_json(),
        "results": [
            {"name": result.name, "energy": {table: report.to_json() for table, report in reports.items()}}
            for result, reports in zip(record.results, bill.results, strict=True)
        ],
        **priced(bill),
    }


def text(record: Record, bill: CostComparison, width: int) -> str:
    """Return for each table the energy of every result, then what is missing from it and what is outside its scope."""
    parts = []
    for table in bill.tables:
        reports = [(result.name, priced[table.id]) for result, priced in zip(record.results, bill.results, strict=True)]
        rows = [
            {"result": name, "energy": energy_in_words(report), "band": band_in_words(report)}
            for name, report in reports
        ]
        notes = [f"{name}: {report.headline()}" for name, report in reports if report.unpriced]
        outside = dict.fromkeys(op for _, report in reports for op in report.outside_scope)
        if outside:
            notes.append(f"counted, outside this scope: {', '.join(outside)}")
        notes += of_results([(name, (*report.warnings, *report.notices)) for name, report in reports])
        heading = folded(f"{table.id}, per image, {reports[0][1].label}", width)
        blocks = [heading, table_text(rows, width), "\n".join(folded(note, width) for note in notes)]
        parts.append("\n\n".join(block for block in blocks if block))
    return "\n\n".join(parts)


def energy_in_words(report: EnergyReport) -> str:
    """Return an energy; of a partial one, that it is one."""
    return units.format_quantity(report.partial_pj, "pJ") + (" PARTIAL" if report.unpriced else "")


def band_in_words(report: EnergyReport) -> str:
    """Return the band; nothing for a sum that something is missing from."""
    if report.low_pj is None or report.high_pj is None:
        return ""
    return " to ".join(units.format_quantity(end, "pJ", 3) for end in (report.low_pj, report.high_pj))

"""What ``neurosim price`` prints: the energy of every result by each table."""

from __future__ import annotations

from collections.abc import Iterator

from neurosim import units
from neurosim.energy.cost_comparison import CostComparison
from neurosim.energy.pricing.energy_report import EnergyReport
from neurosim.energy.tables.table import Table
from neurosim.ledger.record import Record
from neurosim.report.data.caveats import of_results
from neurosim.report.terminal.tables import folded
from neurosim.report.terminal.tables import text as table_text


def text(record: Record, costs: CostComparison, width: int) -> str:
    """Return the energies as text.

    Parameters
    ----------
    record : Record
        What was counted.
    costs : CostComparison
        Its energies by each table.
    width : int
        Characters of a line.

    Returns
    -------
    str
        For each table the energy and the band of every result, what has no price, and what is outside the scope.
    """
    return "\n\n".join("\n\n".join(_blocks(record, costs, table, width)) for table in costs.tables)


def _blocks(record: Record, costs: CostComparison, table: Table, width: int) -> Iterator[str]:
    """Yield the heading, the energies and the notes of one table."""
    reports = [
        (result.name, by_table[table.id]) for result, by_table in zip(record.results, costs.results, strict=True)
    ]
    yield folded(f"{table.id}, per image, {reports[0][1].label}", width)
    rows = [
        {"result": name, "energy": energy_in_words(report), "band": band_in_words(report)} for name, report in reports
    ]
    yield table_text(rows, width)
    notes = [f"{name}: {report.headline()}" for name, report in reports if report.unpriced]
    outside = dict.fromkeys(op for _, report in reports for op in report.outside_scope)
    if outside:
        notes.append(f"counted, outside this scope: {', '.join(outside)}")
    notes += of_results([(name, (*report.warnings, *report.notices)) for name, report in reports])
    if notes:
        yield "\n".join(folded(note, width) for note in notes)


def energy_in_words(report: EnergyReport) -> str:
    """Return an energy, marked where it is a partial sum."""
    return units.format_quantity(report.partial_pj, "pJ") + (" PARTIAL" if report.unpriced else "")


def band_in_words(report: EnergyReport) -> str:
    """Return the band; nothing for a partial sum."""
    if report.low_pj is None or report.high_pj is None:
        return ""
    return " to ".join(units.format_quantity(end, "pJ", 3) for end in (report.low_pj, report.high_pj))

"""What ``neurosim price`` says: the same counts at other prices."""

from __future__ import annotations

from typing import Any

from neurosim.energy.bill import Bill
from neurosim.report.listing import text as table_text
from neurosim.report.summary import priced
from neurosim.report.text import energy_text
from neurosim.simulation.record import Record

SCHEMA = "neurosim/price/1"


def facts(record: Record, bill: Bill) -> dict[str, Any]:
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


def text(record: Record, bill: Bill, width: int) -> str:
    """Return the energies in words, one line per result and table, then what is not in them."""
    rows = [
        {"result": result.name, "table": table, "energy per image": energy_text(report)}
        for result, reports in zip(record.results, bill.results, strict=True)
        for table, report in reports.items()
    ]
    lines = [table_text(rows, width)]
    for table in bill.tables:
        report = bill.results[0][table.id]
        if report.outside_scope:
            lines.append(f"{table.id}: counted, outside this scope: {', '.join(report.outside_scope)}")
        lines += [f"{table.id}: {line}" for line in (*report.warnings, *report.notices)]
    return "\n".join(lines)

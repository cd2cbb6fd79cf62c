"""``price --json``: the energies of a stored run by other tables."""

from __future__ import annotations

from typing import Any

from neurosim.energy.cost_comparison import CostComparison
from neurosim.ledger.record import Record
from neurosim.report.data.summary import priced

SCHEMA = "neurosim/price/1"


def facts(record: Record, costs: CostComparison) -> dict[str, Any]:
    """Return the energies as plain JSON: ``results[]`` in the order of the run, ``baselines`` and ``ratios``."""
    return {
        "schema": SCHEMA,
        "workload": record.workload,
        "policy": costs.policy.to_json(),
        "results": [
            {"name": result.name, "energy": {table: report.to_json() for table, report in reports.items()}}
            for result, reports in zip(record.results, costs.results, strict=True)
        ],
        **priced(costs),
    }

"""``summary.json`` and ``run --json``: one object for scripts, whose fields never change their meaning.

It is the record of the run with the energy of each result, so a :class:`Record` can be read back from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurosim.energy.analysis.ratio import Ratio
from neurosim.energy.cost_comparison import CostComparison
from neurosim.energy.pricing.energy_report import EnergyReport
from neurosim.errors import DocumentError
from neurosim.ledger.record import Record, from_json, to_json
from neurosim.provenance import MODEL_VERSION, __version__

SCHEMA = "neurosim/run/1"


def summary(
    record: Record,
    costs: CostComparison,
    wall: Mapping[str, float] | None = None,
    *,
    run_id: str = "",
    out_dir: str | None = None,
) -> dict[str, Any]:
    """Return the summary as plain JSON; energies are per image.

    ``wall`` holds ``compile_s build_s functional_s timing_s report_s total_s`` and ``peak_rss_mb``. A ValueError where
    the costs is of another record.
    """
    facts = to_json(record)
    return {
        "schema": SCHEMA,
        "run_id": run_id,
        "workload": record.workload,
        "out_dir": out_dir,
        "neurosim_version": __version__,
        "model_version": MODEL_VERSION,
        "seed": record.seed,
        "network": facts["network"],
        "stimulus": facts["stimulus"],
        "chip": facts["chip"],
        "results": [
            {**result, "energy": {table: report.to_json() for table, report in reports.items()}}
            for result, reports in zip(facts["results"], costs.results, strict=True)
        ],
        **priced(costs),
        "wall": dict(wall or {}),
        "notices": facts["notices"],
    }


def priced(costs: CostComparison) -> dict[str, Any]:
    """Return the baselines as plain JSON: ``baselines``, ``baseline_notices`` and ``ratios``.

    The energy of a baseline is one number at compute only and beyond it ``{ideal_reuse, no_reuse}``; it is null where
    an operation of it has no price. Each ratio, of the first result, has its band beside it as ``NAME_band``.
    """
    return {
        "baselines": {
            id: {
                "macs": _whole(costs.baselines[id].macs),
                **{table: _one_or_pair(pair) for table, pair in by_table.items()},
            }
            for id, by_table in costs.baseline_reports.items()
        },
        "baseline_notices": list(costs.notices),
        "ratios": {table: _with_bands(ratios) for table, ratios in costs.ratios.items()},
    }


def recorded(summary: Mapping[str, Any]) -> Record:
    """Return the record of a summary, without ledgers and placements.

    A DocumentError for an object of another schema.
    """
    if summary.get("schema") != SCHEMA:
        raise DocumentError(f"schema: found {summary.get('schema')!r}; wanted '{SCHEMA}'")
    record: Record = from_json(Record, summary)
    return record


def _whole(number: float) -> float:
    return int(number) if number == int(number) else number


def _one_or_pair(reports: Mapping[Any, EnergyReport]) -> float | dict[str, float | None] | None:
    if "compute" in reports:
        return reports["compute"].pj
    return {dataflow: report.pj for dataflow, report in reports.items()}


def _with_bands(ratios: Mapping[str, Ratio]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name, ratio in ratios.items():
        facts[name] = ratio.value
        facts[f"{name}_band"] = [ratio.low, ratio.high]
    return facts

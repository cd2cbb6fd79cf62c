"""``sweep.csv``: a sweep as a table, one row per point and result."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any


def rows(
    values: Mapping[str, Any], summary: Mapping[str, Any] | None, refusal: Exception | None
) -> Iterator[dict[str, Any]]:
    """Yield a point's rows: the values that were set, then the measures of each of its results, units in the names.

    Energies are in columns ``energy_pj:TABLE``, per image and in the scope of the run.
    """
    if summary is None:
        yield {**values, "run_id": None, "result": None, "refusal": str(refusal).partition("\n")[0]}
        return
    for result in summary["results"]:
        accuracy, lossless = result["accuracy"], result["lossless"]
        yield {
            **values,
            "run_id": summary["run_id"],
            "result": result["name"],
            "accuracy": accuracy["correct"] / accuracy["images"] if accuracy else None,
            "mismatches": lossless["mismatches"] if lossless else None,
            "spikes_per_neuron": result["activity"]["spikes_per_neuron"],
            "latency_ticks": result["latency"]["ticks"],
            "latency_s": result["latency"]["seconds"],
            "interval_ticks": (result["initiation_interval"] or {}).get("ticks"),
            "packets": result["noc"]["packets"],
            "cores": result["cores"]["used"],
            **{f"energy_pj:{table}": energy["pj"] for table, energy in result["energy"].items()},
            "scope": next(iter(result["energy"].values()))["label"],
            "refusal": None,
        }


def label(values: Mapping[str, Any]) -> str:
    """Return a point's values in one line."""
    return ", ".join(f"{name}={written(value)}" for name, value in values.items())


def written(value: Any) -> str:
    """Return a value as a workload file would have it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return json.dumps(value)


def write_csv(folder: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write ``sweep.csv`` into ``folder``."""
    from pandas import DataFrame

    DataFrame(list(rows)).to_csv(folder / "sweep.csv", index=False, lineterminator="\n")

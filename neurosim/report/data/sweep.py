"""A sweep as a table: one row per point and result, and a figure of what it costs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from neurosim import units
from neurosim.report.terminal.tables import folded, printed


def rows(
    values: Mapping[str, Any], summary: Mapping[str, Any] | None, refusal: Exception | None
) -> Iterator[dict[str, Any]]:
    """Yield a point's rows: the values put in, then what each of its results came to, units in the names.

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


def text(names: Sequence[str], found: Sequence[Mapping[str, Any]], width: int) -> str:
    """Return rows as text: the table, which energy is whose above it, and why points were refused below."""
    tables = list(dict.fromkeys(key for row in found for key in row if key.startswith("energy_pj:")))
    several = len({row["result"] for row in found if row["result"]}) > 1
    shown = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for name in names:
        shown.add_column(name.rpartition(".")[2], overflow="fold")
    if several:
        shown.add_column("result", overflow="fold")
    for title in ("right", "spikes", "latency", "interval"):
        shown.add_column(title, justify="right", no_wrap=True)
    for number, _ in enumerate(tables):
        shown.add_column(f"energy {chr(ord('A') + number)}", justify="right", no_wrap=True)
    refusals = []
    for row in found:
        own = [Text(written(row[name])) for name in names]
        if row["refusal"]:
            refusals.append(f"{label({name: row[name] for name in names})}: {row['refusal']}")
            shown.add_row(*own, *([Text("")] if several else []), Text("refused"))
            continue
        cells = [row["result"]] if several else []
        interval, energies = row["interval_ticks"], (row.get(table) for table in tables)
        cells.append("" if row["accuracy"] is None else units.format_share(row["accuracy"]))
        cells += [f"{row['spikes_per_neuron']:.3f}", units.format_quantity(row["latency_s"], "s")]
        cells.append("" if interval is None else units.format_scaled(interval, "cycles"))
        cells += ["unpriced" if energy is None else units.format_quantity(energy, "pJ") for energy in energies]
        shown.add_row(*own, *map(Text, cells))
    legend = [f"{chr(ord('A') + number)}  {table.partition(':')[2]}" for number, table in enumerate(tables)]
    below = ["", *(folded(refusal, width) for refusal in refusals)] if refusals else []
    return "\n".join([*legend, "", printed(shown, width), *below]) + "\n"


def write(folder: Path, names: Sequence[str], found: Sequence[Mapping[str, Any]]) -> None:
    """Write ``sweep.csv`` and the figure ``sweep`` (PDF, PNG, CSV) into ``folder``."""
    from pandas import DataFrame

    from neurosim.report.figures import sweep
    from neurosim.report.figures.layout import style

    frame = DataFrame(list(found))
    frame.to_csv(folder / "sweep.csv", index=False, lineterminator="\n")
    if frame["result"].notna().any():
        with style.paper():
            figure, data = sweep.draw(frame, names)
        style.save(figure, data, folder / "figures", "sweep")

"""A sweep on a terminal: one row for each point and result, and why points were refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from neurosim import units
from neurosim.report.data.sweep import label, written
from neurosim.report.terminal.tables import folded, printed

TITLES = ("accuracy", "spikes", "latency", "interval")


def text(names: Sequence[str], rows: Sequence[Mapping[str, Any]], width: int) -> str:
    """Return the rows of :func:`neurosim.report.data.sweep.rows` as text.

    Parameters
    ----------
    names : Sequence[str]
        The dotted names of the values that vary.
    rows : Sequence[Mapping[str, Any]]
        One row per point and result.
    width : int
        Characters of a line.

    Returns
    -------
    str
        The legend of the energy tables, the table, and the reasons of refused points.
    """
    energies = list(dict.fromkeys(key for row in rows for key in row if key.startswith("energy_pj:")))
    letters = [chr(ord("A") + rank) for rank, _ in enumerate(energies)]
    has_names = len({row["result"] for row in rows if row["result"]}) > 1
    table = _empty_table(names, letters, has_names)
    for row in rows:
        table.add_row(*map(Text, _cells(row, names, energies, has_names)))
    legend = [f"{letter}  {energy.partition(':')[2]}" for letter, energy in zip(letters, energies, strict=True)]
    refusals = [f"{label({name: row[name] for name in names})}: {row['refusal']}" for row in rows if row["refusal"]]
    below = ["", *(folded(refusal, width) for refusal in refusals)] if refusals else []
    return "\n".join([*legend, "", printed(table, width), *below]) + "\n"


def _empty_table(names: Sequence[str], letters: Sequence[str], has_names: bool) -> Table:
    """Return the table without rows; results have a column of names where there are several."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for name in names:
        table.add_column(name.rpartition(".")[2], overflow="fold")
    if has_names:
        table.add_column("result", overflow="fold")
    for title in (*TITLES, *(f"energy {letter}" for letter in letters)):
        table.add_column(title, justify="right", no_wrap=True)
    return table


def _cells(row: Mapping[str, Any], names: Sequence[str], energies: Sequence[str], has_names: bool) -> list[str]:
    """Return one row as it is printed; a refused point says so in the first column of numbers."""
    values = [written(row[name]) for name in names]
    if row["refusal"]:
        return [*values, *([""] if has_names else []), "refused"]
    interval = row["interval_ticks"]
    return [
        *values,
        *([row["result"]] if has_names else []),
        "" if row["accuracy"] is None else units.format_share(row["accuracy"]),
        f"{row['spikes_per_neuron']:.3f}",
        units.format_quantity(row["latency_s"], "s"),
        "" if interval is None else units.format_scaled(interval, "cycles"),
        *("unpriced" if row.get(energy) is None else units.format_quantity(row[energy], "pJ") for energy in energies),
    ]

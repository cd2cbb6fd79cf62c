"""The use of the core memories: the fullest one of each kind, and their mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from neurosim import units
from neurosim.ledger.record import MemoryUse
from neurosim.report.data.labels import memory_label
from neurosim.report.terminal.tables import text as table_text

HEAD = "core memories in use: the fullest, and the mean"


def text(cases: Sequence[dict[str, Any]], width: int) -> str:
    """Return the ``memories`` of checked cases as a table, one row for each case."""
    rows = [
        {"case": case["name"], **{memory_label(row["memory"]): shares(row) for row in case["memories"]}}
        for case in cases
    ]
    return f"{HEAD}\n\n{table_text(rows, width)}".rstrip("\n")


def fullest(uses: Iterable[MemoryUse]) -> str:
    """Return the use of the fullest memory of each kind in one line."""
    return ", ".join(
        f"{memory_label(use.memory).removesuffix(' memory')} {units.format_share(use.peak_bits / use.size_bits)}"
        for use in uses
    )


def shares(row: dict[str, Any]) -> str:
    """Return the peak and the mean of one kind of memory as shares of its size."""
    return ", ".join(units.format_share(row[bits] / row["size_bits"]) for bits in ("peak_bits", "mean_bits"))

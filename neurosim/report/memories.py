"""How full the memories of the cores are: the fullest one of each kind, and their mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim import units
from neurosim.report.listing import text as table_text

if TYPE_CHECKING:
    from neurosim.chip.spec import ChipSpec
    from neurosim.mapping.memories import Content

HEAD = "memories of the cores in use: the fullest, and the mean"


def facts(found: Iterable[Content], spec: ChipSpec) -> list[dict[str, Any]]:
    """Return one row for each kind of memory as plain JSON; ``layer`` and ``core`` are those of the fullest."""
    by_memory: dict[Any, list[Content]] = {}
    for content in found:
        by_memory.setdefault(content.memory, []).append(content)
    rows = []
    for memory, own in by_memory.items():
        fullest = max(own, key=lambda content: int(content.bits.max()))
        core = int(fullest.bits.argmax())
        rows.append(
            {
                "memory": memory.name,
                "size_bits": memory.size_bits(spec),
                "peak_bits": int(fullest.bits[core]),
                "mean_bits": float(np.concatenate([content.bits for content in own]).mean()),
                "layer": fullest.layer,
                "core": int(fullest.cores[core]),
            }
        )
    return rows


def text(cases: Sequence[dict[str, Any]], width: int) -> str:
    """Return the ``memories`` of checked cases as a table, a line for each case."""
    rows = [{"case": case["name"], **dict(map(cell, case["memories"]))} for case in cases]
    return f"{HEAD}\n\n{table_text(rows, width)}".rstrip("\n")


def cell(row: dict[str, Any]) -> tuple[str, str]:
    """Return a memory's name, and its peak and mean as shares of its size."""
    peak, mean = (units.format_share(row[bits] / row["size_bits"]) for bits in ("peak_bits", "mean_bits"))
    return row["memory"], f"{peak}, {mean}"

"""Figures of a run: one file each, named like the picture it makes; matplotlib is imported when one is drawn.

Each module has ``draw(record, bill, ...) -> (Figure, DataFrame)`` and ``data``, which makes the frame: it holds the
numbers of the picture, and :func:`neurosim.report.figures.layout.style.save` writes both. A figure of another package
is drawn where it is asked for by its name.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from neurosim.energy.cost_comparison import CostComparison
from neurosim.errors import DocumentError
from neurosim.ledger.record import Record
from neurosim.plugins import known, resolve, unknown

FIGURES = (
    "energy_by_layer",
    "energy_against_baselines",
    "latency_by_schedule",
    "activity",
    "core_utilisation",
    "link_load",
    "tornado",
)
OCCASIONAL = ("break_even", "pareto")
"""Figures that come with the others where a run has something to show in them: each has ``suits(record, bill)``."""


def draw(name: str, record: Record, bill: CostComparison) -> tuple[Any, Any]:
    """Draw one figure of a run; returns it and its data. A DocumentError for a name that is not in ``FIGURES``."""
    check(name)
    module = resolve(__name__, name)
    from neurosim.report.figures.layout import style

    with style.paper():
        figure, data = module.draw(record, bill)
    return figure, data


def write_figures(
    folder: Path,
    record: Record,
    bill: CostComparison,
    names: Collection[str],
    advance: Callable[[], Any] = lambda: None,
) -> list[Path]:
    """Draw the named figures and write each as PDF, PNG and CSV into a folder; ``advance`` is called after each."""
    for name in names:
        check(name)
    from neurosim.report.figures.layout import style

    paths: list[Path] = []
    for name in names:
        figure, data = draw(name, record, bill)
        paths += style.save(figure, data, folder, name)
        advance()
    return paths


def figures_of(record: Record, bill: CostComparison) -> tuple[str, ...]:
    """Return the figures that a run has: those that every run has, and the occasional ones that suit it."""
    suitable = (name for name in OCCASIONAL if importlib.import_module(f"{__name__}.{name}").suits(record, bill))
    return (*FIGURES, *suitable)


def check(name: str) -> None:
    """Refuse, with a DocumentError, a figure that there is not."""
    names = (*FIGURES, *OCCASIONAL, *(other for other in known(__name__) if other not in (*FIGURES, *OCCASIONAL)))
    if name not in names:
        raise DocumentError(unknown("figure", name, names))

"""Figures of a run, one file each (:class:`RunFigure`); matplotlib is imported when one is drawn.

``confusion`` draws an evaluation and ``sweep`` a sweep; they are no figures of a run.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.energy.cost_comparison import CostComparison
from neurosim.errors import DocumentError, NeurosimWarning
from neurosim.ledger.record import Record
from neurosim.plugins import known, resolve, unknown

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from neurosim.report.figures.figure import RunFigure

PACKAGE = "neurosim.report.figures"


def names() -> tuple[str, ...]:
    """Return the names of all figures that a run may have; nothing is imported for it."""
    return tuple(known(PACKAGE))


def figure_of(name: str) -> RunFigure:
    """Return a figure by its name or its file; a DocumentError for an unknown one."""
    check(name)
    figure: RunFigure = resolve(PACKAGE, name)()
    return figure


def draw(name: str, record: Record, costs: CostComparison) -> tuple[Figure, DataFrame]:
    """Draw one figure of a run; returns it and its data."""
    figure = figure_of(name)
    from neurosim.report.figures.layout import style

    with style.paper():
        return figure.draw(record, costs)


def write_figures(
    folder: Path,
    record: Record,
    costs: CostComparison,
    names: Collection[str],
    advance: Callable[[], Any] = lambda: None,
) -> list[Path]:
    """Draw the named figures and write each as PDF, PNG and CSV into a folder; ``advance`` is called after each."""
    for name in names:
        check(name)
    from neurosim.report.figures.layout import style

    paths: list[Path] = []
    for name in names:
        figure, data = draw(name, record, costs)
        paths += style.save(figure, data, folder, Path(name).stem)
        advance()
    return paths


def figures_of(record: Record, costs: CostComparison) -> tuple[str, ...]:
    """Return the figures that apply to a run, in their order; one of a broken package is left out with a warning."""
    figures: list[tuple[int, str, RunFigure]] = []
    for name in names():
        try:
            figure = figure_of(name)
        except DocumentError as error:
            warnings.warn(str(error), NeurosimWarning, stacklevel=2)
        else:
            figures.append((figure.rank, name, figure))
    return tuple(
        name for _, name, figure in sorted(figures, key=lambda entry: entry[:2]) if figure.applies(record, costs)
    )


def check(name: str) -> None:
    """Refuse, with a DocumentError, a figure that does not exist."""
    if not name.endswith(".py") and name not in names():
        raise DocumentError(unknown("figure", name, names()))

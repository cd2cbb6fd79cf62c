"""The figures of an evaluation: the confusion matrix, and the activity by layer and time step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from numpy.typing import NDArray

from neurosim.evaluation.classification import ConversionRecord, EvaluationRecord
from neurosim.report.data.evaluation_tables import activity, confusion
from neurosim.report.figures.activity import heat_map
from neurosim.report.figures.layout import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

MARKS = (0, 1, 5, 20, 50, 100)
NAMED, NUMBERED = 20, 12  # most classes whose names, and whose cell numbers, fit a column


def draw(record: EvaluationRecord, part: ConversionRecord) -> tuple[Figure, DataFrame]:
    """Draw the confusion matrix, each row as shares of a label's images; a small one has the numbers of images."""
    matrix = part.evaluation.confusion
    images = matrix.sum(axis=1, keepdims=True)
    shares = np.divide(100 * matrix, images, where=images > 0, out=np.zeros(matrix.shape))
    names, size = record.classes, len(matrix)
    named = list(range(size)) if size <= NAMED else [place for place in range(size) if place % (size // 10) == 0]
    font = style.FONT if size <= NUMBERED else style.SMALL_FONT
    words = [names[place] if size <= NAMED else str(place) for place in named]
    margin = style.text_width(words, font) + 0.3
    upright = max(map(len, words)) <= 2
    below = 0.42 if upright else margin + 0.08
    side = style.ONE_COLUMN - margin - 0.55
    figure = style.sheet(style.ONE_COLUMN, below + side + (0.3 if len(record.parts) > 1 else 0.12))
    cells = style.panel(figure, margin, below, side, side)
    line = 0.4 if size <= NAMED else 0.0
    # The square root of a share, so that rare errors are visible beside the correct predictions.
    norm, colors = PowerNorm(0.5, 0, 100), LinearSegmentedColormap.from_list("shares", [style.PAPER, style.BLUE])
    mesh = cells.pcolormesh(shares, cmap=colors, norm=norm, edgecolor=style.FAINT, linewidth=line)
    cells.set_xlim(0, size)
    cells.set_ylim(size, 0)
    places = [place + 0.5 for place in named]
    cells.set_yticks(places, words, fontsize=font)
    cells.set_xticks(places, words, fontsize=font, rotation=0 if upright else 90)
    cells.tick_params(length=0)
    cells.spines[:].set_visible(False)
    cells.set_xlabel("prediction")
    cells.set_ylabel("label")
    if size <= NUMBERED:
        _numbers(cells, matrix, shares)
    if len(record.parts) > 1:
        cells.set_title(part.name)
    scale = style.panel(figure, margin + side + 0.1, below, 0.08, side)
    figure.colorbar(mesh, cax=scale).outline.set_visible(False)
    scale.set_yticks(MARKS, map(str, MARKS))
    scale.minorticks_off()
    scale.set_ylabel(f"% of the label's {record.of}")
    return figure, confusion(record, part)


def draw_activity(record: EvaluationRecord, part: ConversionRecord) -> tuple[Figure, DataFrame]:
    """Draw spikes per neuron by layer and time step, as the figure of a run."""
    frame = activity(record, part)
    by_step = frame[frame["step"] != "all"].astype({"step": int})
    return heat_map(by_step, part.name if len(record.parts) > 1 else ""), frame


def write_figures(folder: Path, record: EvaluationRecord, advance: Callable[[], Any] = lambda: None) -> list[Path]:
    """Draw both figures of every conversion into ``folder``; those of the second are ``confusion_2`` and so on."""
    paths: list[Path] = []
    for number, part in enumerate(record.parts, start=1):
        suffix = f"_{number}" if number > 1 else ""
        for name, drawn in (("confusion", draw), ("activity", draw_activity)):
            with style.paper():
                figure, data = drawn(record, part)
            paths += style.save(figure, data, folder, f"{name}{suffix}")
            advance()
    return paths


def _numbers(cells: Axes, matrix: NDArray[np.int64], shares: NDArray[np.float64]) -> None:
    """Write the number of images into each cell that has any."""
    for (row, column), images in np.ndenumerate(matrix):
        if images:
            ink = style.INK if shares[row, column] < 40 else style.PAPER
            text = f"{images:,}"
            font = style.SMALL_FONT if len(text) < 5 else style.SMALL_FONT - 1
            cells.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=font, color=ink)

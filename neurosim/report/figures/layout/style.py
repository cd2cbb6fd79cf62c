"""The style of all figures: column widths, embedded 7 pt type, a palette safe for colour blindness, repeatable files.

Figures are made without pyplot, so drawing changes no global state and needs no display.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.textpath import TextPath

from neurosim import units
from neurosim.energy.pricing.energy_report import EnergyReport

if TYPE_CHECKING:
    import pandas

ONE_COLUMN, TWO_COLUMNS = 3.5, 7.16  # inches; the column and the text width of a two-column page
TALLEST = 9.0  # inches
DOTS_PER_INCH = 300
FONT, SMALL_FONT = 7.0, 6.0  # points

# Okabe & Ito, "Color Universal Design" (2008): eight colours that are distinct in all kinds of colour vision.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
INK, SOFT, FAINT, PAPER = "#222222", "#777777", "#E4E4E4", "#FFFFFF"

PART_COLORS = {
    "multiply": VERMILION,
    "add": BLUE,
    "shift": YELLOW,
    "compare": GREEN,
    "reset": PURPLE,
    "synaptic events": BLUE,
    "neuron updates": GREEN,
    "spikes": PURPLE,
    "weight memory": SKY,
    "state memory": ORANGE,
    "spike and axon memory": "#8C6D31",
    "weight reload": "#7F3C00",
    "NoC": "#5B4B8A",
    "host port and barriers": "#AAAAAA",
    "static": "#555555",
}
SEQUENTIAL = "cividis"

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": FONT,
    "axes.titlesize": FONT,
    "axes.labelsize": FONT,
    "xtick.labelsize": FONT,
    "ytick.labelsize": FONT,
    "legend.fontsize": FONT,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.5,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.pad": 2,
    "ytick.major.pad": 2,
    "axes.labelpad": 3,
    "axes.titlepad": 4,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "hatch.linewidth": 0.4,
    "patch.linewidth": 0.4,
    "lines.linewidth": 1.0,
    "legend.frameon": False,
    "legend.handlelength": 0.9,
    "legend.handleheight": 0.9,
    "legend.handletextpad": 0.4,
    "legend.columnspacing": 1.2,
    "legend.borderaxespad": 0.0,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "savefig.dpi": DOTS_PER_INCH,
    "figure.dpi": DOTS_PER_INCH,
}


@contextmanager
def paper() -> Iterator[None]:
    """Use this style within the block."""
    with rc_context(cast(Any, STYLE)):
        yield


def sheet(width: float, height: float) -> Figure:
    """Return an empty figure of this many inches."""
    figure = Figure(figsize=(width, min(height, TALLEST)))
    FigureCanvasAgg(figure)
    return figure


def panel(figure: Figure, left: float, bottom: float, width: float, height: float, **options: Any) -> Axes:
    """Add axes whose place and size are in inches from the lower left corner of the figure."""
    across, up = figure.get_size_inches()
    return figure.add_axes((left / across, bottom / up, width / across, height / up), **options)


def save(figure: Figure, data: pandas.DataFrame, folder: Path, name: str) -> list[Path]:
    """Write NAME.pdf (vector), NAME.png (300 dpi) and NAME.csv (the numbers drawn); return their paths.

    The same figure and data give the same bytes: no file carries the time it was made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.{suffix}" for suffix in ("pdf", "png", "csv")]
    with paper():
        figure.savefig(paths[0], metadata={"CreationDate": None, "Creator": "neurosim", "Producer": None})
        figure.savefig(paths[1], metadata={"Software": None}, dpi=DOTS_PER_INCH)
    data.to_csv(paths[2], index=False, lineterminator="\n")
    return paths


def axis_unit(largest: float, unit: str) -> tuple[str, float]:
    """Return the printed unit of an axis up to ``largest`` of ``unit``, and its size."""
    printed = units.format_quantity(largest, unit).rsplit(" ", 1)[1]
    return printed, float(units.UNITS[printed.translate(units.MICRO)].size / units.UNITS[unit].size)


def tick_unit(largest: float, noun: str) -> tuple[str, float]:
    """Return the printed unit of an axis of large counts (``kcycles``), and its size."""
    printed = units.format_scaled(largest, noun).rsplit(" ", 1)[1]
    prefix = printed.removesuffix(noun)
    return printed, 1000.0 ** units.PREFIXES.index(prefix)


def energy_axis(report: EnergyReport, unit: str) -> str:
    """Return the label of an energy axis: always with its scope, and marked where the sum is partial."""
    partial = f"PARTIAL, {len(report.unpriced)} ops unpriced; " if report.unpriced else ""
    return f"energy per image, {partial}{report.label} ({unit})"


def legend(figure: Figure, parts: Iterable[str], left: float, top: float, columns: int = 8) -> None:
    """Add the colour key of parts in rows whose upper left corner is at ``left``, ``top`` inches in the figure."""
    across, up = figure.get_size_inches()
    patches = [Patch(color=PART_COLORS.get(part, SOFT), label=part, linewidth=0) for part in parts]
    figure.legend(handles=patches, loc="upper left", bbox_to_anchor=(left / across, top / up), ncols=columns)


def text_width(texts: Iterable[str], font: float = FONT) -> float:
    """Return the approximate width in inches of the longest line; DejaVu Sans is 0.54 em wide on average."""
    return max((len(text) for text in texts), default=0) * font * 0.54 / 72


@cache
def ink_width(text: str, font: float) -> float:
    """Return the measured width of a line in inches; slower than ``text_width``."""
    return float(TextPath((0, 0), text, size=font).get_extents().width) / 72

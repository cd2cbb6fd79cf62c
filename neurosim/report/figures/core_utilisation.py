"""How busy each core was, where it is on the mesh, and which layers it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from neurosim.energy.cost_comparison import CostComparison
from neurosim.ledger.record import ChipFacts, CoreUse, Record
from neurosim.report.figures.figure import RunFigure
from neurosim.report.figures.layout import mesh, regions, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

TINY_FONT = style.SMALL_FONT - 1
EM = 1 / 72  # inches of a letter's height, for each point of its font
BESIDE = 0.01  # inches around a label, which keep those of two small regions apart
KEY_ROW, KEY_ABOVE, KEY_GAP, MOST_ROWS = 0.105, 0.04, 0.12, 20


def data(record: Record, result: int = 0) -> DataFrame:
    """Return one row per core in use: its tile, layers, neurons, ticks over all images and busy share."""
    from pandas import DataFrame

    names = {layer.number: layer.name for layer in record.results[result].layers}
    return DataFrame(
        [
            {
                "core": use.core,
                "tile_x": use.x,
                "tile_y": use.y,
                "slot": use.slot,
                "layers": " ".join(names.get(layer, str(layer)) for layer in use.layers),
                "neurons": use.neurons,
                "busy_ticks": use.busy,
                "stalled_ticks": use.stalled,
                "waiting_ticks": use.waiting,
                "busy_fraction": busy_fraction(use),
            }
            for use in record.results[result].core_use
        ]
    )


def busy_fraction(use: CoreUse) -> float:
    """Return the share of the elapsed time in which a core was busy."""
    elapsed = use.busy + use.stalled + use.waiting
    return use.busy / elapsed if elapsed else 0.0


def draw(record: Record, costs: CostComparison | None = None, result: int = 0) -> tuple[Figure, DataFrame]:
    """Draw the mesh with a square for each core, dark lines between layers, and bare outlines where no core is used.

    A region too small for its layer's name has its number, explained in a key below.
    """
    from matplotlib.collections import LineCollection, PolyCollection

    chip, own = record.chip, record.results[result]
    names = {layer.number: layer.name for layer in own.layers}
    held = regions.layers_by_cell(chip, own.core_use)
    sheet = style.ONE_COLUMN if chip.width <= 12 else style.TWO_COLUMNS
    all_numbers = {number for layers in held.values() for number in layers}
    wide, tall = mesh.fitted(chip, sheet - 1.15, style.TALLEST - 0.7 - LegendKey(all_numbers, names, sheet).height)
    labels = list(_labels(chip, held, names, wide / chip.width))
    key = LegendKey({number for label in labels for number in label.numbers}, names, wide + 1.15)
    foot = 0.36 + key.height
    figure = style.sheet(wide + 1.15, tall + 0.24 + foot)
    axes = style.panel(figure, 0.42, foot, wide, tall)
    used = {(use.x, use.y, use.slot): use for use in own.core_use}
    spare = [
        mesh.core_box(chip, x, y, slot).corners
        for y in range(chip.height)
        for x in range(chip.width)
        for slot in range(chip.cores_per_tile)
        if (x, y, slot) not in used
    ]
    mesh.frame(axes, chip, f"; {len(spare):,} unused cores outlined" if spare else "")
    axes.add_collection(PolyCollection(spare, facecolor=style.PAPER, edgecolor="#CFCFCF", linewidth=0.35))
    squares = [mesh.core_box(chip, *place).corners for place in used]
    cells = PolyCollection(squares, cmap=style.SEQUENTIAL, edgecolor=style.PAPER, linewidth=0.25)
    shares = [100 * busy_fraction(use) for use in used.values()]
    cells.set_array(shares)
    cells.set_clim(0, max(shares, default=0.0) or 100.0)
    axes.add_collection(cells)
    lines = regions.borders(held, chip.cores_per_tile)
    axes.add_collection(LineCollection(lines, colors=style.BLACK, linewidths=0.7, capstyle="projecting"))
    for label in labels:
        label.write(axes)
    key.write(figure)
    scale = style.panel(figure, wide + 0.55, foot + tall * 0.1, 0.09, tall * 0.8)
    figure.colorbar(cells, cax=scale).outline.set_visible(False)
    scale.set_ylabel("busy time (%)")
    axes.set_title(own.name)
    return figure, data(record, result)


class Label(NamedTuple):
    """The text in a region and its centre; ``numbers`` are those of layers that the key has to name."""

    text: str
    font: float
    x: float
    y: float
    numbers: tuple[int, ...]

    def write(self, axes: Axes) -> None:
        """Write the label with a halo, so that it is legible on any colour."""
        from matplotlib import patheffects

        halo = [patheffects.withStroke(linewidth=1.4, foreground=style.PAPER)]
        axes.text(self.x, self.y, self.text, ha="center", va="center", fontsize=self.font, path_effects=halo)


def _labels(
    chip: ChipFacts, held: Mapping[regions.Cell, regions.Layers], names: Mapping[int, str], tile_inches: float
) -> Iterator[Label]:
    """Yield a label for each region that fits one: its layers' names, else their numbers; never beyond the region."""
    for layers, cells in regions.regions(held):
        areas = [regions.box(chip, area) for area in regions.rectangles(cells)]
        areas.sort(key=lambda area: (-area.width * area.height, area.y, area.x))
        words, numbers = " + ".join(names.get(layer, str(layer)) for layer in layers), "+".join(map(str, layers))
        for text, font in ((words, style.SMALL_FONT), (numbers, style.SMALL_FONT), (numbers, TINY_FONT)):
            wide, high = style.ink_width(text, font) + BESIDE, font * EM
            room = [area for area in areas if area.width * tile_inches >= wide and area.height * tile_inches >= high]
            if room:
                x, y = room[0].x + room[0].width / 2, room[0].y + room[0].height / 2
                yield Label(text, font, x, y, () if text == words else layers)
                break


class LegendKey:
    """Numbers of layers and their names, in columns along the lower edge of a figure."""

    def __init__(self, numbers: Iterable[int], names: Mapping[int, str], width: float) -> None:
        self.lines = [f"{number}  {names.get(number, '')}" for number in sorted(numbers)]
        self.column = max((style.ink_width(line, style.SMALL_FONT) for line in self.lines), default=0.0) + KEY_GAP
        columns = max(1, int((width - KEY_GAP) / self.column))
        if len(self.lines) > columns * MOST_ROWS:
            self.lines[columns * MOST_ROWS - 1 :] = ["...  layers.csv"]
        self.rows = -(-len(self.lines) // columns)

    @property
    def height(self) -> float:
        """Its height in inches, with the gap above it; 0 where every layer is named in its region."""
        return self.rows * KEY_ROW + KEY_ABOVE if self.lines else 0.0

    def write(self, figure: Figure) -> None:
        """Write the lines, down the columns."""
        across, up = figure.get_size_inches()
        for place, line in enumerate(self.lines):
            column, row = divmod(place, self.rows)
            x, y = KEY_GAP + column * self.column, (self.rows - row - 0.5) * KEY_ROW + KEY_ABOVE
            figure.text(x / across, y / up, line, va="center", fontsize=style.SMALL_FONT, color=style.INK)


class CoreUtilisation(RunFigure):
    """How busy each core of the mesh was, and which layers it holds."""

    kind = "core_utilisation"
    title = "Core utilisation"
    caption = (
        "The mesh with its cores, each coloured by the share of the elapsed time in which it was busy; dark lines are "
        "the borders of layers, empty outlines are cores that the network does not use. A layer whose name does not "
        "fit has its number."
    )
    rank = 5

    def draw(self, record: Record, costs: CostComparison) -> tuple[Figure, DataFrame]:
        """Draw the first result of a run."""
        return draw(record)

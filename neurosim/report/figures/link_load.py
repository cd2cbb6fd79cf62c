"""The load of each link of the mesh: two directed links between neighbouring tiles, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim.energy.cost_comparison import CostComparison
from neurosim.ledger.record import ChipFacts, Record
from neurosim.report.data.labels import noc_label
from neurosim.report.figures.figure import RunFigure
from neurosim.report.figures.layout import mesh, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

ASIDE = 0.11  # of a tile: distance of a link from the line between two routers; traffic keeps to the right
ROUTER = 0.36  # of a tile: the side of the square that stands for its router and cores
HALF_BODY, HALF_HEAD, HEAD = 0.038, 0.088, 0.2  # of a tile: an arrow's body and head


def data(record: Record, result: int = 0) -> DataFrame:
    """Return one row per directed link that carried packets: packets over all images and share of its capacity."""
    from pandas import DataFrame

    rows = [(link.x, link.y, link.direction, link.packets, link.load) for link in record.results[result].link_use]
    return DataFrame(rows, columns=["tile_x", "tile_y", "direction", "packets", "load"])


def draw(record: Record, costs: CostComparison | None = None, result: int = 0) -> tuple[Figure, DataFrame]:
    """Draw the mesh as a graph, its links coloured by their load as a share of their capacity."""
    from matplotlib.collections import PolyCollection

    chip, own = record.chip, record.results[result]
    sheet = style.ONE_COLUMN if chip.width <= 10 else style.TWO_COLUMNS
    wide, tall = mesh.fitted(chip, sheet - 1.15, style.TALLEST - 0.7)
    figure = style.sheet(wide + 1.15, tall + 0.6)
    axes = style.panel(figure, 0.42, 0.36, wide, tall)
    loads = sorted((link for link in own.link_use if link.packets), key=lambda link: link.load)
    mesh.frame(axes, chip, "; host port in orange" if loads else "; no packet left its tile")
    every = [(x, y, direction) for y in range(chip.height) for x in range(chip.width) for direction in mesh.TOWARDS]
    every = [(x, y, direction) for x, y, direction in every if _stays(chip, x, y, direction)]
    axes.add_collection(PolyCollection([_arrow(*link) for link in every], facecolor=style.FAINT, linewidth=0))
    arrows = [_arrow(link.x, link.y, link.direction) for link in loads]
    lines = PolyCollection(arrows, cmap="viridis_r", linewidth=0)
    lines.set_array([100 * link.load for link in loads])
    lines.set_clim(0, max((100 * link.load for link in loads), default=1.0) or 1.0)
    axes.add_collection(lines)
    used = {(use.x, use.y) for use in own.core_use}
    port = {(chip.io_tile % chip.width, chip.io_tile // chip.width)}
    for tiles, face in ((_others(chip, used), style.FAINT), (used, style.SOFT), (port, style.VERMILION)):
        squares = [
            mesh.PaperBox(x + 0.5 - ROUTER / 2, y + 0.5 - ROUTER / 2, ROUTER, ROUTER).corners for x, y in sorted(tiles)
        ]
        axes.add_collection(PolyCollection(squares, facecolor=face, linewidth=0, zorder=3))
    if loads:
        scale = style.panel(figure, wide + 0.55, 0.36 + tall * 0.1, 0.09, tall * 0.8)
        figure.colorbar(lines, cax=scale).outline.set_visible(False)
        scale.set_ylabel("link load (% of its capacity)")
    axes.set_title(f"{own.name}, {noc_label(own.noc.model)}")
    return figure, data(record, result)


def _stays(chip: ChipFacts, x: int, y: int, direction: str) -> bool:
    """Whether a link of this direction ends on the mesh."""
    right, up = mesh.TOWARDS[direction]
    return 0 <= x + right < chip.width and 0 <= y + up < chip.height


def _arrow(x: int, y: int, direction: str) -> list[tuple[float, float]]:
    """Return the outline of a directed link, to the right of the line between the middles of its tiles."""
    right, up = mesh.TOWARDS[direction]
    start, neck, tip = ROUTER / 2 + 0.02, 1 - ROUTER / 2 - 0.02 - HEAD, 1 - ROUTER / 2 - 0.02
    outline = [
        (start, -HALF_BODY), (neck, -HALF_BODY), (neck, -HALF_HEAD), (tip, 0.0),
        (neck, HALF_HEAD), (neck, HALF_BODY), (start, HALF_BODY),
    ]  # fmt: skip
    return [
        (x + 0.5 + along * right + (ASIDE + across) * up, y + 0.5 + along * up - (ASIDE + across) * right)
        for along, across in outline
    ]


def _others(chip: ChipFacts, used: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return the tiles that hold no core in use."""
    return {(x, y) for y in range(chip.height) for x in range(chip.width)} - used


class LinkLoad(RunFigure):
    """The load of each link of the mesh."""

    kind = "link_load"
    title = "Link load"
    caption = (
        "The directed links between neighbouring tiles, coloured by their load as a share of the link capacity; the "
        "host port is at the orange tile."
    )
    rank = 6

    def draw(self, record: Record, costs: CostComparison) -> tuple[Figure, DataFrame]:
        """Draw the first result of a run."""
        return draw(record)

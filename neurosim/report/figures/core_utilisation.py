"""How busy each core was, where it is on the mesh, and which layer it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim.energy.bill import Bill
from neurosim.report.figures import mesh, style
from neurosim.simulation.record import CoreUse, Record, Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

LEGIBLE = 0.085  # inches of a letter's height


def data(record: Record, result: int = 0) -> DataFrame:
    """Return one row per core in use: its place, layers, neurons, ticks over all images and share of time busy."""
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
    """Return the share of the elapsed time in which a core worked."""
    elapsed = use.busy + use.stalled + use.waiting
    return use.busy / elapsed if elapsed else 0.0


def draw(record: Record, bill: Bill | None = None, result: int = 0) -> tuple[Figure, DataFrame]:
    """Draw the mesh with a square for each core, dark lines between layers, and bare outlines where no core is used."""
    from matplotlib.collections import LineCollection, PolyCollection

    chip, found = record.chip, record.results[result]
    sheet = style.ONE_COLUMN if chip.width <= 12 else style.TWO_COLUMNS
    wide, tall = mesh.fitted(chip, sheet - 1.15, style.TALLEST - 0.7)
    figure = style.sheet(wide + 1.15, tall + 0.6)
    axes = style.panel(figure, 0.42, 0.36, wide, tall)
    used = {(use.x, use.y, use.slot): use for use in found.core_use}
    spare = [
        mesh.core_box(chip, x, y, slot).corners
        for y in range(chip.height)
        for x in range(chip.width)
        for slot in range(chip.cores_per_tile)
        if (x, y, slot) not in used
    ]
    mesh.frame(axes, chip, f"; {len(spare):,} cores, outlined, not used" if spare else "")
    axes.add_collection(PolyCollection(spare, facecolor=style.PAPER, edgecolor="#CFCFCF", linewidth=0.35))
    squares = [mesh.core_box(chip, *place).corners for place in used]
    cells = PolyCollection(squares, cmap=style.SEQUENTIAL, edgecolor=style.PAPER, linewidth=0.25)
    shares = [100 * busy_fraction(use) for use in used.values()]
    cells.set_array(shares)
    cells.set_clim(0, max(shares, default=0.0) or 100.0)
    axes.add_collection(cells)
    axes.add_collection(
        LineCollection(_borders(found, record), colors=style.BLACK, linewidths=0.7, capstyle="projecting")
    )
    _names(axes, found, record, wide / chip.width)
    scale = style.panel(figure, wide + 0.55, 0.36 + tall * 0.1, 0.09, tall * 0.8)
    figure.colorbar(cells, cax=scale).outline.set_visible(False)
    scale.set_ylabel("time busy (%)")
    axes.set_title(found.name)
    return figure, data(record, result)


def _borders(result: Result, record: Record) -> list[list[tuple[float, float]]]:
    """Lines between neighbouring cores of different layers, half-way between them."""
    across, down = mesh.grid(record.chip.cores_per_tile)
    layer_at = {
        (use.x * across + use.slot % across, use.y * down + use.slot // across): use.layers for use in result.core_use
    }

    def edge(place: int, cores: int) -> float:
        """Where the line before core ``place`` runs: in the middle of the gap if a tile begins there."""
        tile, within = divmod(place, cores)
        return tile + (mesh.GAP / 2 + within * (1 - mesh.GAP) / cores if within else 0.0)

    lines = []
    for (column, row), layers in layer_at.items():
        left, right = edge(column, across), edge(column + 1, across)
        lower, upper = edge(row, down), edge(row + 1, down)
        if layer_at.get((column + 1, row), layers) != layers:
            lines.append([(right, upper), (right, lower)])
        if layer_at.get((column, row + 1), layers) != layers:
            lines.append([(left, upper), (right, upper)])
    return lines


def _names(axes, result: Result, record: Record, tile_inches: float) -> None:
    """Write each layer's name at the core of it that is nearest to its middle, if the layer is as wide as its name."""
    from matplotlib import patheffects

    names = {layer.number: layer.name for layer in result.layers}
    halo = [patheffects.withStroke(linewidth=1.4, foreground=style.PAPER)]
    for number, name in names.items():
        places = [mesh.core_box(record.chip, use.x, use.y, use.slot) for use in result.core_use if number in use.layers]
        if not places:
            continue
        rows: dict[int, list[mesh.Box]] = {}
        for place in places:
            rows.setdefault(int(place.y), []).append(place)
        row = max(rows.values(), key=len)
        left, right = min(place.x for place in row), max(place.x + place.width for place in row)
        lower, upper = min(place.y for place in row), max(place.y + place.height for place in row)
        room, high = (right - left) * tile_inches, (upper - lower) * tile_inches
        shown = next((t for t in (name, str(number)) if style.text_width([t], style.SMALL_FONT) <= room + 0.02), "")
        if shown and high >= LEGIBLE:
            axes.text(
                (left + right) / 2, (upper + lower) / 2, shown, ha="center", va="center", fontsize=style.SMALL_FONT,
                path_effects=halo,
            )  # fmt: skip

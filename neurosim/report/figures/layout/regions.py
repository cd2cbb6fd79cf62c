"""Regions of a mesh: neighbouring cores that hold the same layers, their borders and the room for their labels.

A *cell* is a core's column and row, counted over all tiles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from neurosim.ledger.record import ChipFacts, CoreUse
from neurosim.report.figures.layout import mesh

Cell = tuple[int, int]
Layers = tuple[int, ...]
Line = list[tuple[float, float]]


class Rectangle(NamedTuple):
    """The cells from ``left`` to before ``right`` and from ``lower`` to before ``upper``."""

    left: int
    lower: int
    right: int
    upper: int


def layers_by_cell(chip: ChipFacts, cores: Iterable[CoreUse]) -> dict[Cell, Layers]:
    """Return the layers that each core in use holds."""
    across, down = mesh.grid(chip.cores_per_tile)
    return {(use.x * across + use.slot % across, use.y * down + use.slot // across): use.layers for use in cores}


def regions(held: Mapping[Cell, Layers]) -> Iterator[tuple[Layers, set[Cell]]]:
    """Yield every region: its layers and its cells, which touch along their sides."""
    left = dict(held)
    while left:
        start, layers = left.popitem()
        cells, reached = {start}, [start]
        while reached:
            column, row = reached.pop()
            for near in ((column - 1, row), (column + 1, row), (column, row - 1), (column, row + 1)):
                if left.get(near) == layers:
                    del left[near]
                    cells.add(near)
                    reached.append(near)
        yield layers, cells


def rectangles(cells: set[Cell]) -> set[Rectangle]:
    """Return the rectangles within a region: each run of cells in a row, extended up and down as far as it fits."""
    runs: dict[int, list[tuple[int, int]]] = {}
    for column, row in sorted(cells):
        of_row = runs.setdefault(row, [])
        if of_row and of_row[-1][1] == column:
            of_row[-1] = (of_row[-1][0], column + 1)
        else:
            of_row.append((column, column + 1))

    def covers(row: int, left: int, right: int) -> bool:
        return any(start <= left and right <= end for start, end in runs.get(row, ()))

    areas = set()
    for row, of_row in runs.items():
        for left, right in of_row:
            lower, upper = row, row + 1
            while covers(lower - 1, left, right):
                lower -= 1
            while covers(upper, left, right):
                upper += 1
            areas.add(Rectangle(left, lower, right, upper))
    return areas


def box(chip: ChipFacts, area: Rectangle) -> mesh.PaperBox:
    """Return the place of a rectangle of cores on paper."""
    first = _core(chip, area.left, area.lower)
    last = _core(chip, area.right - 1, area.upper - 1)
    return mesh.PaperBox(first.x, first.y, last.x + last.width - first.x, last.y + last.height - first.y)


def borders(held: Mapping[Cell, Layers], cores_per_tile: int) -> list[Line]:
    """Return the lines between neighbouring cores of different layers, half-way between them."""
    across, down = mesh.grid(cores_per_tile)
    lines = []
    for (column, row), layers in held.items():
        left, right = _edge(column, across), _edge(column + 1, across)
        lower, upper = _edge(row, down), _edge(row + 1, down)
        if held.get((column + 1, row), layers) != layers:
            lines.append([(right, upper), (right, lower)])
        if held.get((column, row + 1), layers) != layers:
            lines.append([(left, upper), (right, upper)])
    return lines


def _edge(place: int, cores: int) -> float:
    """Return where the line before core ``place`` runs: in the middle of the gap if a tile begins there."""
    tile, within = divmod(place, cores)
    return tile + (mesh.GAP / 2 + within * (1 - mesh.GAP) / cores if within else 0.0)


def _core(chip: ChipFacts, column: int, row: int) -> mesh.PaperBox:
    across, down = mesh.grid(chip.cores_per_tile)
    return mesh.core_box(chip, column // across, row // down, row % down * across + column % across)

"""The geometry of a drawn mesh: tiles, their cores and the links between them.

A tile is a square of side 1 at (x, y), y growing upwards, which is north, with a gap to the next one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from neurosim.ledger.record import ChipFacts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP = 0.16  # of a tile
TOWARDS = {"E": (1, 0), "W": (-1, 0), "N": (0, 1), "S": (0, -1)}


class PaperBox(NamedTuple):
    """A drawn rectangle: its corner nearest the origin, its width and its height, in tiles."""

    x: float
    y: float
    width: float
    height: float

    @property
    def corners(self) -> list[tuple[float, float]]:
        """Its four corners, in order."""
        right, far = self.x + self.width, self.y + self.height
        return [(self.x, self.y), (right, self.y), (right, far), (self.x, far)]


def grid(cores_per_tile: int) -> tuple[int, int]:
    """Return the columns and the rows of cores in a tile."""
    across = math.ceil(math.sqrt(cores_per_tile))
    return across, math.ceil(cores_per_tile / across)


def core_box(chip: ChipFacts, x: int, y: int, slot: int) -> PaperBox:
    """Return the place of one core within its tile."""
    across, down = grid(chip.cores_per_tile)
    width, height = (1 - GAP) / across, (1 - GAP) / down
    return PaperBox(x + GAP / 2 + slot % across * width, y + GAP / 2 + slot // across * height, width, height)


def fitted(chip: ChipFacts, widest: float, tallest: float) -> tuple[float, float]:
    """Return the largest width and height in inches, at most these, that show the mesh with square tiles."""
    inch = min(widest / chip.width, tallest / chip.height)
    return chip.width * inch, chip.height * inch


def frame(axes: Axes, chip: ChipFacts, note: str = "") -> None:
    """Set the axes to the whole mesh, its tiles numbered along both sides, with a note below."""
    axes.set_xlim(0, chip.width)
    axes.set_ylim(0, chip.height)
    axes.set_aspect("equal")
    for count, ticks in ((chip.width, axes.set_xticks), (chip.height, axes.set_yticks)):
        every = 1 if count <= 12 else 4
        ticks([place + 0.5 for place in range(0, count, every)], [str(place) for place in range(0, count, every)])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(f"tile column{note}")
    axes.set_ylabel("tile row")

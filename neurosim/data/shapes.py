"""What the known data sets are like, so that one can be named that a network takes."""

from __future__ import annotations

Shape = tuple[int, int, int]

SHAPES: dict[str, tuple[Shape, int]] = {
    "digits": ((1, 8, 8), 10),
    "fashion_mnist": ((1, 28, 28), 10),
    "mnist": ((1, 28, 28), 10),
    "cifar10": ((3, 32, 32), 10),
    "cifar100": ((3, 32, 32), 100),
}
"""(channels, rows, columns) and the number of classes, as the publishers describe them (``sources.py``)."""


def sets_for(shape: Shape, classes: int) -> list[str]:
    """Return the sets whose images and classes are those of a network."""
    return [name for name, found in SHAPES.items() if found == (shape, classes)]

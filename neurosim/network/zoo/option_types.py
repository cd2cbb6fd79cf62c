"""What the options of networks may be, and which form of a network an image gets."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Le

from neurosim.network.fields import LARGEST
from neurosim.network.shapes import Shape

Levels = Annotated[int, Ge(1), Le(LARGEST)]
Width = Annotated[int, Ge(1), Le(LARGEST)]


def is_small(shape: Shape) -> bool:
    """Whether an input gets the CIFAR form of a network rather than that for ImageNet."""
    return shape[1] < 64

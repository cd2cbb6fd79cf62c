"""Where images enter a network: the one layer that nothing feeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from neurosim.network.fields import need_sizes
from neurosim.network.layer import ChannelScales, Layer, Parameters
from neurosim.network.shapes import Array, Shape


@dataclass(frozen=True)
class Input(Layer):
    """The images that enter; a network has exactly one.

    Parameters
    ----------
    shape : tuple of int
        (channels, rows, columns).
    """

    shape: Shape
    inputs: ClassVar[int] = 0

    def check(self) -> None:
        """Want three sizes from 1."""
        need_sizes("shape", self.shape, 1, ("channels", "rows", "columns"))

    def output(self, *shapes: Shape) -> Shape:
        """Return its own shape."""
        return self.shape

    def forward(self, parameters: Parameters, *sources: Array) -> Array:
        """Return the images."""
        return sources[0]

    def scales(self, scales: ChannelScales, shape: Shape, *sources: Sequence[int]) -> Sequence[int]:
        """Fix every channel: pixels are what they are."""
        return [scales.fixed] * shape[0]

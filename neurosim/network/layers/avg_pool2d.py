"""An average pool."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, ClassVar

from neurosim.network.fields import need_sizes
from neurosim.network.layer import Layer, NodeLowering, Parameters, Signal
from neurosim.network.shapes import Array, Pair, Shape, by, window_positions, windows

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class AvgPool2d(Layer):
    """An average pool that divides by the whole kernel, padding included (``count_include_pad``).

    Parameters
    ----------
    kernel, stride, padding : tuple of int
        Each (rows, columns).
    """

    kernel: Pair
    stride: Pair
    padding: Pair = (0, 0)
    kind: ClassVar[str] = "avg_pool2d"

    def check(self) -> None:
        """Want sizes and strides from 1, and no window that lies in the padding altogether."""
        need_sizes("kernel", self.kernel, 1)
        need_sizes("stride", self.stride, 1)
        need_sizes("padding", self.padding, 0)
        if any(padding >= size for padding, size in zip(self.padding, self.kernel, strict=True)):
            raise ValueError(f"padding: {by(self.padding)} leaves nothing in a {by(self.kernel)} window")

    def output(self, *shapes: Shape) -> Shape:
        """Return (channels, window positions)."""
        (shape,) = shapes
        return (shape[0], *window_positions(shape, self.kernel, self.stride, self.padding))

    def forward(self, parameters: Parameters, *sources: Array) -> Array:
        """Return the mean of each window."""
        made: Array = windows(sources[0], self.kernel, self.stride, self.padding).mean(axis=(-2, -1))
        return made

    def lower(self, node: NodeLowering[Signal], *sources: Signal) -> Signal:
        """Sum spikes in the synapses behind it."""
        return node.pool(sources[0], self.kernel, self.stride, self.padding)

    def pooled_places(self, shape: Shape) -> int:
        """Return the places of its kernel."""
        return prod(self.kernel)

    def pooled(self, maximum: bool) -> Layer:
        """Return a pool of the same windows."""
        from neurosim.network.layers.max_pool2d import MaxPool2d  # which is made from this one

        return (MaxPool2d if maximum else AvgPool2d)(self.kernel, self.stride, self.padding)

    def torch_module(self, shape: Shape) -> nn.Module:
        """Return an average pool of PyTorch."""
        from torch import nn

        return nn.AvgPool2d(self.kernel, self.stride, self.padding)

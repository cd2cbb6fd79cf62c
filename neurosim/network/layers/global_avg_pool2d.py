"""The average of a whole map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from neurosim.network.layer import Layer, NodeLowering, Parameters, Signal
from neurosim.network.shapes import Array, Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class GlobalAvgPool2d(Layer):
    """The average of each channel."""

    kind: ClassVar[str] = "global_avg_pool2d"

    def output(self, *shapes: Shape) -> Shape:
        """Return (channels, 1, 1)."""
        return (shapes[0][0], 1, 1)

    def forward(self, parameters: Parameters, *sources: Array) -> Array:
        """Return the mean of each channel."""
        made: Array = sources[0].mean(axis=(2, 3), keepdims=True)
        return made

    def lower(self, node: NodeLowering[Signal], *sources: Signal) -> Signal:
        """Sum the spikes of the whole map in the synapses behind it."""
        return node.pool(sources[0], node.input_shape[1:], (1, 1))

    def pooled_places(self, shape: Shape) -> int:
        """Return the places of the map."""
        return shape[1] * shape[2]

    def torch_module(self, shape: Shape) -> nn.Module:
        """Return a global average pool of PyTorch."""
        from torch import nn

        return nn.AdaptiveAvgPool2d(1)

"""A map as a vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from neurosim.network.layer import ChannelScales, Layer, NodeLowering, Parameters, Signal
from neurosim.network.shapes import Array, Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Flatten(Layer):
    """A map as a vector, channel-major."""

    kind: ClassVar[str] = "flatten"

    def output(self, *shapes: Shape) -> Shape:
        """Return (channels x rows x columns, 1, 1)."""
        channels, rows, columns = shapes[0]
        return (channels * rows * columns, 1, 1)

    def forward(self, parameters: Parameters, *sources: Array) -> Array:
        """Return (n, channels x rows x columns, 1, 1)."""
        return sources[0].reshape(len(sources[0]), -1, 1, 1)

    def lower(self, node: NodeLowering[Signal], *sources: Signal) -> Signal:
        """Read the same spikes in another order."""
        return node.flatten(sources[0])

    def scales(self, scales: ChannelScales, shape: Shape, *sources: Sequence[int]) -> Sequence[int]:
        """Give every place of a channel the channel's scale."""
        places = shape[0] // len(sources[0])
        return [number for number in sources[0] for _ in range(places)]

    def torch_module(self, shape: Shape) -> nn.Module:
        """Return nothing to do: a Linear reads a map as a vector anyway."""
        from torch import nn

        return nn.Identity()

"""A residual connection without parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from neurosim.network.fields import need_whole
from neurosim.network.layer import ChannelScales, Layer, NodeLowering, Parameters, Signal
from neurosim.network.shapes import Array, Shape

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Shortcut(Layer):
    """A residual connection without parameters (ResNet option A, He et al. 2015, arXiv 1512.03385).

    Parameters
    ----------
    stride : int
        Keeps every ``stride``-th row and column.
    before, after : int
        Zero channels that it adds in front of the channels and behind them.
    """

    stride: int
    before: int
    after: int
    kind: ClassVar[str] = "shortcut"

    def check(self) -> None:
        """Want a stride from 1, and no fewer than no channels to add."""
        need_whole("stride", self.stride, 1)
        need_whole("before", self.before, 0)
        need_whole("after", self.after, 0)

    def output(self, *shapes: Shape) -> Shape:
        """Return the widened, subsampled shape."""
        channels, rows, columns = shapes[0]
        return (self.before + channels + self.after, -(-rows // self.stride), -(-columns // self.stride))

    def forward(self, parameters: Parameters, *sources: Array) -> Array:
        """Return the rows and columns that are kept, zero channels around them."""
        strided = sources[0][:, :, :: self.stride, :: self.stride]
        return np.pad(strided, ((0, 0), (self.before, self.after), (0, 0), (0, 0)))

    def lower(self, node: NodeLowering[Signal], *sources: Signal) -> Signal:
        """Bring spikes through one synapse each."""
        return node.identity(sources[0], self.stride, self.before)

    def scales(self, scales: ChannelScales, shape: Shape, *sources: Sequence[int]) -> Sequence[int]:
        """Keep the scales of its channels; zeros have any scale."""
        return [*scales.fresh(self.before), *sources[0], *scales.fresh(self.after)]

    def carried(self, values: Array) -> Array:
        """Give the zero channels what the channels beside them have."""
        return np.pad(values, (self.before, self.after), mode="edge")

    def torch_module(self, shape: Shape) -> nn.Module:
        """Return a module without parameters."""
        from torch import nn

        return nn.Identity()

    def torch_forward(self, module: Any, *sources: Tensor) -> Tensor:
        """Return the rows and columns that are kept, zero channels around them."""
        from torch.nn import functional

        strided = sources[0][:, :, :: self.stride, :: self.stride]
        return functional.pad(strided, (0, 0, 0, 0, self.before, self.after))

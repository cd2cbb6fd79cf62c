"""Where a residual branch joins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from neurosim.network.layer import ChannelScales, Layer, NodeLowering, Parameters, Signal
from neurosim.network.shapes import Array, Shape, by

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Add(Layer):
    """The sum of its inputs: where a residual branch joins."""

    inputs: ClassVar[int] = -1
    kind: ClassVar[str] = "add"
    sums: ClassVar[bool] = True

    def output(self, *shapes: Shape) -> Shape:
        """Return the one shape that all inputs must have."""
        if len(set(shapes)) > 1:
            raise ValueError(f"cannot add maps of {' and '.join(by(shape) for shape in shapes)}")
        return shapes[0]

    def forward(self, parameters: Parameters, *sources: Array) -> Array:
        """Return the sum."""
        made: Array = sum(sources[1:], start=sources[0])
        return made

    def lower(self, node: NodeLowering[Signal], *sources: Signal) -> Signal:
        """Let all inputs flow into the same membranes."""
        return node.add(sources)

    def scales(self, scales: ChannelScales, shape: Shape, *sources: Sequence[int]) -> Sequence[int]:
        """Tie each channel of one input to that of the others: a sum has one scale."""
        for other in sources[1:]:
            for one, two in zip(sources[0], other, strict=True):
                scales.join(one, two)
        return sources[0]

    def torch_module(self, shape: Shape) -> nn.Module:
        """Return a module without parameters."""
        from torch import nn

        return nn.Identity()

    def torch_forward(self, module: Any, *sources: Tensor) -> Tensor:
        """Return the sum."""
        return sum(sources[1:], start=sources[0])

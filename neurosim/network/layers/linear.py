"""A fully connected layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neurosim.network.fields import need_truth, need_whole
from neurosim.network.layer import Layer, NodeLowering, Parameters, Signal
from neurosim.network.shapes import Array, Shape

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Linear(Layer):
    """A fully connected layer over everything that enters, channel-major.

    Parameters
    ----------
    channels : int
        Its outputs.
    bias : bool
        Whether it has a bias, (channels,).
    """

    channels: int
    bias: bool = True
    kind: ClassVar[str] = "linear"
    weighted: ClassVar[bool] = True
    sums: ClassVar[bool] = True

    def check(self) -> None:
        """Want channels from 1."""
        need_whole("channels", self.channels, 1)
        need_truth("bias", self.bias)

    def output(self, *shapes: Shape) -> Shape:
        """Return (channels, 1, 1)."""
        return (self.channels, 1, 1)

    def parameters(self, shape: Shape) -> dict[str, tuple[int, ...]]:
        """Return weight (out, in) and perhaps bias (out,)."""
        weight = (self.channels, prod(shape))
        return {"weight": weight, "bias": (self.channels,)} if self.bias else {"weight": weight}

    def macs(self, shape: Shape) -> int:
        """Return inputs x outputs."""
        return prod(shape) * self.channels

    def forward(self, parameters: Parameters, *sources: Array) -> Array:
        """Return (n, channels, 1, 1)."""
        (x,) = sources
        y = x.reshape(len(x), -1) @ parameters["weight"].T.astype(x.dtype, copy=False)
        made: Array = (y + parameters.get("bias", np.zeros(1)).astype(x.dtype))[:, :, None, None]
        return made

    def lower(self, node: NodeLowering[Signal], *sources: Signal) -> Signal:
        """Sum all spikes with its weights."""
        return node.dense(sources[0], node.parameters["weight"], node.parameters["bias"])

    def weight_inputs(self, shape: Shape) -> int:
        """Return all that enters."""
        return prod(shape)

    def biased(self) -> Layer:
        """Return it with a bias."""
        return replace(self, bias=True)

    @classmethod
    def recognises(cls, arrays: Mapping[str, NDArray[Any]]) -> bool:
        """Whether there are weights of two axes."""
        return "weight" in arrays and arrays["weight"].ndim == 2

    def torch_module(self, shape: Shape) -> nn.Module:
        """Return a linear layer of PyTorch."""
        from torch import nn

        return nn.Linear(prod(shape), self.channels, self.bias)

    def torch_forward(self, module: Any, *sources: Tensor) -> Tensor:
        """Return (n, channels, 1, 1) with the weight and bias of ``module``."""
        from torch.nn import functional

        return functional.linear(sources[0].flatten(1), module.weight, module.bias)[:, :, None, None]

"""A convolution."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neurosim.network.fields import need_sizes, need_truth, need_whole
from neurosim.network.layer import Layer, NodeLowering, Parameters, Signal
from neurosim.network.shapes import Array, Pair, Shape, by_channel, window_positions, windows

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Conv2d(Layer):
    """A convolution; with ``groups`` equal to the channels a depthwise one.

    Parameters
    ----------
    channels : int
        Channels of its output.
    kernel, stride, padding : tuple of int
        Each (rows, columns); the padding is the same on opposite sides.
    groups : int
        Parts into which the channels of input and output are split, each part reading its own.
    bias : bool
        Whether it has a bias, (channels,).
    """

    channels: int
    kernel: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    groups: int = 1
    bias: bool = False
    kind: ClassVar[str] = "conv2d"
    weighted: ClassVar[bool] = True
    sums: ClassVar[bool] = True

    def check(self) -> None:
        """Want sizes and strides from 1, a padding from 0, the same on opposite sides, and groups that are equal."""
        need_whole("channels", self.channels, 1)
        need_sizes("kernel", self.kernel, 1)
        need_sizes("stride", self.stride, 1)
        need_sizes("padding", self.padding, 0)
        need_whole("groups", self.groups, 1)
        need_truth("bias", self.bias)
        if self.channels % self.groups:
            raise ValueError(f"groups: {self.channels} channels do not split into {self.groups} groups")

    def output(self, *shapes: Shape) -> Shape:
        """Return (channels, window positions)."""
        (shape,) = shapes
        if shape[0] % self.groups:
            raise ValueError(f"{shape[0]} and {self.channels} channels do not split into {self.groups} groups")
        return (self.channels, *window_positions(shape, self.kernel, self.stride, self.padding))

    def parameters(self, shape: Shape) -> dict[str, tuple[int, ...]]:
        """Return weight (out, in / groups, kernel rows, kernel columns) and perhaps bias (out,)."""
        weight = (self.channels, shape[0] // self.groups, *self.kernel)
        return {"weight": weight, "bias": (self.channels,)} if self.bias else {"weight": weight}

    def macs(self, shape: Shape) -> int:
        """Return fan-in x neurons."""
        channels, rows, columns = self.output(shape)
        return shape[0] // self.groups * self.kernel[0] * self.kernel[1] * channels * rows * columns

    def forward(self, parameters: Parameters, *sources: Array) -> Array:
        """Return the convolution, by one matrix product per image and group, and the bias."""
        (x,) = sources
        made: Array = self._products(x, parameters["weight"]) + by_channel(parameters.get("bias", np.zeros(1)), x)
        return made

    def _products(self, x: Array, weight: Array) -> Array:
        view = windows(x, self.kernel, self.stride, self.padding)
        rows, columns = view.shape[2:4]
        if self.groups == x.shape[1] == self.channels:
            depthwise: Array = np.einsum("ncijkl,ckl->ncij", view, weight[:, 0].astype(x.dtype), optimize=True)
            return depthwise
        blocks = [
            own.reshape(len(own), -1).astype(x.dtype, copy=False) @ patches
            for own, patches in zip(np.split(weight, self.groups), _patches(view, self.groups), strict=True)
        ]
        return np.concatenate(blocks, axis=1).reshape(len(x), self.channels, rows, columns)

    def lower(self, node: NodeLowering[Signal], *sources: Signal) -> Signal:
        """Convolve spikes with its weights."""
        own = node.parameters
        how = {"stride": self.stride, "padding": self.padding}
        return node.convolve(sources[0], own["weight"], own["bias"], **how, groups=self.groups)

    def biased(self) -> Layer:
        """Return it with a bias."""
        return replace(self, bias=True)

    def fold_refusal(self) -> str:
        """Take any batch normalisation: scale and offset are one for all places of a channel."""
        return ""

    @classmethod
    def recognises(cls, arrays: Mapping[str, NDArray[Any]]) -> bool:
        """Whether there are weights of four axes."""
        return "weight" in arrays and arrays["weight"].ndim == 4

    def torch_module(self, shape: Shape) -> nn.Module:
        """Return a convolution of PyTorch."""
        from torch import nn

        how = (self.channels, self.kernel, self.stride, self.padding)
        return nn.Conv2d(shape[0], *how, groups=self.groups, bias=self.bias)

    def torch_forward(self, module: Any, *sources: Tensor) -> Tensor:
        """Return the convolution with the weight and bias of ``module``."""
        from torch.nn import functional

        how = (self.stride, self.padding, 1, self.groups)
        return functional.conv2d(sources[0], module.weight, module.bias, *how)


def _patches(view: Array, groups: int) -> Iterator[Array]:
    """Yield each group's windows as (n, channels x kernel, positions)."""
    for part in np.split(view, groups, axis=1):
        n, channels, rows, columns, *kernel = part.shape
        yield part.transpose(0, 1, 4, 5, 2, 3).reshape(n, channels * kernel[0] * kernel[1], rows * columns)

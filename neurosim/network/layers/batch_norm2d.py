"""Batch normalisation by its running statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neurosim.network.fields import need_share
from neurosim.network.layer import Layer, Parameters
from neurosim.network.shapes import Array, Shape, by_channel

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class BatchNorm2d(Layer):
    """y = weight (x - running_mean) / sqrt(running_var + eps) + bias, by channel, running statistics only.

    Parameters
    ----------
    eps : float
        What stands beside the variance; 1e-5 is PyTorch's default.
    """

    eps: float = 1e-5
    kind: ClassVar[str] = "batch_norm2d"
    folds: ClassVar[bool] = True

    def check(self) -> None:
        """Want a small eps."""
        need_share("eps", self.eps, 0, 1)

    def parameters(self, shape: Shape) -> dict[str, tuple[int, ...]]:
        """Return the four (channels,) vectors."""
        return dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (shape[0],))

    def forward(self, parameters: Parameters, *sources: Array) -> Array:
        """Return each channel scaled and offset."""
        (x,) = sources
        gain = self._gain(parameters)
        offset = parameters["bias"] - gain * parameters["running_mean"]
        made: Array = x * by_channel(gain, x) + by_channel(offset, x)
        return made

    def _gain(self, parameters: Parameters) -> Array:
        gain: Array = parameters["weight"] / np.sqrt(parameters["running_var"] + self.eps)
        return gain

    def fold_into(self, weight: Array, bias: Array, parameters: Parameters) -> tuple[Array, Array]:
        """Return w <- G w and b <- beta + G (b - mu), with G = gamma / sqrt(var + eps) (conversion.md 3.1)."""
        gain = self._gain(parameters)
        scaled: Array = weight * gain.reshape(-1, *[1] * (weight.ndim - 1))
        offset: Array = parameters["bias"] + gain * (bias - parameters["running_mean"])
        return scaled, offset

    @classmethod
    def recognises(cls, arrays: Mapping[str, NDArray[Any]]) -> bool:
        """Whether there are running statistics."""
        return "running_mean" in arrays

    def torch_module(self, shape: Shape) -> nn.Module:
        """Return a normalisation of PyTorch, which learns its statistics as well."""
        from torch import nn

        return nn.BatchNorm2d(shape[0], self.eps)

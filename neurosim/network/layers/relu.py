"""The activation of networks that were not trained for spikes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from neurosim.network.layer import Layer, Parameters
from neurosim.network.shapes import Array, Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class ReLU(Layer):
    """An activation without a clip value; it becomes spikes once one is measured."""

    kind: ClassVar[str] = "relu"
    fires: ClassVar[bool] = True

    def forward(self, parameters: Parameters, *sources: Array) -> Array:
        """Return what is positive, and 0."""
        made: Array = np.maximum(sources[0], 0)
        return made

    def clipped(self, levels: int) -> Layer:
        """Return a clipped activation."""
        from neurosim.network.layers.activation import Activation  # which knows this one

        return Activation(levels)

    def torch_module(self, shape: Shape) -> nn.Module:
        """Refuse: without a clip value it has no largest code."""
        raise NotImplementedError("a ReLU cannot become spikes; train without it")

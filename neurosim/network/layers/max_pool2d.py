"""A maximum pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from neurosim.network.layer import NodeLowering, Parameters, Signal
from neurosim.network.layers.avg_pool2d import AvgPool2d
from neurosim.network.shapes import Array, Shape, windows

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class MaxPool2d(AvgPool2d):
    """A maximum pool: evaluated in floating point, but not yet made of spikes."""

    kind: ClassVar[str] = "max_pool2d"

    def forward(self, parameters: Parameters, *sources: Array) -> Array:
        """Return the largest value of each window."""
        made: Array = windows(sources[0], self.kernel, self.stride, self.padding, -np.inf).max(axis=(-2, -1))
        return made

    def lower(self, node: NodeLowering[Signal], *sources: Signal) -> Signal:
        """Refuse: synapses add."""
        raise NotImplementedError("a maximum of spikes is not a sum; train with average pools")

    def torch_module(self, shape: Shape) -> nn.Module:
        """Refuse: what cannot become spikes is not trained."""
        raise NotImplementedError("a MaxPool2d cannot become spikes; train without it")

"""The activation that becomes spikes: a ReLU, clipped and quantised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neurosim.network.fields import need_whole
from neurosim.network.layer import Layer, NodeLowering, Parameters, Signal
from neurosim.network.layers.relu import ReLU
from neurosim.network.shapes import Array, Shape


@dataclass(frozen=True)
class Activation(Layer):
    """Clipped ReLU in ``levels`` equal steps (QCFS, arXiv 2303.04347).

    ``lam / levels * clip(floor(z levels / lam + 1/2), 0, levels)``. Its one parameter is the clip value ``lam``, a
    positive scalar.

    Parameters
    ----------
    levels : int
        Number of levels above 0.
    """

    levels: int = 15
    kind: ClassVar[str] = "activation"
    fires: ClassVar[bool] = True
    aliases: ClassVar[dict[str, tuple[str, ...]]] = {
        "lam": ("lam", "thresh", "up"),  # ours, and those of two repositories of QCFS
    }

    def check(self) -> None:
        """Want a level above 0."""
        need_whole("levels", self.levels, 1)

    def parameters(self, shape: Shape) -> dict[str, tuple[int, ...]]:
        """Return lam, a scalar."""
        return {"lam": ()}

    def forward(self, parameters: Parameters, *sources: Array) -> Array:
        """Return the nearest level of each value, from 0 to the clip value."""
        (x,) = sources
        unit = x.dtype.type(float(parameters["lam"]) / self.levels)
        made: Array = unit * np.clip(np.floor(x / unit + x.dtype.type(0.5)), 0, self.levels)
        return made

    def lower(self, node: NodeLowering[Signal], *sources: Signal) -> Signal:
        """Let the sum flow into neurons that fire."""
        return node.fire(sources[0], float(node.parameters["lam"]))

    @property
    def activation_levels(self) -> int | None:
        """Its levels."""
        return self.levels

    def with_levels(self, levels: int) -> Layer:
        """Return it with other levels."""
        return replace(self, levels=levels)

    def rectified(self) -> Layer:
        """Return a ReLU."""
        return ReLU()

    @classmethod
    def recognises(cls, arrays: Mapping[str, NDArray[Any]]) -> bool:
        """Whether there is a clip value."""
        return any(name in arrays for name in cls.aliases["lam"])

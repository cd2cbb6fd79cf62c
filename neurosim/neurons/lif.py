"""Leaky integrate and fire, the leak a shift, for networks that were trained as spiking ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Le

from neurosim.errors import ConversionError
from neurosim.neurons.if_soft import IfSoft
from neurosim.neurons.model import Datapath, Mask, Membrane, Parameters, need_whole

LARGEST_LEAK = 31  # places; a shift by more leaves nothing of a potential of 32 bits


@dataclass(frozen=True)
class Lif(IfSoft):
    """u <- u - (u >> leak) + I(t) + B; s(t) = [u >= Th]; u <- u - s(t) Th, or 0, from u = 0.

    A potential keeps 1 - 2^-leak of itself from step to step. ``>>`` rounds down, so a positive potential below 2^leak
    stays and a negative one always returns to 0. The first step has nothing to leak. The output layer does not leak.
    There is no equivalent quantised network.

    Parameters
    ----------
    steps : int
        Time steps T.
    leak : int
        Places of the shift, 1 to 31.
    reset_to : {"subtract", "zero"}
        Whether a spike subtracts the threshold or sets the potential to 0.

    Notes
    -----
    State: u. Schedules: all, with the same integers. Operations: those of ``if_soft``, and (T - 1) N shift and add.
    """

    leak: Annotated[int, Ge(1), Le(LARGEST_LEAK)] = 4
    reset_to: Literal["subtract", "zero"] = "subtract"
    kind: ClassVar[str] = "lif"

    def __post_init__(self) -> None:
        need_whole("lif: leak", self.leak, 1, LARGEST_LEAK)
        if self.reset_to not in ("subtract", "zero"):
            raise ConversionError(f"lif: reset_to is subtract or zero, found {self.reset_to}")

    @property
    def operations(self) -> frozenset[str]:
        """Those of ``if_soft``, and the leak's shift."""
        return super().operations | ({"shift"} if self.steps > 1 else set())

    def update(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask:
        """Leak, then integrate, fire and reset."""
        # Before integration; the first step has nothing to leak, and logits must not decay.
        if step > 0 and layer.role != "output":
            leaked = membrane.potential.copy()  # u >> leak, then subtracted: one shift and one addition
            datapath.shift(leaked, -self.leak)
            datapath.add(membrane.potential, np.negative(leaked))
        return super().update(datapath, layer, membrane, step)

    def reset(self, datapath: Datapath, layer: Parameters, membrane: Membrane, fired: Mask) -> None:
        """Subtract the threshold, or set the potential to zero."""
        if self.reset_to == "zero":
            datapath.clear(membrane.potential, fired)
        else:
            super().reset(datapath, layer, membrane, fired)

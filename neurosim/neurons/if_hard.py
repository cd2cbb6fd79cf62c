"""Integrate and fire with reset to zero: the baseline that loses charge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from neurosim.neurons.if_soft import IfSoft
from neurosim.neurons.model import Datapath, Mask, Membrane, Parameters


@dataclass(frozen=True)
class IfHard(IfSoft):
    """As ``if_soft``, but u <- 0 on a spike, so that what exceeds the threshold is lost.

    State, schedules and operations are those of ``if_soft``; a reset is a write.
    """

    kind: ClassVar[str] = "if_hard"

    def reset(self, datapath: Datapath, layer: Parameters, membrane: Membrane, fired: Mask) -> None:
        """Set the potential to zero, losing the residue."""
        datapath.clear(membrane.potential, fired)

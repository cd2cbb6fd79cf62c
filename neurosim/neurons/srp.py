"""Integrate and fire in two passes; the first masks neurons by their residual potential (SRP, arXiv 2302.02091)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge, Le

from neurosim.neurons.if_qcfs import IfQcfs
from neurosim.neurons.model import Datapath, ExactLayers, Mask, Membrane, Parameters, Role, need_whole

MOST_STEPS = 64  # of the first pass
RESIDUE = 1000  # a neuron stays active with a residual potential above Th / 1000, as in the authors' code


@dataclass(frozen=True)
class Srp(IfQcfs):
    """``pre`` steps of ``if_qcfs``; then u <- Th // 2 and T steps more, neurons with 1000 u <= Th being inactive.

    A neuron whose potential is negative after the first pass has fired too often, one near 0 would not have fired; both
    are masked in the second pass, which alone is decoded. They go on integrating, and are not reset.

    Parameters
    ----------
    steps : int
        Time steps T of the second pass.
    pre : int
        Steps of the first pass, 1 to 64.

    Notes
    -----
    State: u and one flag. Schedules: all, with the same integers. Operations: those of ``if_qcfs`` in pre + T steps,
    and N compare more; u is preloaded between the passes.
    """

    pre: Annotated[int, Ge(1), Le(MOST_STEPS)] = 4
    kind: ClassVar[str] = "srp"
    is_linear_in_spikes: ClassVar[bool] = False  # spikes of the first pass cost operations but are not decoded
    exact_layers: ClassVar[ExactLayers] = "none"

    def __post_init__(self) -> None:
        need_whole("srp: pre", self.pre, 1, MOST_STEPS)

    def width(self, reach: int, threshold: int) -> int:
        """Return the bound of the longer pass."""
        return max(self.pre, self.steps) * reach + threshold

    def spike_weight(self, step: int) -> int:
        """Return 1 in the second pass, 0 in the first."""
        return int(step >= self.pre)

    def scans(self, role: Role) -> int:
        """Return pre + T."""
        return 1 if role == "input" else self.pre + self.steps

    def update(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask:
        """Mask neurons by their residual potential between the passes."""
        if step == self.pre:
            # One comparison a neuron; u > Th / 1000 of integers is u >= Th // 1000 + 1.
            if layer.role != "output":
                membrane.extra["active"] = datapath.compare(membrane.potential, layer.threshold // RESIDUE + 1)
            membrane.potential[...] = 0 if layer.role == "output" else self.start(layer)
        return super().update(datapath, layer, membrane, step)

    def fire(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask:
        """Fire as ``if_qcfs`` does, in the second pass only where the first left a residue."""
        fired = super().fire(datapath, layer, membrane, step)
        return fired if step < self.pre else fired & membrane.extra["active"]

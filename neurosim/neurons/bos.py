"""Integrate and fire twice over the same input, the second time from a corrected start (BOS, arXiv 2302.10685)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.neurons.if_qcfs import IfQcfs
from neurosim.neurons.model import Datapath, ExactLayers, Mask, Membrane, Parameters, Role


@dataclass(frozen=True)
class Bos(IfQcfs):
    """T inactive steps of ``if_qcfs``, then T active ones from u0 = Th // 2 - Th [u < 0, has fired] + Th [u >= Th].

    Only spikes of the second pass leave the neuron. One that ends the first pass below 0 has fired once too often, one
    that ends it at a threshold or more once too little; the second pass over the same input starts one threshold lower
    or higher. This is one iteration of the authors' search for the offset. It needs the whole input twice, so that only
    layer by layer is possible.

    Spike buffers record the input spikes, T bits for each source neuron, and the second pass replays them, so that
    their additions are done twice. The first layer, whose input is one sum, keeps that sum instead.

    State: u and one flag. Schedules: layer by layer. Operations of a layer of N neurons that A synaptic additions reach
    in one pass: 2 A + 2 T N add (A + 2 T N in a first layer) and one for each neuron that starts elsewhere,
    2 (T + 1) N compare, and a reset for every spike of both passes; of the output layer, which has nothing to correct
    and makes one pass, A + T N add.
    """

    kind: ClassVar[str] = "bos"
    waits_for_all_steps: ClassVar[bool] = True
    keeps_input: ClassVar[bool] = True
    is_linear_in_spikes: ClassVar[bool] = False  # spikes of the first pass cost resets but leave no neuron
    exact_layers: ClassVar[ExactLayers] = "none"

    def width(self, reach: int, threshold: int) -> int:
        """Return the bound of one pass from the highest start."""
        return self.steps * reach + 2 * threshold

    def spike_weight(self, step: int) -> int:
        """Return 1 in the second pass, 0 in the first."""
        return int(step >= self.steps)

    def scans(self, role: Role) -> int:
        """Return 2 T, and T for the output layer."""
        return {"input": 1, "output": self.steps}.get(role, 2 * self.steps)

    def input_order(self, role: Role) -> Sequence[int]:
        """Return the updates of the sources' second pass, as the first is inactive: twice, of the output layer once."""
        # Scans T to 2 T - 1 of a source are those whose spikes it sends.
        second = range(self.steps, 2 * self.steps)
        return {"first": range(1), "output": second}.get(role, [*second, *second])

    def lookahead(self, role: Role) -> int:
        """Return 0: updates follow the spike maps as they arrive in the first pass and are replayed in the second."""
        return 0

    def update(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask:
        """Integrate and fire; between the passes, correct the start."""
        if layer.role == "output":
            return super().update(datapath, layer, membrane, step)
        if step == 0:  # the flag of the second operand of the correction
            membrane.extra["has fired"] = np.zeros(membrane.potential.shape, np.bool_)
        if step == self.steps:
            self._offset(datapath, layer, membrane)
        fired = super().update(datapath, layer, membrane, step)
        if step >= self.steps:
            return fired
        membrane.extra["has fired"] |= fired
        return np.zeros_like(fired)  # no packet leaves in the first pass

    def _offset(self, datapath: Datapath, layer: Parameters, membrane: Membrane) -> None:
        """Start the second pass one threshold lower or higher where the first ended outside [0, Th)."""
        # Two comparisons a neuron, with 0 and with Th, then one addition where the start moves.
        too_often = ~datapath.compare(membrane.potential, 0) & membrane.extra["has fired"]
        too_little = datapath.compare(membrane.potential, layer.threshold)
        membrane.potential[...] = self.start(layer)
        offset = np.where(too_often, -layer.threshold, layer.threshold)
        datapath.add(membrane.potential, offset, too_often | too_little)

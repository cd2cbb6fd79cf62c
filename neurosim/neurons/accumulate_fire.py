"""Accumulate over all steps, then fire a binary code, high bit first (Datta et al. 2023, arXiv 2312.06900)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from neurosim.neurons.model import Datapath, ExactLayers, Mask, Membrane, NeuronModel, Parameters, Role, Threshold


@dataclass(frozen=True)
class AccumulateFire(NeuronModel):
    """u <- sum_t 2^(T-t) I(t) + B + Th//2; then for t = 1..T: s(t) = [u >= 2^(T-t) Th], u <- u - s(t) 2^(T-t) Th.

    A spike of step t is worth 2^(T-t), so the spikes are the bits of clip((acc + Th//2) // Th, 0, 2^T - 1): lossless by
    the theorem of conversion.md section 4. The input is weighted by Horner's rule: one shift of the accumulator between
    two spike maps. The largest threshold, 2^(T-1) Th, is shifted down by one place a step.

    State: u, and the layer's one threshold. Schedules: layer by layer. Operations of a hidden layer of N neurons that A
    synaptic additions reach and that fires S times: A + N add, (T - 1)(N + 1) shift, T N compare, S reset.
    """

    steps: int
    kind: ClassVar[str] = "accumulate_fire"
    waits_for_all_steps: ClassVar[bool] = True
    is_linear_in_spikes: ClassVar[bool] = True
    exact_layers: ClassVar[ExactLayers] = "all"

    @property
    def levels(self) -> int:
        """Number of codes above 0, 2^T - 1."""
        return self.largest_input()

    @property
    def operations(self) -> frozenset[str]:
        """Operations on an accumulator; a single step needs no shift."""
        return frozenset({"add", "compare", "reset"} | ({"shift"} if self.steps > 1 else set()))

    def unit(self, clip: float, levels: int) -> float:
        """Return the value of one level, clip / levels."""
        return clip / levels

    def largest_input(self) -> int:
        """Return the all-ones code 2^T - 1."""
        return (1 << self.steps) - 1

    def width(self, reach: int, threshold: int) -> int:
        """Return the bound of every partial sum and of the largest threshold."""
        return max(reach + int(self.rounding(threshold)), threshold << (self.steps - 1))

    def spike_weight(self, step: int) -> int:
        """Return 2^(T-1-step): the first spike is the most significant bit."""
        return 1 << (self.steps - 1 - step)

    def scans(self, role: Role) -> int:
        """Return T updates, and one of the output layer, which adds its bias."""
        return {"input": 1, "output": 1}.get(role, self.steps)

    def begin_step(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> None:
        """Double the sum of the earlier, more significant spike maps."""
        if step > 0:  # Horner: u <- 2 u + I(t), one shift a neuron
            datapath.shift(membrane.input_accumulator, 1)

    def update(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask:
        """Emit one bit of the code; the first update takes the whole sum and adds bias and rounding."""
        if step == 0:
            # The two banks swap roles: the sum of all spike maps becomes the potential.
            membrane.potential, membrane.input_accumulator = (
                membrane.input_accumulator,
                np.zeros_like(membrane.potential),
            )
            rounding = 0 if layer.role == "output" else self.rounding(layer.threshold)
            datapath.add(membrane.potential, layer.bias + rounding)
        if layer.role == "output":
            return np.zeros(membrane.potential.shape, np.bool_)
        # Bit T-1-step of the code: one comparison, and a subtraction where it is set, as in long division.
        threshold = layer.threshold << (self.steps - 1 - step)
        if step > 0:  # the threshold register holds that of the step before
            threshold = datapath.shift_threshold(threshold << 1, -1)
        fired = datapath.compare(membrane.potential, threshold)
        datapath.subtract(membrane.potential, fired, threshold)
        return fired

    def spike_maps(self, codes: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the bits of ``codes``, most significant first."""
        return np.stack([(codes >> (self.steps - 1 - step)) & 1 for step in range(self.steps)]).astype(np.uint8)

    def quantise(self, accumulated: NDArray[np.int64], threshold: Threshold) -> NDArray[np.int64]:
        """Return clip((acc + Th//2) // Th, 0, 2^T - 1)."""
        codes: NDArray[np.int64] = np.clip((accumulated + self.rounding(threshold)) // threshold, 0, 2**self.steps - 1)
        return codes

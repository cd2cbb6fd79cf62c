"""Integrate and fire with reset by subtraction, the usual rate-coded baseline (Rueckauer et al. 2017)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from neurosim.neurons.model import Datapath, ExactLayers, Mask, Membrane, NeuronModel, Parameters, Role, Threshold


@dataclass(frozen=True)
class IfSoft(NeuronModel):
    """u <- u + I(t) + B; s(t) = [u >= Th]; u <- u - s(t) Th, from u = 0. A spike is worth lam / T.

    For a constant input the spike count is clip(T I // Th, 0, T); only the first spiking layer sees one, which takes
    the same accumulated pixels in every step.

    State: u. Schedules: all, with the same integers. Operations of a layer of N neurons that A synaptic additions reach
    and that fires S times: A + T N add (the bias is preloaded), T N compare, S reset.
    """

    steps: int
    kind: ClassVar[str] = "if_soft"
    waits_for_all_steps: ClassVar[bool] = False
    is_linear_in_spikes: ClassVar[bool] = True
    exact_layers: ClassVar[ExactLayers] = "none"

    @property
    def bias_weight(self) -> int:
        """T: the bias is added every step."""
        return self.steps

    def unit(self, clip: float, levels: int) -> float:
        """Return the clip value: it is represented by a spike in every step."""
        return clip

    def largest_input(self) -> int:
        """Return 1: the width bound multiplies by T itself."""
        return 1

    def width(self, reach: int, threshold: int) -> int:
        """Return T times the largest input of a step, plus one threshold."""
        # A potential below 0 is never reset and can reach -T reach; one above is reduced by Th in every step.
        return self.steps * reach + threshold

    def spike_weight(self, step: int) -> int:
        """Return 1: a rate code."""
        return 1

    def scans(self, role: Role) -> int:
        """Return T: every layer is updated each step, the output layer too."""
        return 1 if role == "input" else self.steps

    def start(self, layer: Parameters) -> Threshold:
        """Return the initial potential, 0."""
        return 0

    def begin_step(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> None:
        """Preload the input accumulator with the bias and, before the first spike map, the initial potentials."""
        membrane.input_accumulator[...] = layer.bias  # a write in place of clearing: no operation is counted
        if step == 0:
            membrane.potential[...] = 0 if layer.role == "output" else self.start(layer)

    def update(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask:
        """Integrate one step's input, fire, and reset."""
        # Bias and synaptic input are in the accumulator together, so that a step is one addition a neuron.
        datapath.add(membrane.potential, membrane.input_accumulator)
        if layer.role == "output":
            return np.zeros(membrane.potential.shape, np.bool_)
        fired = self.fire(datapath, layer, membrane, step)
        self.reset(datapath, layer, membrane, fired)
        return fired

    def fire(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask:
        """Return which neurons have reached the threshold."""
        return datapath.compare(membrane.potential, layer.threshold)

    def reset(self, datapath: Datapath, layer: Parameters, membrane: Membrane, fired: Mask) -> None:
        """Subtract the threshold, keeping the residue."""
        datapath.subtract(membrane.potential, fired, layer.threshold)

    def quantise(self, accumulated: NDArray[np.int64], threshold: Threshold) -> NDArray[np.int64]:
        """Return the spike count of a constant input, clip(T acc // Th, 0, T)."""
        total = (self.steps * accumulated + self.rounding(threshold)) // threshold
        codes: NDArray[np.int64] = np.clip(total, 0, self.steps)
        return codes

    def rounding(self, threshold: Threshold) -> Threshold:
        """Return the rounding constant that the initial potential contributes, 0: it floors."""
        return 0

"""Weighted spikes, fired while input is still arriving (Kim et al. 2018, doi 10.1016/j.neucom.2018.05.087)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from neurosim.neurons.model import Datapath, Mask, Membrane, NeuronModel, Parameters, Role, Threshold, need_whole

MOST_PERIODS = 64


@dataclass(frozen=True)
class WeightedStream(NeuronModel):
    """u <- u + m I(t) (+ B, first step of a period); s(t) = [u >= m Th]; u <- u - s(t) m Th, from u = Th // 2.

    m = 2^(T-1), ..., 2, 1 over a period of T steps, of which there are ``periods``; activations are sum m s / periods.
    A spike is fired on the bits that have arrived so far, so that a neuron may fire too often or too little: the first
    layer, which has its whole input at once, is exact in one period, later layers are not. The host's input enters
    whole, at the first step of each period.

    Parameters
    ----------
    steps : int
        Steps T of a period.
    periods : int
        Number of periods, 1 to 64.

    Notes
    -----
    State: u. Schedules: all, with the same integers. Operations of a hidden layer of N neurons that A synaptic
    additions reach and that fires S times: A add and S reset in all; for each period N add for the bias and T N for
    the spike maps, T - 1 shift for the threshold and (T - 1) N for the spike maps, T N compare.
    """

    steps: int
    periods: Annotated[int, Ge(1), Le(MOST_PERIODS)] = 1
    kind: ClassVar[str] = "weighted_stream"

    def __post_init__(self) -> None:
        need_whole("weighted_stream: periods", self.periods, 1, MOST_PERIODS)

    @property
    def levels(self) -> int:
        """Number of codes above 0 of a period, 2^T - 1."""
        return (1 << self.steps) - 1

    @property
    def operations(self) -> frozenset[str]:
        """Operations on an accumulator; a single step needs no shift."""
        return frozenset({"add", "compare", "reset"} | ({"shift"} if self.steps > 1 else set()))

    @property
    def bias_weight(self) -> int:
        """Number of periods: the bias is added in each."""
        return self.periods

    def unit(self, clip: float, levels: int) -> float:
        """Return the value of one level, clip / levels."""
        return clip / levels

    def largest_input(self) -> int:
        """Return the all-ones code of one period; the width bound multiplies by the periods itself."""
        return self.levels

    def width(self, reach: int, threshold: int) -> int:
        """Return the bound over all periods and the largest threshold."""
        return max(self.periods * (reach + (threshold >> 1)), threshold << (self.steps - 1))

    def spike_weight(self, step: int) -> int:
        """Return m: 2^(T-1) at the first step of a period, 1 at its last."""
        return 1 << (self.steps - 1 - step % self.steps)

    def scans(self, role: Role) -> int:
        """Return T for each period: every layer is updated each step."""
        return 1 if role == "input" else self.steps * self.periods

    def begin_step(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> None:
        """Clear the input accumulator; before the first spike map, preload potentials with half a threshold."""
        membrane.input_accumulator[...] = 0
        if step == 0:
            membrane.potential[...] = 0 if layer.role == "output" else self.rounding(layer.threshold)

    def update(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask:
        """Integrate the spike map at its weight, fire at a threshold of that weight, and reset."""
        place = step % self.steps
        weight_places = self.steps - 1 - place
        if place == 0:  # the bias belongs to a whole period
            datapath.add(membrane.potential, layer.bias)
        # A spike map of spikes is weighted by a shift; pixels carry their weight and enter once a period.
        if layer.role != "first":
            datapath.shift(membrane.input_accumulator, weight_places)
            datapath.add(membrane.potential, membrane.input_accumulator)
        elif place == 0:
            datapath.add(membrane.potential, membrane.input_accumulator)
        if layer.role == "output":
            return np.zeros(membrane.potential.shape, np.bool_)
        # m Th, from the threshold register: shifted down by one place a step.
        threshold = layer.threshold << weight_places
        if place > 0:
            threshold = datapath.shift_threshold(threshold << 1, -1)
        fired = datapath.compare(membrane.potential, threshold)
        datapath.subtract(membrane.potential, fired, threshold)
        return fired

    def quantise(self, accumulated: NDArray[np.int64], threshold: Threshold) -> NDArray[np.int64]:
        """Return the codes of exact neurons, periods x clip((acc + Th//2) // Th, 0, 2^T - 1)."""
        code = (accumulated + self.rounding(threshold)) // threshold
        codes: NDArray[np.int64] = self.periods * np.clip(code, 0, self.levels)
        return codes

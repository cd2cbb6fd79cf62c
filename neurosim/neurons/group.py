"""A group of neurons with staggered thresholds and lateral inhibition (Group Neurons 2024, arXiv 2402.19061)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from neurosim.errors import ConversionError
from neurosim.neurons.model import (
    Datapath,
    ExactLayers,
    Mask,
    Membrane,
    NeuronModel,
    Parameters,
    Potential,
    Role,
    Threshold,
    need_whole,
)

LARGEST_GROUP = 255  # a number of spikes is one byte


@dataclass(frozen=True)
class Group(NeuronModel):
    """u <- u + I(t) + B; c(t) = clip(u // Th, 0, tau); u <- u - c(t) Th, from u = Th // 2; worth lam / (tau T).

    ``tau`` members integrate the same input and fire at Th, 2 Th, ..., tau Th; each spike takes Th off all of them
    (lateral inhibition), so all potentials stay equal and one accumulator stands for the group. With one step and tau
    levels it is exactly QCFS; for a constant input sum c = clip((T I + Th//2) // Th, 0, tau T); it equals ``if_qcfs``
    run for tau steps on each input.

    Parameters
    ----------
    steps : int
        Time steps T.
    tau : int
        Members of a group, 1 to 255.
    compare : {"parallel", "search"}
        How c is found: with tau comparators, or bit by bit.
    spikes : {"unary", "graded"}
        What is sent: c packets, or one packet with the number c, by which every synapse multiplies.

    Notes
    -----
    State: u. Schedules: all, with the same integers. Operations of a layer of N groups that A synaptic additions reach
    (c for each synapse of a unary spike, one addition and one product for each of a graded one): A + T N add, tau T N
    compare in parallel or ceil(log2(tau + 1)) T N by search, and a reset for every group and step with c > 0.
    """

    steps: int
    tau: Annotated[int, Ge(1), Le(LARGEST_GROUP)] = 4
    compare: Literal["parallel", "search"] = "parallel"
    spikes: Literal["unary", "graded"] = "unary"
    kind: ClassVar[str] = "group"

    def __post_init__(self) -> None:
        need_whole("group: tau", self.tau, 1, LARGEST_GROUP)
        if self.compare not in ("parallel", "search"):
            raise ConversionError(f"group: compare is parallel or search, found {self.compare}")
        if self.spikes not in ("unary", "graded"):
            raise ConversionError(f"group: spikes are unary or graded, found {self.spikes}")

    @property
    def exact_layers(self) -> ExactLayers:
        """All layers for one step; with more steps, input changes between them."""
        return "all" if self.steps == 1 else "none"

    @property
    def levels(self) -> int | None:
        """tau for one step; with more steps any number, as no single step has to hold an activation."""
        return self.tau if self.steps == 1 else None

    @property
    def is_graded(self) -> bool:
        """Whether c is sent as a number in one packet."""
        return self.spikes == "graded"

    @property
    def spike_bits(self) -> int:
        """Bits of c, ceil(log2(tau + 1))."""
        return self.tau.bit_length()

    @property
    def bias_weight(self) -> int:
        """T: the bias is added every step."""
        return self.steps

    def unit(self, clip: float, levels: int) -> float:
        """Return the clip value over the number of members."""
        return clip / self.tau

    def largest_input(self) -> int:
        """Return tau: the width bound multiplies by T itself."""
        return self.tau

    def width(self, reach: int, threshold: int) -> int:
        """Return T times the largest input of a step, plus one threshold, and at least the largest threshold."""
        return max(self.steps * reach + threshold, self.tau * threshold)

    def spike_weight(self, step: int) -> int:
        """Return 1: a rate code of up to tau spikes a step."""
        return 1

    def scans(self, role: Role) -> int:
        """Return T: every layer is updated each step."""
        return 1 if role == "input" else self.steps

    def begin_step(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> None:
        """Preload the input accumulator with the bias and, at step 0, potentials with half a threshold."""
        membrane.input_accumulator[...] = layer.bias
        if step == 0:
            membrane.potential[...] = 0 if layer.role == "output" else self.rounding(layer.threshold)

    def update(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask | NDArray[np.uint8]:
        """Integrate one step's input, count the members that fire, and inhibit."""
        # Integrate, as one neuron does: the members share the potential.
        datapath.add(membrane.potential, membrane.input_accumulator)
        if layer.role == "output":
            return np.zeros(membrane.potential.shape, np.bool_)
        count_fired = self._in_parallel if self.compare == "parallel" else self._bit_by_bit
        count = count_fired(datapath, membrane.potential, layer.threshold)
        # Lateral inhibition: c thresholds at once, one reset for the group.
        datapath.subtract(membrane.potential, count > 0, count.astype(membrane.potential.dtype) * layer.threshold)
        return count

    def _in_parallel(self, datapath: Datapath, potential: Potential, threshold: Threshold) -> NDArray[np.uint8]:
        """Return the number of members that fire, the sum of tau comparators."""
        count = np.zeros(potential.shape, np.uint8)
        for member in range(1, self.tau + 1):
            count += datapath.compare(potential, member * threshold).view(np.uint8)
        return count

    def _bit_by_bit(self, datapath: Datapath, potential: Potential, threshold: Threshold) -> NDArray[np.uint8]:
        """Return the same by binary search from the high bit down, one comparison a bit."""
        count = np.zeros(potential.shape, np.uint8)
        for bit in reversed(range(self.spike_bits)):
            tried = count + np.uint8(1 << bit)
            # A count above tau is compared as tau, and not accepted.
            reached = datapath.compare(potential, np.minimum(tried, self.tau).astype(potential.dtype) * threshold)
            count += (reached & (tried <= self.tau)).view(np.uint8) << bit
        return count

    def quantise(self, accumulated: NDArray[np.int64], threshold: Threshold) -> NDArray[np.int64]:
        """Return the spikes of a constant input, clip((T acc + Th//2) // Th, 0, tau T)."""
        total = (self.steps * accumulated + self.rounding(threshold)) // threshold
        codes: NDArray[np.int64] = np.clip(total, 0, self.tau * self.steps)
        return codes

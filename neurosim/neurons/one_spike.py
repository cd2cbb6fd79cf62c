"""At most one spike a neuron, whose phase is its value (One-Spike SNN 2024, arXiv 2403.08786)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import ClassVar, Literal

import numpy as np
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
    at_least,
    need_whole,
)

LARGEST_WORTH = 1 << 43  # of phase 0, in units that make all phases whole; of 63 bits it leaves 20 for weights
MOST_GUARD_BITS = 62


@dataclass(frozen=True)
class OneSpike(NeuronModel):
    """v <- Q v + 2^F (I(t) + B [t = 0]); fires once, at phase k = t - W, as soon as t >= W and v >= TH. From v = 0.

    A spike of phase k = 0..T-1 is worth Q^-k lam, and TH = ceil(2^F Q^W (1 + 1/Q) / 2 Th), so that a value is rounded
    to the nearest phase; without ``threshold_shift`` it is cut to the next lower one, TH = ceil(2^F Q^W Th). A neuron
    that has fired is frozen: it neither grows nor integrates.

    With W = T - 1 and the default guard bits every phase is exact.

    Parameters
    ----------
    steps : int
        Phases T.
    base : number or str
        Q, above 1 and at most 2. Growth is a shift for 2, shifts and additions for other sums of powers of two (3/2,
        5/4, 7/4), a multiplication for the rest.
    wait : int, optional
        W, steps before the first phase, by default T - 1. A shorter wait fires before all input has arrived and is
        wrong where that matters (noise spikes).
    guard_bits : int, optional
        F, fraction bits that keep what growth would round off, by default g (T + W - 1) for Q = n / 2^g.
    threshold_shift : bool
        Whether values are rounded to the nearest phase.
    input : {"multi_bit", "single_spike"}
        How the host sends an image: pixel values at once, by which the first layer multiplies and for which it need not
        wait; or one spike a pixel, rounded to the nearest phase like every activation, without products but coarser.

    Notes
    -----
    State: v and one flag. Schedules: all, with the same integers. A layer fires W steps behind its sources, so that the
    network takes T + (layers - 2) W steps, and a skip connection is delayed by W for every layer that it skips. The
    output layer grows and integrates only. Guard bits and growth take accumulator bits from the weights: on a narrow
    accumulator fewer may be better.

    Operations of a hidden layer of N neurons that A synaptic additions reach: A + N add; k + 1 compare for a neuron
    that fires at k, T for an inactive one; W + k growths or T + W - 1, each one shift for Q = 2, one shift and one
    addition for each power of two in Q - 1, or one product. Nothing is reset.
    """

    steps: int
    base: Fraction | float | str = 2
    wait: int | None = None
    guard_bits: int | None = None
    threshold_shift: bool = True
    input: Literal["multi_bit", "single_spike"] = "multi_bit"
    kind: ClassVar[str] = "one_spike"
    exact_layers: ClassVar[ExactLayers] = "all"

    def __post_init__(self) -> None:
        try:
            base = Fraction(str(self.base))
        except (ValueError, ZeroDivisionError):
            raise ConversionError(f"one_spike: base is a number like 2, 1.5 or 5/4, found {self.base}") from None
        if not 1 < base <= 2:
            raise ConversionError(f"one_spike: base is above 1 and at most 2, found {self.base}")
        if base.numerator ** (self.steps - 1) > LARGEST_WORTH:
            raise ConversionError(
                f"one_spike: {self.steps} phases of base {base} are whole numbers only in units of "
                f"1/{base.numerator}^{self.steps - 1}, finer than 2^-43; the nearest base that can be had is "
                f"{_nearest_base(base, self.steps)}"
            )
        wait = self.steps - 1 if self.wait is None else self.wait
        need_whole("one_spike: wait", wait, 0, self.steps - 1)
        places = base.denominator.bit_length() - 1
        guard_bits = places * (self.steps + wait - 1) if self.guard_bits is None else self.guard_bits
        need_whole("one_spike: guard_bits", guard_bits, 0, MOST_GUARD_BITS)
        if type(self.threshold_shift) is not bool:
            raise ConversionError(f"one_spike: threshold_shift is true or false, found {self.threshold_shift}")
        if self.input not in ("multi_bit", "single_spike"):
            raise ConversionError(f"one_spike: input is multi_bit or single_spike, found {self.input}")
        for name, value in (("base", base), ("wait", wait), ("guard_bits", guard_bits)):
            object.__setattr__(self, name, value)

    @property
    def growth(self) -> Fraction:
        """Q."""
        assert isinstance(self.base, Fraction)
        return self.base

    @property
    def delay(self) -> int:
        """W."""
        assert self.wait is not None
        return self.wait

    @property
    def scale(self) -> int:
        """Return 2^F."""
        assert self.guard_bits is not None
        return 1 << self.guard_bits

    @property
    def keeps_input(self) -> bool:
        """False: the potential grows between updates, so that pixels enter once."""
        return False

    @property
    def reads_pixels(self) -> bool:
        """Whether the first layer gets pixel values."""
        return self.input == "multi_bit"

    @property
    def operations(self) -> frozenset[str]:
        """Those of growth, an addition for the bias, and comparisons; nothing is reset."""
        if self.growth.denominator & (self.growth.denominator - 1):
            return frozenset({"add", "compare", "multiply"})
        return frozenset({"add", "compare", "shift"})

    @property
    def bias_weight(self) -> int:
        """Weight of phase 0."""
        return self.spike_weight(0)

    @property
    def output_scale(self) -> Fraction:
        """2^F Q^(T-1) over the weight of phase 0."""
        return Fraction(self.scale, self.growth.denominator ** (self.steps - 1))

    def in_role(self, role: Role) -> OneSpike:
        """Return the model without its wait for layers that grow for T - 1 steps only: output, and first of pixels."""
        return self if role == "hidden" or (role == "first" and not self.reads_pixels) else replace(self, wait=0)

    def unit(self, clip: float, levels: int) -> float:
        """Return the clip value: a spike of phase 0 stands for it."""
        return clip

    def largest_input(self) -> int:
        """Return 1: one spike, whose growth the width bound accounts for itself."""
        return 1

    def width(self, reach: int, threshold: int) -> int:
        """Return the bound of a potential that has grown for T + W - 1 steps, and at least the threshold."""
        # Growth is largest if all input arrives at the first step.
        grown = ceil(self.growth ** (self.steps + self.delay - 1))
        return max(grown * self.scale * reach, int(self.firing_threshold(threshold)), self.scale)

    def firing_threshold(self, threshold: Threshold) -> Threshold:
        """Return TH."""
        return at_least(threshold, self.scale * self.growth**self.delay * self._border)

    @property
    def _border(self) -> Fraction:
        """Where phase 0 begins, in units of its value."""
        return (1 + 1 / self.growth) / 2 if self.threshold_shift else Fraction(1)

    def spike_weight(self, step: int) -> int:
        """Return Q^-k for phase k = ``step``, times the power of Q's numerator that makes all phases whole numbers."""
        weight: int = self.growth.denominator**step * self.growth.numerator ** (self.steps - 1 - step)
        return weight

    def scans(self, role: Role) -> int:
        """Return T, one for each phase; an output layer is updated once, and pixels are sent at once."""
        return 1 if role == "output" or (role == "input" and self.reads_pixels) else self.steps

    def lookahead(self, role: Role) -> int:
        """Return W; T - 1 of an output layer, updated once after all spike maps, and of a first layer of pixels."""
        return self.delay if self.in_role(role) is self else self.steps - 1

    def encode_input(self, image: NDArray[np.integer], largest: Threshold, step: int) -> NDArray[np.integer]:
        """Return the pixels, or which of them spike in this phase."""
        if self.reads_pixels:
            return image
        spikes: Mask = self.quantise(image.astype(np.int64), largest) == self.spike_weight(step)
        return spikes.view(np.uint8)

    def begin_step(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> None:
        """Before the first update, integrate the previous spike map and grow; the bias enters with spike map 0."""
        if step == 0:  # preload: the bias grows with the potential, so that it enters once
            membrane.potential[...] = 0
            membrane.extra["alive"] = np.ones(membrane.potential.shape, np.bool_)
            datapath.add(membrane.potential, layer.bias * self.scale)
        elif step <= self.lookahead(layer.role):
            membrane.potential += self._current(membrane)
            self._grow(datapath, membrane.potential, None)
        membrane.input_accumulator[...] = 0

    def update(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask:
        """Grow and integrate neurons that have not fired yet, and fire once."""
        # A neuron that has fired is frozen: the mask gates every operation on it.
        alive: Mask = membrane.extra["alive"]
        if step > 0:
            self._grow(datapath, membrane.potential, alive)
        # Updates after the last spike map of input only grow.
        if step == 0 or step + self.lookahead(layer.role) < len(self.input_order(layer.role)):
            membrane.potential += self._current(membrane) * alive
            membrane.input_accumulator[...] = 0
        if layer.role == "output":
            return np.zeros(alive.shape, np.bool_)
        # TH holds Q^W for the growth while waiting and 2^F for the guard bits.
        threshold = self.in_role(layer.role).firing_threshold(layer.threshold)
        spikes = datapath.compare(membrane.potential, threshold, alive)
        membrane.extra["alive"] = alive & ~spikes
        return spikes

    def _current(self, membrane: Membrane) -> Potential:
        """Return 2^F I(t): the synapse unit adds at bit F, so that no operation of the neuron unit is counted."""
        return membrane.input_accumulator << self.guard_bits if self.guard_bits else membrane.input_accumulator

    def _grow(self, datapath: Datapath, potential: Potential, alive: Mask | None) -> None:
        """Multiply by Q: by one shift, by shifts and additions, or by a multiplication."""
        rest, denominator = self.growth.numerator - self.growth.denominator, self.growth.denominator
        if self.growth == 2:
            datapath.shift(potential, 1, alive)
        elif denominator & (denominator - 1) == 0:
            places = denominator.bit_length() - 1
            # Q - 1 is a sum of powers 2^-place: copies of the potential are shifted and added.
            parts = {place: potential.copy() for place in range(1, places + 1) if rest >> (places - place) & 1}
            for place, part in parts.items():
                datapath.shift(part, -place, alive)
                datapath.add(potential, part, alive)
        else:
            datapath.multiply(potential, self.growth, alive)

    def quantise(self, accumulated: NDArray[np.int64], threshold: Threshold) -> NDArray[np.int64]:
        """Return the weight of the earliest phase whose border is reached, 0 where none is."""
        # From the last phase to the first, so that the earliest phase that is reached remains.
        codes = np.zeros(accumulated.shape, np.int64)
        for step in reversed(range(self.steps)):
            codes[accumulated >= at_least(threshold, self._border / self.growth**step)] = self.spike_weight(step)
        return codes

    def ties(self, accumulated: NDArray[np.int64], threshold: Threshold, top: int) -> Mask:
        """Return which accumulated inputs lie exactly on the border of a phase."""
        on_border = np.zeros(accumulated.shape, np.bool_)
        for step in range(self.steps):
            border = self._border / self.growth**step
            above = at_least(threshold, border)
            # Only a border that is a whole number has sums on it: rounded up it equals itself rounded down.
            on_border |= (accumulated == above) & (above == -at_least(threshold, -border))
        return on_border


def _nearest_base(base: Fraction, steps: int) -> Fraction:
    """Return the base nearest to ``base`` whose phases are whole numbers up to ``LARGEST_WORTH``."""
    largest = next(n for n in itertools.count(2) if (n + 1) ** (steps - 1) > LARGEST_WORTH)
    bases = (Fraction(n, d) for n in range(2, largest + 1) for d in range((n + 1) // 2, n))
    return min(bases, key=lambda other: abs(other - base))

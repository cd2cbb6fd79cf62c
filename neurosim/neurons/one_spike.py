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

LARGEST_WORTH = 1 << 43  # of phase 0, in units in which all phases are whole numbers; leaves 20 bits for weights
MOST_GUARD_BITS = 62


@dataclass(frozen=True)
class OneSpike(NeuronModel):
    """v <- Q v + 2^F (I(t) + B [t = 0]); fires once, at phase k = t - W, as soon as t >= W and v >= TH. From v = 0.

    A spike of phase k = 0..T-1 is worth Q^-k lam, and TH = ceil(2^F Q^W (1 + 1/Q) / 2 Th), so that a value is rounded
    to the nearest phase; without ``threshold_shift`` it is cut to the next lower one, TH = ceil(2^F Q^W Th). A neuron
    that has fired is frozen: it neither grows nor integrates.

    ``base`` Q is above 1 and at most 2: growing is a shift for 2, shifts and additions for other sums of powers of two
    (3/2, 5/4, 7/4), a multiplication for the rest. ``wait`` W is how many steps pass before the first phase, T - 1 if
    not given; a shorter wait fires before all input is there and is wrong where that matters (noise spikes).
    ``guard_bits`` F keeps what growing would round off: g (T + W - 1), if not given, for Q = n / 2^g.
    With W = T - 1 and so many guard bits every phase is exact.

    ``input`` says how the host sends an image: ``multi_bit``, pixel values at once, so that the first layer multiplies
    and waits for nothing; or ``single_spike``, one spike a pixel, rounded to the nearest phase as every activation is,
    so that the first layer is like the others and needs no products, but sees its input only roughly.

    State: v and one flag. Schedules: all, with the same integers. A layer fires W steps behind its sources, so all of
    the network take T + (layers - 2) W steps, and a skip is delayed by W for every layer that it jumps over. The output
    layer grows and integrates only. Guard bits and growth take their room in the accumulator from the weights: on a
    narrow one, fewer may be better.

    Operations of a hidden layer of N neurons that A synaptic additions reach: A + N add; k + 1 compare for a neuron
    that fires at k, T for a silent one; W + k growths or T + W - 1, each one shift for Q = 2, one shift and one
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
        """False: what has been integrated grows."""
        return False

    @property
    def reads_pixels(self) -> bool:
        """Whether the first layer gets whole pixels."""
        return self.input == "multi_bit"

    @property
    def operations(self) -> frozenset[str]:
        """Return what growing needs, an addition for the bias, and comparisons; nothing is ever reset."""
        if self.growth.denominator & (self.growth.denominator - 1):
            return frozenset({"add", "compare", "multiply"})
        return frozenset({"add", "compare", "shift"})

    @property
    def bias_weight(self) -> int:
        """Return the worth of phase 0."""
        return self.spike_weight(0)

    @property
    def output_scale(self) -> Fraction:
        """Return 2^F Q^(T-1) over the worth of phase 0."""
        return Fraction(self.scale, self.growth.denominator ** (self.steps - 1))

    def in_role(self, role: Role) -> OneSpike:
        """Return the model without its wait for layers that grow for T - 1 steps only: first of pixels, and output."""
        return self if role == "hidden" or (role == "first" and not self.reads_pixels) else replace(self, wait=0)

    def unit(self, clip: float, levels: int) -> float:
        """Return the clip value: a spike of phase 0 stands for it."""
        return clip

    def largest_input(self) -> int:
        """Return 1: one spike, whose growth the width bound accounts for itself."""
        return 1

    def width(self, reach: int, threshold: int) -> int:
        """Return what has grown for T + W - 1 steps, and at least the threshold."""
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
        return self.growth.denominator**step * self.growth.numerator ** (self.steps - 1 - step)

    def scans(self, role: Role) -> int:
        """Return T, one for each phase; an output layer is scanned once, and pixels are sent at once."""
        return 1 if role == "output" or (role == "input" and self.reads_pixels) else self.steps

    def lookahead(self, role: Role) -> int:
        """Return W; all planes before the one scan of an output layer, and those of pixels, which are a single one."""
        return self.delay if self.in_role(role) is self else self.steps - 1

    def encode_input(self, image: NDArray[np.integer], largest: Threshold, step: int) -> NDArray[np.integer]:
        """Return the pixels, or which of them spike in this phase."""
        if self.reads_pixels:
            return image
        return (self.quantise(image.astype(np.int64), largest) == self.spike_weight(step)).view(np.uint8)

    def begin_step(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> None:
        """While the first scan is still to come, take the plane before in and grow; the bias comes with plane 0."""
        if step == 0:
            membrane.potential[...] = 0
            membrane.extra["alive"] = np.ones(membrane.potential.shape, np.bool_)
            datapath.add(membrane.potential, layer.bias * self.scale)
        elif step <= self.lookahead(layer.role):
            membrane.potential += self._current(membrane)
            self._grow(datapath, membrane.potential, None)
        membrane.input_accumulator[...] = 0

    def update(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask:
        """Grow and integrate what has not fired yet, and fire once."""
        alive: Mask = membrane.extra["alive"]
        if step > 0:
            self._grow(datapath, membrane.potential, alive)
        if step == 0 or step + self.lookahead(layer.role) < len(self.input_order(layer.role)):
            membrane.potential += self._current(membrane) * alive
            membrane.input_accumulator[...] = 0
        if layer.role == "output":
            return np.zeros(alive.shape, np.bool_)
        threshold = self.in_role(layer.role).firing_threshold(layer.threshold)
        spikes = datapath.compare(membrane.potential, threshold, alive)
        membrane.extra["alive"] = alive & ~spikes
        return spikes

    def _current(self, membrane: Membrane) -> Potential:
        """Return 2^F I(t): the synapse unit's own additions, which it does at that place, so none is counted here."""
        return membrane.input_accumulator << self.guard_bits if self.guard_bits else membrane.input_accumulator

    def _grow(self, datapath: Datapath, potential: Potential, alive: Mask | None) -> None:
        """Multiply by Q with what that takes: one shift, shifts and additions, or a multiplication."""
        rest, denominator = self.growth.numerator - self.growth.denominator, self.growth.denominator
        if self.growth == 2:
            datapath.shift(potential, 1, alive)
        elif denominator & (denominator - 1) == 0:
            places = denominator.bit_length() - 1
            parts = {place: potential.copy() for place in range(1, places + 1) if rest >> (places - place) & 1}
            for place, part in parts.items():
                datapath.shift(part, -place, alive)
                datapath.add(potential, part, alive)
        else:
            datapath.multiply(potential, self.growth, alive)

    def quantise(self, accumulated: NDArray[np.int64], threshold: Threshold) -> NDArray[np.int64]:
        """Return the worth of the earliest phase whose border is reached, 0 where none is."""
        codes = np.zeros(accumulated.shape, np.int64)
        for step in reversed(range(self.steps)):
            codes[accumulated >= at_least(threshold, self._border / self.growth**step)] = self.spike_weight(step)
        return codes

    def ties(self, accumulated: NDArray[np.int64], threshold: Threshold, top: int) -> Mask:
        """Return which accumulated inputs lie exactly on the border of a phase."""
        found = np.zeros(accumulated.shape, np.bool_)
        for step in range(self.steps):
            border = self._border / self.growth**step
            above = at_least(threshold, border)
            found |= (accumulated == above) & (above == -at_least(threshold, -border))  # a border that is whole
        return found


def _nearest_base(base: Fraction, steps: int) -> Fraction:
    """Return the base nearest to ``base`` whose phases are whole numbers up to the largest worth."""
    largest = next(n for n in itertools.count(2) if (n + 1) ** (steps - 1) > LARGEST_WORTH)
    bases = (Fraction(n, d) for n in range(2, largest + 1) for d in range((n + 1) // 2, n))
    return min(bases, key=lambda other: abs(other - base))

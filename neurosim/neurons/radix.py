"""Radix encoding: spikes are the bits of a code, as of ``accumulate_fire``, but floored (arXiv 2105.06943)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.model import Threshold


@dataclass(frozen=True)
class Radix(AccumulateFire):
    """u <- sum_t 2^(T-t) I(t) + B; then for t = 1..T: s(t) = [u >= 2^(T-t) Th], u <- u - s(t) 2^(T-t) Th.

    The bits of clip(acc // Th, 0, 2^T - 1): lossless against a network that floors. Against one trained to round, every
    activation loses half a level on average. State, schedules and operations are those of ``accumulate_fire``.
    """

    kind: ClassVar[str] = "radix"

    def rounding(self, threshold: Threshold) -> Threshold:
        """Return 0: activations are floored."""
        return 0

"""The bit-level equations as printed: each misprint alone in a layer that is otherwise correct.

The layer, its inputs and the correct codes are those of ``threshold_ladder.py``; a neuron is wrong if its code differs
from that of the quantised network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neurosim.reproduce.models.threshold_ladder import (
    STEPS,
    Integers,
    LadderLayer,
    accumulate,
    decode,
    fire,
    ladder,
    quantised,
    random_codes,
    random_layer,
    spike_maps,
)


@dataclass(frozen=True)
class Misprint:
    """Its place, the printed and the intended equation, and a layer that follows the printed one."""

    where: str
    printed: str
    meant: str
    codes: Callable[[LadderLayer, Integers], Integers]

    @property
    def wrong(self) -> float:
        """Percent of mismatched neurons."""
        return wrong(self.codes)


def wrong(follow: Callable[[LadderLayer, Integers], Integers], seed: int = 1) -> float:
    """Return percent of mismatched neurons of a layer that follows these equations."""
    random = np.random.default_rng(seed)
    layer, codes = random_layer(random), random_codes(random)
    expected = quantised(layer.accumulated(codes), layer.threshold, 2**STEPS - 1)
    return 100 * float(np.mean(follow(layer, codes) != expected))


def _potential(layer: LadderLayer, codes: Integers) -> Integers:
    return accumulate(spike_maps(codes, STEPS), layer)


def _fired(layer: LadderLayer, potential: Integers) -> Integers:
    return decode(fire(potential, ladder(layer.threshold, STEPS)))


def as_meant(layer: LadderLayer, codes: Integers) -> Integers:
    """Return the codes of the corrected equations."""
    return _fired(layer, _potential(layer, codes))


def _low_bit_first(layer: LadderLayer, codes: Integers) -> Integers:
    return _fired(layer, accumulate(spike_maps(codes, STEPS)[::-1], layer))


def _half_of_the_full_scale(layer: LadderLayer, codes: Integers) -> Integers:
    excess = ((layer.threshold << STEPS) - layer.threshold) >> 1
    return _fired(layer, _potential(layer, codes) + excess)


def _no_rounding(layer: LadderLayer, codes: Integers) -> Integers:
    return _fired(layer, _potential(layer, codes) - (layer.threshold >> 1))


def _threshold_never_halved(layer: LadderLayer, codes: Integers) -> Integers:
    return decode(fire(_potential(layer, codes), [layer.threshold << (STEPS - 1)] * STEPS))


def _strict(layer: LadderLayer, codes: Integers) -> Integers:
    return decode(fire(_potential(layer, codes), ladder(layer.threshold, STEPS), np.greater))


def _bias_of_one_step(layer: LadderLayer, codes: Integers) -> Integers:
    return _fired(layer, _potential(layer, codes) - layer.bias + layer.bias // STEPS)


MISPRINTS = (
    Misprint("Eq. 7 and Alg. 1 line 29", "2^(t-1) with t = 1 the highest bit", "2^(T-t)", _low_bit_first),
    Misprint("Eq. 8", "rounding by half of the full scale", "by half of one level", _half_of_the_full_scale),
    Misprint("Eq. 12", "no rounding", "half of one level", _no_rounding),
    Misprint("Alg. 1 lines 33-34", "the threshold stays at half of the scale", "halved each step",
             _threshold_never_halved),
    Misprint("step function", "H(0) not defined, taken as 0", "H(0) = 1", _strict),
    Misprint("Alg. 1 line 25", "the first layer gets the bias of one step", "the whole bias, once",
             _bias_of_one_step),
)  # fmt: skip

"""Single-spike phase codes in plain NumPy: the quantisation error of one spike, and the error of firing too early.

A neuron fires at most once, at phase k of 0 .. T-1; the spike has the value Q^-k. With the shifted threshold a number
is rounded to the nearest value; without, down. Shares no code with the simulator.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

NO_SPIKE = -1
GOLDEN = (math.sqrt(5) - 1) / 2
# Of Q = 1 + 2^-places: guard bits of one multiplication by Q, so that it is exact.
GUARD_BITS = {Fraction(2): 0, Fraction(3, 2): 1, Fraction(5, 4): 2}


def mean_square_error(base: float, steps: int) -> float:
    """Return the mean square error of the nearest value of numbers uniform over [0, 1], in closed form.

    Between two values the error is a triangle; below the lowest value m, c = m (1 + 1/Q) / 2 separates numbers that
    still fire from those without a spike.
    """
    gaps = sum(base ** (-3 * k) for k in range(steps - 1))
    lowest = base ** -(steps - 1)
    without = lowest * (1 + 1 / base) / 2
    return (1 - 1 / base) ** 3 / 12 * gaps + (without**3 + (lowest - without) ** 3) / 3


def encoded(values: NDArray[np.float64], base: float, steps: int, shifted: bool = True) -> NDArray[np.float64]:
    """Return the value of the spike of each number, 0 where the neuron does not fire."""
    worths = float(base) ** -np.arange(steps)
    thresholds = worths * (1 + 1 / base) / 2 if shifted else worths
    reached = values[:, None] >= thresholds
    return np.where(reached.any(axis=1), worths[reached.argmax(axis=1)], 0.0)


def encoding_error(base: float, steps: int, shifted: bool, points: int = 200_000) -> float:
    """Return the mean square error of numbers on an even grid over [0, 1]."""
    values = (np.arange(points) + 0.5) / points
    return float(np.mean((encoded(values, base, steps, shifted) - values) ** 2))


def optimal_base(steps: int) -> float:
    """Return the base of the least mean square error, up to 2, by golden section."""
    return least(lambda base: mean_square_error(base, steps), 1.01, 2.0)


def least(function: Callable[[float], float], low: float, high: float, within: float = 1e-6) -> float:
    """Return where a function that falls and then rises is least, to ``within``."""
    while high - low > within:
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        low, high = (low, right) if function(left) < function(right) else (left, high)
    return (low + high) / 2


@dataclass(frozen=True, eq=False)
class SingleSpikeLayer:
    """A dense layer whose threshold 2^p stands for the largest activation, and the phases of its inputs.

    weights (inputs, neurons) and bias (neurons,) int64; phases (samples, inputs), ``NO_SPIKE`` for no spike.
    """

    weights: NDArray[np.int64]
    bias: NDArray[np.int64]
    phases: NDArray[np.int64]
    threshold: int = 256


def random_layer(steps: int, base: Fraction, seed: int = 1) -> SingleSpikeLayer:
    """Return a layer of 64 inputs and 400 neurons, 100 samples; half of the inputs are inactive, the rest uniform."""
    random = np.random.default_rng(seed)
    weights = np.rint(random.normal(0, 256 / 5, (64, 400))).astype(np.int64)
    values = random.random((100, 64)) * (random.random((100, 64)) < 0.5)
    worths = float(base) ** -np.arange(steps)
    reached = values[..., None] >= worths * (1 + 1 / float(base)) / 2
    phases = np.where(reached.any(axis=2), reached.argmax(axis=2), NO_SPIKE)
    return SingleSpikeLayer(weights, random.integers(-50, 100, 400), phases)


def fired_phases(layer: SingleSpikeLayer, base: Fraction, steps: int, wait: int) -> NDArray[np.int64]:
    """Run the neurons step by step and return the phase at which each fired.

    Potentials are multiplied by Q in each step, with guard bits that make it exact.
    """
    guard = GUARD_BITS[base] * (steps + wait - 1)
    exact = Fraction(layer.threshold << guard) * base**wait * (1 + 1 / base) / 2
    threshold, places = math.ceil(exact), GUARD_BITS[base]
    potential = np.zeros((len(layer.phases), layer.bias.size), np.int64)
    phases = np.full(potential.shape, NO_SPIKE)
    for step in range(steps + wait):
        potential = potential << 1 if places == 0 else potential + (potential >> places)
        if step < steps:
            current = (layer.phases == step).astype(np.int64) @ layer.weights + (layer.bias if step == 0 else 0)
            potential = potential + (current << guard)
        if step >= wait:
            phases = np.where((phases == NO_SPIKE) & (potential >= threshold), step - wait, phases)
    return phases


def expected_phases(layer: SingleSpikeLayer, base: Fraction, steps: int) -> NDArray[np.int64]:
    """Return the phases of the single-spike ANN, whose neurons see all their input at once; in exact integers."""
    numerator, denominator = base.numerator, base.denominator
    full = numerator ** (steps - 1)  # makes every value Q^-k a whole number

    def worth(k: int) -> int:
        return int(full * denominator**k // numerator**k)

    total = layer.bias * full + sum(
        (layer.phases == k).astype(np.int64) @ layer.weights * worth(k) for k in range(steps)
    )
    phases = np.full(total.shape, NO_SPIKE)
    for k in reversed(range(steps)):
        reached = total * (2 * numerator) >= worth(k) * layer.threshold * (numerator + denominator)
        phases = np.where(reached, k, phases)
    return phases


def wrong(base: Fraction, steps: int, wait: int, seed: int = 1) -> float:
    """Return percent of neurons that fire at another phase than the single-spike ANN's, or wrongly not at all."""
    layer = random_layer(steps, base, seed)
    return 100 * float(np.mean(fired_phases(layer, base, steps, wait) != expected_phases(layer, base, steps)))

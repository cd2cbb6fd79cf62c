"""Bit-level spikes, simulated from their equations in plain NumPy, and the quantised network that they should equal.

A spike of step t is worth 2^(T-t). A layer accumulates all T spike maps of its input, then descends the thresholds
2^(T-1) Th ... Th. All in integers, so that a mismatch is no rounding error. Shares no code with the simulator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.timestep_policy import Policy, adapt
from neurosim.neurons.accumulate_fire import AccumulateFire

Integers = NDArray[np.int64]
STEPS = 4


@dataclass(frozen=True, eq=False)
class LadderLayer:
    """A dense layer: weights (inputs, neurons), bias (neurons,), the threshold that stands for one level."""

    weights: Integers
    bias: Integers
    threshold: int

    def accumulated(self, codes: Integers) -> Integers:
        """Return the input sums of the neurons for input codes (samples, inputs), bias included."""
        return codes @ self.weights + self.bias


def random_layer(random: np.random.Generator, inputs: int = 64, neurons: int = 400) -> LadderLayer:
    """Return the test layer of 64 inputs and 400 neurons at a threshold of 64, or one like it of another size.

    Weights are normal, with a spread that keeps the input sums alike for any number of inputs.
    """
    spread = 64 / 5 * np.sqrt(64 / inputs)
    weights = np.rint(random.normal(0, spread, (inputs, neurons))).astype(np.int64)
    return LadderLayer(weights, random.integers(-200, 400, neurons), 64)


def random_codes(random: np.random.Generator, samples: int = 200, inputs: int = 64) -> Integers:
    """Return codes of ``STEPS`` bits, half of them 0."""
    return random.integers(0, 2**STEPS, (samples, inputs)) * (random.random((samples, inputs)) < 0.5)


def spike_maps(codes: Integers, steps: int) -> Integers:
    """Return the bits of codes (steps, ...), the most significant first."""
    return np.stack([(codes >> (steps - 1 - step)) & 1 for step in range(steps)])


def accumulate(maps: Integers, layer: LadderLayer) -> Integers:
    """Add the spike maps by Horner's rule, with one shift of the potential between two, then bias and rounding."""
    potential = np.zeros((maps.shape[1], layer.weights.shape[1]), np.int64)
    for spikes in maps:
        potential = (potential << 1) + spikes @ layer.weights
    return potential + layer.bias + (layer.threshold >> 1)


def fire(
    potential: Integers, ladder: Sequence[int], reached: Callable[..., NDArray[np.bool_]] = np.greater_equal
) -> Integers:
    """Descend the ladder and return the spikes (steps, ...); the threshold of each spike is subtracted."""
    potential, spikes = potential.copy(), []
    for threshold in ladder:
        fired = reached(potential, threshold)
        potential -= threshold * fired
        spikes.append(fired.astype(np.int64))
    return np.stack(spikes)


def ladder(threshold: int, steps: int) -> list[int]:
    """Return the thresholds of the steps, built upwards from the lowest."""
    return [threshold << (steps - 1 - step) for step in range(steps)]


def decode(spikes: Integers) -> Integers:
    """Return the codes that spikes (steps, ...) stand for."""
    return np.tensordot([1 << (len(spikes) - 1 - step) for step in range(len(spikes))], spikes, 1)


def quantised(accumulated: Integers, threshold: int, levels: int) -> Integers:
    """Return the code of the ANN's activation of this many levels: rounded, then clipped."""
    return np.clip((accumulated + (threshold >> 1)) // threshold, 0, levels)


@dataclass(frozen=True)
class LadderComparison:
    """Pairs (neuron, step) of all samples and logits compared with the quantised network, and the mismatches."""

    pairs: int
    mismatches: int
    saturated: int
    negative: int
    ties: int


def compare_network(seed: int = 1) -> LadderComparison:
    """Run three layers and a classifier on spikes of 4 steps, against the ANN of 15 levels on its own codes."""
    random = np.random.default_rng(seed)
    sizes = (64, 400, 200, 100)
    layers = [random_layer(random, *pair) for pair in pairwise(sizes)]
    codes = random_codes(random)
    spikes = spike_maps(codes, STEPS)
    pairs = mismatches = saturated = negative = ties = 0
    for layer in layers:
        accumulated = layer.accumulated(codes)
        codes = quantised(accumulated, layer.threshold, 2**STEPS - 1)
        spikes = fire(accumulate(spikes, layer), ladder(layer.threshold, STEPS))
        pairs += spikes.size
        mismatches += int((spikes != spike_maps(codes, STEPS)).sum())
        saturated += int((accumulated >= layer.threshold << STEPS).sum())
        negative += int((accumulated < 0).sum())
        ties += int(((accumulated + (layer.threshold >> 1)) % layer.threshold == 0).sum())
    classifier = random_layer(random, sizes[-1], 10)
    logits = accumulate(spikes, classifier) - (classifier.threshold >> 1)
    mismatches += int((logits != classifier.accumulated(codes)).sum())
    return LadderComparison(pairs + logits.size, mismatches, saturated, negative, ties)


def wrong_with_levels(levels: int, seed: int = 1) -> tuple[float, float]:
    """Return percent of neurons that differ from an ANN of ``levels`` levels, and percent saturated at the top level.

    The spiking layer has 4 steps, the ANN the same weights and unit.
    """
    random = np.random.default_rng(seed)
    layer, codes = random_layer(random), random_codes(random)
    fired = decode(fire(accumulate(spike_maps(codes, STEPS), layer), ladder(layer.threshold, STEPS)))
    expected = quantised(layer.accumulated(codes), layer.threshold, levels)
    return 100 * float(np.mean(fired != expected)), 100 * float(np.mean(expected == levels))


@dataclass(frozen=True)
class ThresholdChange:
    """The effect of other steps than trained: percent of codes that differ, mean difference over full scale."""

    percent: float
    mean: float


def change(steps: int, policy: Policy, seed: int = 1) -> ThresholdChange:
    """Run a layer trained for 4 steps in ``steps`` by one of the converter's policies; compare with the trained one."""
    random = np.random.default_rng(seed)
    layer, codes = random_layer(random), random_codes(random)
    accumulated, levels = layer.accumulated(codes), 2**STEPS - 1
    finer = max(steps - STEPS, 0) if policy == "requantise" else 0  # extra bits of the code, below the trained ones
    model = adapt(AccumulateFire(steps), levels, policy)
    fired = model.quantise(accumulated, layer.threshold >> finer)
    expected = quantised(accumulated, layer.threshold, levels) << finer
    difference = np.abs(fired - expected)
    return ThresholdChange(100 * float(np.mean(difference > 0)), float(difference.mean()) / (2**STEPS << finer))


def mean_quantisation_error(levels: int, points: int = 100_000) -> float:
    """Return the mean error of rounding to ``levels`` levels over [0, 1], in units of the clip value."""
    values = (np.arange(points) + 0.5) / points
    return float(np.abs(np.clip(np.floor(values * levels + 0.5), 0, levels) / levels - values).mean())

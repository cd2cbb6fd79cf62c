"""Groups of neurons with staggered thresholds, simulated from their equations in plain NumPy.

A group has tau members with thresholds 1 .. tau in units of theta / tau. All get the same input, and every spike of a
member inhibits all of them by one unit. Shares no code with the simulator.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


def member_spikes(inputs: Integers, unit: int, tau: int) -> Integers:
    """Return spikes (steps, ...) of groups whose members are simulated one by one, from integer inputs (steps, ...).

    Potentials start at half a unit. An AssertionError if the potentials of the members ever differ.
    """
    potentials = np.full((tau, *inputs.shape[1:]), unit >> 1, np.int64)
    thresholds = unit * np.arange(1, tau + 1).reshape(-1, *(1 for _ in inputs.shape[1:]))
    spikes = []
    for current in inputs:
        potentials += current
        fired = (potentials >= thresholds).sum(axis=0)
        potentials -= fired * unit
        spikes.append(fired)
    assert (potentials == potentials[0]).all()
    return np.stack(spikes)


def one_accumulator(inputs: Integers, unit: int, tau: int) -> Integers:
    """Return the same spikes from one potential per group: c = clip(u // unit, 0, tau)."""
    potential, spikes = np.full(inputs.shape[1:], unit >> 1, np.int64), []
    for current in inputs:
        potential = potential + current
        fired = np.clip(potential // unit, 0, tau)
        potential -= fired * unit
        spikes.append(fired)
    return np.stack(spikes)


def micro_steps(inputs: Integers, unit: int, tau: int) -> Integers:
    """Return the spikes of an integrate-and-fire neuron, soft reset at ``unit``, that fires up to tau times a step."""
    potential, spikes = np.full(inputs.shape[1:], unit >> 1, np.int64), []
    for current in inputs:
        potential = potential + current
        fired = np.zeros_like(potential)
        for _ in range(tau):
            reached = potential >= unit
            potential = potential - unit * reached
            fired += reached
        spikes.append(fired)
    return np.stack(spikes)


def qcfs(values: Integers, unit: int, levels: int) -> Integers:
    """Return the code of the quantised activation, clip(floor(value / unit + 1/2), 0, levels)."""
    return np.clip((2 * values + unit) // (2 * unit), 0, levels)


def mapping_error(steps: int, tau: int, points: int = 100_000) -> float:
    """Return the mean square error of a group's code of a constant input, over [0, clip value] = [0, 1]."""
    values = (np.arange(points) + 0.5) / points
    codes = np.clip(np.floor(steps * tau * values + 0.5), 0, steps * tau)
    return float(np.mean((codes / (steps * tau) - values) ** 2))


Code = Callable[[Floats], Floats]


def rate(tau: int, start: float = 0.5) -> Code:
    """Return a layer of groups as a function: inputs (steps, samples, neurons) to outputs worth 1 / tau a spike.

    ``start`` is the first potential in units; 0 is the plain integrate-and-fire neuron, for tau = 1.
    """

    def layer(inputs: Floats) -> Floats:
        potential, outputs = np.full(inputs.shape[1:], start / tau), []
        for current in inputs:
            potential = potential + current
            count = np.clip(np.floor(potential * tau), 0, tau)
            potential -= count / tau
            outputs.append(count / tau)
        return np.stack(outputs)

    return layer


def bits(levels: int) -> Code:
    """Return a layer that quantises the mean of its input once, as bit-level spikes do, and repeats it every step."""

    def layer(inputs: Floats) -> Floats:
        code = np.clip(np.floor(inputs.mean(axis=0) * levels + 0.5), 0, levels) / levels
        return np.broadcast_to(code, inputs.shape)

    return layer


def network_error(layer: Code, steps: int, seed: int = 1) -> float:
    """Return the mean error of the last of three layers against the ANN of clipped ReLU, in units of the clip value."""
    random = np.random.default_rng(seed)
    exact = random.random((100, 64)) * (random.random((100, 64)) < 0.5)
    outputs = np.broadcast_to(exact, (steps, *exact.shape))
    for inputs in (64, 200, 200):
        weights, bias = random.normal(0, 2 / np.sqrt(inputs), (inputs, 200)), random.uniform(-0.1, 0.2, 200)
        exact = np.clip(exact @ weights + bias, 0, 1)
        outputs = layer(outputs @ weights + bias)
    return float(np.abs(outputs.mean(axis=0) - exact).mean())

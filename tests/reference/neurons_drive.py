"""One layer of neurons driven by given currents, and section 5 and 7 of conversion.md as loops over Python integers.

``drive`` runs a product's model on the product's neuron unit; everything else here is written from the equations, one
neuron and one step at a time, and knows nothing of models, datapaths or arrays of potentials.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from neurosim.chip.core.neuron_unit import NeuronUnit
from neurosim.neurons.model import Membrane
from tests.reference.random_networks import small_chip


@dataclass(frozen=True)
class Layer:
    bias: np.ndarray
    threshold: int
    role: str = "hidden"


def drive(model, currents, threshold, bias=0, role="hidden", dtype=np.int64):
    """Run one layer on ``currents`` (planes, neurons): (spikes (scans, neurons), potentials (neurons,), counts)."""
    planes, neurons = np.shape(currents)
    layer = Layer(np.full(neurons, bias, np.int64), threshold, role)
    membrane = Membrane(*(np.zeros((1, 1, neurons), dtype) for _ in range(2)))
    spikes, counts = [], Counter()

    def unit():
        made.append(NeuronUnit(small_chip().neuron_unit))
        return made[-1]

    made = []
    for step in range(planes):
        model.begin_step(unit(), layer, membrane, step)
        membrane.input_accumulator += np.asarray(currents[step]).astype(dtype)
        while len(spikes) < model.scans(role) and step >= min(len(spikes) + model.lookahead(role), planes - 1):
            spikes.append(np.array(model.update(unit(), layer, membrane, len(spikes))).reshape(-1).astype(int))
            for operation, often in made[-1].where_fired.items():
                counts[operation] += often * int(made[-1].fired.sum())
    for used in made:
        counts.update({operation: often * neurons for operation, often in used.everywhere.items()})
        counts.update(used.once)
        for operation, mask in used.somewhere:
            counts[operation] += int(mask.sum())
    return np.array(spikes), membrane.potential.ravel(), +counts


def integrate(currents, threshold, steps, start=0, bias=0, hard=False, leak=None):
    """The spikes of one integrate-and-fire neuron, and its last potential."""
    u, spikes = start, []
    for t in range(steps):
        if leak and t > 0:
            u -= math.floor(u / Fraction(2**leak))
        u += currents[t] + bias
        s = int(u >= threshold)
        u = 0 if s and hard else u - s * threshold
        spikes.append(s)
    return spikes, u


def micro_steps(currents, threshold, tau, bias=0):
    """``group`` as section 6 explains it: a soft-reset neuron that is given ``tau`` chances to fire on each input."""
    u, counts = threshold // 2, []
    for current in currents:
        u += current + bias
        c = 0
        for _ in range(tau):
            if u >= threshold:
                u -= threshold
                c += 1
        counts.append(c)
    return counts, u


def weighted(currents, threshold, steps, periods, bias=0):
    """``weighted_stream``: spikes of one neuron behind the first layer."""
    u, spikes = threshold // 2, []
    for t in range(steps * periods):
        m = 2 ** (steps - 1 - t % steps)
        u += bias * (t % steps == 0) + m * currents[t]
        s = int(u >= m * threshold)
        u -= s * m * threshold
        spikes.append(s)
    return spikes, u


def two_passes(currents, threshold, pre, steps, bias=0):
    """``srp``: spikes of one neuron over pre + steps steps; what is silenced goes on integrating."""
    u, spikes = threshold // 2, []
    for t in range(pre):
        u += currents[t] + bias
        s = int(u >= threshold)
        u -= s * threshold
        spikes.append(s)
    speaks = 1000 * u > threshold
    u = threshold // 2
    for t in range(pre, pre + steps):
        u += currents[t] + bias
        s = int(u >= threshold and speaks)
        u -= s * threshold
        spikes.append(s)
    return spikes, u


def offset(currents, threshold, steps, bias=0):
    """``bos``: spikes of one neuron in its second pass, and its last potential."""
    u, count = threshold // 2, 0
    for t in range(steps):
        u += currents[t] + bias
        s = int(u >= threshold)
        u -= s * threshold
        count += s
    start = threshold // 2 - threshold * (u < 0 and count > 0) + threshold * (u >= threshold)
    return integrate(currents, threshold, steps, start, bias)


def grow(v, base):
    """Section 5: v + (v >> 1) for 3/2, and so on; exact multiplication, rounded down, where base is no such sum."""
    if base == 2:
        return v * 2
    places = base.denominator.bit_length() - 1
    if base.denominator == 1 << places:
        parts = [j for j in range(1, places + 1) if (base.numerator - base.denominator) * 2**j // base.denominator % 2]
        return v + sum(v // 2**j for j in parts)
    return math.floor(v * base)


def phase(currents, threshold, steps, base, wait, guard, bias=0, shifted=True):
    """``one_spike``: the phase of one neuron, -1 if it is silent."""
    th = 2**guard * base**wait * threshold * ((1 + 1 / base) / 2 if shifted else Fraction(1))
    v = 0
    for t in range(steps + wait):
        v = grow(v, base) if t > 0 else 0
        if t < len(currents):
            v += (currents[t] + (bias if t == 0 else 0)) * 2**guard
        if t >= wait and v >= math.ceil(th):
            return t - wait
    return -1


def nearest_phase(value, threshold, steps, base, shifted=True):
    """The single-spike-quantised activation: the smallest k with value >= Q^-k (1 + 1/Q) / 2 Th, -1 for none."""
    border = (1 + 1 / base) / 2 if shifted else 1
    return next((k for k in range(steps) if value >= border * threshold / base**k), -1)


def phases(spikes):
    """(neurons,) the phase of each neuron's spike in ``spikes`` (steps, neurons), -1 for none."""
    return np.where(spikes.any(0), spikes.argmax(0), -1)

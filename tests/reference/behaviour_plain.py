"""The lowest rung of the ladder: a spiking network in plain NumPy, without time, cores, events or kernels.

``Plain`` is the datapath, ``dense`` writes all synapses of a bundle out as one matrix, ``play`` goes through a network
layer by layer. Higher rungs put a datapath or an accumulate kernel of the product in their place.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from neurosim.neurons.model import Membrane


class Plain:
    """A datapath that does what its words say and counts it in ``counts``."""

    def __init__(self, neurons):
        self.neurons, self.counts = neurons, Counter()

    def shift(self, potential, places):
        potential *= 2**places
        self.counts["shift"] += self.neurons * (places != 0)

    def add(self, potential, amount):
        potential += amount
        self.counts["add"] += self.neurons

    def shift_threshold(self, threshold, places):
        self.counts["shift"] += places != 0
        return threshold * 2**places if places >= 0 else threshold // 2**-places

    def compare(self, potential, threshold):
        self.counts["compare"] += self.neurons
        return potential >= threshold

    def subtract(self, potential, fired, amount):
        potential -= fired * amount
        self.counts["reset"] += int(fired.sum())

    def clear(self, potential, fired):
        potential *= ~fired
        self.counts["reset"] += int(fired.sum())


def dense(synapses):
    """All synapses written out, (source rows, columns, channels, rows, columns, channels) int64: number and weight."""
    channels, rows, columns = synapses.source_shape
    outputs, out_rows, out_columns = synapses.shape
    number, weight = (np.zeros((rows, columns, channels, out_rows, out_columns, outputs), np.int64) for _ in range(2))
    steps, pool = synapses.window, synapses.pool
    pooled = pool.output(rows, columns) if pool else (rows, columns)
    kernel = synapses.weights.shape[:2] if synapses.is_stored else (1, 1)
    for i, j, a, b in np.ndindex(out_rows, out_columns, *kernel):
        y, x = i * steps.stride[0] - steps.padding[0] + a, j * steps.stride[1] - steps.padding[1] + b
        if not (0 <= y < pooled[0] and 0 <= x < pooled[1]):
            continue
        top, left = (y * pool.stride[0] - pool.padding[0], x * pool.stride[1] - pool.padding[1]) if pool else (y, x)
        for k, m in np.ndindex(pool.kernel if pool else (1, 1)):
            if not (0 <= top + k < rows and 0 <= left + m < columns):
                continue
            for channel in range(channels):
                if synapses.is_stored:
                    group, inside = divmod(channel, channels // synapses.groups)
                    width = outputs // synapses.groups
                    reached = slice(group * width, (group + 1) * width)
                    amount = synapses.weights[a, b, inside, reached]
                else:
                    reached, amount = channel + synapses.channel_offset, int(synapses.weights)
                weight[top + k, left + m, channel, i, j, reached] += amount
                number[top + k, left + m, channel, i, j, reached] += 1
    return number, weight


@dataclass(eq=False)
class Trace:
    """What a level shows: spikes by (layer, step), final potentials by layer, counts by (layer, operation)."""

    spikes: dict = field(default_factory=dict)
    potentials: dict = field(default_factory=dict)
    counts: Counter = field(default_factory=Counter)

    def planes(self, layer):
        """(steps, neurons) int: the spikes of one layer."""
        return np.stack([self.spikes[key].ravel() for key in sorted(self.spikes) if key[0] == layer]).astype(int)


def add_dense(inbox, synapses, spikes, graded):
    """Accumulate by a matrix product; returns the additions, one for each synapse of each source that is not 0."""
    number, weight = dense(synapses)
    inbox += np.tensordot(spikes.astype(np.int64), weight, 3).astype(inbox.dtype)
    return int(np.tensordot((spikes != 0).astype(np.int64), number, 3).sum())


def play(network, image, datapath=Plain, accumulate=add_dense):
    """Run one image through ``network`` layer by layer. ``datapath(neurons)`` has ``counts``; returns the Trace."""
    model, trace = network.model, Trace()
    trace.spikes[0, 0] = np.asarray(image)
    for number, layer in enumerate(network.layers[1:], start=1):
        unit = datapath(layer.neurons)
        membrane = Membrane(*(np.zeros(layer.map_shape, layer.potential_dtype) for _ in range(2)))
        inputs = model.updates(network.layers[layer.sources[0].source].role)
        scans = model.updates(layer.role)
        for step in range(max(inputs, scans)):
            if step < inputs:
                model.open(unit, layer, membrane, step)
                for synapses in layer.sources:
                    graded = synapses.source == 0
                    added = accumulate(membrane.inbox, synapses, trace.spikes[synapses.source, step], graded)
                    trace.counts[number, "add"] += added
                    trace.counts[number, "multiply"] += added * graded
            if not model.waits_for_all_steps:
                trace.spikes[number, step] = model.update(unit, layer, membrane, step)
        if model.waits_for_all_steps:
            for step in range(scans):
                trace.spikes[number, step] = model.update(unit, layer, membrane, step)
        trace.potentials[number] = membrane.potential.copy()
        for operation, count in unit.counts.items():
            trace.counts[number, operation] += count
    trace.counts = +trace.counts
    return trace

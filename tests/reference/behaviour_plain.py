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
    """A datapath that does what its words say, on all neurons or those of ``where``, and counts it in ``counts``."""

    def __init__(self, neurons):
        self.neurons, self.counts = neurons, Counter()

    def change(self, potential, changed, operation, where):
        chosen = np.ones(potential.shape, bool) if where is None else where
        potential[...] = np.where(chosen, changed, potential)
        self.counts[operation] += int(chosen.sum())

    def shift(self, potential, places, where=None):
        if places:
            self.change(potential, potential * 2**places if places > 0 else potential // 2**-places, "shift", where)

    def add(self, potential, amount, where=None):
        self.change(potential, potential + amount, "add", where)

    def multiply(self, potential, factor, where=None):
        self.change(potential, potential * factor.numerator // factor.denominator, "multiply", where)

    def shift_threshold(self, threshold, places):
        self.counts["shift"] += places != 0
        return threshold * 2**places if places >= 0 else threshold // 2**-places

    def compare(self, potential, threshold, where=None):
        chosen = np.ones(potential.shape, bool) if where is None else where
        self.counts["compare"] += int(chosen.sum())
        return (potential >= threshold) & chosen

    def subtract(self, potential, fired, amount):
        potential -= (fired * amount).astype(potential.dtype)
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
    """Accumulate by a matrix product; returns the additions: one a synapse for each spike, or for each graded value."""
    number, weight = dense(synapses)
    values = spikes.astype(np.int64)
    inbox += np.tensordot(values, weight, 3).astype(inbox.dtype)
    return int(np.tensordot(values != 0 if graded else values, number, 3).sum())


def play(network, image, datapath=Plain, accumulate=add_dense):
    """Run one image through ``network`` layer by layer. ``datapath(neurons)`` has ``counts``; returns the Trace.

    A layer takes plane after plane in; its scan k follows as soon as the planes up to k + ``waits`` are there.
    """
    trace = Trace()
    host = network.layers[0]
    for step in range(network.model.scans("input")):
        trace.spikes[0, step] = network.model.encode_input(np.asarray(image), host.threshold, step)
    for number, layer in enumerate(network.layers[1:], start=1):
        model, unit, scan = network.model, datapath(layer.neurons), 0
        membrane = Membrane(*(np.zeros(layer.map_shape, layer.potential_dtype) for _ in range(2)))
        read = model.input_order(layer.role)
        for step, sent in enumerate(read):
            model.begin_step(unit, layer, membrane, step)
            for synapses in layer.sources:
                graded = (synapses.source == 0 and model.reads_pixels) or model.is_graded
                added = accumulate(membrane.input_accumulator, synapses, trace.spikes[synapses.source, sent], graded)
                trace.counts[number, "add"] += added
                trace.counts[number, "multiply"] += added * graded
            while scan < model.scans(layer.role) and step >= min(scan + model.lookahead(layer.role), len(read) - 1):
                trace.spikes[number, scan] = model.update(unit, layer, membrane, scan)
                scan += 1
        trace.potentials[number] = membrane.potential.copy()
        for operation, count in unit.counts.items():
            trace.counts[number, operation] += count
    trace.counts = +trace.counts
    return trace

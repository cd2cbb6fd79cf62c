"""Synapses enumerated one by one, and a spiking network run on nothing but those."""

from __future__ import annotations

import itertools

import numpy as np

from neurosim.conversion.projections.projection import Projection
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.neurons.model import Membrane


def enumerate_synapses(synapses: Projection):
    """Yield (source position, destination position, weight), positions (row, column, channel), tap by tap."""
    channels, rows, columns = synapses.shape
    per_input = synapses.source_shape[0] // synapses.groups
    per_output = channels // synapses.groups
    for row, column, channel in itertools.product(range(rows), range(columns), range(channels)):
        for down, right in itertools.product(*(range(size) for size in synapses.window.kernel)):
            seen = _inside(synapses, row, column, down, right)
            if seen is None:
                continue
            if synapses.kind == "identity":
                source = channel - synapses.channel_offset
                sources = [(source, int(synapses.weights))] if 0 <= source < synapses.source_shape[0] else []
            else:
                group = channel // per_output
                sources = [
                    (group * per_input + i, int(synapses.weights[down, right, i, channel])) for i in range(per_input)
                ]
            for (source, weight), place in itertools.product(sources, _unpooled(synapses, *seen)):
                yield (*place, source), (row, column, channel), weight


def _inside(synapses, row, column, down, right):
    """Return the (pooled) position that one tap sees, or None in the padding."""
    window, (_, rows, columns) = synapses.window, synapses.pooled_shape
    seen_row = row * window.stride[0] + down - window.padding[0]
    seen_column = column * window.stride[1] + right - window.padding[1]
    return (seen_row, seen_column) if 0 <= seen_row < rows and 0 <= seen_column < columns else None


def _unpooled(synapses, row, column):
    """Yield the source positions behind one pooled position."""
    if synapses.pool is None:
        yield row, column
        return
    pool, (_, rows, columns) = synapses.pool, synapses.source_shape
    for down, right in itertools.product(range(pool.kernel[0]), range(pool.kernel[1])):
        place = row * pool.stride[0] + down - pool.padding[0], column * pool.stride[1] + right - pool.padding[1]
        if 0 <= place[0] < rows and 0 <= place[1] < columns:
            yield place


def matrices(synapses: Projection):
    """Return (weights, synapses), each (source neurons, destination neurons) int64."""
    source_map = (*synapses.source_shape[1:], synapses.source_shape[0])
    destination_map = (*synapses.shape[1:], synapses.shape[0])
    weights = np.zeros((np.prod(source_map), np.prod(destination_map)), np.int64)
    counts = np.zeros_like(weights)
    for source, destination, weight in enumerate_synapses(synapses):
        place = np.ravel_multi_index(source, source_map), np.ravel_multi_index(destination, destination_map)
        weights[place] += weight
        counts[place] += 1
    return weights, counts


class PlainDatapath:
    """The operations of a neuron unit, and the largest magnitude that any of them made."""

    def __init__(self):
        self.largest = 0

    def _seen(self, values):
        self.largest = max(self.largest, int(np.abs(values).max(initial=0)))

    def shift(self, potential, places):
        potential <<= places
        self._seen(potential)

    def add(self, potential, amount):
        potential += amount
        self._seen(potential)

    def shift_threshold(self, threshold, places):
        return threshold << places if places >= 0 else threshold >> -places

    def compare(self, potential, threshold):
        self.largest = max(self.largest, threshold)
        return potential >= threshold

    def subtract(self, potential, fired, amount):
        potential[fired] -= amount

    def clear(self, potential, fired):
        potential[fired] = 0


def spike(network: SpikingNetwork, image, random=None):
    """Run one image (rows, columns, channels); return ({layer: (steps, map) spikes}, logits, {layer: largest}).

    Synapses deliver one at a time, in an order drawn by ``random``, and every partial sum is looked at.
    """
    spikes, largest = {}, {}
    for number, layer in enumerate(network.layers):
        if number == 0:
            continue
        datapath = PlainDatapath()
        membrane = Membrane(np.zeros(layer.map_shape, np.int64), np.zeros(layer.map_shape, np.int64), {})
        every = [matrices(synapses)[0] for synapses in layer.sources]
        # a first layer of a rate model gets the same input every step
        planes = 1 if layer.role == "first" and network.model.waits_for_all_steps else network.steps
        emitted = []
        for step in range(planes):
            network.model.begin_step(datapath, layer, membrane, step)
            flat = membrane.input_accumulator.reshape(-1)
            events = []
            for synapses, weights in zip(layer.sources, every, strict=True):
                sent = image if synapses.source == 0 else spikes[synapses.source][step]
                sent = np.asarray(sent, np.int64).reshape(-1)
                events += [weights[neuron] * sent[neuron] for neuron in np.flatnonzero(sent)]
            for event in random.permutation(len(events)) if random is not None else range(len(events)):
                flat += events[event]
                datapath._seen(flat)
            if not network.model.waits_for_all_steps:
                emitted.append(np.asarray(network.model.update(datapath, layer, membrane, step)))
        if network.model.waits_for_all_steps:
            emitted = [
                np.asarray(network.model.update(datapath, layer, membrane, step)).copy()
                for step in range(network.model.scans(layer.role))
            ]
        if layer.is_spiking:
            spikes[number] = np.stack(emitted).astype(np.int64)
        largest[number] = datapath.largest
    return spikes, membrane.potential, largest

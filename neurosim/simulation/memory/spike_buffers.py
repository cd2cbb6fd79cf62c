"""Demand on the spike buffers: spike maps that arrive before their layer is ready for them, each core its own part.

A spike map waits in the cores that its spikes reach, with a place for every neuron of the source that reaches the core:
one bit, or as many as its spikes have; 8 for a pixel. It stays from the phase that delivers it to the one that
accumulates it for the last time. Where layers share cores, it leaves and returns with its group. Where images overlap,
spike maps of several of them wait at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.partitioning.axons import LayerLink, pairs, whole
from neurosim.mapping.partitioning.core_memories import SPIKES, MemoryDemand
from neurosim.mapping.placement import LayerPlacement, Placement
from neurosim.schedule.phase import WorkItem
from neurosim.schedule.plan import PlannedPhase
from neurosim.simulation.memory.layer_swaps import stays
from neurosim.simulation.memory.live_state import emitted_bits

Target = tuple[int, int]  # the layer that a spike map is for, and the number of its projection among the sources


def spike_buffers(
    network: SpikingNetwork, placement: Placement, *plans: Sequence[PlannedPhase]
) -> Iterator[MemoryDemand]:
    """Yield the peak demand of every layer on its cores' spike buffers, under any of these ``plans``.

    One may be that of a stream which breaks off; the others are of whole inferences.
    """
    waiting = [maps_waiting(planned) for planned in plans]
    for number, layer in enumerate(network.layers[1:], start=1):
        placed = placement[number]
        peaks = [peak(network, placed, own) for own in waiting]
        yield MemoryDemand(SPIKES, layer.name, placed.cores.ravel(), np.max(peaks, axis=0))


def peak(
    network: SpikingNetwork, placed: LayerPlacement, waiting: Mapping[Target, NDArray[np.int64]]
) -> NDArray[np.int64]:
    """Return (cores,) int64: the most bits that the spike maps of :func:`maps_waiting` take in each core of a layer."""
    targets = [target for target in waiting if target[0] == placed.layer]
    if not targets:
        return np.zeros(placed.cores.size, np.int64)
    counts = np.unique(np.stack([waiting[target] for target in targets]), axis=1)  # (targets, moments)
    sources = network.layers[placed.layer].sources
    bits = [
        emitted_bits(network, sources[index].source) * reached(network, sources[index].source, placed)
        for _, index in targets
    ]
    most: NDArray[np.int64] = (counts.T @ np.stack(bits)).max(0)
    return most


def reached(network: SpikingNetwork, source: int, placed: LayerPlacement) -> NDArray[np.int64]:
    """Return (cores,) int64: the neurons of layer ``source`` that reach each core of a placed layer."""
    link = LayerLink(source, placed.layer, tuple(network.layers[placed.layer].reading(source)))
    return pairs(link, whole(network.layers[source].map_shape), placed.edges, shared=False)[0]


def maps_waiting(planned: Sequence[PlannedPhase]) -> dict[Target, NDArray[np.int64]]:
    """Return for each target (moments,) int64: the spike maps in the buffers, at the start and at the end of every
    phase.

    A phase accumulates what has been waiting before it stores anything. A stored map that is accumulated in another
    stay of its group, or after the end of phases that break off, stays in the buffers until its own stay ends; one that
    is brought in is there from the start of a stay.
    """
    stay = stays(planned)
    first = {number: phase for phase, number in reversed(list(enumerate(stay)))}
    last = dict(zip(stay, range(len(stay)), strict=True))
    done = {delivery for entry in planned for delivery in entry.replays}  # a map is stored as what is read last
    used: dict[tuple[WorkItem, Target], dict[int, int]] = defaultdict(dict)  # by stay: the phase of the last use in it
    for phase, entry in enumerate(planned):
        for delivery in entry.replays:
            used[delivery.scan, (delivery.destination, delivery.projection)][stay[phase]] = phase
    changes: dict[Target, NDArray[np.int64]] = {}

    def occupy(target: Target, begin: int, end: int) -> None:
        change = changes.setdefault(target, np.zeros(2 * len(planned) + 1, np.int64))
        change[begin] += 1
        change[end + 1] -= 1

    for phase, entry in enumerate(planned):
        for delivery in entry.stored:
            target = delivery.destination, delivery.projection
            uses = used[delivery.scan, target]
            is_left = delivery not in done or any(number > stay[phase] for number in uses)
            occupy(target, 2 * phase + 1, 2 * last[stay[phase]] + 1 if is_left else 2 * uses[stay[phase]])
        for delivery in (*entry.stored, *entry.spilled):
            target = delivery.destination, delivery.projection
            for number, use in used[delivery.scan, target].items():
                if number > stay[phase]:
                    occupy(target, 2 * first[number], 2 * use)
    return {target: np.cumsum(change)[:-1] for target, change in changes.items()}

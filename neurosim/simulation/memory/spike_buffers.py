"""How full the spike buffers get: planes that came before their layer was ready for them, at a core each its own part.

A plane waits in the cores that its spikes reach, a place for every neuron of the source that reaches the core: one
bit, or as many as its spikes have; 8 for a pixel. It lies there from the phase that delivers it to the one that
accumulates it for the last time. Where layers share cores, it leaves with its group, and comes with the group again.
Where images overlap, planes of several of them lie there at once.
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

Bundle = tuple[int, int]  # the layer that a plane is for, and the number of the bundle of synapses among its sources


def spike_buffers(
    network: SpikingNetwork, placement: Placement, *plans: Sequence[PlannedPhase]
) -> Iterator[MemoryDemand]:
    """Yield what every layer asks of its cores' spike buffers at most, at any moment of any of these ``plans``.

    One may be that of a stream which breaks off; the others are of whole inferences.
    """
    waiting = [maps_waiting(planned) for planned in plans]
    for number, layer in enumerate(network.layers[1:], start=1):
        placed = placement[number]
        peaks = [peak(network, placed, own) for own in waiting]
        yield MemoryDemand(SPIKES, layer.name, placed.cores.ravel(), np.max(peaks, axis=0))


def peak(
    network: SpikingNetwork, placed: LayerPlacement, waiting: Mapping[Bundle, NDArray[np.int64]]
) -> NDArray[np.int64]:
    """Return (cores,) int64: the most bits that the planes of :func:`planes_waiting` take in each core of a layer."""
    bundles = [bundle for bundle in waiting if bundle[0] == placed.layer]
    if not bundles:
        return np.zeros(placed.cores.size, np.int64)
    planes = np.unique(np.stack([waiting[bundle] for bundle in bundles]), axis=1)  # (bundles, moments)
    sources = network.layers[placed.layer].sources
    bits = [
        emitted_bits(network, sources[index].source) * reached(network, sources[index].source, placed)
        for _, index in bundles
    ]
    return (planes.T @ np.stack(bits)).max(0)


def reached(network: SpikingNetwork, source: int, placed: LayerPlacement) -> NDArray[np.int64]:
    """Return (cores,) int64: the neurons of layer ``source`` that reach each core of a placed layer."""
    link = LayerLink(source, placed.layer, tuple(network.layers[placed.layer].reading(source)))
    return pairs(link, whole(network.layers[source].map_shape), placed.edges, shared=False)[0]


def maps_waiting(planned: Sequence[PlannedPhase]) -> dict[Bundle, NDArray[np.int64]]:
    """Return for each bundle (moments,) int64: the planes in the buffers, at the start and at the end of every phase.

    A phase accumulates what has been waiting before it stores anything. A stored plane that is accumulated in another
    stay of its group, or behind the end of phases that break off, stays in the buffers until its own ends; one that is
    brought in is there from the start of a stay.
    """
    stay = stays(planned)
    first = {number: phase for phase, number in reversed(list(enumerate(stay)))}
    last = dict(zip(stay, range(len(stay)), strict=True))
    done = {delivery for entry in planned for delivery in entry.replays}  # a plane is stored as what is read last
    used: dict[tuple[WorkItem, Bundle], dict[int, int]] = defaultdict(dict)  # by stay: the phase of the last use in it
    for phase, entry in enumerate(planned):
        for delivery in entry.replays:
            used[delivery.scan, (delivery.destination, delivery.projection)][stay[phase]] = phase
    changes: dict[Bundle, NDArray[np.int64]] = {}

    def lie(bundle: Bundle, begin: int, end: int) -> None:
        change = changes.setdefault(bundle, np.zeros(2 * len(planned) + 1, np.int64))
        change[begin] += 1
        change[end + 1] -= 1

    for phase, entry in enumerate(planned):
        for delivery in entry.stored:
            bundle = delivery.destination, delivery.projection
            uses = used[delivery.scan, bundle]
            stays_on = delivery not in done or any(number > stay[phase] for number in uses)
            lie(bundle, 2 * phase + 1, 2 * last[stay[phase]] + 1 if stays_on else 2 * uses[stay[phase]])
        for delivery in (*entry.stored, *entry.spilled):
            bundle = delivery.destination, delivery.projection
            for number, use in used[delivery.scan, bundle].items():
                if number > stay[phase]:
                    lie(bundle, 2 * first[number], 2 * use)
    return {bundle: np.cumsum(change)[:-1] for bundle, change in changes.items()}

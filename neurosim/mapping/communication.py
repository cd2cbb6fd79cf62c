"""Which boxes send how many packets to which: what the neurons' activity makes of a cutting, wherever the boxes are."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.projections.projection import Projection
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.partitioning.axons import subsets
from neurosim.mapping.placement import LayerPlacement, Placement, route

Array = NDArray[np.int64]
HOST = 0  # the layer whose neurons are the pixels; what the output layer sends goes there too


@dataclass(frozen=True, eq=False)
class SpikeActivity:
    """How often each neuron sends: ``sent[l]`` is (rows, columns, channels) int64 for each layer, the host included.

    ``origin`` says in words where the numbers are from.
    """

    sent: tuple[Array, ...]
    origin: str

    def flows(self, network: SpikingNetwork, placement: Placement, group: int = 0) -> CommunicationGraph:
        """Return the packets between the boxes of one group of ``placement``, exactly."""
        return communication_graph(network, placement, self, group)


def uniform(network: SpikingNetwork) -> SpikeActivity:
    """Return the activity in which every neuron, and every pixel, sends equally often: nothing was measured."""
    sent = tuple(np.ones(layer.map_shape, np.int64) for layer in network.layers)
    return SpikeActivity(sent, "uniform activity, nothing was measured")


@dataclass(frozen=True, eq=False)
class CommunicationGraph:
    """Packets between the ``boxes`` of one group of layers, numbered layer after layer; the host is number ``boxes``.

    ``source``, ``destination`` and ``packets`` are (flows,) int64; no flow is 0.
    """

    boxes: int
    source: Array
    destination: Array
    packets: Array

    def hops(self, x: Array, y: Array) -> int:
        """Return packets x tiles travelled, with box b at tile (``x[b]``, ``y[b]``) and the host at the last."""
        way = np.abs(x[self.source] - x[self.destination]) + np.abs(y[self.source] - y[self.destination])
        return int(self.packets @ way)

    def neighbours(self) -> tuple[Array, Array, Array]:
        """Return (first, neighbour, packets): the packets between box b and each other box, both ways together.

        Those of box b are entries ``first[b]`` to ``first[b + 1]``, by rising neighbour; a box is none of its own.
        """
        one = np.concatenate([self.source, self.destination])
        other = np.concatenate([self.destination, self.source])
        pair, entry = np.unique(one * (self.boxes + 1) + other, return_inverse=True)
        packets = np.zeros(len(pair), np.int64)
        np.add.at(packets, entry, np.concatenate([self.packets, self.packets]))
        one, other = np.divmod(pair, self.boxes + 1)
        apart = one != other
        first = np.searchsorted(one[apart], np.arange(self.boxes + 2))
        return first.astype(np.int64), other[apart], packets[apart]


def communication_graph(
    network: SpikingNetwork, placement: Placement, activity: SpikeActivity, group: int = 0
) -> CommunicationGraph:
    """Return the packets that one group of layers sends over the mesh; those for other groups leave the chip."""
    first, boxes = numbered(placement, group)
    found = [np.zeros((3, 0), np.int64)]
    for source, destination, block in blocks(network, placement, activity, layers_of(placement, group)):
        rows, columns = np.nonzero(block)
        found.append(np.stack([rows + first[source], columns + first[destination], block[rows, columns]]))
    source, destination, packets = np.concatenate(found, axis=1)
    return CommunicationGraph(boxes, source, destination, packets)


def members(placement: Placement, group: int) -> list[LayerPlacement]:
    """Return the placed layers of one group, in order."""
    return [placed for placed in placement.layers if placed is not None and placed.group == group]


def layers_of(placement: Placement, group: int) -> list[int]:
    """Return the numbers of the layers of one group, the host's among them if it feeds them."""
    return [layer for layer, own in enumerate(placement.groups) if own == group]


def numbered(placement: Placement, group: int) -> tuple[dict[int, int], int]:
    """Return the number of the first box of each layer of one group and of the host, and how many boxes there are."""
    first, boxes = {}, 0
    for placed in members(placement, group):
        first[placed.layer] = boxes
        boxes += len(placed.boxes)
    return {**first, HOST: boxes}, boxes


def blocks(
    network: SpikingNetwork, placement: Placement, activity: SpikeActivity, sources: Collection[int]
) -> Iterator[tuple[int, int, Array]]:
    """Yield every route of the layers ``sources`` that stays in their group, and those to the host.

    Each as (source layer, destination layer, packets), the last (source boxes, destination boxes) int64.
    """
    groups = placement.groups
    for destination, layer in enumerate(network.layers):
        for source in dict.fromkeys(synapses.source for synapses in layer.sources):
            if source in sources and groups[source] == groups[destination]:
                reaches = _reaches(layer.reading(source), placement[destination])
                parts = [sign * _block(activity.sent[source], placement.layers[source], own) for sign, own in reaches]
                yield source, destination, np.sum(parts, axis=0)
        if layer.role == "output" and destination in sources:
            everywhere = [np.ones((size, 1), np.int64) for size in layer.map_shape]
            yield destination, HOST, _block(activity.sent[destination], placement[destination], everywhere)


def _reaches(read: list[Projection], placed: LayerPlacement) -> Iterator[tuple[int, list[Array]]]:
    """Yield what adds up to which positions reach which boxes over any of the synapses ``read``, with signs.

    Each is 0 or 1 along rows, columns and channels: those of every synapses, less those of each two, and so on.
    """
    routes = [route(synapses, number, placed) for number, synapses in enumerate(read)]
    for sign, which in subsets(len(read)):
        axes = zip(*((routes[n].rows > 0, routes[n].columns > 0, routes[n].channels > 0) for n in which), strict=True)
        yield sign, [np.logical_and.reduce(axis).astype(np.int64) for axis in axes]


def _block(sent: Array, placed: LayerPlacement | None, reaches: list[Array]) -> Array:
    """Return (source boxes, destination boxes) int64: packets over one route, whose reaches are 0 or 1."""
    whole = [[edge for size in sent.shape for edge in (0, size)]]
    boxes = whole if placed is None else placed.boxes.tolist()
    rows, columns, channels = reaches
    block = np.empty((len(boxes), rows.shape[1] * columns.shape[1] * channels.shape[1]), np.int64)
    for number, (y0, y1, x0, x1, c0, c1) in enumerate(boxes):
        by_channel = sent[y0:y1, x0:x1, c0:c1] @ channels[c0:c1]
        by_column = np.einsum("yxk,xj->yjk", by_channel, columns[x0:x1])
        block[number] = np.einsum("yjk,yi->ijk", by_column, rows[y0:y1]).ravel()
    return block

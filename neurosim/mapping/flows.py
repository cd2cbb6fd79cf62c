"""Which boxes send how many packets to which: what the neurons' activity makes of a cutting, wherever the boxes are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.placement import LayerPlacement, Placement, route

Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Activity:
    """How often each neuron sends: ``sent[l]`` is (rows, columns, channels) int64 for each layer, the host included.

    ``origin`` says in words where the numbers are from.
    """

    sent: tuple[Array, ...]
    origin: str


def uniform(network: SpikingNetwork) -> Activity:
    """Return the activity in which every neuron, and every pixel, sends equally often: nothing was measured."""
    sent = tuple(np.ones(layer.map_shape, np.int64) for layer in network.layers)
    return Activity(sent, "uniform activity, nothing was measured")


@dataclass(frozen=True, eq=False)
class Flows:
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


def flows(network: SpikingNetwork, placement: Placement, activity: Activity, group: int = 0) -> Flows:
    """Return the packets that one group of layers sends over the mesh; those for other groups leave the chip."""
    blocks = list(_blocks(network, placement, activity, group))
    source, destination, packets = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    return Flows(sum(len(placed.boxes) for placed in members(placement, group)), source, destination, packets)


def members(placement: Placement, group: int) -> list[LayerPlacement]:
    """Return the placed layers of one group, in order."""
    return [placed for placed in placement.layers if placed is not None and placed.group == group]


def _blocks(
    network: SpikingNetwork, placement: Placement, activity: Activity, group: int
) -> Iterator[tuple[Array, Array, Array]]:
    """Yield the flows of every route within the group, and those to the host: (source, destination, packets)."""
    starts, boxes = {}, 0
    for placed in members(placement, group):
        starts[placed.layer] = boxes
        boxes += len(placed.boxes)
    if placement.groups[0] == group:
        starts[0] = boxes  # the host is the only box of layer 0
    nothing = np.zeros(0, np.int64)
    yield nothing, nothing, nothing
    for destination, layer in enumerate(network.layers):
        for number, synapses in enumerate(layer.sources):
            if destination in starts and synapses.source in starts:
                path = route(synapses, number, placement[destination])
                reaches = [(reach > 0).astype(np.int64) for reach in (path.rows, path.columns, path.channels)]
                sent = activity.sent[synapses.source]
                block = _block(sent, placement.layers[synapses.source], reaches)
                yield _listed(block, starts[synapses.source], starts[destination])
        if layer.role == "output" and destination in starts:
            everywhere = [np.ones((size, 1), np.int64) for size in layer.map_shape]
            block = _block(activity.sent[destination], placement[destination], everywhere)
            yield _listed(block, starts[destination], boxes)


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


def _listed(block: Array, source: int, destination: int) -> tuple[Array, Array, Array]:
    """Return the entries of a block that are not 0, its first row being box ``source``, its first column the other."""
    rows, columns = np.nonzero(block)
    return rows + source, columns + destination, block[rows, columns]

"""The communication graph of a placed network: how many packets each partition sends to each, wherever they are."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.projections.projection import Projection
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.partitioning.axons import subsets
from neurosim.mapping.placement import LayerPlacement, Placement, route

Array = NDArray[np.int64]
HOST = 0  # the layer whose neurons are the pixels; packets of the output layer go there too


class TrafficEstimate(Protocol):
    """How much neurons or cores of a network send: what a mapper with ``reads_activity`` places it for."""

    @property
    def origin(self) -> str:
        """Source of the numbers, in words."""

    def flows(self, network: SpikingNetwork, placement: Placement, group: int = 0) -> CommunicationGraph:
        """Return the packets between the partitions of one group of a placement.

        Parameters
        ----------
        network : SpikingNetwork
            The placed network.
        placement : Placement
            Only its partitions and groups matter, not its cores.
        group : int
            Layers that are on the chip together.

        Returns
        -------
        CommunicationGraph
            Packets of one inference, or in the proportions of one.

        Raises
        ------
        DocumentError
            Where the estimate is of another network or partitioning.
        """


@dataclass(frozen=True, eq=False)
class SpikeActivity:
    """How often each neuron sends.

    Parameters
    ----------
    sent : tuple of ndarray of int64, each (rows, columns, channels)
        Packets of every neuron to each of its destinations, for each layer, the host input included.
    origin : str
        Source of the numbers, in words.
    """

    sent: tuple[Array, ...]
    origin: str

    def flows(self, network: SpikingNetwork, placement: Placement, group: int = 0) -> CommunicationGraph:
        """Return the exact packets between the partitions of one group of ``placement``."""
        return communication_graph(network, placement, self, group)


def uniform(network: SpikingNetwork) -> SpikeActivity:
    """Return the activity of a network, not measured, in which every neuron and every pixel sends once."""
    sent = tuple(np.ones(layer.map_shape, np.int64) for layer in network.layers)
    return SpikeActivity(sent, "uniform activity, nothing was measured")


@dataclass(frozen=True, eq=False)
class CommunicationGraph:
    """Packets between the partitions of one group of layers.

    Parameters
    ----------
    partitions : int
        Their number; they are numbered layer after layer, the host is number ``partitions``.
    source, destination : ndarray of int64, (flows,)
        Numbers of the sending and the receiving partition.
    packets : ndarray of int64, (flows,)
        Packets of each flow, not 0.
    """

    partitions: int
    source: Array
    destination: Array
    packets: Array

    def hops(self, x: Array, y: Array) -> int:
        """Return packets x hops, with partition p at tile (``x[p]``, ``y[p]``) and the host at the last."""
        distance = np.abs(x[self.source] - x[self.destination]) + np.abs(y[self.source] - y[self.destination])
        return int(self.packets @ distance)

    def neighbours(self) -> tuple[Array, Array, Array]:
        """Return (first, neighbour, packets): packets between each two partitions, both directions together.

        Those of partition p are entries ``first[p]`` to ``first[p + 1]``, by rising neighbour, itself left out.
        """
        # Every flow once for each end; equal pairs are added up.
        one = np.concatenate([self.source, self.destination])
        other = np.concatenate([self.destination, self.source])
        pair, entry = np.unique(one * (self.partitions + 1) + other, return_inverse=True)
        packets = np.zeros(len(pair), np.int64)
        np.add.at(packets, entry, np.concatenate([self.packets, self.packets]))
        one, other = np.divmod(pair, self.partitions + 1)
        apart = one != other  # packets within a partition travel no hop
        first = np.searchsorted(one[apart], np.arange(self.partitions + 2))
        return first.astype(np.int64), other[apart], packets[apart]


def communication_graph(
    network: SpikingNetwork, placement: Placement, activity: SpikeActivity, group: int = 0
) -> CommunicationGraph:
    """Return the packets that one group of layers sends over the NoC; those for other groups leave the chip."""
    first, partitions = numbered(placement, group)
    flows = [np.zeros((3, 0), np.int64)]
    for source, destination, block in blocks(network, placement, activity, layers_of(placement, group)):
        rows, columns = np.nonzero(block)
        flows.append(np.stack([rows + first[source], columns + first[destination], block[rows, columns]]))
    source, destination, packets = np.concatenate(flows, axis=1)
    return CommunicationGraph(partitions, source, destination, packets)


def members(placement: Placement, group: int) -> list[LayerPlacement]:
    """Return the placed layers of one group, in order."""
    return [placed for placed in placement.layers if placed is not None and placed.group == group]


def layers_of(placement: Placement, group: int) -> list[int]:
    """Return the numbers of the layers of one group, the host's included if it feeds them."""
    return [layer for layer, own in enumerate(placement.groups) if own == group]


def numbered(placement: Placement, group: int) -> tuple[dict[int, int], int]:
    """Return the number of the first partition of each layer of a group and of the host, and how many there are."""
    first, partitions = {}, 0
    for placed in members(placement, group):
        first[placed.layer] = partitions
        partitions += len(placed.partitions)
    return {**first, HOST: partitions}, partitions


def blocks(
    network: SpikingNetwork, placement: Placement, activity: SpikeActivity, sources: Collection[int]
) -> Iterator[tuple[int, int, Array]]:
    """Yield every route of the layers ``sources`` that stays in their group, and those to the host.

    Each as (source layer, destination layer, packets), the last (source partitions, destination partitions) int64.
    """
    groups = placement.groups
    for destination, layer in enumerate(network.layers):
        for source in dict.fromkeys(synapses.source for synapses in layer.sources):
            if source in sources and groups[source] == groups[destination]:
                reaches = _reaches(layer.reading(source), placement[destination])
                parts = [sign * _block(activity.sent[source], placement.layers[source], own) for sign, own in reaches]
                yield source, destination, np.sum(parts, axis=0)
        # Every neuron of the output layer sends its result to the host.
        if layer.role == "output" and destination in sources:
            everywhere = [np.ones((size, 1), np.int64) for size in layer.map_shape]
            yield destination, HOST, _block(activity.sent[destination], placement[destination], everywhere)


def _reaches(read: list[Projection], placed: LayerPlacement) -> Iterator[tuple[int, list[Array]]]:
    """Yield signed terms that add up to which positions reach which partitions over any of the projections ``read``.

    A term is 0 or 1 along rows, columns and channels; by inclusion and exclusion, as a neuron sends one packet however
    many projections reach a core.
    """
    routes = [route(projection, number, placed) for number, projection in enumerate(read)]
    for sign, which in subsets(len(read)):
        axes = zip(*((routes[n].rows > 0, routes[n].columns > 0, routes[n].channels > 0) for n in which), strict=True)
        yield sign, [np.logical_and.reduce(axis).astype(np.int64) for axis in axes]


def _block(sent: Array, placed: LayerPlacement | None, reaches: list[Array]) -> Array:
    """Return (source partitions, destination partitions) int64: packets over one route, whose reaches are 0 or 1."""
    whole = [[edge for size in sent.shape for edge in (0, size)]]
    partitions = whole if placed is None else placed.partitions.tolist()
    rows, columns, channels = reaches
    block = np.empty((len(partitions), rows.shape[1] * columns.shape[1] * channels.shape[1]), np.int64)
    # The reaches are separable: one axis is summed at a time, the channels first, of which there are most.
    for number, (y0, y1, x0, x1, c0, c1) in enumerate(partitions):
        by_channel = sent[y0:y1, x0:x1, c0:c1] @ channels[c0:c1]
        by_column = np.einsum("yxk,xj->yjk", by_channel, columns[x0:x1])
        block[number] = np.einsum("yjk,yi->ijk", by_column, rows[y0:y1]).ravel()
    return block

"""Packets that every partition of a placed network sent in a run: enough to place the same partitions anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.spiking import SpikingNetwork
from neurosim.errors import DocumentError
from neurosim.mapping.communication import CommunicationGraph, blocks, layers_of, members, numbered, uniform
from neurosim.mapping.placement import Placement

Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class MeasuredTraffic:
    """Packets that each partition of each layer sent over the NoC.

    Parameters
    ----------
    partitions : tuple of ndarray of int64, each (partitions, 6)
        As :attr:`neurosim.mapping.placement.LayerPlacement.partitions`, for each layer; the host, layer 0, is one.
    packets : tuple of ndarray of int64, each (partitions,)
        What each of them sent.
    groups : tuple of int
        Group of each layer. Layers of one group were on the chip together; between groups no packet crossed the NoC.
    run : str
        Name of the run in which packets were counted.
    """

    partitions: tuple[Array, ...]
    packets: tuple[Array, ...]
    groups: tuple[int, ...]
    run: str

    @property
    def origin(self) -> str:
        """Source of the numbers, in words."""
        return f"the packets that each core sent in {self.run}"

    def flows(self, network: SpikingNetwork, placement: Placement, group: int = 0) -> CommunicationGraph:
        """Return the packets between the partitions of one group of ``placement``.

        Packets of a partition are divided among all its destinations in the run as if all its neurons had sent equally
        often; destinations outside the group take their share, though it is not on the NoC. DocumentError, naming
        every layer, where partitions are others or packets were not counted.
        """
        self._check(network, placement)
        even = uniform(network).flows(network, placement, group)
        # Flows sorted by their source, so that those of a partition are a run of entries.
        order = np.argsort(even.source, kind="stable")
        source, shares = even.source[order], even.packets[order]
        sent = np.concatenate([*(self.packets[placed.layer] for placed in members(placement, group)), self.packets[0]])
        whole = self._whole(network, placement, group)[source]
        # Running sums are rounded, not shares, so that the shares of a partition add up to what it sent.
        running = np.cumsum(shares)
        before = running - shares
        start = before[np.searchsorted(source, source)]
        upper, lower = ((part - start) * sent[source] // whole for part in (running, before))
        packets, some = upper - lower, upper > lower
        return CommunicationGraph(even.partitions, source[some], even.destination[order][some], packets[some])

    def _whole(self, network: SpikingNetwork, placement: Placement, group: int) -> Array:
        """Return (partitions + 1,) int64: packets of each partition of a group, had every neuron sent once in it."""
        pairs = zip(placement.layers, self.groups, strict=True)
        earlier = replace(placement, layers=tuple(placed and replace(placed, group=own) for placed, own in pairs))
        first, partitions = numbered(placement, group)
        whole = np.zeros(partitions + 1, np.int64)
        for source, _, block in blocks(network, earlier, uniform(network), layers_of(placement, group)):
            whole[first[source] : first[source] + len(block)] += block.sum(axis=1)
        return whole

    def _check(self, network: SpikingNetwork, placement: Placement) -> None:
        if len(self.partitions) != len(network.layers):
            has = f"{network.name} has {len(network.layers) - 1}"
            raise DocumentError(f"{self.run}: is a run of {len(self.partitions) - 1} layers, {has}")
        problems = [*self._other_partitions(network, placement), *self._uncounted(network, placement)]
        if problems:
            raise DocumentError("\n".join(f"{self.run}: {problem}" for problem in problems))

    def _other_partitions(self, network: SpikingNetwork, placement: Placement) -> Iterator[str]:
        for number, layer in enumerate(network.layers[1:], start=1):
            earlier, present = self.partitions[number], placement[number].partitions
            if not np.array_equal(earlier, present):
                now = parts(present) if parts(earlier) != parts(present) else "as many, with other edges,"
                yield f"{layer.name} had {parts(earlier)} partitions in that run and has {now} here"

    def _uncounted(self, network: SpikingNetwork, placement: Placement) -> Iterator[str]:
        present, earlier = placement.groups, self.groups
        for destination, layer in enumerate(network.layers):
            for source in dict.fromkeys(synapses.source for synapses in layer.sources):
                if present[source] == present[destination] and earlier[source] != earlier[destination]:
                    name = network.layers[source].name
                    yield f"packets from {name} to {layer.name} were not counted, the two were not on the chip together"


def parts(partitions: Array) -> str:
    """Return the numbers of parts of rows, columns and channels, as ``3 x 2 x 1``."""
    return " x ".join(str(len(np.unique(partitions[:, axis]))) for axis in (0, 2, 4))

"""What every box of a placed network was measured to send: enough to place it anew, as long as it is cut alike."""

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
    """How many packets each box of each layer sent over the mesh.

    ``boxes[l]`` is (boxes, 6) int64, as :attr:`neurosim.mapping.placement.LayerPlacement.boxes`, and ``packets[l]``
    (boxes,) int64; the host, layer 0, is a single box. Layers of one of the ``groups`` were on the chip together: what
    others sent each other was no packet of the mesh. ``run`` names the run that they were counted in.
    """

    boxes: tuple[Array, ...]
    packets: tuple[Array, ...]
    groups: tuple[int, ...]
    run: str

    @property
    def origin(self) -> str:
        """Where the numbers are from, in words."""
        return f"the packets that each core sent in {self.run}"

    def flows(self, network: SpikingNetwork, placement: Placement, group: int = 0) -> CommunicationGraph:
        """Return the packets between the boxes of one group of ``placement``.

        What a box sent in the run is divided among all its destinations of the run as if all its neurons had sent
        equally often; those outside the group get their part too, though it is not on the mesh. Raises DocumentError,
        naming every layer that is cut otherwise, or whose packets were not counted.
        """
        self._check(network, placement)
        even = uniform(network).flows(network, placement, group)
        order = np.argsort(even.source, kind="stable")
        source, shares = even.source[order], even.packets[order]
        sent = np.concatenate([*(self.packets[placed.layer] for placed in members(placement, group)), self.packets[0]])
        whole = self._whole(network, placement, group)[source]
        # Running sums are rounded, not shares, so that those of a box add up to what it sent.
        running = np.cumsum(shares)
        before = running - shares
        start = before[np.searchsorted(source, source)]
        upper, lower = ((part - start) * sent[source] // whole for part in (running, before))
        packets, some = upper - lower, upper > lower
        return CommunicationGraph(even.boxes, source[some], even.destination[order][some], packets[some])

    def _whole(self, network: SpikingNetwork, placement: Placement, group: int) -> Array:
        """Return (boxes + 1,) int64: the packets of each box of a group if every neuron had sent once in the run."""
        pairs = zip(placement.layers, self.groups, strict=True)
        there = replace(placement, layers=tuple(placed and replace(placed, group=own) for placed, own in pairs))
        first, boxes = numbered(placement, group)
        whole = np.zeros(boxes + 1, np.int64)
        for source, _, block in blocks(network, there, uniform(network), layers_of(placement, group)):
            whole[first[source] : first[source] + len(block)] += block.sum(axis=1)
        return whole

    def _check(self, network: SpikingNetwork, placement: Placement) -> None:
        if len(self.boxes) != len(network.layers):
            raise DocumentError(
                f"{self.run}: is a run of {len(self.boxes) - 1} layers, {network.name} has {len(network.layers) - 1}"
            )
        problems = [*self._cut_otherwise(network, placement), *self._uncounted(network, placement)]
        if problems:
            raise DocumentError("\n".join(f"{self.run}: {problem}" for problem in problems))

    def _cut_otherwise(self, network: SpikingNetwork, placement: Placement) -> Iterator[str]:
        for number, layer in enumerate(network.layers[1:], start=1):
            there, here = self.boxes[number], placement[number].boxes
            if not np.array_equal(there, here):
                now = parts(here) if parts(there) != parts(here) else "as many, at other edges,"
                yield f"{layer.name} was cut into {parts(there)} boxes there and into {now} here"

    def _uncounted(self, network: SpikingNetwork, placement: Placement) -> Iterator[str]:
        here, there = placement.groups, self.groups
        for destination, layer in enumerate(network.layers):
            for source in dict.fromkeys(synapses.source for synapses in layer.sources):
                if here[source] == here[destination] and there[source] != there[destination]:
                    name = network.layers[source].name
                    yield f"what {name} sent {layer.name} was not counted, they were not on the chip together there"


def parts(boxes: Array) -> str:
    """Return in how many parts boxes cut the rows, columns and channels of a layer."""
    return " x ".join(str(len(np.unique(boxes[:, axis]))) for axis in (0, 2, 4))

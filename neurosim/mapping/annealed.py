"""The annealed mapper: partitions of ``spatial``, swapped between its cores until their packets travel few hops."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.communication import CommunicationGraph, TrafficEstimate, members, uniform
from neurosim.mapping.partitioning.combination import Residency
from neurosim.mapping.placement import LayerPlacement, Placement
from neurosim.mapping.spatial import Spatial
from neurosim.mapping.swap_search import exchange

MOVES = 10_000
"""Swaps tried for each partition: ten times as many save another 2 to 8 % of VGG16's hops (our measurement)."""


class Annealed:
    """Partition as ``spatial`` does, then swap partitions of each group of layers so that packets travel fewer hops.

    Every group keeps the cores that ``spatial`` gave it, and every partition its work, memory and packets; only routes
    change. The total of packets x hops is never above that of ``spatial``, for the activity that it is given.
    """

    kind: ClassVar[str] = "annealed"
    reads_activity: ClassVar[bool] = True

    def place(
        self,
        network: SpikingNetwork,
        spec: ChipSpec,
        residency: Residency = "resident",
        activity: TrafficEstimate | None = None,
        seed: int = 1,
    ) -> Placement:
        """Return the placement.

        Parameters
        ----------
        network : SpikingNetwork
            The network to place.
        spec : ChipSpec
            The chip.
        residency : {"resident", "time_multiplexed"}
            Whether all layers are on the chip together, or groups of them in turn.
        activity : TrafficEstimate, optional
            How much each neuron or core sends; without it all neurons send equally often.
        seed : int
            The same arguments give the same placement.

        Returns
        -------
        Placement
            With a remark on the hops saved.

        Raises
        ------
        CapacityError
            As ``spatial`` does.
        DocumentError
            Where the traffic is that of another partitioning.
        """
        activity = activity or uniform(network)
        placement = Spatial().place(network, spec, residency)
        layers = list(placement.layers)
        before = after = 0
        # Groups are on the chip one after the other, so that their packets never meet.
        for group in sorted(set(placement.groups)):
            sent = activity.flows(network, placement, group)
            cores = np.concatenate([placed.cores.ravel() for placed in members(placement, group)])
            x, y = tiles(cores, spec)
            order = best_order(sent, x, y, seed)
            before += sent.hops(x, y)
            after += sent.hops(*tiles(cores[order], spec))
            for placed in moved(members(placement, group), cores[order]):
                layers[placed.layer] = placed
        remark = f"placed for {activity.origin}: {after:,} hops instead of {before:,}"
        return Placement(tuple(layers), self.kind, remark)


def tiles(cores: NDArray[np.int32], spec: ChipSpec) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return x and y of the cores' tiles and, last, of the host port's, (cores + 1,) int64 each."""
    tile = np.append(cores.astype(np.int64) // spec.mesh.cores_per_tile, spec.io.tile)
    return tile % spec.mesh.width, tile // spec.mesh.width


def best_order(sent: CommunicationGraph, x: NDArray[np.int64], y: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return (partitions,) int64: for each partition the number of that whose core it takes."""
    start = sent.hops(x, y)
    tolerance = start // sent.partitions  # packets x hops of an average partition
    new_x, new_y = x.copy(), y.copy()
    # The search changes the tiles in place; the host stays where it is, last.
    order = exchange(*sent.neighbours(), new_x, new_y, MOVES * sent.partitions, tolerance, seed)
    # Threshold accepting may end above the start: then nothing moves.
    return order if sent.hops(new_x, new_y) <= start else np.arange(sent.partitions)


def moved(layers: list[LayerPlacement], cores: NDArray[np.int32]) -> list[LayerPlacement]:
    """Return the placed layers on other ``cores``, given partition by partition and layer by layer."""
    ends = np.cumsum([placed.cores.size for placed in layers])[:-1]
    return [
        replace(placed, cores=part.reshape(placed.cores.shape))
        for placed, part in zip(layers, np.split(cores, ends), strict=True)
    ]

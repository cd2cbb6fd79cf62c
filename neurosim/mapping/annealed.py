"""The spatial mapper's boxes, moved between its cores until the packets between them travel few hops."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.communication import CommunicationGraph, members, uniform
from neurosim.mapping.placement import LayerPlacement, Placement
from neurosim.mapping.spatial import Residency, Spatial
from neurosim.mapping.swap_search import exchange
from neurosim.mapping.traffic_estimate import TrafficEstimate

MOVES = 10_000
"""Exchanges tried for each box: ten times as many save another 2 to 8 % of VGG16's hops (our measurement)."""


class Annealed:
    """Cut as ``spatial`` does, then exchange the boxes of each group of layers to shorten what their packets travel.

    Every group keeps the cores that ``spatial`` gave it, so what a core computes, stores and sends is as it was; only
    the ways are others. The total of packets x hops is never above that of ``spatial``, for the activity it is given.
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
        """Return the placement for ``activity``, or where there is none for neurons that all send equally often.

        Raises CapacityError as ``spatial`` does, and DocumentError where the traffic is that of another cutting. The
        same arguments give the same placement.
        """
        activity = activity or uniform(network)
        placement = Spatial().place(network, spec, residency)
        layers = list(placement.layers)
        before = after = 0
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
    """Return (boxes,) int64: for each box the number of the box whose core it takes."""
    start = sent.hops(x, y)
    tolerance = start // sent.boxes  # what the packets of one box travel
    new_x, new_y = x.copy(), y.copy()
    order: NDArray[np.int64] = exchange(*sent.neighbours(), new_x, new_y, MOVES * sent.boxes, tolerance, seed)
    return order if sent.hops(new_x, new_y) <= start else np.arange(sent.boxes)


def moved(layers: list[LayerPlacement], cores: NDArray[np.int32]) -> list[LayerPlacement]:
    """Return the placed layers on other ``cores``, given box by box and layer by layer."""
    ends = np.cumsum([placed.cores.size for placed in layers])[:-1]
    return [
        replace(placed, cores=part.reshape(placed.cores.shape))
        for placed, part in zip(layers, np.split(cores, ends), strict=True)
    ]

"""The default mapper: every layer partitioned so that it needs few packets, on cores along a snake of tiles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingLayer, SpikingNetwork
from neurosim.errors import CapacityError
from neurosim.mapping.partitioning.combination import Combinations, Residency
from neurosim.mapping.partitioning.core_demand import core_demand, shortages, too_wide
from neurosim.mapping.partitioning.partitionings import SLACK, Partitioning, even_partitionings, finest
from neurosim.mapping.partitioning.refusal import refusal
from neurosim.mapping.placement import LayerPlacement, Placement


class Spatial:
    """Cut each layer by position first and by channel where the weights do not fit, then lay the layers out in order.

    A spike goes to every core that holds one of its targets: parts of channels multiply packets, parts of positions add
    only those at the seams. Each layer gets its own best partitioning; only where these do not fit together, for want
    of axons, memory or cores, are those of all layers searched together.
    """

    kind: ClassVar[str] = "spatial"

    def place(self, network: SpikingNetwork, spec: ChipSpec, residency: Residency = "resident") -> Placement:
        """Return the placement.

        Parameters
        ----------
        network : SpikingNetwork
            The network to place.
        spec : ChipSpec
            The chip.
        residency : {"resident", "time_multiplexed"}
            Whether all layers are on the chip together; else a new group of layers, on the same cores, begins wherever
            the chip is full.

        Returns
        -------
        Placement
            One partition a core.

        Raises
        ------
        CapacityError
            With every layer that does not fit, what it needs and what would do.
        """
        problems = list(too_wide(network, spec))
        chosen: list[Partitioning] = []
        for layer in network.layers[1:]:
            try:
                chosen.append(self.cut(layer, network.weight_bits, spec))
            except CapacityError as error:
                problems.append(str(error))
        if problems:
            raise CapacityError("\n".join(problems))
        combinations = Combinations(network, spec, residency)
        if not combinations.fits(chosen):
            best = combinations.best()
            if best is None:
                raise CapacityError(refusal(combinations, chosen))
            chosen = best
        return Placement((None, *lay_out(chosen, spec)), self.kind)

    def cut(self, layer: SpikingLayer, weight_bits: int, spec: ChipSpec) -> Partitioning:
        """Return the partitioning with the fewest packets among those that take few cores."""
        feasible: list[Partitioning] = []
        # By rising number of cores, up to a quarter more than the first that fits.
        for option in sorted(even_partitionings(layer, spec), key=lambda option: option.cores):
            if feasible and option.cores > SLACK * feasible[0].cores:
                break
            if not any(core_demand(layer, option.edges, weight_bits, spec).shortages(spec)):
                feasible.append(option)
        if feasible:
            return min(feasible, key=lambda option: (option.cost, option.cores))
        single = finest(layer)
        if problems := list(shortages(layer, single.edges, weight_bits, spec)):
            raise CapacityError(f"{layer.name}: even one neuron a core needs {', '.join(problems)}")
        return single


def lay_out(chosen: Sequence[Partitioning], spec: ChipSpec) -> Iterator[LayerPlacement]:
    """Yield the placements, taking cores along the snake in the order of the layers, from its start when full."""
    path = np.fromiter(snake(spec), np.int32)
    group = taken = 0
    for number, partitioning in enumerate(chosen, start=1):
        if taken + partitioning.cores > len(path):  # the chip is full: the next group starts over
            group, taken = group + 1, 0
        shape = tuple(len(edges) - 1 for edges in partitioning.edges)
        cores = path[taken : taken + partitioning.cores].reshape(shape)
        taken += partitioning.cores
        yield LayerPlacement(number, *partitioning.edges, cores, group)


def snake(spec: ChipSpec) -> Iterator[int]:
    """Yield all core numbers, tile by tile, along rows that run east and west in turn."""
    mesh = spec.mesh
    for y in range(mesh.height):
        # Neighbours on the snake are neighbours on the mesh.
        for x in range(mesh.width) if y % 2 == 0 else reversed(range(mesh.width)):
            tile = x + mesh.width * y
            yield from range(tile * mesh.cores_per_tile, (tile + 1) * mesh.cores_per_tile)

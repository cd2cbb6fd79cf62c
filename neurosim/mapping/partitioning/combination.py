"""Combinations of one partitioning for each layer: whether the chip has room for one, and the best that fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingLayer, SpikingNetwork
from neurosim.mapping.partitioning.axons import LayerLink, axons_of, links_of, whole
from neurosim.mapping.partitioning.core_demand import ENTRY_BITS, neighbour_bits, shortages
from neurosim.mapping.partitioning.partitionings import SLACK, Partitioning, even_partitionings
from neurosim.mapping.partitioning.search import PartitionOptions, PartitionSearch

Residency = Literal["resident", "time_multiplexed"]
Array = NDArray[np.int64]

FIRST, MOST = 48, 1024
"""Partitionings of each layer that are tried at first, and at most: its best ones (our choice)."""
UNBOUNDED = 2**62


class Combinations:
    """The partitionings of all layers of a network, together on a chip.

    ``gave_up`` says that the last search ended without a proof that there is no other combination.

    Parameters
    ----------
    network : SpikingNetwork
        The network to place.
    spec : ChipSpec
        The chip.
    residency : {"resident", "time_multiplexed"}
        Whether all layers are on the chip together, or groups of them in turn.
    """

    def __init__(self, network: SpikingNetwork, spec: ChipSpec, residency: Residency) -> None:
        self.network, self.spec, self.residency = network, spec, residency
        self.gave_up = False

    def cores(self, chosen: Sequence[Partitioning]) -> int:
        """Return the least number of cores that a combination takes at one time."""
        needed = [own.cores for own in chosen]
        return sum(needed) if self.residency == "resident" else max(needed)

    def axons(self, chosen: Sequence[Partitioning]) -> list[tuple[Array, Array]]:
        """Return (input axons, output axons), (cores,) int64 each, for each layer but the host's."""
        edges = [whole(self.network.layers[0].map_shape), *(own.edges for own in chosen)]
        return axons_of(self.network, edges, self.spec.weight_sharing)[1:]

    def fits(self, chosen: Sequence[Partitioning]) -> bool:
        """Return whether the chip has the cores and the axons that a combination needs."""
        return self.cores(chosen) <= self.spec.mesh.cores and not any(self.too_few_axons(chosen))

    def too_few_axons(self, chosen: Sequence[Partitioning]) -> Iterator[tuple[str, str, int, int]]:
        """Yield (layer, field of the chip, axons or bits that a core needs, those it has) where axons are too few."""
        capacity, memories = self.spec.capacity, self.spec.memories
        for layer, own, (inputs, outputs) in zip(self.network.layers[1:], chosen, self.axons(chosen), strict=True):
            # Input and output axons are entries of one memory, beside a graph's neighbour lists.
            bits = ENTRY_BITS * (inputs + outputs) + list_bits(layer, own)
            for field, needed, held in (
                ("capacity.input_axons", inputs, capacity.input_axons),
                ("capacity.output_axons", outputs, capacity.output_axons),
                ("memories.axon_bits", bits, memories.axon_bits if memories.overflow == "refuse" else UNBOUNDED),
            ):
                if needed.max() > held:
                    yield layer.name, field, int(needed.max()), held

    def best(self) -> list[Partitioning] | None:
        """Return the combination of least cost that fits, or None."""
        bound = self.spec.mesh.cores if self.residency == "resident" else None
        return self._search(self.spec.mesh.cores, bound)

    def fewest_cores(self) -> list[Partitioning] | None:
        """Return the combination of fewest cores, however many the chip has, or None if axons forbid all."""
        best = self._search(None, None, fewest_cores=True)
        # Each search must take fewer cores than the last, until none does.
        while best is not None:
            bound = self.cores(best) - 1
            most = None if self.residency == "resident" else bound
            fewer = self._search(most, bound if most is None else None, fewest_cores=True)
            if fewer is None:
                break
            best = fewer
        return best

    def _search(
        self, most_of_a_layer: int | None, most_of_all: int | None, fewest_cores: bool = False
    ) -> list[Partitioning] | None:
        """Return the best combination whose layers take at most so many cores each and together, or None."""
        own = [
            [option for option in layer if most_of_a_layer is None or option.cores <= most_of_a_layer]
            for layer in self._candidates
        ]
        least = sum(min((option.cores for option in layer), default=0) for layer in own)
        if not all(own) or (most_of_all is not None and least > most_of_all):
            return None
        # Few options first, which nearly always suffice; all of them only where those have no solution.
        for most in (FIRST, MOST):
            tried = [leading(layer, most, fewest_cores) for layer in own]
            search = PartitionSearch([self._host, *map(self._options, self.network.layers[1:], tried)], self._links,
                            self.spec.weight_sharing)  # fmt: skip
            chosen = search.best(most_of_all, fewest_cores)
            self.gave_up |= search.gave_up or (most == MOST and any(len(layer) > MOST for layer in own))
            if chosen is not None:
                return [layer[option] for layer, option in zip(tried, chosen[1:], strict=True)]
            if max(map(len, own)) <= most:
                break
        return None

    @cached_property
    def _links(self) -> list[LayerLink]:
        return links_of(self.network)

    @cached_property
    def _host(self) -> PartitionOptions:
        edges = whole(self.network.layers[0].map_shape)
        return PartitionOptions([edges], np.zeros(1), np.zeros(1, np.int64), UNBOUNDED, UNBOUNDED)

    @cached_property
    def _candidates(self) -> list[list[Partitioning]]:
        """The partitionings of each layer whose partitions fit a core by themselves, the best first."""
        candidates = []
        for layer in self.network.layers[1:]:
            own = [
                option
                for option in even_partitionings(layer, self.spec)
                if not any(shortages(layer, option.edges, self.network.weight_bits, self.spec))
            ]
            candidates.append(sorted(own, key=lambda option: (option.cost, option.cores)))
        return candidates

    def _options(self, layer: SpikingLayer, own: list[Partitioning]) -> PartitionOptions:
        capacity, memories = self.spec.capacity, self.spec.memories
        both = None
        if memories.overflow == "refuse":
            both = [(memories.axon_bits - list_bits(layer, option)) // ENTRY_BITS for option in own]
        cores = np.array([option.cores for option in own])
        # Logarithms, so that the sum over layers is small where each layer is near its own best.
        costs = np.log([option.cost for option in own]) + np.log(np.maximum(cores / (SLACK * cores.min()), 1))
        edges = [option.edges for option in own]
        return PartitionOptions(edges, costs, cores, capacity.input_axons, capacity.output_axons, both)


def leading(own: list[Partitioning], most: int, fewest_cores: bool) -> list[Partitioning]:
    """Return at most so many partitionings: three quarters the first ones, the rest those with the fewest cores."""
    if len(own) <= most:
        return own
    by_cores = sorted(range(len(own)), key=lambda number: own[number].cores)
    numbers = by_cores[:most] if fewest_cores else {*range(most - most // 4), *by_cores[: most // 4]}
    return [own[number] for number in sorted(numbers)]


def list_bits(layer: SpikingLayer, partitioning: Partitioning) -> Array:
    """Return (cores,) int64: bits of a graph's neighbour lists in the axon memory of each core of a layer."""
    rows, columns, channels = partitioning.edges
    return np.repeat(neighbour_bits(layer, rows), (len(columns) - 1) * (len(channels) - 1))

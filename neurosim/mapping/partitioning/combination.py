"""How the layers of a network may be cut together: each combination against the chip, and the best that fits."""

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
from neurosim.mapping.partitioning.partition import SLACK, Partition, partitions
from neurosim.mapping.partitioning.search import PartitionOptions, PartitionSearch

Residency = Literal["resident", "time_multiplexed"]
Array = NDArray[np.int64]

FIRST, MOST = 48, 1024
"""Cuttings of each layer that are tried at first, and at most: the best of them (our choice)."""
UNBOUNDED = 2**62


class Combinations:
    """The ways to cut all layers of ``network`` for ``spec``."""

    def __init__(self, network: SpikingNetwork, spec: ChipSpec, residency: Residency) -> None:
        self.network, self.spec, self.residency = network, spec, residency
        self.gave_up = False

    def cores(self, chosen: Sequence[Partition]) -> int:
        """Return the cores that a combination takes at one time, at least."""
        needed = [cutting.cores for cutting in chosen]
        return sum(needed) if self.residency == "resident" else max(needed)

    def axons(self, chosen: Sequence[Partition]) -> list[tuple[Array, Array]]:
        """Return (input axons, output axons), (cores,) int64 each, for each layer but the host's."""
        edges = [whole(self.network.layers[0].map_shape), *(cutting.edges for cutting in chosen)]
        return axons_of(self.network, edges, self.spec.weight_sharing)[1:]

    def fits(self, chosen: Sequence[Partition]) -> bool:
        """Return whether the chip has the cores and the axons that a combination needs."""
        return self.cores(chosen) <= self.spec.mesh.cores and not any(self.too_few_axons(chosen))

    def too_few_axons(self, chosen: Sequence[Partition]) -> Iterator[tuple[str, str, int, int]]:
        """Yield (layer, field of the chip, what a core needs, what it has) wherever axons do not suffice."""
        capacity, memories = self.spec.capacity, self.spec.memories
        for layer, cutting, (inputs, outputs) in zip(self.network.layers[1:], chosen, self.axons(chosen), strict=True):
            bits = ENTRY_BITS * (inputs + outputs) + lists(layer, cutting)
            for field, needed, held in (
                ("capacity.input_axons", inputs, capacity.input_axons),
                ("capacity.output_axons", outputs, capacity.output_axons),
                ("memories.axon_bits", bits, memories.axon_bits if memories.overflow == "refuse" else UNBOUNDED),
            ):
                if needed.max() > held:
                    yield layer.name, field, int(needed.max()), held

    def best(self) -> list[Partition] | None:
        """Return the combination with the least costs that fits, or None."""
        bound = self.spec.mesh.cores if self.residency == "resident" else None
        return self._search(self.spec.mesh.cores, bound)

    def fewest_cores(self) -> list[Partition] | None:
        """Return the combination that fits the fewest cores, however many the chip has, or None if axons forbid all."""
        found = self._search(None, None, fewest_cores=True)
        while found is not None:
            bound = self.cores(found) - 1
            most = None if self.residency == "resident" else bound
            fewer = self._search(most, bound if most is None else None, fewest_cores=True)
            if fewer is None:
                break
            found = fewer
        return found

    def _search(
        self, most_of_a_layer: int | None, most_of_all: int | None, fewest_cores: bool = False
    ) -> list[Partition] | None:
        """Return the best combination whose layers take so many cores each and together, or None."""
        own = [
            [option for option in layer if most_of_a_layer is None or option.cores <= most_of_a_layer]
            for layer in self._candidates
        ]
        least = sum(min((option.cores for option in layer), default=0) for layer in own)
        if not all(own) or (most_of_all is not None and least > most_of_all):
            return None
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
    def _candidates(self) -> list[list[Partition]]:
        """The cuttings of each layer whose parts fit a core by themselves, the best first."""
        found = []
        for layer in self.network.layers[1:]:
            own = [
                option
                for option in partitions(layer, self.spec)
                if not any(shortages(layer, option.edges, self.network.weight_bits, self.spec))
            ]
            found.append(sorted(own, key=lambda option: (option.cost, option.cores)))
        return found

    def _options(self, layer: SpikingLayer, own: list[Partition]) -> PartitionOptions:
        capacity, memories = self.spec.capacity, self.spec.memories
        both = None
        if memories.overflow == "refuse":
            both = [(memories.axon_bits - lists(layer, option)) // ENTRY_BITS for option in own]
        cores = np.array([option.cores for option in own])
        costs = np.log([option.cost for option in own]) + np.log(np.maximum(cores / (SLACK * cores.min()), 1))
        edges = [option.edges for option in own]
        return PartitionOptions(edges, costs, cores, capacity.input_axons, capacity.output_axons, both)


def leading(own: list[Partition], most: int, fewest_cores: bool) -> list[Partition]:
    """Return so many cuttings, three quarters of them the first ones and the rest those with the fewest cores."""
    if len(own) <= most:
        return own
    by_cores = sorted(range(len(own)), key=lambda number: own[number].cores)
    wanted = by_cores[:most] if fewest_cores else {*range(most - most // 4), *by_cores[: most // 4]}
    return [own[number] for number in sorted(wanted)]


def lists(layer: SpikingLayer, cutting: Partition) -> Array:
    """Return (cores,) int64: bits of a graph's lists of neighbours in each core of a layer."""
    _, columns, channels = cutting.edges
    return np.repeat(neighbour_bits(layer, cutting.edges[0]), (len(columns) - 1) * (len(channels) - 1))

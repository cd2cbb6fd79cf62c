"""The default mapper: every layer on its own cores, cut so that few packets are needed, along a snake of tiles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingLayer, SpikingNetwork
from neurosim.errors import CapacityError
from neurosim.mapping.fit import cut, demand, input_axons, output_axons, too_wide
from neurosim.mapping.placement import LayerPlacement, Placement, Route, route

SLACK = 1.25
"""A layer may take this many times its least number of cores where that saves packets (our choice)."""

Residency = Literal["resident", "time_multiplexed"]
Edges = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class Cutting:
    """One way to cut a layer: its edges, the cores it takes, the tiles that an average input spike reaches.

    The latter are those of :meth:`Spatial.touched` along rows, columns and channels.
    """

    edges: Edges
    cores: int
    tiles: tuple[NDArray[np.float64], ...]

    @property
    def cost(self) -> float:
        """The packets that an average input spike sends, and a little for the cores."""
        rows, columns, channels = self.tiles
        return float((rows * columns * channels).sum()) * self.cores**0.25


class Spatial:
    """Cut each layer by position first and by channel where the weights do not fit, then lay the layers out in order.

    A spike goes to every core that holds one of its targets: cutting by channel multiplies packets, cutting by position
    adds only those at the seams.
    """

    kind: ClassVar[str] = "spatial"

    def place(self, network: SpikingNetwork, spec: ChipSpec, residency: Residency = "resident") -> Placement:
        """Return the placement; raises CapacityError with every layer that does not fit and what it needed.

        ``time_multiplexed`` begins a new group of layers, on the same cores, wherever the chip is full.
        """
        problems = list(too_wide(network, spec))
        cuttings: list[Cutting | None] = [None]
        for layer in network.layers[1:]:
            try:
                cuttings.append(self.cut(layer, network.weight_bits, spec))
            except CapacityError as error:
                problems.append(str(error))
                cuttings.append(None)
        if problems:
            raise CapacityError("\n".join(problems))
        needed = [cutting.cores if cutting else 0 for cutting in cuttings]
        if (sum(needed) if residency == "resident" else max(needed)) > spec.mesh.cores:
            raise CapacityError(too_many(network, needed, spec))
        placement = Placement(tuple(self.lay_out(cuttings, spec)), self.kind)
        check_axons(network, placement, spec)
        return placement

    def cut(self, layer: SpikingLayer, weight_bits: int, spec: ChipSpec) -> Cutting:
        """Return the cutting with the fewest packets among those that take few cores."""
        least = math.ceil(layer.neurons / max(spec.capacity.neurons, 1))
        feasible: list[Cutting] = []
        for option in sorted(self.cuttings(layer, least), key=lambda option: option.cores):
            if feasible and option.cores > SLACK * feasible[0].cores:
                break
            if not any(demand(layer, option.edges, weight_bits, spec).shortages(spec)):
                feasible.append(option)
        if not feasible:
            rows, columns, channels = layer.map_shape
            finest = demand(layer, (cut(rows, rows), cut(columns, columns), cut(channels, channels)), weight_bits, spec)
            raise CapacityError(f"{layer.name}: even one neuron a core needs {', '.join(finest.shortages(spec))}")
        return min(feasible, key=lambda option: (option.cost, option.cores))

    def cuttings(self, layer: SpikingLayer, least: int) -> Iterator[Cutting]:
        """Yield every even cutting of a layer's rows, columns and channels into ``least`` cores or more, each once."""
        rows, columns, channels = layer.map_shape
        spreads = [
            [(cut(size, parts), self.touched(layer, axis, cut(size, parts))) for parts in distinct(size)]
            for axis, size in enumerate((rows, columns, channels))
        ]
        for row_edges, row_tiles in spreads[0]:
            for column_edges, column_tiles in spreads[1]:
                for channel_edges, channel_tiles in spreads[2]:
                    cores = (len(row_edges) - 1) * (len(column_edges) - 1) * (len(channel_edges) - 1)
                    if cores >= least:
                        yield Cutting(
                            (row_edges, column_edges, channel_edges), cores, (row_tiles, column_tiles, channel_tiles)
                        )

    @staticmethod
    def touched(layer: SpikingLayer, axis: int, edges: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return (sources,) float64: tiles along one axis that an average source position reaches."""
        # All channels of a group reach the same, so one of each says it.
        groups = (s.source_shape[0] // s.groups if s.is_stored else 1 for s in layer.sources)
        reaches = ((s.rows, s.columns, s.channels[::each])[axis] for s, each in zip(layer.sources, groups, strict=True))
        return np.array([(np.add.reduceat(reach, edges[:-1], axis=1) > 0).sum(1).mean() for reach in reaches])

    @staticmethod
    def lay_out(cuttings: list[Cutting | None], spec: ChipSpec) -> Iterator[LayerPlacement | None]:
        """Yield the placements, taking cores along the snake in the order of the layers, from its start when full."""
        way = np.fromiter(snake(spec), np.int32)
        group = taken = 0
        for number, cutting in enumerate(cuttings):
            if cutting is None:
                yield None
                continue
            if taken + cutting.cores > len(way):
                group, taken = group + 1, 0
            shape = tuple(len(edges) - 1 for edges in cutting.edges)
            cores = way[taken : taken + cutting.cores].reshape(shape)
            taken += cutting.cores
            yield LayerPlacement(number, *cutting.edges, cores, group)


def distinct(size: int) -> list[int]:
    """Return the numbers of parts that give different largest parts: 1, 2, ... but not both 20 and 21 parts of 32."""
    return [math.ceil(size / part) for part in sorted({math.ceil(size / parts) for parts in range(1, size + 1)})]


def snake(spec: ChipSpec) -> Iterator[int]:
    """Yield all core numbers, tile by tile, along rows that run east and west in turn."""
    mesh = spec.mesh
    for y in range(mesh.height):
        for x in range(mesh.width) if y % 2 == 0 else reversed(range(mesh.width)):
            tile = x + mesh.width * y
            yield from range(tile * mesh.cores_per_tile, (tile + 1) * mesh.cores_per_tile)


def too_many(network: SpikingNetwork, needed: list[int], spec: ChipSpec) -> str:
    """Return the refusal of a network that needs more cores than there are, layer by layer."""
    lines, left = [], spec.mesh.cores
    for layer, cores in zip(network.layers[1:], needed[1:], strict=True):
        missing = f": {cores - max(left, 0):,} too few" if cores > left else ""
        lines.append(f"  {layer.name} needs {cores:,} core{'s' * (cores != 1)} for {layer.neurons:,} neurons{missing}")
        left -= cores
    total = sum(needed)
    head = (
        f"{network.name} needs {total:,} cores of {spec.capacity.neurons:,} neurons and "
        f"{spec.capacity.synapse_memory_bits // 8192:,} KiB, {spec.id} has {spec.mesh.cores:,}: "
        f"{total - spec.mesh.cores:,} too few"
    )
    return "\n".join([head, *lines])


def routes_of(network: SpikingNetwork, placement: Placement) -> list[Route]:
    """Return the routes of all synapses, in the order of the destination layers."""
    return [
        route(synapses, number, placement[destination])
        for destination, layer in enumerate(network.layers)
        for number, synapses in enumerate(layer.sources)
    ]


def check_axons(network: SpikingNetwork, placement: Placement, spec: ChipSpec) -> None:
    """Raise CapacityError naming every layer whose cores have too few input or output axons."""
    routes = routes_of(network, placement)
    problems = []
    for number, layer in enumerate(network.layers[1:], start=1):
        incoming = [path for path in routes if path.destination == number]
        outgoing = [path for path in routes if path.source == number]
        placed = placement[number]
        for kind, needed, limit in (
            (
                "input",
                input_axons(incoming, [placement.layers[p.source] for p in incoming], spec),
                spec.capacity.input_axons,
            ),
            ("output", output_axons(placed, outgoing, spec), spec.capacity.output_axons),
        ):
            if needed.max() > limit:
                problems.append(f"{layer.name} needs {needed.max():,} {kind} axons in a core, which has {limit:,}")
    if problems:
        raise CapacityError("\n".join(problems))

"""Routing tables: a placed network as the arrays that the chip's kernels work on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.core.fan_out import FanOut, PacketFlows, ProjectionReach, join_fan_outs, packet_flows
from neurosim.chip.spec import ChipSpec
from neurosim.conversion.projections.projection import Projection
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.placement import LayerPlacement, Placement, route

Array = NDArray[np.int64]
Target = tuple[int, int] | None
RouteParts = tuple[list[ProjectionReach], Array, Target]


@dataclass(frozen=True, eq=False)
class LayerRouting:
    """The routing table of one layer.

    Attributes
    ----------
    partitions : (n, 6) int64
        Rows, columns and channels from-to that each of its cores holds.
    neurons, cores, endpoints : (n,) int64
        Neurons, core and NoC endpoint of each partition.
    fan_out : FanOut
        Routes to its targets.
    targets : tuple
        For each route the layer that it feeds and the first of its sources that this layer is (see
        :class:`neurosim.schedule.plan.Delivery`), or None for the host.
    spill_fan_out, spill_targets
        Those in other groups, which are never on the chip together with this layer.
    """

    partitions: Array
    neurons: Array
    cores: Array
    endpoints: Array
    fan_out: FanOut
    targets: tuple[Target, ...]
    spill_fan_out: FanOut
    spill_targets: tuple[Target, ...]

    @cached_property
    def flows(self) -> PacketFlows:
        """The packet flows from its partitions."""
        return packet_flows(self.partitions, self.fan_out)

    @cached_property
    def spill_flows(self) -> PacketFlows:
        """The packet flows to targets in other groups."""
        return packet_flows(self.partitions, self.spill_fan_out)


@dataclass(frozen=True, eq=False)
class RoutingTables:
    """A placed network: a table per layer, the endpoints with their tiles, and the host port's endpoint."""

    layers: tuple[LayerRouting, ...]
    endpoints: int
    tile_x: Array
    tile_y: Array
    host: int
    tiles_used: int

    @cached_property
    def tiles_of(self) -> tuple[NDArray[np.bool_], ...]:
        """For each layer (rows, columns) bool: the tiles of the mesh that hold it."""
        shape = (int(self.tile_y.max()) + 1, int(self.tile_x.max()) + 1)
        masks = [np.zeros(shape, np.bool_) for _ in self.layers]
        for tiles, table in zip(masks, self.layers, strict=True):
            tiles[self.tile_y[table.endpoints], self.tile_x[table.endpoints]] = True
        return tuple(masks)


def endpoint_of(core: NDArray[np.integer] | int, spec: ChipSpec) -> NDArray[np.int64]:
    """Return the NoC endpoint of a core: each tile has one more local port than cores, for the host."""
    tile, slot = np.divmod(np.asarray(core, np.int64), spec.mesh.cores_per_tile)
    return tile * (spec.mesh.cores_per_tile + 1) + slot


def joined(routes: list[RouteParts], shape: tuple[int, int, int]) -> tuple[FanOut, tuple[Target, ...]]:
    """Return routes out of a map of ``shape`` (rows, columns, channels) as one fan-out and their targets."""
    fan_out = join_fan_outs([reach for reach, _, _ in routes], [ends for _, ends, _ in routes], shape)
    return fan_out, tuple(target for _, _, target in routes)


def projection(synapses: Projection, number: int, placed: LayerPlacement) -> ProjectionReach:
    """Return who reaches which partition of a placed layer over the ``number``-th of its sources."""
    path = route(synapses, number, placed)
    return ProjectionReach(path.rows, path.columns, path.channels, synapses.is_stored)


def routing_tables(network: SpikingNetwork, placement: Placement, spec: ChipSpec) -> RoutingTables:
    """Return the routing tables of ``network`` placed on ``spec``."""
    ports = spec.mesh.cores_per_tile + 1
    host = spec.io.tile * ports + spec.mesh.cores_per_tile
    tile = np.arange(spec.mesh.tiles * ports) // ports
    groups = placement.groups
    layers = []
    for number, layer in enumerate(network.layers):
        shape = layer.map_shape
        routes: dict[bool, list[RouteParts]] = {True: [], False: []}
        for destination, other in enumerate(network.layers):
            indices = [index for index, synapses in enumerate(other.sources) if synapses.source == number]
            if indices:  # one packet for all projections from here
                placed = placement[destination]
                parts = (
                    [projection(other.sources[index], index, placed) for index in indices],
                    endpoint_of(placed.cores, spec),
                    (destination, indices[0]),
                )
                routes[groups[destination] == groups[number]].append(parts)
        if layer.role == "output":
            rows, columns, channels = (np.ones((size, 1), np.int64) for size in shape)
            routes[True].append(
                ([ProjectionReach(rows, columns, channels, is_stored=False)], np.array([host], np.int64), None)
            )
        if number == 0:
            partition = np.array([[0, shape[0], 0, shape[1], 0, shape[2]]], np.int64)
            place = (partition, np.array([layer.neurons]), np.array([-1]), np.array([host]))
        else:
            placed = placement[number]
            cores = placed.cores.ravel().astype(np.int64)
            place = (placed.partitions, placed.neurons, cores, endpoint_of(cores, spec))
        layers.append(LayerRouting(*place, *joined(routes[True], shape), *joined(routes[False], shape)))
    used = np.unique(np.concatenate([tile[table.endpoints] for table in layers]))
    return RoutingTables(tuple(layers), len(tile), tile % spec.mesh.width, tile // spec.mesh.width, host, len(used))

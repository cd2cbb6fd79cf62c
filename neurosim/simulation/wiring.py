"""The wiring: a placed network as the arrays that the chip's kernels work on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.fire import Paths, join_paths
from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.placement import Placement, route

Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LayerWiring:
    """One layer on the chip.

    ``boxes`` (n, 6), ``neurons`` (n,), ``cores`` (n,) and ``endpoints`` (n,) int64 describe its boxes; ``paths`` lead
    to its targets, ``targets[r]`` being the (layer, source number) that route r feeds, or None for the host.
    """

    boxes: Array
    neurons: Array
    cores: Array
    endpoints: Array
    paths: Paths
    targets: tuple[tuple[int, int] | None, ...]


@dataclass(frozen=True, eq=False)
class Wiring:
    """A placed network: its layers, the number of endpoints and each endpoint's tile; ``host`` is the host port's."""

    layers: tuple[LayerWiring, ...]
    endpoints: int
    tile_x: Array
    tile_y: Array
    host: int
    tiles_used: int


def endpoint_of(core: NDArray[np.integer] | int, spec: ChipSpec) -> NDArray[np.int64]:
    """Return the mesh endpoint of a core: each tile has one more local port than cores, for the host."""
    tile, slot = np.divmod(np.asarray(core, np.int64), spec.mesh.cores_per_tile)
    return tile * (spec.mesh.cores_per_tile + 1) + slot


def wire(network: SpikingNetwork, placement: Placement, spec: ChipSpec) -> Wiring:
    """Return the wiring of ``network`` placed on ``spec``."""
    ports = spec.mesh.cores_per_tile + 1
    host = spec.io.tile * ports + spec.mesh.cores_per_tile
    tile = np.arange(spec.mesh.tiles * ports) // ports
    layers = []
    for number, layer in enumerate(network.layers):
        shape = layer.map_shape
        routes, targets = [], []
        for destination, other in enumerate(network.layers):
            for index, synapses in enumerate(other.sources):
                if synapses.source == number:
                    routes.append(route(synapses, index, placement[destination]))
                    targets.append((destination, index))
        reaches = [(path.rows, path.columns, path.channels) for path in routes]
        ends = [endpoint_of(path.cores, spec) for path in routes]
        if layer.role == "output":
            reaches.append(tuple(np.ones((size, 1), np.int64) for size in shape))  # type: ignore[arg-type]
            ends.append(np.array([host], np.int64))
            targets.append(None)  # type: ignore[arg-type]
        paths = join_paths(reaches, ends, shape)
        if number == 0:
            box = np.array([[0, shape[0], 0, shape[1], 0, shape[2]]], np.int64)
            place = (box, np.array([layer.neurons]), np.array([-1]), np.array([host]))
        else:
            placed = placement[number]
            cores = placed.cores.ravel().astype(np.int64)
            place = (placed.boxes, placed.neurons, cores, endpoint_of(cores, spec))
        layers.append(LayerWiring(*place, paths, tuple(targets)))
    used = np.unique(np.concatenate([tile[wired.endpoints] for wired in layers]))
    return Wiring(tuple(layers), len(tile), tile % spec.mesh.width, tile // spec.mesh.width, host, len(used))

"""What a partition of a layer demands of its core, and whether the core has room for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.projections.projection import Projection
from neurosim.conversion.spiking import SpikingLayer, SpikingNetwork
from neurosim.mapping.placement import LayerPlacement
from neurosim.units import plural

BANKS = 2  # of membranes: the potential that the neuron unit updates, and the synapse unit's input accumulator
ENTRY_BITS = 32  # of an axon table; an entry of a graph's neighbour list holds a row of the core and the edge weight


def cut(size: int, parts: int) -> NDArray[np.int64]:
    """Return (parts + 1,) int64 edges that cut ``size`` into parts whose sizes differ by at most one."""
    return (np.arange(parts + 1) * size) // parts


def largest(reach: NDArray[np.int64], edges: NDArray[np.int64]) -> int:
    """Return the largest sum of ``reach`` over one part."""
    return int(np.add.reduceat(reach.sum(0), edges[:-1]).max())


@dataclass(frozen=True)
class CoreDemand:
    """What the largest partition of a layer demands; axons are known only once its neighbours are cut.

    Parameters
    ----------
    neurons : int
        Membranes in the state memory.
    weight_bits : int
        Bits in the synapse memory: weights, and constants of rows that have their own.
    neighbour_bits : int
        Bits of a graph's neighbour lists in the axon memory.
    """

    neurons: int
    weight_bits: int
    neighbour_bits: int = 0

    def shortages(self, spec: ChipSpec) -> Iterator[str]:
        """Yield one phrase for each capacity that is exceeded."""
        capacity = spec.capacity
        if self.neurons > capacity.neurons:
            yield f"{plural(self.neurons, 'neuron')} in a core, which holds {capacity.neurons:,}"
        if self.weight_bits > capacity.synapse_memory_bits:
            yield f"{plural(self.weight_bits, 'weight bit')} in a core, which holds {capacity.synapse_memory_bits:,}"
        if self.neighbour_bits > spec.memories.axon_bits:
            yield f"{self.neighbour_bits:,} bits of neighbours in a core, which holds {spec.memories.axon_bits:,}"
        if spec.memories.overflow == "refuse" and potential_bits(self.neurons, spec) > spec.memories.potential_bits:
            held, size = potential_bits(self.neurons, spec), spec.memories.potential_bits
            yield f"{held:,} bits of potentials in a core, which holds {size:,}"


def too_wide(network: SpikingNetwork, spec: ChipSpec) -> Iterator[str]:
    """Yield one phrase for each word of ``network`` that is wider than the cores'."""
    capacity = spec.capacity
    if network.weight_bits > capacity.weight_bits:
        yield f"{network.name} has weights of {network.weight_bits} bits, {spec.id} stores {capacity.weight_bits}"
    for layer in network.layers[1:]:
        if layer.accumulator_bits > capacity.accumulator_bits:
            yield (
                f"{layer.name} needs an accumulator of {layer.accumulator_bits} bits, "
                f"{spec.id} has {capacity.accumulator_bits}"
            )


def core_demand(
    layer: SpikingLayer, edges: tuple[NDArray[np.int64], ...], weight_bits: int, spec: ChipSpec
) -> CoreDemand:
    """Return what the largest partition of ``layer``, cut at ``edges`` (rows, columns, channels), demands."""
    sizes = [int(np.diff(axis).max()) for axis in edges]
    stored = [synapses for synapses in layer.sources if synapses.is_stored]
    # With weight sharing a core holds whole kernels; without it every synapse has a word.
    words = sum(synapses.fan_in * sizes[2] if spec.weight_sharing else unrolled(synapses, edges) for synapses in stored)
    bits = words * weight_bits + (0 if layer.is_uniform else constant_bits(layer, sizes[0], sizes[2], spec))
    return CoreDemand(int(np.prod(sizes)), bits, int(neighbour_bits(layer, edges[0]).max()))


def shortages(
    layer: SpikingLayer, edges: tuple[NDArray[np.int64], ...], weight_bits: int, spec: ChipSpec
) -> Iterator[str]:
    """Yield one phrase for each capacity that the cores of ``layer``, cut at ``edges``, exceed.

    Without weight sharing a :class:`CoreDemand` adds up the largest of several sources, which need not be in one core;
    where that is too large, the bits of each core are counted.
    """
    demand = core_demand(layer, edges, weight_bits, spec)
    if demand.weight_bits > spec.capacity.synapse_memory_bits:
        bits = int(bits_at(layer, edges, weight_bits, spec).max())
        demand = CoreDemand(demand.neurons, bits, demand.neighbour_bits)
    yield from demand.shortages(spec)


def constant_bits(layer: SpikingLayer, rows: Any, channels: Any, spec: ChipSpec) -> Any:
    """Return the bits of the constants of rows that have their own: a threshold each, and biases if there are any.

    They are in the synapse memory, in words of an accumulator's width, and are read at every neuron update.
    """
    biases = channels if layer.bias.any() else 0
    thresholds = 1 if layer.is_spiking else 0
    return rows * (thresholds + biases) * spec.capacity.accumulator_bits


def neighbour_bits(layer: SpikingLayer, row_edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (row parts,) int64: bits of the neighbour lists in each core of a part, an entry for each edge."""
    bits = np.zeros(len(row_edges) - 1, np.int64)
    for synapses in layer.sources:
        if synapses.kind == "graph":  # others need no list: their reach follows from the position
            bits += ENTRY_BITS * np.add.reduceat(synapses.row_entries, row_edges[:-1])
    return bits


def potential_bits(neurons: Any, spec: ChipSpec) -> Any:
    """Return the bits of so many membranes, each bank as wide as an accumulator."""
    return BANKS * neurons * spec.capacity.accumulator_bits


def axon_bits(layer: SpikingLayer, placed: LayerPlacement, axons: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (cores,) int64: bits of the axon tables in each core of a placed layer, neighbour lists included.

    ``axons`` (cores,) int64 are its input and output axons together.
    """
    _, columns, channels = placed.cores.shape
    return ENTRY_BITS * axons + np.repeat(neighbour_bits(layer, placed.row_edges), columns * channels)


def unrolled(synapses: Projection, edges: tuple[NDArray[np.int64], ...]) -> int:
    """Return the most synapses of any partition, one word each without weight sharing."""
    reaches = (synapses.rows, synapses.columns, synapses.channels)
    return int(np.prod([largest(reach, axis) for reach, axis in zip(reaches, edges, strict=True)]))


def stored_bits(layer: SpikingLayer, placed: LayerPlacement, weight_bits: int, spec: ChipSpec) -> NDArray[np.int64]:
    """Return (cores,) int64: bits of weights and of rows' own constants in each core of a placed layer."""
    return bits_at(layer, placed.edges, weight_bits, spec)


def bits_at(
    layer: SpikingLayer, edges: tuple[NDArray[np.int64], ...], weight_bits: int, spec: ChipSpec
) -> NDArray[np.int64]:
    """Return what :func:`stored_bits` does for a layer cut at ``edges``."""
    rows, _, channels = sizes = [np.diff(axis) for axis in edges]
    shape = tuple(len(size) for size in sizes)
    bits = np.zeros(shape, np.int64)
    if not layer.is_uniform:
        bits += constant_bits(layer, rows[:, None, None], channels[None, None, :], spec)
    for synapses in layer.sources:
        if not synapses.is_stored:
            continue
        if spec.weight_sharing:
            bits += synapses.fan_in * channels * weight_bits  # a kernel for each output channel, shared by positions
        else:
            parts = [
                np.add.reduceat(reach.sum(0), axis[:-1])
                for reach, axis in zip((synapses.rows, synapses.columns, synapses.channels), edges, strict=True)
            ]
            bits += np.einsum("i,j,k->ijk", *parts) * weight_bits
    return bits.ravel()

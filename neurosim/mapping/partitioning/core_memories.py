"""The memories of a core: their sizes, and what each has to hold of every layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.partitioning.axons import axons
from neurosim.mapping.partitioning.core_demand import axon_bits, potential_bits, stored_bits
from neurosim.mapping.placement import Placement


@dataclass(frozen=True)
class CoreMemory:
    """One kind of memory that every core has.

    Parameters
    ----------
    name : str
        For tables and messages.
    field : str
        Path of its size in bits in a chip file.
    """

    name: str
    field: str

    def size_bits(self, spec: ChipSpec) -> int:
        """Return its size in bits."""
        part, size = self.field.split(".")
        return int(getattr(getattr(spec, part), size))


SYNAPSES = CoreMemory("synapse memory", "capacity.synapse_memory_bits")
STATE = CoreMemory("state memory", "memories.potential_bits")
AXONS = CoreMemory("axon memory", "memories.axon_bits")
SPIKES = CoreMemory("spike buffer", "memories.spike_buffer_bits")
MEMORIES = (SYNAPSES, STATE, AXONS, SPIKES)


@dataclass(frozen=True, eq=False)
class MemoryDemand:
    """The most that one kind of memory holds of one layer.

    Layers that take the same cores in turn have the memories to themselves while they are on the chip.

    Parameters
    ----------
    memory : CoreMemory
        Which memory.
    layer : str
        Name of the layer.
    cores : ndarray of int32, (cores,)
        The layer's cores.
    bits : ndarray of int64, (cores,)
        Bits in each of them.
    """

    memory: CoreMemory
    layer: str
    cores: NDArray[np.int32]
    bits: NDArray[np.int64]


def memory_demands(network: SpikingNetwork, placement: Placement, spec: ChipSpec) -> Iterator[MemoryDemand]:
    """Yield what every layer demands of all memories but the spike buffers, whose use depends on the schedule."""
    counted = axons(network, placement, spec)
    for number, layer in enumerate(network.layers[1:], start=1):
        placed = placement[number]
        cores = placed.cores.ravel()
        inputs, outputs = counted[number]
        yield MemoryDemand(SYNAPSES, layer.name, cores, stored_bits(layer, placed, network.weight_bits, spec))
        yield MemoryDemand(STATE, layer.name, cores, potential_bits(placed.neurons, spec))
        yield MemoryDemand(AXONS, layer.name, cores, axon_bits(layer, placed, inputs + outputs))


def overflows(demands: Iterable[MemoryDemand], spec: ChipSpec) -> Iterator[str]:
    """Yield one line for each layer that demands more of a memory than its size, with the size that would do."""
    demands = list(demands)
    for memory in MEMORIES:
        size = memory.size_bits(spec)
        own = [each for each in demands if each.memory == memory and each.bits.max() > size]
        # The size that would do is that for all layers together.
        enough = max((int(each.bits.max()) for each in own), default=0)
        for each in own:
            worst = int(each.bits.argmax())
            others = int((each.bits > size).sum()) - 1
            yield (
                f"{each.layer} needs {each.bits[worst]:,} bits of {memory.name} in core {each.cores[worst]}"
                f"{f' and too many in {others:,} more' if others else ''}, which has {size:,}; "
                f"chip.{memory.field}: {enough} would do"
            )

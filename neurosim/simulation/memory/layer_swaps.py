"""Layer swaps: what moves between the chip and the off-chip memory when layers share cores.

A group of layers is brought in whenever a phase needs it and another group is on the chip; a schedule knows nothing of
this. From then until the next swap it *stays*. Brought in are the group's weights (each core gets its own copy: there
is no multicast), its live membranes, and the spike maps that it accumulates during the stay; taken out are the live
membranes of the group that leaves, and the spike maps that were made during its stay and are accumulated in another. A
spike map moves once, as many bits for each neuron as its spikes have and 8 for a pixel, whatever cores it goes to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.partitioning.core_demand import stored_bits
from neurosim.mapping.placement import Placement
from neurosim.schedule.phase import WorkItem
from neurosim.schedule.plan import PlannedPhase
from neurosim.simulation.memory.live_state import LiveState, map_bits


@dataclass(frozen=True)
class Swap:
    """Bits moved, either way, to bring one group in; ``weight_bits`` by layer."""

    weight_bits: dict[int, int]
    state_bits: int
    spike_bits: int

    @property
    def bits(self) -> int:
        """All bits."""
        return sum(self.weight_bits.values()) + self.state_bits + self.spike_bits

    def ticks(self, spec: ChipSpec) -> int:
        """Return the ticks that the off-chip memory needs for it."""
        return -(-self.bits // spec.offchip.bits_per_tick)

    def words(self, bits: int, spec: ChipSpec) -> int:
        """Return the off-chip words that ``bits`` take."""
        return -(-bits // spec.offchip.word_bits)


class LayerSwaps:
    """Follows the planned phases of one network and finds what each change of group moves."""

    def __init__(self, network: SpikingNetwork, placement: Placement, spec: ChipSpec) -> None:
        self.network = network
        self.spec = spec
        self.members: dict[int, set[int]] = {}
        for layer, group in enumerate(placement.groups):
            self.members.setdefault(group, set()).add(layer)
        self._weight_bits = {
            number: int(np.sum(stored_bits(layer, placement[number], network.weight_bits, spec)))
            for number, layer in enumerate(network.layers[1:], start=1)
        }

    def by_phase(self, planned: Sequence[PlannedPhase]) -> dict[int, Swap]:
        """Return the swap of every phase that brings a group in, by the number of the phase."""
        by_phase: dict[int, Swap] = {}
        live_state = LiveState(self.network, self.spec)
        leaving: set[int] = set()
        stay = stays(planned)
        moved = maps_moved(planned)
        for number, entry in enumerate(planned):
            if entry.brings_in:
                arriving = self.members[entry.resident]
                by_phase[number] = Swap(
                    weight_bits={layer: self._weight_bits[layer] for layer in sorted(arriving - {0})},
                    state_bits=live_state.membrane_bits(leaving | arriving),
                    spike_bits=sum(map_bits(self.network, maps) for maps in moved[stay[number]]),
                )
                leaving = arriving
            live_state.follow(entry)
        return by_phase


def stays(planned: Sequence[PlannedPhase]) -> list[int]:
    """Return for each phase which stay it belongs to: how many groups have been brought in by then."""
    return list(accumulate(int(entry.brings_in) for entry in planned))


def maps_moved(planned: Sequence[PlannedPhase]) -> dict[int, tuple[set[WorkItem], set[WorkItem]]]:
    """Return for each stay the spike maps taken out when it begins, and those brought in."""
    stay = stays(planned)
    arrived: dict[tuple[WorkItem, int, int], int] = {}  # the stay in which a map came to wait for a projection
    moved: dict[int, tuple[set[WorkItem], set[WorkItem]]] = defaultdict(lambda: (set(), set()))
    for number, entry in enumerate(planned):
        for waiting in (*entry.stored, *entry.spilled):
            arrived[waiting.scan, waiting.destination, waiting.projection] = stay[number]
    for number, entry in enumerate(planned):
        for delivery in entry.replays:
            own = arrived[delivery.scan, delivery.destination, delivery.projection]
            if own != stay[number]:
                moved[own + 1][0].add(delivery.scan)
                moved[stay[number]][1].add(delivery.scan)
    return moved

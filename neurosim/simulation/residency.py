"""What moves between the chip and the memory behind it when layers share cores.

A group of layers is brought in whenever a phase needs it and another group is there; nothing of this is known to a
schedule. Brought in are the group's weights (each core gets its own copy: there is no multicast), the live membranes
that it had to leave behind, and the planes of spikes that wait for it; taken out are the live membranes of the group
that leaves and the planes that it fired for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.fit import stored_bits
from neurosim.mapping.placement import Placement
from neurosim.schedule.phase import WorkItem
from neurosim.simulation.liveness import Liveness, plane_bits
from neurosim.simulation.plan import PlannedPhase


@dataclass(frozen=True)
class Movement:
    """Bits moved, either way, to bring one group in; ``weight_bits`` by layer."""

    weight_bits: dict[int, int]
    state_bits: int
    spike_bits: int

    @property
    def bits(self) -> int:
        """All bits."""
        return sum(self.weight_bits.values()) + self.state_bits + self.spike_bits

    def ticks(self, spec: ChipSpec) -> int:
        """Return how long the memory behind the chip needs for it."""
        return -(-self.bits // spec.offchip.bits_per_tick)

    def words(self, bits: int, spec: ChipSpec) -> int:
        """Return the off-chip words that ``bits`` take."""
        return -(-bits // spec.offchip.word_bits)


class Residency:
    """Follows planned phases of one network and says what each change of group moves."""

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

    def movements(self, planned: Sequence[PlannedPhase]) -> dict[int, Movement]:
        """Return the movement of every phase that brings a group in, by the number of the phase."""
        found: dict[int, Movement] = {}
        liveness = Liveness(self.network, self.spec)
        leaving: set[int] = set()
        fired: set[WorkItem] = set()  # for other groups, and not yet taken out
        for number, entry in enumerate(planned):
            arriving = self.members[entry.resident]
            if entry.brings_in:
                wanted = {delivery.plane for delivery in entry.replays}
                found[number] = Movement(
                    weight_bits={layer: self._weight_bits[layer] for layer in sorted(arriving - {0})},
                    state_bits=liveness.membrane_bits(leaving | arriving),
                    spike_bits=plane_bits(self.network, fired) + plane_bits(self.network, wanted),
                )
                fired.clear()
                leaving = arriving
            liveness.follow(entry)
            fired |= {delivery.plane for delivery in entry.spilled}
        return found

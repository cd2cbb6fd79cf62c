"""What moves between the chip and the memory behind it when layers share cores.

A group of layers is brought in whenever a phase needs it and another group is there; nothing of this is known to a
schedule. Brought in are the group's weights (each core gets its own copy: there is no multicast), the state that it had
to leave behind, and the planes of spikes that wait for it; taken out are the state of the group that leaves and the
planes that it fired for others. A membrane bank is moved if it holds anything that is still needed: the inbox from its
first accumulation until it is taken in, the potential from the first scan of an image to the last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.fit import stored_bits
from neurosim.mapping.placement import Placement
from neurosim.schedule.phase import WorkItem
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
        self.groups = placement.groups
        self._bank_bits = [spec.capacity.accumulator_bits * layer.neurons for layer in network.layers]
        self._weight_bits = {
            number: int(np.sum(stored_bits(layer, placement[number], network.weight_bits, spec)))
            for number, layer in enumerate(network.layers[1:], start=1)
        }
        self._banks: dict[tuple[int, int], set[str]] = defaultdict(set)  # by (image, layer)
        self._fired: set[WorkItem] = set()  # planes for other groups, not yet taken out

    def movements(self, planned: Sequence[PlannedPhase]) -> dict[int, Movement]:
        """Return the movement of every phase that brings a group in, by the number of the phase."""
        found = {}
        resident: int | None = None
        for number, entry in enumerate(planned):
            if entry.brings_in:
                found[number] = self._move(resident, entry)
                resident = entry.resident
            self._follow(entry)
        return found

    def _move(self, leaving: int | None, entry: PlannedPhase) -> Movement:
        arriving = entry.resident
        moved = (leaving, arriving)
        state = sum(
            len(banks) * self._bank_bits[layer]
            for (_, layer), banks in self._banks.items()
            if self.groups[layer] in moved
        )
        taken_out = sum(self.network.layers[plane.layer].neurons for plane in self._fired)
        self._fired.clear()
        wanted = {delivery.plane for delivery in entry.replays}
        brought_in = sum(self.network.layers[plane.layer].neurons for plane in wanted)
        weights = {layer: bits for layer, bits in self._weight_bits.items() if self.groups[layer] == arriving}
        return Movement(weights, state, taken_out + brought_in)

    def _follow(self, entry: PlannedPhase) -> None:
        """Keep account of what the phase leaves in the membranes and in spilled planes."""
        for item in entry.phase.items:
            layer = self.network.layers[item.layer]
            if layer.role == "input":
                continue
            banks = self._banks[item.image, item.layer]
            is_last = item.step == self.network.model.updates(layer.role) - 1
            is_cached = layer.role == "first" and not self.network.model.waits_for_all_steps
            if is_last or not is_cached:
                banks.discard("inbox")
            banks.add("potential")
            if is_last:
                banks.clear()
        for delivery in (*entry.replays, *entry.direct):
            self._banks[delivery.plane.image, delivery.destination].add("inbox")
        for delivery in entry.spilled:
            self._fired.add(delivery.plane)

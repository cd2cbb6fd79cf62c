"""Live state of an inference: membranes in use, and spikes that wait.

A membrane has two banks. The input accumulator is live from the first accumulation for a scan until that scan takes it
in; the potential from an image's first scan of the layer to its last. A spike map is live from its scan until the last
of its destinations has accumulated it, and takes as many bits a neuron as a spike has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.schedule.phase import WorkItem
from neurosim.schedule.plan import Delivery, PlannedPhase

PIXEL_BITS = 8  # as the host's words carry them


class LiveState:
    """Follows planned phases, one after the other; its sizes are those between two phases."""

    def __init__(self, network: SpikingNetwork, spec: ChipSpec) -> None:
        self.network = network
        self._bank_bits = [spec.capacity.accumulator_bits * layer.neurons for layer in network.layers]
        self._banks: dict[tuple[int, int], set[str]] = defaultdict(set)  # by (image, layer)
        self._waiting: set[Delivery] = set()

    def follow(self, entry: PlannedPhase) -> None:
        """Apply one phase."""
        for item in entry.phase.items:
            self._scan(item)
        self._waiting |= {*entry.held, *entry.stored, *entry.spilled}
        self._waiting -= set(entry.replays)
        for delivery in (*entry.replays, *entry.direct):
            self._banks[delivery.scan.image, delivery.destination].add("input")

    def _scan(self, item: WorkItem) -> None:
        layer, model = self.network.layers[item.layer], self.network.model
        if layer.role == "input":
            return
        banks = self._banks[item.image, item.layer]
        if not (layer.role == "first" and model.keeps_input):
            banks.discard("input")
        banks.add("potential")
        if item.step == model.scans(layer.role) - 1:
            banks.clear()

    def membrane_bits(self, layers: Collection[int] | None = None) -> int:
        """Return the bits of live membrane banks, of all layers or of some."""
        return sum(
            len(banks) * self._bank_bits[layer]
            for (_, layer), banks in self._banks.items()
            if layers is None or layer in layers
        )

    def spike_bits(self) -> int:
        """Return the bits of the spike maps that wait."""
        return map_bits(self.network, {delivery.scan for delivery in self._waiting})


def emitted_bits(network: SpikingNetwork, layer: int) -> int:
    """Return the bits of what one neuron of ``layer`` emits in one step: a spike, or a pixel if it is the host's."""
    is_pixel = network.layers[layer].role == "input" and network.model.reads_pixels
    return PIXEL_BITS if is_pixel else network.model.spike_bits


def map_bits(network: SpikingNetwork, maps: Collection[WorkItem]) -> int:
    """Return the bits of whole spike maps."""
    return sum(network.layers[scan.layer].neurons * emitted_bits(network, scan.layer) for scan in maps)


def peak_bits(network: SpikingNetwork, spec: ChipSpec, planned: Sequence[PlannedPhase]) -> int:
    """Return the most bits, of membranes and waiting spikes together, that are live after any phase."""
    live_state, peak = LiveState(network, spec), 0
    for entry in planned:
        live_state.follow(entry)
        peak = max(peak, live_state.membrane_bits() + live_state.spike_bits())
    return peak

"""Event-driven inference of one image: what every scan and every accumulation does to the membranes.

The schedule decides the order; nothing here knows about time. Each scan is kept with everything that determines its
packets, so that the same image can be timed again without being computed again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.core.accumulate_kernels import Events, accumulate, accumulate_neighbours, add_identity, collect
from neurosim.chip.core.neuron_scan import SpikeTimes, spike_times
from neurosim.chip.core.neuron_unit import NeuronUnit
from neurosim.chip.core.spike_packets import PacketList, packet_list
from neurosim.chip.spec import ChipSpec
from neurosim.conversion.projections.graph_window import GraphWindow
from neurosim.conversion.projections.projection import POINT, Projection, Window
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.neurons.model import Membrane
from neurosim.schedule.phase import WorkItem
from neurosim.schedule.plan import Delivery, PlannedPhase
from neurosim.simulation.routing import LayerRouting, RoutingTables


@dataclass(frozen=True, eq=False)
class Scan:
    """One scan of one layer: its spikes, the operations counted, and which neurons send packets.

    Attributes
    ----------
    spikes : (rows, columns, channels) integers
        uint8; the host's are the image, unless the model has it send spikes.
    active : (rows, columns, channels) bool
        Neurons that had input, a potential or a bias: the others cannot fire.
    unit : NeuronUnit
        What the neuron units did.
    sent : (rows, columns, channels) integers
        Which neurons send packets, and how many to each destination if ``is_unary``.
    table : LayerRouting
        Where they go.
    group_ticks : (2, lanes + 1) int64
        Ticks of a group of neurons; see :func:`neurosim.chip.core.neuron_scan.spike_times`.
    gap_ticks : int
        Between two packets of a core.
    is_unary : bool
        Whether a spike of n is n packets.
    """

    spikes: NDArray[np.integer]
    active: NDArray[np.bool_]
    unit: NeuronUnit
    sent: NDArray[np.integer]
    table: LayerRouting
    group_ticks: NDArray[np.int64]
    gap_ticks: int
    is_unary: bool

    @property
    def spike_times(self) -> SpikeTimes:
        """The spikes that are sent, and when."""
        return spike_times(self.sent, self.active, self.table.partitions, self.group_ticks, self.is_unary)

    @cached_property
    def packet_list(self) -> PacketList:
        """The packets, listed when the chip first asks for them."""
        return packet_list(self.spike_times, self.gap_ticks, self.table.fan_out, self.table.flows)


class EventDrivenRun:
    """The state of one image: membranes, and the scans and starts of steps so far, by (layer, step)."""

    def __init__(
        self, network: SpikingNetwork, routing: RoutingTables, spec: ChipSpec, image: NDArray[np.integer]
    ) -> None:
        self.network = network
        self.routing = routing
        self.spec = spec
        self.image = image
        self.scans: dict[tuple[int, int], Scan] = {}
        self.step_begins: dict[tuple[int, int], NeuronUnit] = {}
        self.membranes = [
            Membrane(np.zeros(layer.map_shape, layer.potential_dtype), np.zeros(layer.map_shape, layer.potential_dtype))
            for layer in network.layers
        ]
        self._touched = [np.zeros(layer.map_shape, np.bool_) for layer in network.layers]
        self._events: dict[tuple[int, int, Window], Events] = {}

    @property
    def logits(self) -> NDArray[np.integer]:
        """Potentials of the output layer, (neurons,)."""
        return self.membranes[-1].potential.ravel()

    def perform(self, planned: PlannedPhase) -> None:
        """Do the part of one phase that concerns this image: scans, starts of steps, then accumulations."""
        for item in planned.phase.items:
            self.scans[item.layer, item.step] = self.scan(item)
        by_step: list[tuple[int, int, WorkItem | Delivery]] = [(item.step, 0, item) for item in planned.step_begins]
        by_step += [(delivery.step, 1, delivery) for delivery in (*planned.replays, *planned.direct)]
        for _, _, part in sorted(by_step, key=lambda entry: entry[:2]):
            if isinstance(part, Delivery):
                self.accumulate(part)
            else:
                self.begin_step(part)

    def begin_step(self, item: WorkItem) -> None:
        """Do the start-of-step update of one layer: prepare its input accumulators for the spikes of one step."""
        unit = NeuronUnit(self.spec.neuron_unit)
        layer = self.network.layers[item.layer]
        self.network.model.begin_step(unit, layer, self.membranes[item.layer], item.step)
        self.step_begins[item.layer, item.step] = unit

    def scan(self, item: WorkItem) -> Scan:
        """Let one layer fire once; layer 0 is the host sending the image."""
        number, step = item.layer, item.step
        layer, table = self.network.layers[number], self.routing.layers[number]
        unit = NeuronUnit(self.spec.neuron_unit)
        if layer.role == "input":
            no_time, gap = np.zeros((2, 2), np.int64), self.spec.io.ticks_per_word
            sent = self.network.model.encode_input(self.image, int(layer.threshold), step)
            return Scan(sent, sent != 0, unit, sent, table, no_time, gap, is_unary=False)
        membrane = self.membranes[number]
        # A cached first layer takes its input in again at each scan, though nothing new has arrived.
        waiting = (membrane.potential != 0) | (membrane.input_accumulator != 0)
        active = self._touched[number] | (layer.bias != 0) | waiting
        self._touched[number] = np.zeros(layer.map_shape, np.bool_)
        spikes = self.network.model.update(unit, layer, membrane, step).astype(np.uint8, copy=False)
        is_last = step == self.network.model.scans(layer.role) - 1
        sent = spikes
        if layer.role == "output":
            sent = np.full(layer.map_shape, is_last, np.uint8)
        elif self.spec.spike_format == "packed":
            earlier = (self.scans[number, before].spikes for before in range(step))
            sent = (sum(earlier, start=spikes) > 0).view(np.uint8) if is_last else np.zeros_like(spikes)
        gap, is_unary = self.spec.neuron_unit.axon_out_ticks, not self.network.model.is_graded
        return Scan(
            spikes, active, unit, sent, table, unit.group_ticks(int(table.neurons.max(initial=1))), gap, is_unary
        )

    def accumulate(self, delivery: Delivery) -> None:
        """Add one spike map to the input accumulators of one of its destinations."""
        for synapses in self.network.layers[delivery.destination].reading(delivery.scan.layer):
            self._accumulate(delivery, synapses)

    def _accumulate(self, delivery: Delivery, synapses: Projection) -> None:
        input_accumulator = self.membranes[delivery.destination].input_accumulator
        source, step = delivery.scan.layer, delivery.scan.step
        graded = self.network.layers[source].role == "input" and self.network.model.reads_pixels
        spikes = self.scans[source, step].spikes
        pool = synapses.pool or POINT
        key = (source, step, pool)
        if key not in self._events:
            self._events[key] = collect(spikes, pool.kernel, pool.stride, pool.padding, graded)
        events, window = self._events[key], synapses.window
        if synapses.kind == "identity":
            place = (*events.shape, events.first, events.channel)
            weight = input_accumulator.dtype.type(synapses.weights)
            add_identity(input_accumulator, *place, weight, *window.stride, synapses.channel_offset)
        elif isinstance(window, GraphWindow):
            readers = window.neighbours
            accumulate_neighbours(
                input_accumulator, events, synapses.weights, readers.first, readers.source, window.weights
            )
        else:
            accumulate(input_accumulator, events, synapses.weights, window.stride, window.padding, synapses.groups)
        if not self.network.layers[delivery.destination].bias.all():  # a neuron with a bias is active anyway
            self._touched[delivery.destination] |= synapses.touched(spikes)

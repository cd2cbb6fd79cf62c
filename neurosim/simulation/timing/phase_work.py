"""From a planned phase and the scans in it to the work of the chip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.chip import PhaseWork
from neurosim.chip.core.fan_out import UNSPLIT
from neurosim.chip.core.neuron_scan import spike_times
from neurosim.chip.core.neuron_unit import NeuronUnit
from neurosim.chip.core.spike_packets import PacketList, PacketSums, packet_sums
from neurosim.chip.core.synapse_unit import store_ticks, words, work_ticks
from neurosim.chip.noc.packets import Traffic, TrafficSums
from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.kernels import kernel
from neurosim.schedule.phase import WorkItem
from neurosim.schedule.plan import PlannedPhase
from neurosim.simulation.functional.event_driven import EventDrivenRun, Scan
from neurosim.simulation.routing import RoutingTables, Target

Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ScanLoad:
    """What one scan sends, and how much work that is for its destinations.

    ``sums`` is (4, routes, endpoints) int64: packets, synapses, words fetched, ticks of fetching and adding.
    ``work_ticks`` is (routes, largest reach + 1) int64: ticks for a packet of a route with that reach.
    """

    packets: PacketSums
    sums: Array
    work_ticks: Array


@dataclass(frozen=True, eq=False)
class Service:
    """The service of a packet by route: fixed ``ticks`` (routes,), and the ticks of its work where it ``adds``."""

    ticks: Array
    adds: NDArray[np.bool_]

    def of(self, work_ticks: Array) -> Array:
        """Return the ticks of packets, given their work in ticks (routes, n)."""
        return self.ticks[:, None] + self.adds[:, None] * work_ticks


class ScanLoads:
    """The loads of scans, each computed once, and the work of the phases made from them."""

    def __init__(self, network: SpikingNetwork, routing: RoutingTables, spec: ChipSpec) -> None:
        self.network = network
        self.routing = routing
        self.spec = spec
        self._loads: dict[tuple[int, str], tuple[NeuronUnit, ScanLoad]] = {}  # by a scan's own neuron unit, kept alive
        self._demands: dict[tuple[int, bool], tuple[Array, Array]] = {}

    def of(self, layer: int, scan: Scan) -> ScanLoad:
        """Return the load of what one scan of ``layer`` sent over the mesh."""
        return self._load(layer, scan, "sent")

    def sums(self, layer: int, scan: Scan, target: tuple[int, int]) -> Array:
        """Return (4, endpoints) int64: the work of the spikes of one scan of ``layer`` for one target, now or later."""
        table = self.routing.layers[layer]
        if target not in table.targets:
            return self._load(layer, scan, "spilled").sums[:, table.spill_targets.index(target)]
        is_packed = self.spec.spike_format == "packed" and self.network.layers[layer].is_spiking
        return self._load(layer, scan, "packed" if is_packed else "sent").sums[:, table.targets.index(target)]

    def _load(self, layer: int, scan: Scan, kind: Literal["sent", "spilled", "packed"]) -> ScanLoad:
        """Return the load of a scan, or of a spike map that is accumulated later and was not sent when it fired."""
        key = id(scan.unit), kind
        if key not in self._loads:
            table = self.routing.layers[layer]
            spilled = kind == "spilled"
            fan_out, flows = (table.spill_fan_out, table.spill_flows) if spilled else (table.fan_out, table.flows)
            if kind == "sent":
                times, gap_ticks = scan.spike_times, scan.gap_ticks
            else:
                no_time = np.zeros((2, 2), np.int64)
                times, gap_ticks = spike_times(scan.spikes, scan.active, table.partitions, no_time, scan.is_unary), 0
            words_of, work_of = self._demand(layer, spilled)
            sent = packet_sums(times, gap_ticks, fan_out, flows, words_of, work_of)
            sums = np.zeros((4, len(work_of) * self.routing.endpoints), np.int64)
            place = flows.route * self.routing.endpoints + flows.endpoint
            for total, by_flow in zip(sums, sent.sums[:4], strict=True):
                np.add.at(total, place, by_flow)
            self._loads[key] = scan.unit, ScanLoad(sent, sums.reshape(4, len(work_of), -1), work_of)
        return self._loads[key][1]

    def _demand(self, layer: int, spilled: bool) -> tuple[Array, Array]:
        """Return words and ticks (routes, largest reach + 1) for a packet of a route with that reach."""
        if (layer, spilled) not in self._demands:
            table, unit = self.routing.layers[layer], self.spec.synapse_unit
            fan_out, targets = (table.spill_fan_out, table.spill_targets) if spilled else (table.fan_out, table.targets)
            reach = np.arange(fan_out.most + 1, dtype=np.int64)
            radix = fan_out.radix[:, None] if targets else np.full((1, 1), UNSPLIT)
            stored = np.array([self._is_stored(target, layer) for target in targets] or [False])
            words_of = stored[:, None] * words(reach % radix, self.network.weight_bits, unit)
            self._demands[layer, spilled] = words_of, work_ticks(reach // radix + reach % radix, words_of, unit)
        return self._demands[layer, spilled]

    def forget(self, inference: EventDrivenRun) -> None:
        """Drop the loads of an inference; with its packets, an image of VGG16 takes tens of megabytes."""
        for scan in inference.scans.values():
            for kind in ("sent", "spilled", "packed"):
                self._loads.pop((id(scan.unit), kind), None)

    def _is_stored(self, target: Target, source: int) -> bool:
        return target is not None and any(s.is_stored for s in self.network.layers[target[0]].reading(source))

    def work(self, planned: PlannedPhase, run_of: Callable[[int], EventDrivenRun]) -> PhaseWork:
        """Return the chip's work in one phase; ``inference_of`` gives the inference of an image's number."""
        begin_ticks = np.zeros(self.routing.endpoints, np.int64)
        for item in planned.step_begins:
            unit = run_of(item.image).step_begins[item.layer, item.step]
            table = self.routing.layers[item.layer]
            begin_ticks[table.endpoints] += pass_ticks(unit, table.neurons)
        ready = begin_ticks.copy()
        for delivery in planned.replays:
            scan = run_of(delivery.scan.image).scans[delivery.scan.layer, delivery.scan.step]
            ready += self.sums(delivery.scan.layer, scan, (delivery.destination, delivery.projection))[3]
        scan_ticks = np.zeros(self.routing.endpoints, np.int64)
        senders: list[tuple[Array, Scan, ScanLoad, Service]] = []
        for item in planned.phase.items:
            scan = run_of(item.image).scans[item.layer, item.step]
            endpoints, load = self.routing.layers[item.layer].endpoints, self.of(item.layer, scan)
            scan_ticks[endpoints] += load.packets.scan_ticks
            senders.append((endpoints, scan, load, self._service(planned, item)))

        def list_packets() -> Traffic:
            listed = [
                (endpoints, scan.packet_list, service.of(load.work_ticks)) for endpoints, scan, load, service in senders
            ]
            return assemble(listed, begin_ticks, ready)

        summed = [(endpoints, load.packets, service) for endpoints, _, load, service in senders]
        return PhaseWork(add_up(summed, begin_ticks), list_packets, begin_ticks, scan_ticks, ready)

    def _service(self, planned: PlannedPhase, item: WorkItem) -> Service:
        """Return the service of the packets of one scan; they are accumulated at once, stored, or both."""
        unit, targets = self.spec.synapse_unit, self.routing.layers[item.layer].targets
        stored = {(d.destination, d.projection) for d in planned.stored if d.scan == item}
        added = {(d.destination, d.projection) for d in planned.direct if d.scan == item} if stored else set()
        ticks = np.full(len(targets) or 1, unit.axon_ticks)
        adds = np.ones(len(ticks), np.bool_)
        for number, target in enumerate(targets):
            if target is None:
                ticks[number], adds[number] = self.spec.io.ticks_per_word, False
            elif target in stored:
                ticks[number], adds[number] = store_ticks(unit) + unit.axon_ticks, target in added
        return Service(ticks, adds)


def pass_ticks(unit: NeuronUnit, neurons: Array) -> Array:
    """Return (partitions,) int64: ticks of a pass over ``neurons`` (partitions,) in which nothing fires."""
    if unit.is_idle:
        return np.zeros_like(neurons)
    ticks: Array = -(-neurons // unit.stages.lanes) * unit.group_ticks(0)[1, 0]
    return ticks


def add_up(senders: Sequence[tuple[Array, PacketSums, Service]], begin_ticks: Array) -> TrafficSums:
    """Return the traffic sums of several scans, given as (endpoints of their partitions, packet sums, service).

    A core sends after its neuron unit's start-of-step update, ``begin_ticks``.
    """
    columns: list[tuple[Array, ...]] = [(np.zeros(0, np.int64),) * 6]
    for endpoints, sent, service in senders:
        packets, _, _, work, first, last, done = sent.sums
        source, later = endpoints[sent.flows.partition], begin_ticks[endpoints[sent.flows.partition]]
        ticks, adds = service.ticks[sent.flows.route], service.adds[sent.flows.route]
        latest = np.where(adds, done, last) + ticks + later
        services = packets * ticks + adds * work
        columns.append((source, sent.flows.endpoint, packets, first + later, latest, services))
    if len(columns) == 2:
        return TrafficSums(*columns[1])
    return TrafficSums(*(np.concatenate(parts) for parts in zip(*columns, strict=True)))


def assemble(senders: Sequence[tuple[Array, PacketList, Array]], begin_ticks: Array, ready: Array) -> Traffic:
    """Return the traffic of several scans, given as (endpoints of their partitions, packet list, service ticks).

    Service ticks are by route and reach. A core sends after its neuron unit's start-of-step update, ``begin_ticks``.
    """
    first = np.zeros(len(ready) + 1, np.int64)
    for endpoints, listed, _ in senders:
        np.add.at(first, endpoints + 1, listed.packets)
    first = np.cumsum(first)
    destination = np.empty(first[-1], np.int32)
    inject, service = np.empty(first[-1], np.int64), np.empty(first[-1], np.int64)
    at = first[:-1].copy()
    for endpoints, listed, ticks in senders:
        packets = (listed.first, listed.destination, listed.route, listed.reach, listed.inject_ticks)
        line_up(endpoints, *packets, ticks, begin_ticks, at, destination, inject, service)
    return Traffic(first, destination, inject, service, ready)


@kernel
def line_up(
    endpoints: Array,
    first: Array,
    destination_of: NDArray[np.int32],
    route_of: NDArray[np.int16],
    reach_of: NDArray[np.int32],
    inject_of: Array,
    ticks_of: Array,
    begin_ticks: Array,
    at: Array,
    destination: NDArray[np.int32],
    inject: Array,
    service: Array,
) -> None:
    """Append the packets of one scan, partition by partition, to those that their sources send already.

    endpoints : (partitions,) int64
    first to inject_of : the arrays of its :class:`PacketList`
    ticks_of  : (routes, largest reach + 1) int64; service ticks
    begin_ticks : (endpoints,) int64; added to the inject ticks
    at        : (endpoints,) int64, modified; where the next packet of each source goes
    destination, inject, service : (all packets,), written
    """
    for partition in range(len(endpoints)):
        source = endpoints[partition]
        # One core's packets, in the order of its scan; the scan starts after the start-of-step update.
        place, later = at[source], begin_ticks[source]
        for packet in range(first[partition], first[partition + 1]):
            destination[place] = destination_of[packet]
            inject[place] = inject_of[packet] + later
            service[place] = ticks_of[route_of[packet], reach_of[packet]]
            place += 1
        at[source] = place

"""From a planned phase and the scans in it to the work that the chip is asked to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numba
import numpy as np
from numpy.typing import NDArray

from neurosim.chip.chip import Work
from neurosim.chip.fire import Emission, fire
from neurosim.chip.neuron_unit import NeuronUnit
from neurosim.chip.router import Traffic
from neurosim.chip.spec import ChipSpec
from neurosim.chip.synapse_unit import store_ticks, tally, words, work_ticks
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.schedule.phase import WorkItem
from neurosim.simulation.inference import Inference, Scan
from neurosim.simulation.plan import PlannedPhase
from neurosim.simulation.wiring import Target, Wiring

Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Load:
    """What the packets of one scan ask of their destinations.

    ``sums`` is (4, routes, endpoints) int64: packets, synapses, words fetched, ticks of fetching and adding.
    ``work_ticks`` is (routes, largest fan-out + 1) int64: ticks for a packet of a route that reaches so many synapses.
    """

    sums: Array
    work_ticks: Array


class Loads:
    """The loads of scans, each computed once, and the phases put together from them."""

    def __init__(self, network: SpikingNetwork, wiring: Wiring, spec: ChipSpec) -> None:
        self.network = network
        self.wiring = wiring
        self.spec = spec
        self._loads: dict[tuple[int, str], tuple[NeuronUnit, Load]] = {}  # by a scan's own neuron unit, kept alive

    def of(self, layer: int, scan: Scan) -> Load:
        """Return the load of what one scan of ``layer`` sent over the mesh."""
        key = id(scan.unit), "sent"
        if key not in self._loads:
            self._loads[key] = scan.unit, self._load(scan.emission, self.wiring.layers[layer].targets)
        return self._loads[key][1]

    def sums(self, layer: int, scan: Scan, target: tuple[int, int]) -> Array:
        """Return (4, endpoints) int64: what the spikes of one scan of ``layer`` ask of one target, now or later."""
        wired = self.wiring.layers[layer]
        if target not in wired.targets:
            return self._plane(layer, scan, "spilled").sums[:, wired.spill_targets.index(target)]
        is_packed = self.spec.spike_format == "packed" and self.network.layers[layer].is_spiking
        load = self._plane(layer, scan, "packed") if is_packed else self.of(layer, scan)
        return load.sums[:, wired.targets.index(target)]

    def _plane(self, layer: int, scan: Scan, kind: Literal["spilled", "packed"]) -> Load:
        """Return the load of a plane that was not sent when it was fired, as it is accumulated later."""
        key = id(scan.unit), kind
        if key not in self._loads:
            wired = self.wiring.layers[layer]
            spilled = kind == "spilled"
            paths, targets = (wired.spill_paths, wired.spill_targets) if spilled else (wired.paths, wired.targets)
            no_time, is_unary = np.zeros((2, 2), np.int64), not self.network.model.is_graded
            emission = fire(scan.spikes, scan.active, wired.boxes, no_time, 0, paths, is_unary)
            self._loads[key] = scan.unit, self._load(emission, targets)
        return self._loads[key][1]

    def _load(self, emission: Emission, targets: Sequence[Target]) -> Load:
        unit = self.spec.synapse_unit
        stored = np.array([self._is_stored(target) for target in targets] or [False])
        fan_outs = np.arange(emission.fan_out.max(initial=0) + 1, dtype=np.int64)
        words_by_route = stored[:, None] * words(fan_outs, self.network.weight_bits, unit)
        work_by_route = work_ticks(fan_outs, words_by_route, unit)
        packets = (emission.destination, emission.route, emission.fan_out)
        return Load(tally(*packets, words_by_route, work_by_route, self.wiring.endpoints), work_by_route)

    def forget(self, inference: Inference) -> None:
        """Let the loads of an inference go; an image of VGG16 leaves tens of megabytes."""
        for scan in inference.scans.values():
            for kind in ("sent", "spilled", "packed"):
                self._loads.pop((id(scan.unit), kind), None)

    def _is_stored(self, target: Target) -> bool:
        return target is not None and self.network.layers[target[0]].sources[target[1]].is_stored

    def work(self, planned: PlannedPhase, inference_of: Callable[[int], Inference]) -> Work:
        """Return the chip's work in one phase; ``inference_of`` gives the inference of an image's number."""
        opening = np.zeros(self.wiring.endpoints, np.int64)
        for item in planned.openings:
            unit = inference_of(item.image).openings[item.layer, item.step]
            wired = self.wiring.layers[item.layer]
            opening[wired.endpoints] += sweep_ticks(unit, wired.neurons)
        ready = opening.copy()
        for delivery in planned.replays:
            scan = inference_of(delivery.plane.image).scans[delivery.plane.layer, delivery.plane.step]
            ready += self.sums(delivery.plane.layer, scan, (delivery.destination, delivery.synapses))[3]
        scanning = np.zeros(self.wiring.endpoints, np.int64)
        senders: list[tuple[Array, Emission, Array]] = []
        for item in planned.phase.items:
            scan = inference_of(item.image).scans[item.layer, item.step]
            endpoints = self.wiring.layers[item.layer].endpoints
            scanning[endpoints] += scan.emission.scan_ticks
            senders.append((endpoints, scan.emission, self._service(planned, item, scan)))
        return Work(assemble(senders, opening, ready), opening, scanning)

    def _service(self, planned: PlannedPhase, item: WorkItem, scan: Scan) -> Array:
        """Return ticks at the destination by route and fan-out; packets are accumulated there, stored, or both."""
        unit = self.spec.synapse_unit
        by_route = unit.axon_ticks + self.of(item.layer, scan).work_ticks
        kept = {(d.destination, d.synapses) for d in planned.stored if d.plane == item}
        added = {(d.destination, d.synapses) for d in planned.direct if d.plane == item} if kept else set()
        for number, target in enumerate(self.wiring.layers[item.layer].targets):
            if target is None:
                by_route[number] = self.spec.io.ticks_per_word
            elif target in kept:
                by_route[number] = store_ticks(unit) + (by_route[number] if target in added else unit.axon_ticks)
        return by_route


def sweep_ticks(unit: NeuronUnit, neurons: Array) -> Array:
    """Return (boxes,) int64: ticks of a sweep over ``neurons`` (boxes,) in which nothing fires."""
    if unit.is_idle:
        return np.zeros_like(neurons)
    return -(-neurons // unit.stages.lanes) * unit.group_ticks()[1, 0]


def assemble(senders: Sequence[tuple[Array, Emission, Array]], opening: Array, ready: Array) -> Traffic:
    """Return the traffic of several emissions, given as (endpoints of their boxes, emission, service ticks).

    Service ticks are by route and fan-out. A core sends after its neuron unit's ``opening``.
    """
    first = np.zeros(len(ready) + 1, np.int64)
    for endpoints, emission, _ in senders:
        np.add.at(first, endpoints + 1, emission.packets)
    first = np.cumsum(first)
    destination = np.empty(first[-1], np.int32)
    inject, service = np.empty(first[-1], np.int64), np.empty(first[-1], np.int64)
    at = first[:-1].copy()
    for endpoints, emission, ticks in senders:
        packets = (emission.first, emission.destination, emission.route, emission.fan_out, emission.inject_ticks)
        line_up(endpoints, *packets, ticks, opening, at, destination, inject, service)
    return Traffic(first, destination, inject, service, ready)


@numba.njit(cache=True, nogil=True)
def line_up(
    endpoints,
    first,
    destination_of,
    route_of,
    fan_out_of,
    inject_of,
    ticks_of,
    opening,
    at,
    destination,
    inject,
    service,
):
    """Put the packets of one emission, box by box, behind those that their sources send already.

    endpoints : (boxes,) int64; ``first`` to ``inject_of`` are those of the emission
    ticks_of  : (routes, largest fan-out + 1) int64; service ticks
    opening   : (endpoints,) int64; added to the inject ticks
    at        : (endpoints,) int64, modified; where the next packet of each source goes
    destination, inject, service : (all packets,), written
    """
    for box in range(len(endpoints)):
        source = endpoints[box]
        place, later = at[source], opening[source]
        for packet in range(first[box], first[box + 1]):
            destination[place] = destination_of[packet]
            inject[place] = inject_of[packet] + later
            service[place] = ticks_of[route_of[packet], fan_out_of[packet]]
            place += 1
        at[source] = place

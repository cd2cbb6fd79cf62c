"""Operation counts: what a run did, written into its ledger under the names of the vocabulary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.chip import PhaseResult
from neurosim.chip.core.neuron_unit import NeuronUnit, count_in_partitions, sum_in_partitions
from neurosim.chip.core.spike_packets import PACKETS
from neurosim.chip.spec import ChipSpec
from neurosim.conversion.projections.graph_window import GraphWindow
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.ledger import vocabulary
from neurosim.ledger.ledger import CHIP_WIDE, Ledger
from neurosim.mapping.partitioning.core_demand import constant_bits
from neurosim.schedule.plan import Delivery, PlannedPhase
from neurosim.simulation.counting.nonzero_events import count_events, count_nonzero
from neurosim.simulation.functional.event_driven import EventDrivenRun, Scan
from neurosim.simulation.memory.live_state import PIXEL_BITS, emitted_bits
from neurosim.simulation.routing import RoutingTables
from neurosim.simulation.timing.phase_clock import ImageTiming
from neurosim.simulation.timing.phase_work import ScanLoads

Array = NDArray[np.int64]

PAYLOAD_BITS = 32  # one flit: the unit of every table that prices a packet or a hop

ADD, SHIFT, COMPARE, RESET, MULTIPLY, READ, WRITE, FETCH, LOOKUP, STORE, REPLAY, RELOAD = (
    vocabulary.need(name)
    for name in (
        "add", "shift", "compare", "reset", "multiply", "potential_read", "potential_write", "weight_read",
        "axon_lookup", "spike_buffer_write", "spike_buffer_read", "weight_reload",
    )
)  # fmt: skip
PACKET, HOP_EW, HOP_NS, INPUT_WORD, OUTPUT_WORD = (
    vocabulary.need(name) for name in ("packet", "hop_ew", "hop_ns", "input_word", "output_word")
)
WITHIN_TILE, ROUTER, BARRIER_GLOBAL, BARRIER_LOCAL, BARRIER_TILES, STATE_RESET = (
    vocabulary.need(name).name
    for name in ("within_tile_spike", "router", "barrier_global", "barrier_local", "barrier_tiles", "state_reset")
)
BUSY, STALLED, WAITING, CHIP_TICK, ACTIVE, INACTIVE, SPIKE_OUT = (
    vocabulary.need(name).name
    for name in (
        "core_busy", "core_stalled", "core_waiting", "chip_tick", "neuron_update_active", "neuron_update_inactive",
        "spike_out",
    )
)  # fmt: skip
EVENT = {
    kind: vocabulary.need(f"synaptic_event_{name}").name
    for kind, name in (
        ("conv", "conv"),
        ("linear", "dense"),
        ("graph", "sparse"),
        ("graded", "graded"),
        ("nonzero", "nonzero"),
    )
}
STAGE = {operation.name: operation for operation in (ADD, SHIFT, COMPARE, RESET, MULTIPLY)}


class OperationCounter:
    """Counts the work of a run into ``ledger``; one method for each kind of event."""

    def __init__(
        self,
        network: SpikingNetwork,
        routing: RoutingTables,
        spec: ChipSpec,
        loads: ScanLoads,
        groups: Sequence[int] = (),
    ) -> None:
        self.network = network
        self.routing = routing
        self.spec = spec
        self.loads = loads
        self.groups = groups or [0] * len(network.layers)
        self.ledger = Ledger()
        self._accumulator = spec.capacity.accumulator_bits
        core_of = np.full(routing.endpoints, CHIP_WIDE, np.int64)
        for table in routing.layers:
            core_of[table.endpoints] = table.cores
        self._core_of = core_of

    def phase(self, planned: PlannedPhase, inference: EventDrivenRun, result: PhaseResult) -> None:
        """Count the scans, starts of steps and accumulations of one phase."""
        times = (result.start, result.end)
        for item in planned.phase.items:
            scan = inference.scans[item.layer, item.step]
            if self.network.layers[item.layer].role != "input":
                self.neuron_updates(item.layer, item.step, scan.unit, times)
                self.visits(item.layer, item.step, scan, times)
            self.packets(item.layer, item.step, scan, times)
        for item in planned.step_begins:
            unit = inference.step_begins[item.layer, item.step]
            if not unit.is_idle:
                self.neuron_updates(item.layer, item.step, unit, times)
        for delivery in (*planned.direct, *planned.replays):
            layer = delivery.scan.layer
            scan = inference.scans[layer, delivery.scan.step]
            self.accumulation(layer, delivery.step, scan, (delivery.destination, delivery.projection), times)
        # Spikes from the off-chip memory are written into the buffer before they are first read.
        fetched = [d for d in planned.replays if self.groups[d.scan.layer] != self.groups[d.destination]]
        fetched = [d for d in fetched if d.step == self._first_reading(d)]
        written = [(d, STORE) for d in (*planned.stored, *fetched)]
        for delivery, operation in (*written, *((d, REPLAY) for d in planned.replays)):
            self.buffering(delivery, operation, inference, times)

    def buffering(
        self, delivery: Delivery, operation: vocabulary.Operation, inference: EventDrivenRun, times: tuple[int, int]
    ) -> None:
        """Count the accesses of a spike buffer for one spike map, or for all steps that came packed in one word."""
        layer, step = delivery.scan.layer, delivery.scan.step
        scan, target = inference.scans[layer, step], (delivery.destination, delivery.projection)
        table, ends = self.routing.layers[layer], self.routing.layers[delivery.destination].endpoints
        is_word = self.spec.spike_format == "packed" and target in table.targets
        if is_word and step < self.network.steps - 1:
            return
        if is_word:
            counted, width = self.loads.of(layer, scan).sums[0, table.targets.index(target), ends], self.network.steps
        else:
            counted, width = self._sums(layer, scan, target)[0][0], 1
        if not scan.is_unary:  # a packet carries the whole spike, or pixel
            counted = counted * emitted_bits(self.network, layer)
        self.ledger.add(
            delivery.destination, step, self._core_of[ends], operation.named("bits", width), counted, *times
        )

    def _first_reading(self, delivery: Delivery) -> int:
        """Return the first step of its destination's input as which a spike map is read."""
        order = self.network.model.input_order(self.network.layers[delivery.destination].role)
        return order.index(delivery.scan.step)

    def neuron_updates(self, layer: int, step: int, unit: NeuronUnit, times: tuple[int, int]) -> None:
        """Count what the neuron units of ``layer`` did in one pass over their neurons."""
        table = self.routing.layers[layer]
        fired = (
            np.zeros_like(table.neurons) if unit.fired is None else count_in_partitions(unit.fired, table.partitions)
        )
        done: dict[str, Array] = defaultdict(lambda: np.zeros_like(table.neurons))
        for operation, often in unit.everywhere.items():
            done[operation] += table.neurons * often
        for operation, often in unit.where_fired.items():
            done[operation] += fired * often
        for operation, often in unit.once.items():
            done[operation][0] += often
        for operation, often in unit.by_row.items():
            done[operation] += (table.partitions[:, 1] - table.partitions[:, 0]) * often
        for operation, mask in unit.somewhere:
            done[operation] += count_in_partitions(mask, table.partitions)
        counts = {STAGE[operation].named("int", self._accumulator): often for operation, often in done.items()}
        counts[READ.named("bits", self._accumulator)] = table.neurons
        written = count_in_partitions(unit.written(self.network.layers[layer].map_shape), table.partitions)
        counts[WRITE.named("bits", self._accumulator)] = written
        self.ledger.add_each(layer, step, table.cores, counts, *times)
        if not self.network.layers[layer].is_uniform:
            self.constants(layer, step, times)

    def constants(self, layer: int, step: int, times: tuple[int, int]) -> None:
        """Count the words that a pass reads because rows have thresholds and biases of their own."""
        table, word = self.routing.layers[layer], self.spec.synapse_unit.word_bits
        rows, channels = (table.partitions[:, axis + 1] - table.partitions[:, axis] for axis in (0, 4))
        bits = constant_bits(self.network.layers[layer], rows, channels, self.spec)
        self.ledger.add(layer, step, table.cores, FETCH.named("bits", word), -(-bits // word), *times)

    def visits(self, layer: int, step: int, scan: Scan, times: tuple[int, int]) -> None:
        """Count the neurons visited, active or not, and those that fired."""
        table = self.routing.layers[layer]
        active = count_in_partitions(scan.active, table.partitions)
        spikes = scan.spikes.astype(np.bool_) if self.network.model.is_graded else scan.spikes
        fired = sum_in_partitions(spikes, table.partitions)
        counts = {ACTIVE: active, INACTIVE: table.neurons - active, SPIKE_OUT: fired}
        self.ledger.add_each(layer, step, table.cores, counts, *times)

    def packets(self, layer: int, step: int, scan: Scan, times: tuple[int, int]) -> None:
        """Count the packets that a scan sent and the hops they took."""
        table = self.routing.layers[layer]
        sent = self.loads.of(layer, scan).packets
        x, y = self.routing.tile_x, self.routing.tile_y
        source, destination, packets = table.endpoints[sent.flows.partition], sent.flows.endpoint, sent.sums[PACKETS]
        east_west, north_south = np.abs(x[destination] - x[source]), np.abs(y[destination] - y[source])
        sent_by_partition, hops_ew, hops_ns, within = (
            sent.by_partition(counts)
            for counts in (
                packets,
                packets * east_west,
                packets * north_south,
                packets * (east_west + north_south == 0),
            )
        )
        counted = {
            PACKET.named("bits", PAYLOAD_BITS): sent_by_partition,
            HOP_EW.named("bits", PAYLOAD_BITS): hops_ew,
            HOP_NS.named("bits", PAYLOAD_BITS): hops_ns,
            WITHIN_TILE: within,
            ROUTER: sent_by_partition + hops_ew + hops_ns,
        }
        self.ledger.add_each(layer, step, table.cores, counted, *times)
        port, words = self.spec.io.word_bits, int(packets.sum())
        role = self.network.layers[layer].role
        if role == "input":
            self.ledger.add(layer, step, CHIP_WIDE, INPUT_WORD.named("bits", port), words, *times)
        if role == "output":
            self.ledger.add(layer, step, CHIP_WIDE, OUTPUT_WORD.named("bits", port), words, *times)

    def accumulation(self, source: int, step: int, scan: Scan, target: tuple[int, int], times: tuple[int, int]) -> None:
        """Count what the synapse units of one destination did with one spike map."""
        destination = target[0]
        projections = self.network.layers[destination].reading(source)
        (packets, reached, words, _), ends = self._sums(source, scan, target)
        from_host = self.network.layers[source].role == "input" and self.network.multiplies_input
        graded = from_host or self.network.model.is_graded
        partitions = self.routing.layers[destination].partitions
        by_kind: dict[str, Array] = {}
        lookups, added, weighted = packets, np.zeros_like(packets), np.zeros_like(packets)
        for synapses in projections:
            events = reached if len(projections) == 1 else count_events(synapses, scan.spikes, partitions, graded)
            nonzero = count_nonzero(synapses, scan.spikes, partitions, graded) if synapses.is_stored else events
            own = events if self.spec.zero_weights == "add" else nonzero
            added = added + own
            if synapses.is_stored:
                for name, count in (
                    (EVENT["graded" if graded else synapses.kind], events),
                    (EVENT["nonzero"], nonzero),
                ):
                    by_kind[name] = by_kind.get(name, 0) + count
            if isinstance(synapses.window, GraphWindow):
                # Beside the packet's own entry, one is looked up for each neighbour in the core.
                lookups = lookups + events // (partitions[:, 5] - partitions[:, 4])
                weighted = weighted + own * synapses.window.is_weighted
        counts = {
            ADD.named("int", self._accumulator): added,
            LOOKUP.named("bits", PAYLOAD_BITS): lookups,
            FETCH.named("bits", self.spec.synapse_unit.word_bits): words,
            READ.named("bits", self._accumulator): added,
            WRITE.named("bits", self._accumulator): added,
        }
        if graded:
            width = max(PIXEL_BITS if from_host else self.network.model.spike_bits, self.network.weight_bits)
            counts[MULTIPLY.named("int", width)] = added
        self.ledger.add_each(destination, step, self._core_of[ends], counts | by_kind, *times)
        if any(isinstance(synapses.window, GraphWindow) and synapses.window.is_weighted for synapses in projections):
            name = MULTIPLY.named("int", self.network.weight_bits)  # by the edge's weight
            self.ledger.add(destination, step, self._core_of[ends], name, weighted, *times)

    def _sums(self, source: int, scan: Scan, target: tuple[int, int]) -> tuple[Array, Array]:
        """Return (4, partitions) sums of one route at its partitions, and their endpoints."""
        ends = self.routing.layers[target[0]].endpoints
        return self.loads.sums(source, scan, target)[:, ends], ends

    def image(self, timing: ImageTiming) -> None:
        """Count what concerns a whole inference: barriers, reloads, the state reset, and the cores' time."""
        for reach, tiles in timing.barriers:
            self.ledger.add(CHIP_WIDE, 0, CHIP_WIDE, BARRIER_GLOBAL if reach == "global" else BARRIER_LOCAL, 1)
            self.ledger.add(CHIP_WIDE, 0, CHIP_WIDE, BARRIER_TILES, tiles)
        self.ledger.add(CHIP_WIDE, 0, CHIP_WIDE, STATE_RESET, 1)
        self.ledger.add(CHIP_WIDE, 0, CHIP_WIDE, CHIP_TICK, timing.elapsed, 0, timing.elapsed)
        reload = RELOAD.named("bits", self.spec.offchip.word_bits)
        for swap in timing.swaps:
            for layer, bits in swap.weight_bits.items():
                self.ledger.add(layer, 0, CHIP_WIDE, reload, swap.words(bits, self.spec))
            others = swap.words(swap.state_bits + swap.spike_bits, self.spec)
            self.ledger.add(CHIP_WIDE, 0, CHIP_WIDE, reload, others)
        for group in sorted(set(self.groups)):
            self._core_time(group, timing)

    def _core_time(self, group: int, timing: ImageTiming) -> None:
        """Count the cores' time while one group was on the chip; cores that it does not use wait, for no layer."""
        elapsed = sum(span for span, resident in zip(timing.spans, timing.residents, strict=True) if resident == group)
        busy, stalled = timing.total("busy", group), timing.total("stalled", group)
        idle = set(self._core_of[self._core_of != CHIP_WIDE].tolist())
        for number, table in enumerate(self.routing.layers[1:], start=1):
            if self.groups[number] != group:
                continue
            worked, waited = busy[table.endpoints], stalled[table.endpoints]
            self.ledger.add(number, 0, table.cores, BUSY, worked, 0, timing.elapsed)
            self.ledger.add(number, 0, table.cores, STALLED, waited, 0, timing.elapsed)
            self.ledger.add(number, 0, table.cores, WAITING, elapsed - worked - waited, 0, timing.elapsed)
            idle -= set(table.cores.tolist())
        cores = np.array(sorted(idle), np.int64)
        self.ledger.add(CHIP_WIDE, 0, cores, WAITING, np.full(len(cores), elapsed, np.int64), 0, timing.elapsed)


def expected_operations(
    network: SpikingNetwork, spec: ChipSpec, planned: Sequence[PlannedPhase] | None = None
) -> set[str]:
    """Return every name that a run of ``network`` on ``spec`` may count, so that missing prices are known beforehand.

    Without its ``planned`` phases, spike buffers are expected wherever some schedule would use them, and no layers that
    share cores.
    """
    accumulator, word, port = spec.capacity.accumulator_bits, spec.synapse_unit.word_bits, spec.io.word_bits
    names = {STAGE[operation].named("int", accumulator) for operation in network.model.operations}
    widths = {PIXEL_BITS} if network.multiplies_input else set()
    widths |= {network.model.spike_bits} if network.model.is_graded else set()
    windows = [synapses.window for layer in network.layers for synapses in layer.sources]
    weighted = any(isinstance(window, GraphWindow) and window.is_weighted for window in windows)
    widths |= {network.weight_bits} if weighted else set()
    names |= {MULTIPLY.named("int", max(bits, network.weight_bits)) for bits in widths}
    names |= {READ.named("bits", accumulator), WRITE.named("bits", accumulator), FETCH.named("bits", word)}
    names |= {operation.named("bits", PAYLOAD_BITS) for operation in (LOOKUP, PACKET, HOP_EW, HOP_NS)}
    joins = any(len({synapses.source for synapses in layer.sources}) > 1 for layer in network.layers)
    in_turn = network.model.lookahead("hidden") == network.model.scans("hidden") - 1
    buffers = joins or not in_turn or spec.spike_format == "packed"
    if planned is not None and any(entry.brings_in for entry in planned):
        names.add(RELOAD.named("bits", spec.offchip.word_bits))
    if buffers if planned is None else any(entry.stored or entry.spilled for entry in planned):
        width = network.steps if spec.spike_format == "packed" else 1
        names |= {operation.named("bits", bits) for operation in (STORE, REPLAY) for bits in {1, width}}
    names |= {INPUT_WORD.named("bits", port), OUTPUT_WORD.named("bits", port)}
    names |= {WITHIN_TILE, ROUTER, BARRIER_GLOBAL, BARRIER_LOCAL, BARRIER_TILES, STATE_RESET}
    names |= {BUSY, STALLED, WAITING, CHIP_TICK, ACTIVE, INACTIVE, SPIKE_OUT}
    kinds = {synapses.kind for layer in network.layers for synapses in layer.sources if synapses.is_stored}
    return names | {EVENT[kind] for kind in kinds} | {EVENT["graded"], EVENT["nonzero"]}

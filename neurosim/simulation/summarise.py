"""From an observation to the results that a record stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.ledger.record import (
    Accuracy,
    Activity,
    BarrierFacts,
    ChipFacts,
    ConversionFacts,
    CoreFacts,
    CoreUse,
    Duration,
    LatencyParts,
    LayerResult,
    LinkUse,
    MemoryFacts,
    MemoryUse,
    NetworkFacts,
    NocFacts,
    Result,
    Slice,
)
from neurosim.mapping.partitioning.axons import axons
from neurosim.mapping.partitioning.core_demand import stored_bits
from neurosim.mapping.partitioning.core_memories import CoreMemory, MemoryDemand
from neurosim.mapping.placement import Placement
from neurosim.simulation.observe import Observation

DIRECTIONS = ("E", "W", "N", "S")


def network_facts(network: SpikingNetwork) -> NetworkFacts:
    """Return the facts of a converted network; its layers are those with weights."""
    return NetworkFacts(
        name=network.name,
        layers=len(network.layers) - 1,
        neurons=network.neurons,
        synapses=network.synapses,
        weights=network.weights,
        weights_origin=network.weights_origin,
    )


def conversion_facts(network: SpikingNetwork, accumulator_bits: int) -> ConversionFacts:
    """Return how a network was converted, for accumulators of so many bits."""
    model = network.model
    return ConversionFacts(
        kind=model.kind,
        steps=network.steps,
        levels=network.levels,
        weight_bits=network.weight_bits,
        accumulator_bits=accumulator_bits,
        rate_code=max(map(model.spike_weight, decoded_steps(network))) == 1 and network.steps > 1,
        linear_in_spikes=model.is_linear_in_spikes,
    )


def chip_facts(spec: ChipSpec) -> ChipFacts:
    """Return the facts of a chip that a report needs."""
    return ChipFacts(
        id=spec.id,
        title=spec.title,
        tick_ns=spec.tick_ns,
        synchronous=spec.synchronous,
        width=spec.mesh.width,
        height=spec.mesh.height,
        cores_per_tile=spec.mesh.cores_per_tile,
        io_tile=spec.io.tile,
        link_ticks=spec.mesh.link_ticks,
        synapse_memory_bits=spec.capacity.synapse_memory_bits,
        word_bits=spec.synapse_unit.word_bits,
        memory_bits=memory_bits(spec),
        notes=spec.notes,
        skips_zeros=spec.zero_weights == "skip",
    )


def memory_bits(spec: ChipSpec) -> dict[str, int]:
    """Return the size in bits of the memory that each operation accesses, by the operation's name."""
    memories = spec.memories
    return {
        "weight_read": spec.capacity.synapse_memory_bits,
        "potential_read": memories.potential_bits,
        "potential_write": memories.potential_bits,
        "axon_lookup": memories.axon_bits,
        "spike_buffer_read": memories.spike_buffer_bits,
        "spike_buffer_write": memories.spike_buffer_bits,
    }


def slices(network: SpikingNetwork, placement: Placement, spec: ChipSpec) -> Iterator[Slice]:
    """Yield one row for every core's part of a layer."""
    counted = axons(network, placement, spec)
    for number, layer in enumerate(network.layers[1:], start=1):
        placed = placement[number]
        columns = (
            placed.cores.ravel(),
            placed.partitions,
            placed.neurons,
            stored_bits(layer, placed, network.weight_bits, spec),
            *counted[number],
            np.full(placed.cores.size, placement.groups[number]),
        )
        for core, partition, *numbers in zip(*(column.tolist() for column in columns), strict=True):
            y0, y1, x0, x1, c0, c1 = partition
            yield Slice(number, layer.name, core, (y0, y1), (x0, x1), (c0, c1), *numbers)


def result(name: str, observation: Observation, spec: ChipSpec, memories: Iterable[MemoryDemand]) -> Result:
    """Return the facts of one (network, schedule); see :class:`neurosim.ledger.record.Result`.

    ``memories`` is what the memories of its cores hold.
    """
    network, timings = observation.network, observation.timings
    images = len(timings)
    totals = observation.ledger.totals()
    elapsed = sum(timing.elapsed for timing in timings)
    links = observation.link_packets
    cores = list(core_use(observation, spec, elapsed))
    spikes = float(observation.spikes[:, decoded_steps(network)].sum())
    per_neuron = spikes / network.neurons
    packets = sum(count for op, count in totals.items() if op.startswith("packet"))
    hops = sum(count for op, count in totals.items() if op.startswith("hop_"))
    accumulator = spec.capacity.accumulator_bits
    reloaded = sum(swap.bits for timing in timings for swap in timing.swaps) // images
    return Result(
        name=name,
        conversion=conversion_facts(network, accumulator),
        lossless=observation.lossless_check.verdict(),
        accuracy=accuracy(observation),
        activity=Activity(spikes, per_neuron, per_neuron / network.steps),
        schedule=observation.schedule.kind,
        latency=duration(round(elapsed / images), spec),
        initiation_interval=duration(observation.interval_ticks, spec),
        latency_parts=latency_parts(observation),
        noc=NocFacts(
            observation.model,
            packets // images,
            hops // images,
            int(links.max(initial=0)) * spec.mesh.link_ticks // images,
        ),
        cores=CoreFacts(
            used=len(cores),
            busy_fraction=sum(core.busy for core in cores) / (elapsed * len(cores)),
            busiest=max(cores, key=lambda core: core.busy).core,
        ),
        barriers=BarrierFacts(
            global_=sum(reach == "global" for reach, _ in timings[0].barriers),
            local=sum(reach == "local" for reach, _ in timings[0].barriers),
            ticks=timings[0].barrier_ticks,
        ),
        memory=MemoryFacts(
            observation.peak_bits, network.weights * network.weight_bits, reloaded, tuple(memory_use(memories, spec))
        ),
        counts={op: count / images for op, count in totals.items()},
        counts_total=totals,
        elapsed_ticks=elapsed,
        layers=tuple(layer_results(observation, elapsed)),
        core_use=tuple(cores),
        link_use=tuple(link_use(links, spec, elapsed)),
    )


def memory_use(memories: Iterable[MemoryDemand], spec: ChipSpec) -> Iterator[MemoryUse]:
    """Yield how full each kind of memory is in the cores that use it."""
    by_memory: dict[CoreMemory, list[MemoryDemand]] = {}
    for content in memories:
        by_memory.setdefault(content.memory, []).append(content)
    for memory, own in by_memory.items():
        fullest = max(own, key=lambda content: int(content.bits.max()))
        core = int(fullest.bits.argmax())
        yield MemoryUse(
            memory=memory.name,
            size_bits=memory.size_bits(spec),
            peak_bits=int(fullest.bits[core]),
            mean_bits=float(np.concatenate([content.bits for content in own]).mean()),
            layer=fullest.layer,
            core=int(fullest.cores[core]),
        )


def accuracy(observation: Observation) -> Accuracy | None:
    """Return how many predictions were correct, one per image or per position of the output's map."""
    if observation.correct is None:
        return None
    _, rows, columns = observation.network.layers[-1].shape
    return Accuracy(observation.labelled, observation.correct, "images" if rows * columns == 1 else "nodes")


def decoded_steps(network: SpikingNetwork) -> list[int]:
    """Return the scans of a hidden layer whose spikes encode its activation; a first pass may only prepare them."""
    return [step for step in range(network.model.scans("hidden")) if network.model.spike_weight(step) > 0]


def duration(ticks: int, spec: ChipSpec) -> Duration:
    """Return a time in ticks and seconds."""
    return Duration(ticks, ticks * spec.tick_ns * 1e-9)


def latency_parts(observation: Observation) -> LatencyParts:
    """Return the parts of the mean latency; rounding is left to the mesh part, so that they add up."""
    images = len(observation.timings)
    host = compute = 0
    for timing in observation.timings:
        for planned, result in zip(observation.planned, timing.phase_results, strict=True):
            if planned.phase.items and all(item.layer == 0 for item in planned.phase.items):
                host += result.ticks
            else:
                compute += max(result.bounds["neuron scan"], result.bounds["accumulate"])
    whole = round(sum(timing.elapsed for timing in observation.timings) / images)
    barrier = sum(timing.barrier_ticks for timing in observation.timings)
    reload = sum(timing.reload_ticks for timing in observation.timings)
    host, compute, barrier, reload = (ticks // images for ticks in (host, compute, barrier, reload))
    return LatencyParts(host, compute, whole - host - compute - barrier - reload, barrier, reload)


def layer_results(observation: Observation, elapsed: int) -> Iterator[LayerResult]:
    """Yield one result per layer, the host input included."""
    images = len(observation.timings)
    by_layer = observation.ledger.by("layer", "op")
    decoded = decoded_steps(observation.network)
    for number, layer in enumerate(observation.network.layers):
        table = observation.routing.layers[number]
        packets = sum(n for (own, op), n in by_layer.items() if own == number and op.startswith("packet"))
        busy = by_layer.get((number, "core_busy"), 0)
        ticks, bound = own_phases(observation, number)
        residuals = (synapses for synapses in layer.sources if not synapses.is_stored)
        read = Counter(observation.network.model.input_order(layer.role)).values()
        identity = max(read) * sum(synapses.events(observation.events_of(synapses.source)) for synapses in residuals)
        yield LayerResult(
            number=number,
            name=layer.name,
            role=layer.role,
            shape=layer.shape,
            neurons=layer.neurons,
            synapses=sum(int(synapses.fan_out().sum()) for synapses in layer.sources),
            weights=sum(synapses.weights.size for synapses in layer.sources if synapses.is_stored),
            macs=layer.macs,
            macs_effective=float(observation.effective_macs[number]),
            cores=0 if layer.role == "input" else len(table.cores),
            ticks=ticks // images,
            busy_fraction=busy / (elapsed * len(table.cores)),
            spikes_by_step=tuple(observation.spikes[number, decoded].tolist()) if layer.is_spiking else (),
            packets=packets / images,
            bound=bound,
            identity_adds=identity / images,
        )


def own_phases(observation: Observation, layer: int) -> tuple[int, str]:
    """Return the ticks of the phases in which ``layer`` was scanned, and their critical resource."""
    ticks, bounds = 0, {"neuron scan": 0, "accumulate": 0, "link": 0}
    for timing in observation.timings:
        for planned, result in zip(observation.planned, timing.phase_results, strict=True):
            if any(item.layer == layer for item in planned.phase.items):
                ticks += result.ticks
                for bound in bounds:
                    bounds[bound] += result.bounds[bound]
    largest = max(bounds, key=lambda bound: bounds[bound])
    # Where the busiest single resource explains less than half of the time, packets waiting in the NoC took it.
    return ticks, largest if 2 * bounds[largest] >= ticks else "mesh"


def core_use(observation: Observation, spec: ChipSpec, elapsed: int) -> Iterator[CoreUse]:
    """Yield how every core in use spent its time, in the order of the cores."""
    core_ticks = observation.ledger.by("core", "op")
    layers_of: dict[int, list[int]] = {}
    neurons: dict[int, int] = {}
    for number, table in enumerate(observation.routing.layers[1:], start=1):
        for core, count in zip(table.cores.tolist(), table.neurons.tolist(), strict=True):
            layers_of.setdefault(core, []).append(number)
            neurons[core] = neurons.get(core, 0) + count
    for core in sorted(layers_of):
        tile, slot = divmod(core, spec.mesh.cores_per_tile)
        busy, stalled = (core_ticks.get((core, op), 0) for op in ("core_busy", "core_stalled"))
        y, x = divmod(tile, spec.mesh.width)
        yield CoreUse(core, x, y, slot, tuple(layers_of[core]), neurons[core], busy, stalled, elapsed - busy - stalled)


def link_use(links: NDArray[np.int64], spec: ChipSpec, elapsed: int) -> Iterator[LinkUse]:
    """Yield every link that carried packets."""
    for tile, direction in np.argwhere(links > 0).tolist():
        y, x = divmod(tile, spec.mesh.width)
        packets = int(links[tile, direction])
        yield LinkUse(x, y, DIRECTIONS[direction], packets, packets * spec.mesh.link_ticks / elapsed)  # type: ignore[arg-type]

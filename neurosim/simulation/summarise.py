"""From an observation to the facts that are kept of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

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
        for core, box, *numbers in zip(*(column.tolist() for column in columns), strict=True):
            y0, y1, x0, x1, c0, c1 = box
            yield Slice(number, layer.name, core, (y0, y1), (x0, x1), (c0, c1), *numbers)


def result(name: str, seen: Observation, spec: ChipSpec, memories: Iterable[MemoryDemand]) -> Result:
    """Return the facts of one (network, schedule); see :class:`neurosim.ledger.record.Result`.

    ``memories`` is what the memories of its cores hold.
    """
    network, runs = seen.network, seen.runs
    images = len(runs)
    totals = seen.ledger.totals()
    elapsed = sum(run.elapsed for run in runs)
    links = seen.link_packets
    cores = list(core_use(seen, spec, elapsed))
    spikes = float(seen.spikes[:, decoded_steps(network)].sum())
    per_neuron = spikes / network.neurons
    packets = sum(count for op, count in totals.items() if op.startswith("packet"))
    hops = sum(count for op, count in totals.items() if op.startswith("hop_"))
    accumulator = spec.capacity.accumulator_bits
    reloaded = sum(movement.bits for run in runs for movement in run.movements) // images
    return Result(
        name=name,
        conversion=conversion_facts(network, accumulator),
        lossless=seen.proof.verdict(),
        accuracy=accuracy(seen),
        activity=Activity(spikes, per_neuron, per_neuron / network.steps),
        schedule=seen.schedule.kind,
        latency=duration(round(elapsed / images), spec),
        initiation_interval=duration(seen.interval_ticks, spec),
        latency_parts=latency_parts(seen),
        noc=NocFacts(
            seen.model, packets // images, hops // images, int(links.max(initial=0)) * spec.mesh.link_ticks // images
        ),
        cores=CoreFacts(
            used=len(cores),
            busy_fraction=sum(core.busy for core in cores) / (elapsed * len(cores)),
            busiest=max(cores, key=lambda core: core.busy).core,
        ),
        barriers=BarrierFacts(
            global_=sum(reach == "global" for reach, _ in runs[0].barriers),
            local=sum(reach == "local" for reach, _ in runs[0].barriers),
            ticks=runs[0].barrier_ticks,
        ),
        memory=MemoryFacts(
            seen.peak_bits, network.weights * network.weight_bits, reloaded, tuple(memory_use(memories, spec))
        ),
        counts={op: count / images for op, count in totals.items()},
        counts_total=totals,
        elapsed_ticks=elapsed,
        layers=tuple(layer_results(seen, elapsed)),
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


def accuracy(seen: Observation) -> Accuracy | None:
    """Return how many answers were right, one an image or one a position of the output's map."""
    if seen.correct is None:
        return None
    _, rows, columns = seen.network.layers[-1].shape
    return Accuracy(seen.judged, seen.correct, "images" if rows * columns == 1 else "nodes")


def decoded_steps(network: SpikingNetwork) -> list[int]:
    """Return the scans of a hidden layer whose spikes stand for its activation; a first pass may only prepare them."""
    return [step for step in range(network.model.scans("hidden")) if network.model.spike_weight(step) > 0]


def duration(ticks: int, spec: ChipSpec) -> Duration:
    """Return a time in ticks and seconds."""
    return Duration(ticks, ticks * spec.tick_ns * 1e-9)


def latency_parts(seen: Observation) -> LatencyParts:
    """Return where the mean latency went; rounding is left to the mesh part, so that the parts add up."""
    images = len(seen.runs)
    host = compute = 0
    for run in seen.runs:
        for planned, passage in zip(seen.planned, run.passages, strict=True):
            if planned.phase.items and all(item.layer == 0 for item in planned.phase.items):
                host += passage.ticks
            else:
                compute += max(passage.bounds["neuron scan"], passage.bounds["accumulate"])
    whole = round(sum(run.elapsed for run in seen.runs) / images)
    barrier = sum(run.barrier_ticks for run in seen.runs)
    reload = sum(run.reload_ticks for run in seen.runs)
    host, compute, barrier, reload = (ticks // images for ticks in (host, compute, barrier, reload))
    return LatencyParts(host, compute, whole - host - compute - barrier - reload, barrier, reload)


def layer_results(seen: Observation, elapsed: int) -> Iterator[LayerResult]:
    """Yield one result per layer, the host input included."""
    images = len(seen.runs)
    by_layer = seen.ledger.by("layer", "op")
    decoded = decoded_steps(seen.network)
    for number, layer in enumerate(seen.network.layers):
        wired = seen.wiring.layers[number]
        packets = sum(n for (own, op), n in by_layer.items() if own == number and op.startswith("packet"))
        busy = by_layer.get((number, "core_busy"), 0)
        ticks, bound = own_phases(seen, number)
        residuals = (synapses for synapses in layer.sources if not synapses.is_stored)
        read = Counter(seen.network.model.input_order(layer.role)).values()
        identity = max(read) * sum(synapses.events(seen.events_of(synapses.source)) for synapses in residuals)
        yield LayerResult(
            number=number,
            name=layer.name,
            role=layer.role,
            shape=layer.shape,
            neurons=layer.neurons,
            synapses=sum(int(synapses.fan_out().sum()) for synapses in layer.sources),
            weights=sum(synapses.weights.size for synapses in layer.sources if synapses.is_stored),
            macs=layer.macs,
            macs_effective=float(seen.effective_macs[number]),
            cores=0 if layer.role == "input" else len(wired.cores),
            ticks=ticks // images,
            busy_fraction=busy / (elapsed * len(wired.cores)),
            spikes_by_step=tuple(seen.spikes[number, decoded].tolist()) if layer.is_spiking else (),
            packets=packets / images,
            bound=bound,
            identity_adds=identity / images,
        )


def own_phases(seen: Observation, layer: int) -> tuple[int, str]:
    """Return the ticks of the phases in which ``layer`` was scanned, and what bound them most."""
    ticks, bounds = 0, {"neuron scan": 0, "accumulate": 0, "link": 0}
    for run in seen.runs:
        for planned, passage in zip(seen.planned, run.passages, strict=True):
            if any(item.layer == layer for item in planned.phase.items):
                ticks += passage.ticks
                for bound in bounds:
                    bounds[bound] += passage.bounds[bound]
    largest = max(bounds, key=lambda bound: bounds[bound])
    # Where the busiest single resource explains less than half, it was waiting in the mesh that took the time.
    return ticks, largest if 2 * bounds[largest] >= ticks else "mesh"


def core_use(seen: Observation, spec: ChipSpec, elapsed: int) -> Iterator[CoreUse]:
    """Yield how every core in use spent its time, in the order of the cores."""
    spent = seen.ledger.by("core", "op")
    held: dict[int, list[int]] = {}
    neurons: dict[int, int] = {}
    for number, wired in enumerate(seen.wiring.layers[1:], start=1):
        for core, count in zip(wired.cores.tolist(), wired.neurons.tolist(), strict=True):
            held.setdefault(core, []).append(number)
            neurons[core] = neurons.get(core, 0) + count
    for core in sorted(held):
        tile, slot = divmod(core, spec.mesh.cores_per_tile)
        busy, stalled = (spent.get((core, op), 0) for op in ("core_busy", "core_stalled"))
        y, x = divmod(tile, spec.mesh.width)
        yield CoreUse(core, x, y, slot, tuple(held[core]), neurons[core], busy, stalled, elapsed - busy - stalled)


def link_use(links: np.ndarray, spec: ChipSpec, elapsed: int) -> Iterator[LinkUse]:
    """Yield every link that carried packets."""
    for tile, direction in np.argwhere(links > 0).tolist():
        y, x = divmod(tile, spec.mesh.width)
        packets = int(links[tile, direction])
        yield LinkUse(x, y, DIRECTIONS[direction], packets, packets * spec.mesh.link_ticks / elapsed)  # type: ignore[arg-type]

"""One experiment, from a workload file to a finished run: the path of the data, each step somebody else's work.

``prepare`` does everything that can be refused, so that what ``perform`` has begun will also end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from neurosim import provenance
from neurosim.chip.spec import ChipSpec
from neurosim.conversion.precision.precision_notes import precision_notes
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.energy.cost_comparison import compare_costs, conditions
from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.price import of_one_each, unpriced
from neurosim.energy.tables.table import Table, need_scope
from neurosim.errors import CapacityError, PricingError
from neurosim.experiments.inputs import convert_for, measured, network_and_stimulus
from neurosim.experiments.run import Run, Watch, unwatched
from neurosim.files.energy_tables.energy_table import read_tables
from neurosim.files.runs.stored_traffic import read_traffic
from neurosim.files.workload import read_workload, resolved_inputs
from neurosim.files.workload_schema import ConversionConfig, EnergyConfig, MappingConfig, Workload
from neurosim.ledger.record import Record, StimulusFacts
from neurosim.mapping.partitioning.core_memories import MemoryDemand, memory_demands, overflows
from neurosim.mapping.placement import Placement
from neurosim.mapping.traffic_estimate import TrafficEstimate
from neurosim.network.graph import Network
from neurosim.plugins import resolve
from neurosim.schedule.phase import Schedule
from neurosim.simulation.counting.counters import expected_operations
from neurosim.simulation.functional.activity_profile import profile_activity
from neurosim.simulation.host_memory import ACTIVITY as ASSUMED_ACTIVITY
from neurosim.simulation.host_memory import (
    HostMemory,
    available_bytes,
    check_memory,
    lists_packets,
    peak_bytes,
    predict,
)
from neurosim.simulation.image_run import processes_for
from neurosim.simulation.memory.spike_buffers import spike_buffers
from neurosim.simulation.observe import check_legal, observe, plan_images
from neurosim.simulation.planner import phases_of, planned_stream
from neurosim.simulation.summarise import chip_facts, network_facts, result, slices
from neurosim.simulation.workers.jit_timer import timed_compilation
from neurosim.stimuli.stimulus import Stimulus


@dataclass(frozen=True, eq=False)
class Case:
    """One (conversion, schedule) of an experiment, converted and placed, and what its cores' ``memories`` must hold."""

    name: str
    network: SpikingNetwork
    placement: Placement
    schedule: Schedule
    memories: tuple[MemoryDemand, ...]


@dataclass(frozen=True, eq=False)
class Experiment:
    """A workload with everything it needs in hand; nothing has been simulated."""

    workload: Workload
    stimulus: Stimulus
    cases: tuple[Case, ...]
    tables: tuple[Table, ...]
    policy: Policy
    inputs: dict[str, Any]
    build_seconds: float

    @property
    def run_id(self) -> str:
        """The hash of all inputs."""
        return provenance.run_id(self.inputs)

    @property
    def predicted_bytes(self) -> int:
        """The most memory that a run of it is predicted to take, in one process."""
        return max(_predicted(case, self.workload).peak for case in self.cases)


def prepare(path: str | Path, overrides: Any = (), seed: int | None = None) -> Experiment:
    """Read a workload and do all that needs no simulation: load, encode, convert, place, and see what has a price.

    Everything wrong with the document is reported at once (DocumentError), then everything that the chip is too small
    for (CapacityError), and the operations that the tables will not price (PricingError).
    """
    start = perf_counter()
    if seed is not None:
        overrides = {**overrides, "seed": seed} if isinstance(overrides, Mapping) else [*overrides, f"seed={seed}"]
    workload = read_workload(path, overrides)
    tables = read_tables(workload.energy.tables)
    policy = policy_of(workload.energy)
    network, stimulus = network_and_stimulus(workload)
    inputs = resolved_inputs(workload)
    cases = tuple(_cases(workload, network, stimulus, inputs))
    _refuse_overflowing(cases, workload)
    _refuse_unpriced(cases, workload, tables, policy)
    _refuse_unaffordable(cases, workload)
    return Experiment(workload, stimulus, cases, tables, policy, inputs, perf_counter() - start)


def policy_of(choice: EnergyConfig) -> Policy:
    """Return the pricing policy that a workload asks for."""
    return Policy.named(choice.scope, choice.widths, choice.sram, choice.scale, choice.from_vdd, choice.allow_partial)


def simulate(workload: str | Path, set: Any = (), seed: int | None = None) -> Run:
    """Simulate a workload and price it; nothing is written (``Run.save`` does that).

    ``set`` overrides values of the workload by their dotted names, as ``--set`` does: a mapping, or texts ``a.b=c``.
    """
    return perform(prepare(workload, set, seed))


def perform(
    experiment: Experiment,
    watch: Watch = unwatched,
    compiling: Callable[[], None] = lambda: None,
    processes: int = 1,
) -> Run:
    """Simulate every case of ``experiment`` and price it.

    ``watch`` is called with a case's name and its number of phases before it starts, and returns what is called after
    each of them; ``compiling`` is called when a kernel has to be compiled, which happens once. The images may be shared
    out to ``processes``; what is found is the same. CapacityError if there is no memory for so many.
    """
    start = perf_counter()
    if processes > 1:
        _refuse_unaffordable(experiment.cases, experiment.workload, processes)
    with timed_compilation(compiling) as compilation:
        record, seconds = observe_all(experiment, watch, processes)
    costs = compare_costs(record, experiment.tables, experiment.policy)
    wall = {
        "compile_s": compilation.seconds,
        "build_s": experiment.build_seconds,
        **seconds,
        "total_s": experiment.build_seconds + perf_counter() - start,
        "peak_rss_mb": peak_bytes(processes_for(len(experiment.stimulus.images), processes)) / 2**20,
    }
    return Run(record, costs, experiment.inputs, wall)


def observe_all(experiment: Experiment, watch: Watch, processes: int = 1) -> tuple[Record, dict[str, float]]:
    """Return the record of all cases, and the simulator's own seconds by what they were spent on."""
    workload, spec = experiment.workload, experiment.workload.chip
    images, labels = experiment.stimulus.images, experiment.stimulus.labels
    results, ledgers, placements = [], [], []
    seconds = dict.fromkeys(("functional_s", "reference_s", "timing_s"), 0.0)
    for case in experiment.cases:
        phases = len(images) * sum(1 for _ in phases_of(case.network, case.schedule))
        advance = watch(case.name, phases)
        how = (workload.noc, advance, processes)
        seen = observe(case.network, spec, case.placement, case.schedule, images, labels, *how)
        results.append(result(case.name, seen, spec, case.memories))
        ledgers.append(seen.ledger)
        placements.append(tuple(slices(case.network, case.placement, spec)))
        for name in seconds:
            seconds[name] += getattr(seen.seconds, name.removesuffix("_s"))
    record = Record(
        workload=workload.name,
        seed=workload.seed,
        network=network_facts(experiment.cases[0].network),
        stimulus=StimulusFacts(workload.stimulus.kind, len(images), experiment.stimulus.description),
        chip=chip_facts(spec),
        results=tuple(results),
        notices=notices(experiment),
        ledgers=tuple(ledgers),
        placements=tuple(placements),
    )
    return record, seconds


def notices(experiment: Experiment) -> tuple[str, ...]:
    """Return what has to be said about the conversions and placements of an experiment, each thing once."""
    return tuple(dict.fromkeys(_remarks(experiment)))


def _remarks(experiment: Experiment) -> Iterator[str]:
    """Yield what clip values were measured on, what accumulators leave of weights, the mapper's word, what is full."""
    workload = experiment.workload
    yield from measured(workload)
    for number, case in enumerate(experiment.cases):
        if all(case.network is not other.network for other in experiment.cases[:number]):
            for remark in precision_notes(case.network, workload.chip.capacity.accumulator_bits):
                yield f"{case.name}: {remark}"
        if case.placement.remark:
            yield f"{case.placement.mapper}: {case.placement.remark}"
        for line in overflows(case.memories, workload.chip):
            yield f"{case.name}: {line}"


def _cases(workload: Workload, network: Network, stimulus: Stimulus, inputs: dict[str, Any]) -> Iterable[Case]:
    """Yield the workload's own schedules, then those of its comparisons; each conversion is done and placed once."""
    runs = [("", workload.conversion, workload.schedules)]
    runs += [(other.name, other.conversion, other.schedules) for other in workload.compare]
    resolved = [inputs["conversion"], *(other["conversion"] for other in inputs["compare"])]
    converted: list[tuple[ConversionConfig, SpikingNetwork, Placement]] = []
    for (name, choice, schedules), conversion in zip(runs, resolved, strict=True):
        known = next((entry for entry in converted if entry[0] == choice), None)
        if known is None:
            spiking = convert_for(network, choice, workload, stimulus)
            known = (choice, spiking, _place(spiking, workload, stimulus, inputs, conversion))
            converted.append(known)
        for kind in schedules:
            schedule: Schedule = resolve("neurosim.schedule", kind)()
            check_legal(known[1], schedule, workload.chip)
            label = f"{name or choice.kind}, {kind}" if len(schedules) > 1 or not name else name
            yield Case(label, known[1], known[2], schedule, tuple(_memories(*known[1:], schedule, workload.chip)))


def _place(
    network: SpikingNetwork, workload: Workload, stimulus: Stimulus, inputs: dict[str, Any], conversion: dict[str, Any]
) -> Placement:
    """Place a network; a mapper that ``reads_activity`` is shown how often each neuron sends, and given the seed.

    It is shown what an earlier run sent, of the ``conversion`` among the resolved ``inputs``, where the workload names
    one.
    """
    mapper = _mapper(workload.mapping)
    chip, residency, earlier = workload.chip, workload.mapping.residency, workload.mapping.traffic
    if getattr(mapper, "reads_activity", False):
        evidence: TrafficEstimate = (
            profile_activity(network, chip, stimulus.images)
            if earlier is None
            else read_traffic(earlier, inputs, conversion)
        )
        return mapper.place(network, chip, residency, evidence, workload.seed)
    return mapper.place(network, chip, residency)


def _mapper(choice: MappingConfig) -> Any:
    """Return the mapper with its own options, which were checked with the workload."""
    return resolve("neurosim.mapping", choice.kind)(**choice.own_options)


def _memories(
    network: SpikingNetwork, placement: Placement, schedule: Schedule, spec: ChipSpec
) -> Iterator[MemoryDemand]:
    """Yield what the memories of the cores have to hold, of one image, and of a stream of images where they overlap."""
    yield from memory_demands(network, placement, spec)
    plans = [plan_images(network, placement, schedule, spec, 1)]
    if len(set(placement.groups)) == 1:  # no images overlap on cores that layers share
        plans.append(planned_stream(network, schedule, spec.spike_format == "packed"))
    yield from spike_buffers(network, placement, *plans)


def _refuse_unaffordable(cases: Iterable[Case], workload: Workload, processes: int = 1) -> None:
    """Raise CapacityError for the first case whose simulation this machine has not the memory for."""
    at_work = processes_for(workload.stimulus.images, processes)
    for case in cases:
        check_memory(case.name, _predicted(case, workload), available_bytes(), at_work)


def _predicted(case: Case, workload: Workload) -> HostMemory:
    """Return the memory that simulating a case is predicted to need; made weights may be asked to be busier."""
    asked = 0.0 if workload.network.weights else float(workload.network.options.get("activity", 0.0))
    listed = lists_packets(workload.noc, phases_of(case.network, case.schedule))
    activity, images = max(ASSUMED_ACTIVITY, 1.25 * asked), workload.stimulus.images
    return predict(case.network, case.placement, workload.chip, images, activity, listed, workload.noc)


def _refuse_overflowing(cases: Iterable[Case], workload: Workload) -> None:
    """Raise CapacityError with every memory that has to hold too much, on a chip that says so."""
    if workload.chip.memories.overflow == "refuse":
        found = dict.fromkeys(
            f"{case.name}: {line}" for case in cases for line in overflows(case.memories, workload.chip)
        )
        if found:
            raise CapacityError("\n".join(found))


def _refuse_unpriced(cases: Iterable[Case], workload: Workload, tables: Iterable[Table], policy: Policy) -> None:
    """Raise PricingError for what the cases will count in the scope and the tables do not price, one line a table.

    Where a partial report is allowed it is what no price at all is known of.
    """
    chip = conditions(chip_facts(workload.chip))
    counted = [sorted(expected_operations(case.network, workload.chip)) for case in cases]
    gaps = []
    for table in tables:
        need_scope(table, policy.scope)
        missing = ", ".join(sorted({op for ops in counted for op in unpriced(ops, table, policy, **chip)}))
        if missing and not policy.allow_partial:
            gaps.append(
                f"{table.id} has no price for {missing} (scope {policy.scope}), which this workload counts; "
                "join a table that has one (A+B), ask for --widths or --sram, or set energy.allow_partial"
            )
        elif any(of_one_each(ops, table, policy, **chip).is_empty for ops in counted):
            gaps.append(f"{table.id} prices nothing of what this workload counts (scope {policy.scope}): {missing}")
    if gaps:
        raise PricingError("\n".join(gaps))

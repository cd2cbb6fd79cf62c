"""A workload becomes a run: read, converted, placed and checked by ``prepare``, simulated and priced by ``perform``.

``prepare`` makes every check that can refuse a workload, so that a simulation that has begun also ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from neurosim import provenance
from neurosim.conversion.precision.precision_notes import precision_notes
from neurosim.energy.cost_comparison import compare_costs, conditions
from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.price import of_one_each, unpriced
from neurosim.energy.tables.table import Table, need_scope
from neurosim.errors import CapacityError, PricingError
from neurosim.experiments.case import Case, cases_of
from neurosim.experiments.inputs import calibration_notes, network_and_stimulus
from neurosim.experiments.run import Run, Watch, unwatched
from neurosim.files.documents.override import Overrides, named_once, with_seed
from neurosim.files.energy_tables.energy_table import read_tables
from neurosim.files.workload import read_workload, resolved_inputs
from neurosim.files.workload_schema import EnergyConfig, Workload
from neurosim.ledger.record import Record, StimulusFacts
from neurosim.mapping.partitioning.core_memories import overflows
from neurosim.simulation.counting.counters import expected_operations
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
from neurosim.simulation.observe import observe
from neurosim.simulation.planner import phases_of
from neurosim.simulation.summarise import chip_facts, network_facts, result, slices
from neurosim.simulation.workers.jit_timer import timed_compilation
from neurosim.stimuli.stimulus import Stimulus


@dataclass(frozen=True, eq=False)
class Experiment:
    """A workload that has been read, converted, placed and checked, ready to be simulated.

    Attributes
    ----------
    workload : Workload
        The workload as it was read, overrides included.
    stimulus : Stimulus
        The images that the network is shown, and their labels where they have some.
    cases : tuple of Case
        The workload's conversion under each of its schedules, then those of ``compare``.
    tables : tuple of Table
        The energy tables that will price the run.
    policy : Policy
        How they price it: scope, widths, memory sizes, technology scaling.
    inputs : dict
        All that decides the results, files by the hash of their contents.
    build_seconds : float
        How long the preparation took, in seconds of the host's clock.
    """

    workload: Workload
    stimulus: Stimulus
    cases: tuple[Case, ...]
    tables: tuple[Table, ...]
    policy: Policy
    inputs: dict[str, Any]
    build_seconds: float

    @property
    def run_id(self) -> str:
        """Eight hexadecimal digits of the hash of all inputs."""
        return provenance.run_id(self.inputs)

    @property
    def predicted_bytes(self) -> int:
        """Predicted peak memory of the host for one process, in bytes."""
        return max(_predicted(case, self.workload).peak for case in self.cases)


def prepare(path: str | Path, overrides: Overrides = (), seed: int | None = None) -> Experiment:
    """Read a workload and do all that needs no simulation: load, encode, convert, place and check the prices.

    Parameters
    ----------
    path : str or Path
        A workload file, or the name of a shipped workload.
    overrides : mapping or iterable of str
        Values put in place of the file's, by their dotted names: ``{"chip.mesh.width": 8}`` or
        ``["chip.mesh.width=8"]``.
    seed : int, optional
        In place of the workload's.

    Returns
    -------
    Experiment
        Everything that :func:`perform` needs.

    Raises
    ------
    DocumentError
        With every problem of the workload and of the files that it names, each at its line and column.
    ConversionError, ScheduleError
        Where the network cannot be made spiking as asked, or its neuron model cannot follow a schedule.
    CapacityError
        Where the network does not fit the chip, or its simulation this machine's memory.
    PricingError
        For all operations that will be counted and that a table does not price in the scope asked for.
    """
    start = perf_counter()
    workload = read_workload(path, with_seed(overrides, seed))
    tables = read_tables(workload.energy.tables)
    policy = policy_of(workload.energy)
    network, stimulus = network_and_stimulus(workload)
    inputs = resolved_inputs(workload)
    cases = tuple(cases_of(workload, network, stimulus, inputs))
    _refuse_overflowing(cases, workload)
    _refuse_unpriced(cases, workload, tables, policy)
    _refuse_unaffordable(cases, workload)
    return Experiment(workload, stimulus, cases, tables, policy, inputs, perf_counter() - start)


def policy_of(config: EnergyConfig) -> Policy:
    """Return the pricing policy that a workload asks for."""
    return Policy.named(config.scope, config.widths, config.sram, config.scale, config.from_vdd, config.allow_partial)


def simulate(
    workload: str | Path,
    overrides: Overrides = (),
    seed: int | None = None,
    *,
    set: Overrides | None = None,
) -> Run:
    """Simulate a workload and price it; nothing is written (``Run.save`` does that).

    Parameters
    ----------
    workload : str or Path
        A workload file, or the name of a shipped workload.
    overrides : mapping or iterable of str
        Values put in place of the file's, by their dotted names: ``{"chip.mesh.width": 8}`` or
        ``["chip.mesh.width=8"]``.
    seed : int, optional
        In place of the workload's.
    set : mapping or iterable of str, optional
        Another name of ``overrides``, after the command's ``--set``.

    Returns
    -------
    Run
        Counts, ticks and energies of every conversion and schedule.

    Raises
    ------
    NeurosimError
        As :func:`prepare` does, before anything is simulated.

    Examples
    --------
    >>> run = neurosim.simulate("digits", overrides={"stimulus.images": 2})
    >>> run.layers()[["layer", "spikes"]]
    """
    return perform(prepare(workload, named_once(overrides, set), seed))


def perform(
    experiment: Experiment,
    watch: Watch = unwatched,
    compiling: Callable[[], None] = lambda: None,
    processes: int = 1,
) -> Run:
    """Simulate every case of an experiment and price it.

    Parameters
    ----------
    experiment : Experiment
        What :func:`prepare` returned.
    watch : callable, optional
        Called with a case's name and its number of phases before it begins; what it returns is called after each of
        them.
    compiling : callable, optional
        Called when a kernel has to be compiled, which happens once.
    processes : int
        How many processes share the images; the results are the same for any number.

    Returns
    -------
    Run
        Counts, ticks and energies of every case.

    Raises
    ------
    CapacityError
        Where this machine has not the memory for so many processes.
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
    """Return the record of all cases, and the host's seconds by what they were spent on."""
    workload, spec = experiment.workload, experiment.workload.chip
    images, labels = experiment.stimulus.images, experiment.stimulus.labels
    results, ledgers, placements = [], [], []
    seconds = dict.fromkeys(("functional_s", "reference_s", "timing_s"), 0.0)
    for case in experiment.cases:
        phases = len(images) * sum(1 for _ in phases_of(case.network, case.schedule))
        advance = watch(case.name, phases)
        observation = observe(
            case.network, spec, case.placement, case.schedule, images, labels, workload.noc, advance, processes
        )
        results.append(result(case.name, observation, spec, case.memories))
        ledgers.append(observation.ledger)
        placements.append(tuple(slices(case.network, case.placement, spec)))
        for name in seconds:
            seconds[name] += getattr(observation.seconds, name.removesuffix("_s"))
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
    """Return what a reader must know of the conversions and placements of an experiment, each line once."""
    return tuple(dict.fromkeys(_notices(experiment)))


def _notices(experiment: Experiment) -> Iterator[str]:
    """Yield notes on clip values, on the precision of weights, of the mappers, and on memories that overflow."""
    workload = experiment.workload
    yield from calibration_notes(workload)
    for number, case in enumerate(experiment.cases):
        if all(case.network is not other.network for other in experiment.cases[:number]):
            for note in precision_notes(case.network, workload.chip.capacity.accumulator_bits):
                yield f"{case.name}: {note}"
        if case.placement.remark:
            yield f"{case.placement.mapper}: {case.placement.remark}"
        for line in overflows(case.memories, workload.chip):
            yield f"{case.name}: {line}"


def _refuse_unaffordable(cases: Iterable[Case], workload: Workload, processes: int = 1) -> None:
    """Raise CapacityError for the first case that this machine has not the memory to simulate."""
    workers = processes_for(workload.stimulus.images, processes)
    for case in cases:
        check_memory(case.name, _predicted(case, workload), available_bytes(), workers)


def _predicted(case: Case, workload: Workload) -> HostMemory:
    """Return the predicted host memory of a case; synthetic weights may be made for a higher activity than usual."""
    configured = 0.0 if workload.network.weights else float(workload.network.options.get("activity", 0.0))
    listed = lists_packets(workload.noc, phases_of(case.network, case.schedule))
    activity = max(ASSUMED_ACTIVITY, 1.25 * configured)  # a quarter more than the weights are made for (our choice)
    return predict(
        case.network, case.placement, workload.chip, workload.stimulus.images, activity, listed, workload.noc
    )


def _refuse_overflowing(cases: Iterable[Case], workload: Workload) -> None:
    """Raise CapacityError with every memory that overflows, on a chip with ``overflow: refuse``."""
    if workload.chip.memories.overflow == "refuse":
        lines = dict.fromkeys(
            f"{case.name}: {line}" for case in cases for line in overflows(case.memories, workload.chip)
        )
        if lines:
            raise CapacityError("\n".join(lines))


def _refuse_unpriced(cases: Iterable[Case], workload: Workload, tables: Iterable[Table], policy: Policy) -> None:
    """Raise PricingError for the operations that the cases will count and a table does not price, one line a table.

    Where a partial report is allowed, only a table that prices none of them is refused.
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
            gaps.append(
                f"{table.id} prices none of the operations that this workload counts (scope {policy.scope}): {missing}"
            )
    if gaps:
        raise PricingError("\n".join(gaps))

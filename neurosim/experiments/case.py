"""The cases of a workload: each of its conversions placed on the chip, under each of its schedules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.experiments.inputs import convert_for
from neurosim.files.runs.stored_traffic import read_traffic
from neurosim.files.workload_schema import ConversionConfig, MappingConfig, Workload
from neurosim.mapping.communication import TrafficEstimate
from neurosim.mapping.partitioning.core_memories import MemoryDemand, memory_demands
from neurosim.mapping.placement import Placement
from neurosim.network.graph import Network
from neurosim.plugins import resolve
from neurosim.schedule.phase import Schedule
from neurosim.simulation.functional.activity_profile import profile_activity
from neurosim.simulation.memory.spike_buffers import spike_buffers
from neurosim.simulation.observe import check_legal, plan_images
from neurosim.simulation.planner import planned_stream
from neurosim.stimuli.stimulus import Stimulus


@dataclass(frozen=True, eq=False)
class Case:
    """One conversion of a workload under one of its schedules.

    Attributes
    ----------
    name : str
        What the report calls it.
    network : SpikingNetwork
        The converted network.
    placement : Placement
        Which core holds which part of which layer.
    schedule : Schedule
        The order in which layers and time steps are computed.
    memories : tuple of MemoryDemand
        What each memory of the cores has to hold, in bits.
    """

    name: str
    network: SpikingNetwork
    placement: Placement
    schedule: Schedule
    memories: tuple[MemoryDemand, ...]


def cases_of(workload: Workload, network: Network, stimulus: Stimulus, inputs: dict[str, Any]) -> Iterable[Case]:
    """Yield the workload's schedules, then those of its comparisons; each conversion is made and placed once."""
    runs = [("", workload.conversion, workload.schedules)]
    runs += [(other.name, other.conversion, other.schedules) for other in workload.compare]
    resolved = [inputs["conversion"], *(other["conversion"] for other in inputs["compare"])]
    converted: list[tuple[ConversionConfig, SpikingNetwork, Placement]] = []
    for (name, config, schedules), conversion in zip(runs, resolved, strict=True):
        known = next((entry for entry in converted if entry[0] == config), None)
        if known is None:
            spiking = convert_for(network, config, workload, stimulus)
            known = (config, spiking, _place(spiking, workload, stimulus, inputs, conversion))
            converted.append(known)
        for kind in schedules:
            schedule: Schedule = resolve("neurosim.schedule", kind)()
            check_legal(known[1], schedule, workload.chip)
            label = f"{name or config.kind}, {kind}" if len(schedules) > 1 or not name else name
            yield Case(label, known[1], known[2], schedule, tuple(_memories(*known[1:], schedule, workload.chip)))


def _place(
    network: SpikingNetwork, workload: Workload, stimulus: Stimulus, inputs: dict[str, Any], conversion: dict[str, Any]
) -> Placement:
    """Place a network; a mapper that ``reads_activity`` is given an estimate of the traffic, and the seed.

    The traffic is that of an earlier run, of the ``conversion`` among its ``inputs``, where the workload names one, and
    else that of the stimulus itself.
    """
    mapper = _mapper(workload.mapping)
    chip, residency, earlier = workload.chip, workload.mapping.residency, workload.mapping.traffic
    if getattr(mapper, "reads_activity", False):
        traffic: TrafficEstimate = (
            profile_activity(network, chip, stimulus.images)
            if earlier is None
            else read_traffic(earlier, inputs, conversion)
        )
        return cast(Placement, mapper.place(network, chip, residency, traffic, workload.seed))
    return cast(Placement, mapper.place(network, chip, residency))


def _mapper(config: MappingConfig) -> Any:
    """Return the mapper with its own options, which were validated with the workload."""
    return resolve("neurosim.mapping", config.kind)(**config.own_options)


def _memories(
    network: SpikingNetwork, placement: Placement, schedule: Schedule, spec: ChipSpec
) -> Iterator[MemoryDemand]:
    """Yield the demands on the cores' memories: of one image, and of a stream of images where they overlap."""
    yield from memory_demands(network, placement, spec)
    plans = [plan_images(network, placement, schedule, spec, 1)]
    if len(set(placement.groups)) == 1:  # no images overlap on cores that layers share
        plans.append(planned_stream(network, schedule, spec.spike_format == "packed"))
    yield from spike_buffers(network, placement, *plans)

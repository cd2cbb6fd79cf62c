"""A converted network on a placed chip under one schedule: run, counted and proven, image by image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.noc.packets import NocModel, canonical_model
from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.datasets.labels import checked_labels
from neurosim.errors import ScheduleError
from neurosim.ledger.ledger import Ledger
from neurosim.mapping.placement import Placement
from neurosim.schedule.phase import Schedule
from neurosim.schedule.plan import PlannedPhase
from neurosim.simulation.functional.lossless_check import LosslessCheck
from neurosim.simulation.image_run import HostSeconds, Simulator, blank_maps, frozen_gc
from neurosim.simulation.memory.live_state import peak_bits
from neurosim.simulation.planner import planned as planned_phases
from neurosim.simulation.planner import planned_stream, scans
from neurosim.simulation.routing import RoutingTables
from neurosim.simulation.timing.phase_clock import ImageTiming, clock, steady_window

Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Observation:
    """Everything measured for one (network, schedule): one :class:`ImageTiming` per image, and what they share.

    ``link_packets`` is (tiles, 4) int64, over all images.
    """

    network: SpikingNetwork
    routing: RoutingTables
    schedule: Schedule
    model: NocModel
    timings: tuple[ImageTiming, ...]
    planned: tuple[PlannedPhase, ...]
    interval_ticks: int
    spikes: NDArray[np.float64]
    spike_maps: tuple[NDArray[np.int64], ...]
    effective_macs: NDArray[np.float64]
    lossless_check: LosslessCheck
    labelled: int
    correct: int | None
    ledger: Ledger
    link_packets: Array
    peak_bits: int
    seconds: HostSeconds

    def spikes_of(self, layer: int) -> NDArray[np.int64]:
        """Return (rows, columns, channels) int64: spikes of each neuron, summed over steps and images."""
        return self.spike_maps[layer][0]

    def events_of(self, layer: int) -> NDArray[np.int64]:
        """Return (rows, columns, channels) int64: as the spikes, one that carries a number counted once."""
        return self.spike_maps[layer][-1]


def check_legal(network: SpikingNetwork, schedule: Schedule, spec: ChipSpec) -> None:
    """Raise ScheduleError if ``schedule`` asks for spikes before the model can give them, or the chip can send them."""
    if schedule.fires_every_step and network.model.waits_for_all_steps:
        raise ScheduleError(
            f"{network.model.kind} cannot run under {schedule.kind}: its neurons fire only after all "
            f"{network.steps} steps of their input have arrived, and {schedule.kind} asks for spikes every step; "
            "use layer_by_layer"
        )
    model, packed = network.model, spec.spike_format == "packed"
    if packed and (model.is_graded or model.spike_bits > 1 or model.scans("hidden") != model.steps):
        raise ScheduleError(
            f"{spec.id} packs one bit for each of {model.steps} steps, which {model.kind} does not emit; "
            "use spike_format: unary"
        )
    if packed and schedule.fires_every_step and network.steps > 1:
        raise ScheduleError(
            f"{spec.id} packs the spikes of all {network.steps} steps into one packet, and {schedule.kind} asks for "
            "spikes every step; use layer_by_layer, or spike_format: unary"
        )


@frozen_gc()
def observe(
    network: SpikingNetwork,
    spec: ChipSpec,
    placement: Placement,
    schedule: Schedule,
    images: NDArray[np.integer],
    labels: NDArray[np.integer] | None = None,
    model: str = "cycle_accurate",
    progress: Callable[[], None] = lambda: None,
    processes: int = 1,
) -> Observation:
    """Run ``images`` (n, rows, columns, channels) one after the other, then time the stream's steady state.

    ``labels`` is (n,), or (n, positions) where the output is a map: one for each of its positions, negative where none
    is asked. Raises ScheduleError if the model cannot run under ``schedule``, ConversionError for images that are not
    the network's, DocumentError for such labels. ``progress`` is called after every phase. The images may be shared out
    to ``processes``; the observation is the same, only sooner.
    """
    check_legal(network, schedule, spec)
    images = network.checked_images(images)
    asked = None if labels is None else checked_labels(labels, len(images), network.layers[-1].shape)
    planned = plan_images(network, placement, schedule, spec, 1)
    window = stream_window(network, placement, schedule, spec)
    simulator = Simulator(network, spec, placement, planned, model, window is not None)
    check, seconds, ledger = LosslessCheck(network), HostSeconds(), Ledger()
    spikes = np.zeros((len(network.layers), max(scans(network))))
    spike_maps = blank_maps(network)
    effective = np.zeros(len(network.layers))
    links = np.zeros((simulator.spec.mesh.tiles, 4), np.int64)
    timings, labelled, correct = [], 0, 0
    for number, image_run in enumerate(simulator.run_images(images, processes, progress)):
        timings.append(image_run.timing)
        links += image_run.link_packets
        ledger.include(image_run.ledger)
        check.add(image_run.lossless_counts)
        seconds.add(image_run.seconds)
        spikes += image_run.spikes
        effective += image_run.effective_macs
        for spike_map, own in zip(spike_maps, image_run.spike_maps, strict=False):  # none: they are with another trial
            spike_map[...] += own
        if asked is not None:
            expected = asked[number]
            labelled += int((expected >= 0).sum())
            correct += int(((expected >= 0) & (image_run.predictions == expected)).sum())
    start, kept = perf_counter(), simulator.inferences
    interval = round(sum(timing.elapsed for timing in timings) / len(timings))
    interval += simulator.chip.barrier_ticks(planned[-1].phase.barrier)
    if window is not None:
        stream = clock(
            simulator.chip,
            simulator.loads,
            window,
            lambda image: kept[image % len(kept)],
            closing_barrier=True,
            counted=False,
        )
        interval = stream.elapsed
    seconds.timing += perf_counter() - start
    return Observation(
        network=network,
        routing=simulator.routing,
        schedule=schedule,
        model=canonical_model(model),
        timings=tuple(timings),
        planned=tuple(planned),
        interval_ticks=interval,
        spikes=spikes / len(images),
        spike_maps=spike_maps,
        effective_macs=effective / len(images),
        lossless_check=check,
        labelled=labelled,
        correct=None if asked is None else correct,
        ledger=ledger,
        link_packets=links,
        peak_bits=peak_bits(network, spec, planned),
        seconds=seconds,
    )


def plan_images(
    network: SpikingNetwork,
    placement: Placement,
    schedule: Schedule,
    spec: ChipSpec,
    images: int,
) -> list[PlannedPhase]:
    """Return the planned phases of a stream of ``images``."""
    return planned_phases(network, schedule, images, placement.groups, spec.spike_format == "packed")


def stream_window(
    network: SpikingNetwork, placement: Placement, schedule: Schedule, spec: ChipSpec
) -> list[PlannedPhase] | None:
    """Return the phases between two results of an endless stream of images, in the steady state.

    Barriers leave the mesh empty, so a phase takes the same time whatever came before: it is enough to time the phases
    between two successive results, the second and the third, of a stream that is long enough for as many images to
    follow as can be on their way. None where such phases hold one image at a time, so that the interval is the latency
    and the closing barrier; so it is where layers share cores, because images that overlapped would have to be brought
    in by turns.
    """
    if len(set(placement.groups)) > 1:
        return None
    stream = planned_stream(network, schedule, spec.spike_format == "packed")
    window = steady_window(stream, len(network.layers) - 1, 1)
    return window if len({item.image for phase in window for item in phase.phase.items}) > 1 else None

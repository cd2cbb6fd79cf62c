"""A converted network on a placed chip under one schedule: simulated, counted and checked, image by image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.noc.packets import NocModel
from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.datasets.labels import checked_labels
from neurosim.errors import ScheduleError
from neurosim.ledger.ledger import Ledger
from neurosim.mapping.placement import Placement
from neurosim.schedule.phase import Schedule
from neurosim.schedule.plan import PlannedPhase
from neurosim.simulation.functional.lossless_check import LosslessCheck
from neurosim.simulation.image_run import HostSeconds, ImageRun, Simulator, blank_maps, frozen_gc
from neurosim.simulation.memory.live_state import peak_bits
from neurosim.simulation.planner import planned as planned_phases
from neurosim.simulation.planner import planned_stream, scans
from neurosim.simulation.routing import RoutingTables
from neurosim.simulation.timing.phase_clock import ImageTiming, clock, steady_window

Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Observation:
    """Everything measured for one network under one schedule.

    Attributes
    ----------
    network, routing, schedule, model
        What was simulated: the network, its routing tables, the schedule and the NoC model.
    timings : tuple of ImageTiming
        One per image.
    planned : tuple of PlannedPhase
        The phases of one inference.
    interval_ticks : int
        Initiation interval in the steady state.
    spikes : (layers, scans) float64
        Mean spikes per image.
    spike_maps : tuple of (1 or 2, rows, columns, channels) int64
        Spikes of each neuron, and of a graded model also events, over all steps and images.
    effective_macs : (layers,) float64
        Mean products with a non-zero activation, per image.
    lossless_check : LosslessCheck
        Mismatches with the quantised network.
    labelled, correct : int
        Labels that were compared with a prediction, and those that matched; ``correct`` is None without labels.
    ledger : Ledger
        Counts over all images.
    link_packets : (tiles, 4) int64
        Packets over each link, all images.
    peak_bits : int
        Most bits of membranes and waiting spikes at any time.
    seconds : HostSeconds
        The simulator's own time.
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
        spikes: Array = self.spike_maps[layer][0]
        return spikes

    def events_of(self, layer: int) -> NDArray[np.int64]:
        """Return (rows, columns, channels) int64: spike events of each neuron; a graded spike is one."""
        events: Array = self.spike_maps[layer][-1]
        return events


def check_legal(network: SpikingNetwork, schedule: Schedule, spec: ChipSpec) -> None:
    """Raise ScheduleError if ``schedule`` asks for spikes before the model can emit or the chip can send them."""
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
    images: NDArray[np.integer[Any]],
    labels: NDArray[np.integer[Any]] | None = None,
    model: str = "cycle_accurate",
    progress: Callable[[], None] = lambda: None,
    processes: int = 1,
) -> Observation:
    """Run images one after the other, then time the stream's steady state.

    Parameters
    ----------
    network, spec, placement, schedule
        The converted network, the chip, where its layers are, and the order of work.
    images : (n, rows, columns, channels) integers
        Pixels.
    labels : (n,) or (n, positions) integers, optional
        One for each position where the output is a map; negative where there is none.
    model : str
        NoC model: ``cycle_accurate``, ``unbounded_queues`` or ``lower_bound``, or an alias.
    progress : callable
        Called after every phase.
    processes : int
        Processes that may share the images; the results do not depend on it.

    Returns
    -------
    Observation

    Raises
    ------
    ScheduleError
        If the model cannot run under ``schedule``.
    ConversionError
        For images that do not fit the network.
    DocumentError
        For labels that do not fit the images.
    """
    check_legal(network, schedule, spec)
    images = network.checked_images(images)
    if labels is not None:
        labels = checked_labels(labels, len(images), network.layers[-1].shape)
    planned = plan_images(network, placement, schedule, spec, 1)
    window = stream_window(network, placement, schedule, spec)
    simulator = Simulator(network, spec, placement, planned, model, window is not None)
    totals = Totals(network, spec)
    for number, image_run in enumerate(simulator.run_images(images, processes, progress)):
        totals.add(image_run, None if labels is None else labels[number])
    start = perf_counter()
    interval = totals.interval_ticks(simulator) if window is None else stream_ticks(simulator, window)
    totals.seconds.timing += perf_counter() - start
    return totals.observation(simulator, schedule, interval, labels is not None)


class Totals:
    """The results of images, summed up one after the other."""

    def __init__(self, network: SpikingNetwork, spec: ChipSpec) -> None:
        self.timings: list[ImageTiming] = []
        self.ledger, self.lossless_check, self.seconds = Ledger(), LosslessCheck(network), HostSeconds()
        self.link_packets = np.zeros((spec.mesh.tiles, 4), np.int64)
        self.spikes = np.zeros((len(network.layers), max(scans(network))))
        self.spike_maps = blank_maps(network)
        self.effective_macs = np.zeros(len(network.layers))
        self.labelled = self.correct = 0

    def add(self, image_run: ImageRun, labels: NDArray[np.integer[Any]] | None) -> None:
        """Add one image and, with its ``labels`` (positions,), how many of them were predicted."""
        self.timings.append(image_run.timing)
        self.link_packets += image_run.link_packets
        self.ledger.include(image_run.ledger)
        self.lossless_check.add(image_run.lossless_counts)
        self.seconds.add(image_run.seconds)
        self.spikes += image_run.spikes
        self.effective_macs += image_run.effective_macs
        for total, own in zip(self.spike_maps, image_run.spike_maps, strict=False):  # none: they are in another run
            total[...] += own
        if labels is not None:
            self.labelled += int((labels >= 0).sum())
            self.correct += int(((labels >= 0) & (image_run.predictions == labels)).sum())

    def interval_ticks(self, simulator: Simulator) -> int:
        """Return the initiation interval of images that do not overlap: the mean latency and the closing barrier."""
        latency = round(sum(timing.elapsed for timing in self.timings) / len(self.timings))
        return latency + simulator.chip.barrier_ticks(simulator.planned[-1].phase.barrier)

    def observation(
        self, simulator: Simulator, schedule: Schedule, interval_ticks: int, is_labelled: bool
    ) -> Observation:
        """Return the observation: sums over the images, and means where a single image is meant."""
        images = len(self.timings)
        return Observation(
            network=simulator.network,
            routing=simulator.routing,
            schedule=schedule,
            model=simulator.chip.model,
            timings=tuple(self.timings),
            planned=tuple(simulator.planned),
            interval_ticks=interval_ticks,
            spikes=self.spikes / images,
            spike_maps=self.spike_maps,
            effective_macs=self.effective_macs / images,
            lossless_check=self.lossless_check,
            labelled=self.labelled,
            correct=self.correct if is_labelled else None,
            ledger=self.ledger,
            link_packets=self.link_packets,
            peak_bits=peak_bits(simulator.network, simulator.spec, simulator.planned),
            seconds=self.seconds,
        )


def stream_ticks(simulator: Simulator, window: Sequence[PlannedPhase]) -> int:
    """Return how long the phases of :func:`stream_window` take, with the images that the simulator has kept."""
    streamed = simulator.inferences
    timing = clock(
        simulator.chip,
        simulator.loads,
        window,
        lambda image: streamed[image % len(streamed)],
        closing_barrier=True,
        counted=False,
    )
    return timing.elapsed


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

    Barriers leave the NoC empty, so a phase takes the same time whatever came before: it is enough to time the phases
    between two successive results, the second and the third, of a stream that is long enough for as many images to
    follow as can be in flight. None where such phases hold one image at a time, so that the interval is the latency and
    the closing barrier; so it is where layers share cores, because layers of images that overlapped would have to be
    loaded by turns.
    """
    if len(set(placement.groups)) > 1:
        return None
    stream = planned_stream(network, schedule, spec.spike_format == "packed")
    window = steady_window(stream, len(network.layers) - 1, 1)
    return window if len({item.image for phase in window for item in phase.phase.items}) > 1 else None

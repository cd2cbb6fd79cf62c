"""Image runs: one image after the other on the chip, in this process or in several.

Images are independent, so the results of several processes, joined in the order of the images, are those of one.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import simpy
from numpy.typing import NDArray

from neurosim.chip.chip import Chip, PhaseResult
from neurosim.chip.core.neuron_unit import NeuronUnit
from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.ledger.ledger import Ledger
from neurosim.mapping.placement import Placement
from neurosim.schedule.plan import PlannedPhase
from neurosim.simulation.counting.counters import OperationCounter
from neurosim.simulation.functional.event_driven import EventDrivenRun, Scan
from neurosim.simulation.functional.golden_model import GoldenLayer, golden_layers
from neurosim.simulation.functional.lossless_check import LosslessCheck
from neurosim.simulation.memory.layer_swaps import LayerSwaps
from neurosim.simulation.routing import routing_tables
from neurosim.simulation.timing.phase_clock import ImageTiming, clock
from neurosim.simulation.timing.phase_work import ScanLoads
from neurosim.simulation.workers.forked_task import ForkedTask, results
from neurosim.simulation.workers.work_queue import WorkQueue

STREAMED = 4
"""Images, at most, that make up the stream in its steady state; the packets of all others are dropped."""


def processes_for(images: int, processes: int) -> int:
    """Return how many of ``processes``, this one among them, work on ``images``: all but the first are shared out."""
    return max(1, min(processes, images - 1))


@contextmanager
def frozen_gc() -> Iterator[None]:
    """Keep objects that exist before the block out of the garbage collector's repeated searches."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@dataclass(eq=False)
class HostSeconds:
    """Where the simulator's own time went, in seconds summed over its processes."""

    functional: float = 0.0
    reference: float = 0.0
    timing: float = 0.0

    def add(self, other: HostSeconds) -> None:
        """Add the seconds of another one."""
        for name, seconds in vars(other).items():
            setattr(self, name, getattr(self, name) + seconds)


@dataclass(eq=False)
class ImageRun:
    """The results of one image; those of many images are sums of these.

    Attributes
    ----------
    timing : ImageTiming
        Its times; what each core and link did is counted by then and left out.
    link_packets : (tiles, 4) int64
        Packets over each outgoing link.
    ledger : Ledger
        Counts of this image, or of several if another run was taken over.
    lossless_counts : tuple of int
        The counts of its :class:`LosslessCheck`.
    predictions : (positions,) int64
        Channel of the largest logit at each position of the output's map, usually a single one.
    spikes : (layers, scans) int64
        Spikes of each scan.
    spike_maps : tuple of arrays
        The filled :func:`blank_maps`, or empty where they and the ledger's counts are in another run.
    effective_macs : (layers,) float64
        Products with a non-zero activation of the quantised network.
    scans, step_begins : dict
        Those of an inference that is kept for the stream, else empty.
    seconds : HostSeconds
        The simulator's own time.
    """

    timing: ImageTiming
    link_packets: NDArray[np.int64]
    ledger: Ledger
    lossless_counts: tuple[int, ...]
    predictions: NDArray[np.int64]
    spikes: NDArray[np.int64]
    spike_maps: tuple[NDArray[np.int64], ...]
    effective_macs: NDArray[np.float64]
    scans: dict[tuple[int, int], Scan]
    step_begins: dict[tuple[int, int], NeuronUnit]
    seconds: HostSeconds

    def take_over(self, other: ImageRun) -> None:
        """Move the counts and the maps of another image run into this one's."""
        self.ledger.include(other.ledger)
        for total, own in zip(self.spike_maps, other.spike_maps, strict=True):
            np.add(total, own, out=total)
        other.ledger, other.spike_maps = Ledger(), ()


class Simulator:
    """A network on a chip, ready to run images; each of them is a planned inference.

    Parameters
    ----------
    network : SpikingNetwork
    spec : ChipSpec
    placement : Placement
    planned : list of PlannedPhase
        The phases of one inference.
    model : str
        NoC model, or an alias of it.
    streams : bool
        Whether the ``inferences`` of the first images are kept, to be timed again as a stream.
    """

    def __init__(
        self,
        network: SpikingNetwork,
        spec: ChipSpec,
        placement: Placement,
        planned: list[PlannedPhase],
        model: str,
        streams: bool,
    ) -> None:
        self.network, self.spec, self.planned, self.streams = network, spec, planned, streams
        self.routing = routing_tables(network, placement, spec)
        self.loads = ScanLoads(network, self.routing, spec)
        self.counter = OperationCounter(network, self.routing, spec, self.loads, placement.groups)
        self.chip = Chip(simpy.Environment(), spec, model, self.routing.tiles_used)
        self.swaps = LayerSwaps(network, placement, spec).by_phase(planned)
        self.inferences: list[EventDrivenRun] = []

    def run_images(
        self, images: NDArray[np.integer], processes: int = 1, progress: Callable[[], None] = lambda: None
    ) -> Iterator[ImageRun]:
        """Yield the runs of images in their order, shared out to several processes if there are more than two images.

        Parameters
        ----------
        images : (n, rows, columns, channels) integers
            The first of them compiles the kernels and fills the caches, with which the processes then begin.
        processes : int
            How many may work, this one included.
        progress : callable
            Called after every phase, and as often at once for an image that another process has finished.

        Yields
        ------
        ImageRun
            If there are several processes, counts and maps may be summed up in the run of a later image.
        """
        forks = processes_for(len(images), processes) - 1
        for number in range(1 if forks > 0 else len(images)):
            yield self.run_image(number, images[number], progress)
        if forks > 0:
            yield from self._share(images, forks, progress)

    def _share(self, images: NDArray[np.integer], forks: int, progress: Callable[[], None]) -> Iterator[ImageRun]:
        """Yield the runs of all but the first image, made by this process and by ``forks`` of it.

        This process takes the images from the start: it can yield its runs at once, and those to be kept for the
        stream need not be sent, unless there are few.
        """
        queue, reported = WorkQueue(1, len(images)), 0
        received: dict[int, ImageRun] = {}

        def report(finished: int) -> int:
            for _ in range((finished - reported) * len(self.planned)):
                progress()
            return finished

        # Frozen also because a collection in a fork would copy every page that it looks at.
        with frozen_gc(), ExitStack() as stack:
            others = [stack.enter_context(ForkedTask(lambda: self._help(images, queue))) for _ in range(forks)]
            for number in queue.from_start():
                yield self.run_image(number, images[number], progress)
                reported = report(queue.finished)
                for other in others:
                    other.raise_if_failed()
            for image_runs in results(others):
                received |= image_runs
        report(len(received))
        for number, image_run in sorted(received.items()):
            if image_run.scans:
                self.inferences.append(EventDrivenRun(self.network, self.routing, self.spec, images[number]))
                self.inferences[-1].scans, self.inferences[-1].step_begins = image_run.scans, image_run.step_begins
            yield image_run

    def _help(self, images: NDArray[np.integer], queue: WorkQueue) -> dict[int, ImageRun]:
        """Return image runs by number, all counts and maps in the last one: less to send and to add up."""
        image_runs: dict[int, ImageRun] = {}
        last = None
        try:
            for number in queue.from_end():
                image_run = image_runs[number] = self.run_image(number, images[number])
                if last is not None:
                    image_run.take_over(last)
                last = image_run
        finally:
            queue.clear()  # after an error, so that it is raised soon
        if last is not None:
            last.ledger.totals()  # merged here, not in the process that waits
        return image_runs

    def run_image(
        self, number: int, image: NDArray[np.integer], progress: Callable[[], None] = lambda: None
    ) -> ImageRun:
        """Run one image, count its operations and compare it with the quantised network."""
        inference = EventDrivenRun(self.network, self.routing, self.spec, image)
        seconds, check = HostSeconds(), LosslessCheck(self.network)
        self.counter.ledger = Ledger()

        def functional(phase: PlannedPhase) -> None:
            start = perf_counter()
            inference.perform(phase)
            seconds.functional += perf_counter() - start

        def account(phase: PlannedPhase, result: PhaseResult) -> None:
            self.counter.phase(phase, inference, result)
            progress()

        start = perf_counter()
        timing = clock(self.chip, self.loads, self.planned, lambda _: inference, functional, account, self.swaps)
        self.counter.image(timing)
        seconds.timing = perf_counter() - start - seconds.functional
        start = perf_counter()
        golden = golden_layers(self.network, image[None])
        check.compare(inference, golden)
        macs = effective_macs(self.network, golden)
        seconds.reference = perf_counter() - start
        spikes, spike_maps = count_spikes(self.network, inference)
        is_kept = self.streams and number < STREAMED
        if is_kept:
            self.inferences.append(inference)
        else:
            self.loads.forget(inference)
        return ImageRun(
            timing=timing.without_cores_and_links(),
            link_packets=timing.link_packets,
            ledger=self.counter.ledger,
            lossless_counts=check.counts,
            predictions=inference.membranes[-1].potential.argmax(axis=-1).ravel(),
            spikes=spikes,
            spike_maps=spike_maps,
            effective_macs=macs,
            scans=inference.scans if is_kept else {},
            step_begins=inference.step_begins if is_kept else {},
            seconds=seconds,
        )


def count_spikes(
    network: SpikingNetwork, inference: EventDrivenRun
) -> tuple[NDArray[np.int64], tuple[NDArray[np.int64], ...]]:
    """Return the spikes of each scan (layers, scans) and of each neuron, one map a layer; the host's do not count."""
    scans = max(network.model.scans(layer.role) for layer in network.layers)
    spikes = np.zeros((len(network.layers), scans), np.int64)
    maps = blank_maps(network)
    for (layer, step), scan in inference.scans.items():
        if network.layers[layer].is_spiking:
            spikes[layer, step] = scan.spikes.sum(dtype=np.int64)
            maps[layer][0] += scan.spikes
            if network.model.is_graded:
                maps[layer][1] += scan.spikes != 0
    return spikes, maps


def blank_maps(network: SpikingNetwork) -> tuple[NDArray[np.int64], ...]:
    """Return a zero map (1, rows, columns, channels) for each layer; (2, ...) of a graded model, one for events."""
    counted = 2 if network.model.is_graded else 1
    return tuple(np.zeros((counted, *layer.map_shape), np.int64) for layer in network.layers)


def effective_macs(network: SpikingNetwork, golden: list[GoldenLayer]) -> NDArray[np.float64]:
    """Return (layers,) float64: products with a non-zero activation of the quantised network, for one image."""
    totals = np.zeros(len(network.layers))
    for number, layer in enumerate(network.layers):
        for synapses in layer.sources:
            codes = golden[synapses.source].codes
            assert codes is not None
            totals[number] += synapses.effective_macs(codes[0])
    return totals

"""The clock of one inference: planned phases performed on the chip, and how long each took."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import simpy
from numpy.typing import NDArray

from neurosim.chip.chip import Chip, PhaseResult
from neurosim.schedule.plan import PlannedPhase
from neurosim.simulation.functional.event_driven import EventDrivenRun
from neurosim.simulation.memory.layer_swaps import Swap
from neurosim.simulation.timing.phase_work import ScanLoads

Array = NDArray[np.int64]
Reach = Literal["local", "global"]

NOTHING = np.zeros(0, np.int64)


@dataclass(eq=False)
class ImageTiming:
    """The times of one image, in ticks.

    Attributes
    ----------
    elapsed : int
        From the start to the end of the last phase.
    phase_results : list of PhaseResult
        One per phase.
    spans : list of int
        From the start of each phase to that of the next.
    residents : list of int
        The group of layers on the chip in each phase.
    barriers : list of (reach, tiles)
        Every synchronisation.
    swaps : list of Swap
        What was moved when a group was brought in.
    barrier_ticks, reload_ticks : int
        Sums over the barriers and the swaps.
    """

    elapsed: int = 0
    phase_results: list[PhaseResult] = field(default_factory=list)
    spans: list[int] = field(default_factory=list)
    residents: list[int] = field(default_factory=list)
    barriers: list[tuple[Reach, int]] = field(default_factory=list)
    swaps: list[Swap] = field(default_factory=list)
    barrier_ticks: int = 0
    reload_ticks: int = 0

    def total(self, spent: Literal["busy", "stalled"], group: int | None = None) -> Array:
        """Return (endpoints,) int64: ticks that cores were busy or stalled, in all or with one group on the chip."""
        ticks = [
            getattr(result, spent)
            for result, resident in zip(self.phase_results, self.residents, strict=True)
            if group in (None, resident)
        ]
        total: Array = np.sum(ticks, axis=0, dtype=np.int64)
        return total

    @property
    def link_packets(self) -> Array:
        """(tiles, 4) int64: packets over each outgoing link, in all phases."""
        total: Array = np.sum([result.link_packets for result in self.phase_results], axis=0, dtype=np.int64)
        return total

    def without_cores_and_links(self) -> ImageTiming:
        """Return the times alone: once counted, what each core and each link did is too much to keep."""
        phase_results = [
            replace(own, busy=NOTHING, stalled=NOTHING, link_packets=NOTHING) for own in self.phase_results
        ]
        return replace(self, phase_results=phase_results)


def clock(
    chip: Chip,
    loads: ScanLoads,
    planned: Sequence[PlannedPhase],
    run_of: Callable[[int], EventDrivenRun],
    before: Callable[[PlannedPhase], None] = lambda phase: None,
    after: Callable[[PlannedPhase, PhaseResult], None] = lambda phase, result: None,
    swaps: Mapping[int, Swap] | None = None,
    closing_barrier: bool = False,
    counted: bool = True,
) -> ImageTiming:
    """Perform planned phases on a chip under a fresh SimPy clock.

    Parameters
    ----------
    chip, loads, planned
        The chip, the loads of scans, and the phases.
    run_of : callable
        The inference of an image's number.
    before, after : callable
        Called at the start of each phase, when its spikes are computed, and at its end.
    swaps : mapping of int to Swap, optional
        By the number of a phase that brings layers in, which waits for it.
    closing_barrier : bool
        Whether the last phase is followed by its barrier, as in a stream of images.
    counted : bool
        Whether the result has the phases' results, not the times alone.

    Returns
    -------
    ImageTiming
    """
    timing = ImageTiming()

    def process() -> Generator[simpy.Event, Any, None]:
        for number, phase in enumerate(planned):
            start = chip.environment.now
            if swaps and number in swaps:
                timing.swaps.append(swaps[number])
                timing.reload_ticks += yield from chip.reload(swaps[number].ticks(chip.spec))
            before(phase)
            work = loads.work(phase, run_of)
            if counted:
                result = yield from chip.perform(work)
                timing.phase_results.append(result)
                timing.residents.append(phase.resident)
                after(phase, result)
            else:
                yield from chip.run(work)
            tiles = tiles_concerned(phase, loads) if phase.phase.barrier == "local" else chip.tiles_used
            if tiles and (number < len(planned) - 1 or closing_barrier):
                timing.barriers.append((phase.phase.barrier, tiles))
                timing.barrier_ticks += yield from chip.synchronise(phase.phase.barrier)
            timing.spans.append(int(chip.environment.now - start))

    chip.environment = simpy.Environment()
    chip.environment.process(process())
    chip.environment.run()
    timing.elapsed = int(chip.environment.now)
    return timing


def tiles_concerned(planned: PlannedPhase, loads: ScanLoads) -> int:
    """Return the tiles of the layers that sent, received or accumulated in a phase; 0 if there were none."""
    layers = {item.layer for item in planned.phase.items}
    layers |= {delivery.destination for delivery in (*planned.direct, *planned.stored, *planned.replays)}
    return int(np.count_nonzero(sum(loads.routing.tiles_of[layer] for layer in layers)))


def steady_window(planned: Sequence[PlannedPhase], last_layer: int, image: int) -> list[PlannedPhase]:
    """Return the phases of a stream between the last scans of ``last_layer`` for ``image`` and for the next image."""
    ends = [
        max(
            number
            for number, entry in enumerate(planned)
            if any(item.image == own and item.layer == last_layer for item in entry.phase.items)
        )
        for own in (image, image + 1)
    ]
    return list(planned[ends[0] + 1 : ends[1] + 1])

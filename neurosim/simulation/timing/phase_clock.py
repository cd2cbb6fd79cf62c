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
    """One pass over planned phases.

    ``passages``, ``spans`` (ticks from its start to the next one's) and ``residents`` (the group on the chip) have one
    entry a phase; ``barriers`` are (reach, tiles), ``movements`` what was brought in; ``elapsed`` is when it ended.
    """

    elapsed: int = 0
    passages: list[PhaseResult] = field(default_factory=list)
    spans: list[int] = field(default_factory=list)
    residents: list[int] = field(default_factory=list)
    barriers: list[tuple[Reach, int]] = field(default_factory=list)
    movements: list[Swap] = field(default_factory=list)
    barrier_ticks: int = 0
    reload_ticks: int = 0

    def total(self, spent: Literal["busy", "stalled"], group: int | None = None) -> Array:
        """Return (endpoints,) int64: how long the cores were busy or stalled, in all or with one group on the chip."""
        counted = [
            getattr(passage, spent)
            for passage, resident in zip(self.passages, self.residents, strict=True)
            if group in (None, resident)
        ]
        return np.sum(counted, axis=0, dtype=np.int64)

    @property
    def link_packets(self) -> Array:
        """(tiles, 4) int64: packets over each outgoing link, in all phases."""
        return np.sum([passage.link_packets for passage in self.passages], axis=0, dtype=np.int64)

    def without_cores_and_links(self) -> ImageTiming:
        """Return the times alone: what each core and each link did, once it is counted, is too much to keep."""
        passages = [replace(own, busy=NOTHING, stalled=NOTHING, link_packets=NOTHING) for own in self.passages]
        return replace(self, passages=passages)


def clock(
    chip: Chip,
    loads: ScanLoads,
    planned: Sequence[PlannedPhase],
    inference_of: Callable[[int], EventDrivenRun],
    before: Callable[[PlannedPhase], None] = lambda phase: None,
    after: Callable[[PlannedPhase, PhaseResult], None] = lambda phase, passage: None,
    movements: Mapping[int, Swap] | None = None,
    closing_barrier: bool = False,
    counted: bool = True,
) -> ImageTiming:
    """Perform ``planned`` on ``chip`` under a fresh SimPy clock.

    ``before`` is called at the start of each phase, when its spikes must come about, ``after`` at its end. A phase that
    brings layers in waits for its movement first. The last phase is followed by its barrier only with
    ``closing_barrier``, as in a stream of images. Where nothing is ``counted``, there are times but no passages.
    """
    run = ImageTiming()

    def process() -> Generator[simpy.Event, Any, None]:
        for number, phase in enumerate(planned):
            start = chip.environment.now
            if movements and number in movements:
                run.movements.append(movements[number])
                run.reload_ticks += yield from chip.reload(movements[number].ticks(chip.spec))
            before(phase)
            work = loads.work(phase, inference_of)
            if counted:
                passage = yield from chip.perform(work)
                run.passages.append(passage)
                run.residents.append(phase.resident)
                after(phase, passage)
            else:
                yield from chip.run(work)
            tiles = tiles_concerned(phase, loads) if phase.phase.barrier == "local" else chip.tiles_used
            if tiles and (number < len(planned) - 1 or closing_barrier):
                run.barriers.append((phase.phase.barrier, tiles))
                run.barrier_ticks += yield from chip.synchronise(phase.phase.barrier)
            run.spans.append(int(chip.environment.now - start))

    chip.environment = simpy.Environment()
    chip.environment.process(process())
    chip.environment.run()
    run.elapsed = int(chip.environment.now)
    return run


def tiles_concerned(planned: PlannedPhase, loads: ScanLoads) -> int:
    """Return the tiles of the layers that sent, received or accumulated in a phase; 0 if there were none."""
    layers = {item.layer for item in planned.phase.items}
    layers |= {delivery.destination for delivery in (*planned.direct, *planned.stored, *planned.replays)}
    return int(np.count_nonzero(sum(loads.wiring.tiles_of[layer] for layer in layers)))


def steady_window(planned: Sequence[PlannedPhase], last_layer: int, image: int) -> list[PlannedPhase]:
    """Return the phases of a stream between the last scans of ``last_layer`` for ``image`` and for the next image."""
    ends = [
        max(
            number
            for number, entry in enumerate(planned)
            if any(i.image == wanted and i.layer == last_layer for i in entry.phase.items)
        )
        for wanted in (image, image + 1)
    ]
    return list(planned[ends[0] + 1 : ends[1] + 1])

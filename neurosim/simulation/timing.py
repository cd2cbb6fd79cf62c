"""The clock of one inference: planned phases performed on the chip, and how long each took."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from neurosim.chip.chip import Chip, Passage
from neurosim.simulation.inference import Inference
from neurosim.simulation.plan import PlannedPhase
from neurosim.simulation.traffic import Loads

Array = NDArray[np.int64]


@dataclass(eq=False)
class Run:
    """One pass over planned phases: when it ended, its passages, its barriers as (reach, tiles) and their ticks."""

    elapsed: int = 0
    passages: list[Passage] = field(default_factory=list)
    barriers: list[tuple[str, int]] = field(default_factory=list)
    barrier_ticks: int = 0

    def total(self, field_name: str) -> Array:
        """Return (endpoints,) int64: the sum of ``busy`` or ``stalled`` over all passages."""
        return np.sum([getattr(passage, field_name) for passage in self.passages], axis=0, dtype=np.int64)


def clock(
    chip: Chip,
    loads: Loads,
    planned: Sequence[PlannedPhase],
    inference_of: Callable[[int], Inference],
    before: Callable[[PlannedPhase], None] = lambda phase: None,
    after: Callable[[PlannedPhase, Passage], None] = lambda phase, passage: None,
    closing_barrier: bool = False,
) -> Run:
    """Perform ``planned`` on ``chip`` under a fresh SimPy clock.

    ``before`` is called at the start of each phase, when its spikes must come about, ``after`` at its end. The last
    phase is followed by its barrier only with ``closing_barrier``, as in a stream of images.
    """
    run = Run()

    def process() -> Generator[simpy.Event, Any, None]:
        for number, phase in enumerate(planned):
            before(phase)
            passage = yield from chip.perform(loads.work(phase, inference_of))
            run.passages.append(passage)
            after(phase, passage)
            if number < len(planned) - 1 or closing_barrier:
                reach = phase.phase.barrier
                tiles = tiles_concerned(phase, loads) if reach == "local" else chip.tiles_used
                run.barriers.append((reach, tiles))
                run.barrier_ticks += yield from chip.synchronise(reach)

    chip.environment = simpy.Environment()
    chip.environment.process(process())
    chip.environment.run()
    run.elapsed = int(chip.environment.now)
    return run


def tiles_concerned(planned: PlannedPhase, loads: Loads) -> int:
    """Return the tiles of the layers that sent or received in a phase."""
    layers = {item.layer for item in planned.phase.items}
    layers |= {delivery.destination for delivery in (*planned.direct, *planned.stored)}
    wiring = loads.wiring
    endpoints = np.concatenate([wiring.layers[layer].endpoints for layer in sorted(layers)])
    return len(np.unique(wiring.tile_x[endpoints] + (1 + wiring.tile_x.max()) * wiring.tile_y[endpoints]))


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

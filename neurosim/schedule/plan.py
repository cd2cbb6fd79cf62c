"""The plan: which spikes are accumulated in which phase, and which must wait in a buffer until then.

A schedule says only when layers are scanned. A plane of spikes (one layer, one step) is delivered in the phase of
its scan. It is *accumulated* there and then if its destination is ready for that step, else stored in the
destination's spike buffer and replayed when it is:

* a layer whose scans wait for W further planes takes in its first W + 1 planes one after the other, because it weights
  them by growing between them: it is ready for one when every source's plane before has been delivered in an earlier
  phase, and it was ready for that. With W = T - 1, these are all planes;
* it is ready for plane t > W from the phase of its own scan t - 1 - W on (membranes are double-buffered, so scan and
  accumulation share that phase). With W = 0, that is all but the first.

A layer that replays its input reads a plane more than once; it stays stored until the last time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from neurosim.errors import ScheduleError
from neurosim.schedule.phase import Phase, WorkItem


@dataclass(frozen=True, order=True)
class Delivery:
    """One plane into layer ``destination``, over all the projections by which it reads the plane's layer.

    ``synapses`` is the number of the first of them among its sources. It is read as plane ``step`` of the destination's
    input.
    """

    plane: WorkItem
    destination: int
    synapses: int
    step: int


@dataclass(eq=False)
class PlannedPhase:
    """One phase with what happens in it, in this order: scans, openings, replays, deliveries.

    ``openings`` are (image, layer, step) whose accumulation begins here; ``replays`` were ``stored`` in an earlier
    phase, ``direct`` ones are accumulated as they arrive. Planes for layers that are not on the chip are ``spilled``
    to the memory behind it and are replayed from there; ``held`` ones wait to leave packed. ``resident`` is the group
    of layers on the chip; with ``brings_in`` it was not there before.
    """

    phase: Phase
    resident: int = 0
    brings_in: bool = False
    step_begins: list[WorkItem] = field(default_factory=list)
    replays: list[Delivery] = field(default_factory=list)
    direct: list[Delivery] = field(default_factory=list)
    stored: list[Delivery] = field(default_factory=list)
    spilled: list[Delivery] = field(default_factory=list)
    held: list[Delivery] = field(default_factory=list)


def plan(
    phases: Iterable[Phase],
    sources: Sequence[Sequence[int]],
    steps: Sequence[int],
    waits: Sequence[int],
    readings: Sequence[Sequence[int]] | None = None,
    groups: Sequence[int] | None = None,
    packed: bool = False,
) -> list[PlannedPhase]:
    """Plan ``phases`` for a network whose layer d has source layers ``sources[d]`` and is scanned ``steps[d]`` times.

    ``waits[d]`` is how many further planes must be in before a scan, ``readings[d]`` which scan of the sources each
    plane is: all scans in their order, if it is not given. ``groups[d]`` is the group of layers that d is on the chip
    with; all are, if it is not given. A phase that needs several groups is done group by group. With ``packed`` a
    layer's planes all leave with its last scan, and are accumulated from the next phase on. The phases may break off:
    what would be accumulated behind their end is stored until then. Raises ScheduleError if a scan would come before
    the input it needs.
    """
    groups = groups or [0] * len(sources)
    readings = readings or [range(max((steps[source] for source in own), default=0)) for own in sources]
    sent_at = [own - 1 if packed and 0 < layer < len(steps) - 1 else None for layer, own in enumerate(steps)]
    planned = [*brought_in(unpacked(phases, sent_at), groups), PlannedPhase(Phase(()))]  # the last: all behind the end
    end = len(planned) - 1
    present = {group: [n for n in range(end) if planned[n].resident == group] + [end] for group in set(groups)}
    scans = [(item, number) for number, entry in enumerate(planned) for item in entry.phase.items]
    timetable = ScanTimes(dict(scans), end, sources, steps, waits, readings, sent_at)
    leading: list[list[tuple[int, int]]] = [[] for _ in sources]  # from each layer, to the n-th source of others
    for destination, own_sources in enumerate(sources):
        for source in dict.fromkeys(own_sources):
            leading[source].append((destination, own_sources.index(source)))
    opened: dict[WorkItem, int] = {}
    for item, scanned in scans:
        last = sent_at[item.layer]
        arrival = scanned if last is None else timetable.phase_of(item.image, item.layer, last)
        for destination, number in leading[item.layer]:
            there, waiting = present[groups[destination]], None
            for step in timetable.read_as[destination].get(item.step, ()):
                target = WorkItem(item.image, destination, step)
                ready = max(arrival if last is None else arrival + 1, timetable.ready(target))
                accumulation = there[bisect_left(there, min(ready, end))]
                timetable.check(target, accumulation)
                delivery = Delivery(item, destination, number, step)
                if accumulation == arrival and last is None:
                    planned[arrival].direct.append(delivery)
                else:
                    planned[accumulation].replays.append(delivery)
                    waiting = delivery
                opened[target] = min(accumulation, opened.get(target, accumulation))
            if waiting is not None:
                apart = groups[item.layer] != groups[destination]
                (planned[arrival].spilled if apart else planned[arrival].stored).append(waiting)
                if arrival > scanned:
                    planned[scanned].held.append(waiting)
    for target, number in opened.items():
        planned[number].step_begins.append(target)
    return planned[:end]


def unpacked(phases: Iterable[Phase], sent_at: Sequence[int | None]) -> Iterator[Phase]:
    """Yield the phases, and behind each in which a layer sends its packed planes one in which they are accumulated."""
    for phase in phases:
        yield phase
        if any(sent_at[item.layer] == item.step for item in phase.items):
            yield Phase((), "local")


def brought_in(phases: Iterable[Phase], groups: Sequence[int]) -> Iterator[PlannedPhase]:
    """Yield the phases with the group of layers that each needs on the chip, and before a change one that brings it in.

    Nothing is scanned in a phase that brings a group in; what has been spilled for its layers is accumulated there.
    """
    resident = 0 if len(set(groups)) == 1 else None
    for phase in phases:
        if not phase.items:
            yield PlannedPhase(phase, resident or 0)
        for group in sorted({groups[item.layer] for item in phase.items}):
            if group != resident:
                yield PlannedPhase(Phase((), "local"), group, brings_in=True)
                resident = group
            items = tuple(item for item in phase.items if groups[item.layer] == group)
            yield PlannedPhase(Phase(items, phase.barrier), group)


class ScanTimes:
    """When every scan takes place, ``when[image, layer, step]``, and so when a layer is ready for a plane.

    A scan that is not among the phases is taken to come behind their ``end``. ``read_as[d]`` says which planes of layer
    d's input a scan of its sources is.
    """

    def __init__(
        self,
        when: Mapping[tuple[int, int, int], int],
        end: int,
        sources: Sequence[Sequence[int]],
        steps: Sequence[int],
        waits: Sequence[int],
        readings: Sequence[Sequence[int]],
        sent_at: Sequence[int | None],
    ) -> None:
        self.when, self.end = when, end
        self.sources, self.steps, self.waits, self.readings, self.sent_at = sources, steps, waits, readings, sent_at
        self.read_as: list[dict[int, list[int]]] = []
        for own in readings:
            self.read_as.append({})
            for step, scan in enumerate(own):
                self.read_as[-1].setdefault(scan, []).append(step)
        self._ready: dict[WorkItem, int] = {}

    def phase_of(self, image: int, layer: int, step: int) -> int:
        """Return the phase of a scan."""
        return self.when.get((image, layer, step), self.end)

    def ready(self, target: WorkItem) -> int:
        """Return the first phase in which the inbox of ``target`` may take its plane."""
        if target not in self._ready:
            self._ready[target] = self._ready_from(*target)
        return self._ready[target]

    def _ready_from(self, image: int, layer: int, step: int) -> int:
        if step > self.waits[layer]:
            return self.phase_of(image, layer, step - 1 - self.waits[layer])
        if step > 0:
            scan = self.readings[layer][step - 1]
            delivered = max(
                self.phase_of(image, source, self.sent_at[source] or scan) for source in self.sources[layer]
            )
            return max(1 + delivered, self.ready(WorkItem(image, layer, step - 1)))
        return self.phase_of(image - 1, layer, max(self.steps[layer] - 1 - self.waits[layer], 0)) if image else 0

    def check(self, target: WorkItem, accumulation: int) -> None:
        """Raise a ScheduleError unless a plane accumulated in that phase is in before the scan that needs it."""
        image, layer, step = target
        scanned = min(max(step - self.waits[layer], 0), self.steps[layer] - 1)
        phase = self.phase_of(image, layer, scanned)
        if accumulation >= phase and phase < self.end:
            raise ScheduleError(
                f"layer {layer} would be scanned for step {scanned} in phase {phase}, before its input of step {step} "
                f"has been accumulated in phase {accumulation}"
            )

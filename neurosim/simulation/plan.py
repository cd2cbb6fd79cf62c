"""The plan: which spikes are accumulated in which phase, and which must wait in a buffer until then.

A schedule says only when layers are scanned. A plane of spikes (one layer, one step) is delivered in the phase of
its scan. It is *accumulated* there and then if its destination is ready for that step, else stored in the
destination's spike buffer and replayed when it is:

* a model that weights planes by Horner's rule is ready for step t when every source's plane t - 1 has been delivered in
  an earlier phase;
* a model that fires every step is ready for step t from the phase of its own scan of step t - 1 on (membranes are
  double-buffered, so scan and accumulation share that phase).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from neurosim.errors import ScheduleError
from neurosim.schedule.phase import Phase, WorkItem


@dataclass(frozen=True, order=True)
class Delivery:
    """One plane over one bundle of synapses: the ``synapses``-th source of layer ``destination``."""

    plane: WorkItem
    destination: int
    synapses: int


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
    openings: list[WorkItem] = field(default_factory=list)
    replays: list[Delivery] = field(default_factory=list)
    direct: list[Delivery] = field(default_factory=list)
    stored: list[Delivery] = field(default_factory=list)
    spilled: list[Delivery] = field(default_factory=list)
    held: list[Delivery] = field(default_factory=list)


def plan(
    phases: Iterable[Phase],
    sources: Sequence[Sequence[int]],
    steps: Sequence[int],
    waits_for_all_steps: bool,
    groups: Sequence[int] | None = None,
    packed: bool = False,
) -> list[PlannedPhase]:
    """Plan ``phases`` for a network whose layer d has source layers ``sources[d]`` and is scanned ``steps[d]`` times.

    ``groups[d]`` is the group of layers that d is on the chip with; all are, if it is not given. A phase that needs
    several groups is done group by group. With ``packed`` a layer's planes all leave with its last scan, and are
    accumulated from the next phase on. Raises ScheduleError if a scan would come before the input it needs.
    """
    groups = groups or [0] * len(sources)
    sent_at = [own - 1 if packed and 0 < layer < len(steps) - 1 else None for layer, own in enumerate(steps)]
    planned = list(brought_in(unpacked(phases, sent_at), groups))
    present = {group: [n for n, entry in enumerate(planned) if entry.resident == group] for group in set(groups)}
    when = {item: number for number, entry in enumerate(planned) for item in entry.phase.items}
    opened: dict[WorkItem, int] = {}
    for item, scanned in sorted(when.items(), key=lambda pair: pair[1]):
        last = sent_at[item.layer]
        arrival = scanned if last is None else when[item._replace(step=last)]
        for destination, own_sources in enumerate(sources):
            for number, source in enumerate(own_sources):
                if source != item.layer:
                    continue
                target = WorkItem(item.image, destination, item.step)
                ready = _ready(target, own_sources, steps, when, waits_for_all_steps, sent_at)
                if last is not None:
                    ready = max(ready, arrival + 1)
                there = present[groups[destination]]
                place = bisect_left(there, max(arrival, ready))
                if place == len(there):
                    continue  # beyond the end of these phases, for an image whose scan is not among them
                accumulation = there[place]
                _check_order(target, accumulation, steps, when, waits_for_all_steps)
                delivery = Delivery(item, destination, number)
                if arrival > scanned:
                    planned[scanned].held.append(delivery)
                if accumulation == arrival:
                    planned[arrival].direct.append(delivery)
                else:
                    apart = groups[source] != groups[destination]
                    (planned[arrival].spilled if apart else planned[arrival].stored).append(delivery)
                    planned[accumulation].replays.append(delivery)
                opened[target] = min(accumulation, opened.get(target, accumulation))
    for target, number in opened.items():
        planned[number].openings.append(target)
    return planned


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


def _ready(
    target: WorkItem,
    sources: Sequence[int],
    steps: Sequence[int],
    when: dict[WorkItem, int],
    waits_for_all_steps: bool,
    sent_at: Sequence[int | None],
) -> int:
    """Return the first phase in which the inbox of ``target`` may take its plane."""
    image, layer, step = target
    if step > 0 and waits_for_all_steps:
        earlier = ((source, sent_at[source] or step - 1) for source in sources if step - 1 < steps[source])
        return 1 + max(when[WorkItem(image, source, sent)] for source, sent in earlier)
    if step > 0:
        return when[WorkItem(image, layer, step - 1)]
    previous = WorkItem(image - 1, layer, 0 if waits_for_all_steps else steps[layer] - 1)
    return when.get(previous, 0)


def _check_order(
    target: WorkItem,
    accumulation: int,
    steps: Sequence[int],
    when: dict[WorkItem, int],
    waits_for_all_steps: bool,
) -> None:
    scan = WorkItem(target.image, target.layer, 0 if waits_for_all_steps else min(target.step, steps[target.layer] - 1))
    if accumulation >= when[scan]:
        raise ScheduleError(
            f"layer {target.layer} would be scanned for step {scan.step} in phase {when[scan]}, before its input of "
            f"step {target.step} has been accumulated in phase {accumulation}"
        )

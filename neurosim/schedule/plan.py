"""The plan: which spikes are accumulated in which phase, and which wait in a spike buffer until then.

A schedule orders only the scans of the layers. The spike map of a scan (one layer, one step) is delivered in the phase
of the scan. It is *accumulated* in that phase if its destination is ready for that step, else stored in the
destination's spike buffer and replayed later:

* a layer with a lookahead of W (its scan waits for W further spike maps) takes in its first W + 1 maps one after the
  other, because it weights them by growing between them: it is ready for one when the map before has been delivered
  by every source in an earlier phase, and it was ready for that. With W = T - 1, these are all maps;
* it is ready for map t > W from the phase of its own scan t - 1 - W on (membranes are double-buffered, so scan and
  accumulation share that phase). With W = 0, that is all but the first.

A layer that replays its input reads a spike map more than once; the map stays stored until the last time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from neurosim.errors import ScheduleError
from neurosim.schedule.phase import Phase, WorkItem


@dataclass(frozen=True, order=True)
class Delivery:
    """The spike map of one ``scan`` into layer ``destination``, over all projections from the scanned layer.

    ``projection`` is the number of the first of them among the destination's sources. The map is read as ``step`` of
    the destination's input.
    """

    scan: WorkItem
    destination: int
    projection: int
    step: int


@dataclass(eq=False)
class PlannedPhase:
    """One phase with what happens in it, in this order: scans, starts of steps, replays, deliveries.

    Attributes
    ----------
    phase : Phase
        The scans, and the barrier at the end.
    resident : int
        The group of layers on the chip.
    brings_in : bool
        Whether the group is loaded at the start of the phase.
    step_begins : list of WorkItem
        (image, layer, step) whose accumulation begins here, after the start-of-step update.
    replays : list of Delivery
        Accumulated here, stored in an earlier phase.
    direct : list of Delivery
        Accumulated as they arrive.
    stored : list of Delivery
        Written into a spike buffer.
    spilled : list of Delivery
        Written to the off-chip memory, because the destination is not on the chip; replayed from there.
    held : list of Delivery
        Kept at the source until its last step, to leave packed.
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
    lookaheads: Sequence[int],
    input_orders: Sequence[Sequence[int]] | None = None,
    groups: Sequence[int] | None = None,
    packed: bool = False,
) -> list[PlannedPhase]:
    """Plan which spike maps are accumulated in which of the ``phases`` of a network.

    Parameters
    ----------
    phases : iterable of Phase
        A schedule's. They may break off: what would be accumulated after their end stays stored until then.
    sources : sequence of sequence of int
        The source layer of each projection of each layer.
    steps : sequence of int
        How often each layer is scanned for an image.
    lookaheads : sequence of int
        How many further spike maps each layer's scan waits for.
    input_orders : sequence of sequence of int, optional
        Which scan of the sources each step of a layer's input is; by default all scans in their order.
    groups : sequence of int, optional
        Group of layers with which each layer is on the chip; by default all are. A phase that needs several groups is
        done group by group.
    packed : bool
        Whether the spike maps of a layer all leave with its last scan, to be accumulated from the next phase on.

    Returns
    -------
    list of PlannedPhase

    Raises
    ------
    ScheduleError
        If a scan would come before the input it needs.
    """
    groups = groups or [0] * len(sources)
    input_orders = input_orders or [range(max((steps[source] for source in own), default=0)) for own in sources]
    sent_at = [own - 1 if packed and 0 < layer < len(steps) - 1 else None for layer, own in enumerate(steps)]
    # The last planned phase stands for all after the end.
    planned = [*brought_in(unpacked(phases, sent_at), groups), PlannedPhase(Phase(()))]
    when = {item: number for number, entry in enumerate(planned) for item in entry.phase.items}
    scan_times = ScanTimes(when, len(planned) - 1, sources, steps, lookaheads, input_orders, sent_at)
    deliver(planned, scan_times, groups)
    return planned[:-1]


def deliver(planned: Sequence[PlannedPhase], scan_times: ScanTimes, groups: Sequence[int]) -> None:
    """Enter every delivery of every scan into the first phase in which its destination is on the chip and ready."""
    end, sent_at = scan_times.end, scan_times.sent_at
    present = {group: [n for n in range(end) if planned[n].resident == group] + [end] for group in set(groups)}
    destinations: list[list[tuple[int, int]]] = [[] for _ in groups]  # and the scanned layer's number among its sources
    for destination, own_sources in enumerate(scan_times.sources):
        for source in dict.fromkeys(own_sources):
            destinations[source].append((destination, own_sources.index(source)))
    begun: dict[WorkItem, int] = {}
    scans = [(item, number) for number, entry in enumerate(planned) for item in entry.phase.items]
    for item, scanned in scans:
        last = sent_at[item.layer]
        arrival = scanned if last is None else scan_times.phase_of(item.image, item.layer, last)
        for destination, number in destinations[item.layer]:
            there, waiting = present[groups[destination]], None
            for step in scan_times.read_as[destination].get(item.step, ()):
                target = WorkItem(item.image, destination, step)
                ready = max(arrival if last is None else arrival + 1, scan_times.ready(target))
                accumulation = there[bisect_left(there, min(ready, end))]
                scan_times.check(target, accumulation)
                delivery = Delivery(item, destination, number, step)
                if accumulation == arrival and last is None:
                    planned[arrival].direct.append(delivery)
                else:
                    planned[accumulation].replays.append(delivery)
                    waiting = delivery
                begun[target] = min(accumulation, begun.get(target, accumulation))
            if waiting is not None:
                is_apart = groups[item.layer] != groups[destination]
                (planned[arrival].spilled if is_apart else planned[arrival].stored).append(waiting)
                if arrival > scanned:
                    planned[scanned].held.append(waiting)
    for target, number in begun.items():
        planned[number].step_begins.append(target)


def unpacked(phases: Iterable[Phase], sent_at: Sequence[int | None]) -> Iterator[Phase]:
    """Yield the phases, each in which a layer sends packed spikes followed by one in which they are accumulated."""
    for phase in phases:
        yield phase
        if any(sent_at[item.layer] == item.step for item in phase.items):
            yield Phase((), "local")


def brought_in(phases: Iterable[Phase], groups: Sequence[int]) -> Iterator[PlannedPhase]:
    """Yield the phases with the group of layers that each needs, and before a change of group one that loads it.

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
    """When every scan takes place, ``when[image, layer, step]``, and so when a layer is ready for a spike map.

    A scan that is not among the phases is taken to come after their ``end``. ``read_as[d]`` maps a scan of the sources
    of layer d to the steps of d's input as which it is read.
    """

    def __init__(
        self,
        when: Mapping[WorkItem, int],
        end: int,
        sources: Sequence[Sequence[int]],
        steps: Sequence[int],
        lookaheads: Sequence[int],
        input_orders: Sequence[Sequence[int]],
        sent_at: Sequence[int | None],
    ) -> None:
        self.when, self.end = when, end
        self.sources, self.steps, self.lookaheads, self.input_orders, self.sent_at = (
            sources,
            steps,
            lookaheads,
            input_orders,
            sent_at,
        )
        self.read_as: list[dict[int, list[int]]] = []
        for own in input_orders:
            self.read_as.append({})
            for step, scan in enumerate(own):
                self.read_as[-1].setdefault(scan, []).append(step)
        self._ready: dict[WorkItem, int] = {}

    def phase_of(self, image: int, layer: int, step: int) -> int:
        """Return the phase of a scan."""
        return self.when.get(WorkItem(image, layer, step), self.end)

    def ready(self, target: WorkItem) -> int:
        """Return the first phase in which the input accumulators of ``target`` may take its spike map."""
        if target not in self._ready:
            self._ready[target] = self._ready_from(*target)
        return self._ready[target]

    def _ready_from(self, image: int, layer: int, step: int) -> int:
        if step > self.lookaheads[layer]:
            return self.phase_of(image, layer, step - 1 - self.lookaheads[layer])
        if step > 0:
            scan = self.input_orders[layer][step - 1]
            delivered = max(
                self.phase_of(image, source, self.sent_at[source] or scan) for source in self.sources[layer]
            )
            return max(1 + delivered, self.ready(WorkItem(image, layer, step - 1)))
        return self.phase_of(image - 1, layer, max(self.steps[layer] - 1 - self.lookaheads[layer], 0)) if image else 0

    def check(self, target: WorkItem, accumulation: int) -> None:
        """Raise a ScheduleError unless a spike map accumulated in that phase is in before the scan that needs it."""
        image, layer, step = target
        scanned = min(max(step - self.lookaheads[layer], 0), self.steps[layer] - 1)
        phase = self.phase_of(image, layer, scanned)
        if accumulation >= phase and phase < self.end:
            raise ScheduleError(
                f"layer {layer} would be scanned for step {scanned} in phase {phase}, before its input of step {step} "
                f"has been accumulated in phase {accumulation}"
            )

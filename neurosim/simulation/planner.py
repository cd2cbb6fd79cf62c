"""From a network and a schedule to planned phases: how often, how late and in which order its layers work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from neurosim.conversion.spiking import SpikingNetwork
from neurosim.errors import ScheduleError
from neurosim.schedule.phase import Phase, Schedule, WorkItem
from neurosim.schedule.plan import PlannedPhase, plan


def scans(network: SpikingNetwork) -> list[int]:
    """Return how often each layer is scanned in one inference."""
    return [network.model.scans(layer.role) for layer in network.layers]


def starts(network: SpikingNetwork) -> list[int]:
    """Return how many steps after the host each layer begins under a schedule in which every layer works in every step.

    Its first scan needs the spike maps of its lookahead from each source, which starts late itself. So a skip
    connection delivers early, and its spikes wait for as many steps as the layers in between start later.
    """
    model, delays, scan_counts = network.model, [0], scans(network)
    for layer in network.layers[1:]:
        sources = {synapses.source for synapses in layer.sources}
        delays.append(
            max(delays[source] + min(model.lookahead(layer.role), scan_counts[source] - 1) for source in sources)
        )
    return delays


def phases_of(network: SpikingNetwork, schedule: Schedule, images: int = 1) -> Iterable[Phase]:
    """Return the phases of a stream of ``images``."""
    if schedule.fires_every_step and any(starts(network)):
        return schedule.phases(scans(network), images, starts(network))
    return schedule.phases(scans(network), images)


def until(phases: Iterable[Phase], last: WorkItem) -> Iterator[Phase]:
    """Yield the phases up to the one in which ``last`` is scanned."""
    for phase in phases:
        yield phase
        if last in phase.items:
            return


def check_whole(network: SpikingNetwork, schedule: Schedule, phases: Iterable[Phase], images: int) -> None:
    """Raise a ScheduleError with the first scan that the phases of ``images`` leave out, repeat or make up."""
    scheduled = Counter(item for phase in phases for item in phase.items)
    expected = {
        WorkItem(image, layer, step)
        for image in range(images)
        for layer, count in enumerate(scans(network))
        for step in range(count)
    }
    wrong = sorted(item for item in expected | scheduled.keys() if scheduled[item] != (item in expected))
    if wrong:
        image, layer, step = wrong[0]
        verb = "makes up" if wrong[0] not in expected else "repeats" if scheduled[wrong[0]] else "leaves out"
        name = f" ({network.layers[layer].name})" if 0 <= layer < len(network.layers) else ""
        raise ScheduleError(
            f"{schedule.kind} {verb} the scan of layer {layer}{name} for step {step} of image {image}"
            f"{f', one of {len(wrong)} wrong scans' if wrong[1:] else ''}"
        )


def planned(
    network: SpikingNetwork,
    schedule: Schedule,
    images: int = 1,
    groups: Sequence[int] | None = None,
    packed: bool = False,
    results: int | None = None,
) -> list[PlannedPhase]:
    """Return the planned phases of a stream of ``images``; ``groups`` and ``packed`` are those of ``plan``.

    With ``results``, they break off after so many results; without, ScheduleError is raised unless they have each scan
    of each layer once.
    """
    model, roles = network.model, [layer.role for layer in network.layers]
    phases = phases_of(network, schedule, images)
    if results is None:
        phases = list(phases)
        check_whole(network, schedule, phases, images)
    else:
        phases = until(phases, WorkItem(results - 1, len(roles) - 1, model.scans("output") - 1))
    return plan(
        phases,
        [[synapses.source for synapses in layer.sources] for layer in network.layers],
        scans(network),
        [0 if role == "input" else model.lookahead(role) for role in roles],
        [() if role == "input" else model.input_order(role) for role in roles],
        groups=groups,
        packed=packed,
    )


def planned_stream(network: SpikingNetwork, schedule: Schedule, packed: bool = False) -> list[PlannedPhase]:
    """Return the planned phases of an endless stream of images up to its third result, all layers being on the chip.

    Between the second result and the third it is in its steady state: every layer has had an image before, and as many
    images follow as can be in flight.
    """
    return planned(network, schedule, len(network.layers) + 3, packed=packed, results=3)

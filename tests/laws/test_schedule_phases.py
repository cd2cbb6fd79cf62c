"""Every schedule does all the work once and never before its causes; the plan delivers each plane once and in time."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_networks import SCHEDULES
from stored_planes import stored_planes

from neurosim.errors import ScheduleError
from neurosim.kinds import resolve
from neurosim.schedule.phase import WorkItem
from neurosim.simulation.plan import Delivery, plan


@st.composite
def graphs(draw):
    """Sources by layer: layer 1 reads the host, every later one its predecessor or others before it, some twice."""
    layers = draw(st.integers(2, 6))
    sources = [[], [0]]
    for layer in range(2, layers):
        earlier = st.integers(1, layer - 1)
        sources.append([layer - 1, *draw(st.lists(earlier, max_size=2))])
    return sources


@st.composite
def cases(draw):
    """(schedule, sources, scans of each layer, images, whether the model waits for all steps): a legal pair."""
    schedule = resolve("neurosim.schedule", draw(st.sampled_from(SCHEDULES)))()
    waits = False if schedule.fires_every_step else draw(st.booleans())
    sources, steps = draw(graphs()), draw(st.integers(1, 4))
    scans = [1, *([steps] * (len(sources) - 2)), 1 if waits else steps]
    return schedule, sources, scans, draw(st.integers(1, 4)), waits


@given(cases())
def test_all_the_work_is_done_once(case):
    schedule, _, scans, images, _ = case
    done = Counter(item for phase in schedule.phases(scans, images) for item in phase.items)
    assert done == Counter(
        WorkItem(image, layer, step)
        for image in range(images)
        for layer, own in enumerate(scans)
        for step in range(own)
    )


@given(cases())
def test_no_phase_is_empty_and_the_last_one_ends_in_a_global_barrier(case):
    schedule, _, scans, images, _ = case
    phases = list(schedule.phases(scans, images))
    assert all(phase.items for phase in phases)
    assert phases[-1].barrier == "global"


@given(cases())
def test_a_core_scans_for_one_step_in_a_phase(case):
    schedule, _, scans, images, _ = case
    for phase in schedule.phases(scans, images):
        layers = [item.layer for item in phase.items]
        assert len(layers) == len(set(layers))


@given(cases())
def test_the_steps_of_a_layer_and_its_images_come_in_order(case):
    schedule, _, scans, images, _ = case
    for layer in range(len(scans)):
        order = [item for phase in schedule.phases(scans, images) for item in phase.items if item.layer == layer]
        assert order == sorted(order)


@given(cases())
def test_every_delivery_is_accumulated_once_not_before_it_is_sent_and_before_its_scan(case):
    schedule, sources, scans, images, waits = case
    planned = plan(schedule.phases(scans, images), sources, scans, waits)
    when = {item: number for number, entry in enumerate(planned) for item in entry.phase.items}
    accumulated = Counter()
    for number, entry in enumerate(planned):
        for delivery in (*entry.direct, *entry.replays):
            accumulated[delivery] += 1
            assert when[delivery.plane] <= number
            assert (when[delivery.plane] == number) == (delivery in entry.direct)
            image, _, step = delivery.plane
            scan = WorkItem(image, delivery.destination, 0 if waits else step)
            assert number < when[scan]
        for delivery in entry.stored:
            assert when[delivery.plane] == number
    wanted = [
        Delivery(WorkItem(image, source, step), destination, index)
        for image in range(images)
        for destination, own in enumerate(sources)
        for index, source in enumerate(own)
        for step in range(scans[source])
    ]
    assert accumulated == Counter(wanted)


@given(cases())
def test_what_is_stored_is_replayed_later_and_nothing_is_left_behind(case):
    schedule, sources, scans, images, waits = case
    planned = plan(schedule.phases(scans, images), sources, scans, waits)
    stored = {delivery: number for number, entry in enumerate(planned) for delivery in entry.stored}
    replayed = {delivery: number for number, entry in enumerate(planned) for delivery in entry.replays}
    assert stored.keys() == replayed.keys()
    assert all(stored[delivery] < replayed[delivery] for delivery in stored)
    peak = [sum(planes.values()) for planes in stored_planes(planned)]
    held = [sum(stored[d] <= number <= replayed[d] for d in stored) for number in range(len(planned))]
    assert peak == held


@given(cases())
def test_an_inbox_holds_one_step_at_a_time(case):
    """Opened once, before anything of its step is added and after all of the step before it was (or was scanned)."""
    schedule, sources, scans, images, waits = case
    planned = plan(schedule.phases(scans, images), sources, scans, waits)
    when = {item: number for number, entry in enumerate(planned) for item in entry.phase.items}
    opened = {}
    for number, entry in enumerate(planned):
        for opening in entry.openings:
            assert opening not in opened
            opened[opening] = number
    added = {}
    for number, entry in enumerate(planned):
        for delivery in (*entry.replays, *entry.direct):
            target = WorkItem(delivery.plane.image, delivery.destination, delivery.plane.step)
            added.setdefault(target, []).append(number)
    assert opened.keys() == added.keys()
    for target, numbers in added.items():
        assert opened[target] == min(numbers)
        image, layer, step = target
        if step > 0:
            earlier = WorkItem(image, layer, step - 1)
            assert max(added[earlier]) < opened[target]
            if not waits:
                assert when[earlier] <= opened[target]  # scans come before openings in a phase
        elif image > 0:
            assert when[WorkItem(image - 1, layer, 0 if waits else scans[layer] - 1)] <= opened[target]


@st.composite
def shared_cases(draw):
    """A case of one image, and the group of layers that each layer is on the chip with."""
    schedule, sources, scans, _, waits = draw(cases())
    starts = draw(st.lists(st.booleans(), min_size=len(scans) - 2, max_size=len(scans) - 2))
    groups = [0, 0]
    for start in starts:
        groups.append(groups[-1] + start)
    return schedule, sources, scans, waits, groups


@given(shared_cases())
def test_layers_that_share_cores_are_there_when_they_work_and_lose_nothing(case):
    schedule, sources, scans, waits, groups = case
    planned = plan(schedule.phases(scans), sources, scans, waits, groups)
    done = Counter(item for entry in planned for item in entry.phase.items)
    assert done == Counter(WorkItem(0, layer, step) for layer, own in enumerate(scans) for step in range(own))
    when = {item: number for number, entry in enumerate(planned) for item in entry.phase.items}
    accumulated, resident = Counter(), 0 if len(set(groups)) == 1 else None
    for number, entry in enumerate(planned):
        assert entry.brings_in == (entry.resident != resident)
        resident = entry.resident
        assert all(groups[item.layer] == resident for item in entry.phase.items)
        for delivery in (*entry.direct, *entry.replays):
            accumulated[delivery] += 1
            assert groups[delivery.destination] == resident
            assert (
                when[delivery.plane]
                <= number
                < when[WorkItem(0, delivery.destination, 0 if waits else delivery.plane.step)]
            )
        for delivery in (*entry.stored, *entry.spilled):
            assert when[delivery.plane] == number
        assert all(groups[d.plane.layer] == groups[d.destination] for d in (*entry.direct, *entry.stored))
        assert all(groups[d.plane.layer] != groups[d.destination] for d in entry.spilled)
    assert accumulated == Counter(
        Delivery(WorkItem(0, source, step), destination, index)
        for destination, own in enumerate(sources)
        for index, source in enumerate(own)
        for step in range(scans[source])
    )


@pytest.mark.parametrize("kind", SCHEDULES)
@given(graphs(), st.integers(2, 4))
def test_a_schedule_that_fires_every_step_cannot_serve_a_model_that_waits(kind, sources, steps):
    schedule, scans = resolve("neurosim.schedule", kind)(), [1, *([steps] * (len(sources) - 2)), 1]
    if schedule.fires_every_step and len(sources) > 3:
        with pytest.raises(ScheduleError, match="would be scanned for step"):
            plan(schedule.phases(scans), sources, scans, waits_for_all_steps=True)
    elif not schedule.fires_every_step:
        assert plan(schedule.phases(scans), sources, scans, waits_for_all_steps=True)

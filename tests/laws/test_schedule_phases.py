"""Every schedule does all the work once and never before its causes; the plan delivers each plane once and in time."""

from collections import Counter
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.errors import ScheduleError
from neurosim.plugins import resolve
from neurosim.schedule.phase import WorkItem
from neurosim.schedule.plan import Delivery, plan
from tests.reference.random_networks import SCHEDULES
from tests.reference.stored_planes import stored_planes


@st.composite
def graphs(draw):
    """Sources by layer: layer 1 reads the host, every later one its predecessor or others before it, some twice."""
    layers = draw(st.integers(2, 6))
    sources = [[], [0]]
    for layer in range(2, layers):
        earlier = st.integers(1, layer - 1)
        sources.append([layer - 1, *draw(st.lists(earlier, max_size=2))])
    return sources


class Case(NamedTuple):
    """A legal pair of schedule and model: who reads whom, how often each layer is scanned and waits, when it begins."""

    schedule: Any
    sources: list
    scans: list
    images: int
    waits: list
    starts: list

    def phases(self):
        return self.schedule.phases(self.scans, self.images, self.starts)

    def plan(self, groups=None):
        return plan(self.phases(), self.sources, self.scans, self.waits, groups=groups)

    def needed_by(self, layer, plane):
        """The first scan of a layer that needs this plane of its input."""
        return min(max(plane - self.waits[layer], 0), self.scans[layer] - 1)


@st.composite
def cases(draw):
    """Any wait from none to all; a layer begins when its sources have been scanned so often that its first scan can."""
    schedule = resolve("neurosim.schedule", draw(st.sampled_from(SCHEDULES)))()
    sources, steps = draw(graphs()), draw(st.integers(1, 4))
    wait, single = draw(st.integers(0, steps - 1)), draw(st.booleans())
    hidden = len(sources) - 2
    scans = [1, *([steps] * hidden), 1 if single else steps]
    waits = [0, *([draw(st.sampled_from([0, steps - 1]))] * (hidden > 0)), *([wait] * (hidden - 1))]
    waits.append(steps - 1 if single else 0)
    starts = [0]
    for layer in range(1, len(sources)):
        starts.append(max(starts[source] + min(waits[layer], scans[source] - 1) for source in sources[layer]))
    return Case(schedule, sources, scans, draw(st.integers(1, 4)), waits, starts)


@given(cases())
def test_all_the_work_is_done_once(case):
    done = Counter(item for phase in case.phases() for item in phase.items)
    assert done == Counter(
        WorkItem(image, layer, step)
        for image in range(case.images)
        for layer, own in enumerate(case.scans)
        for step in range(own)
    )


@given(cases())
def test_no_phase_is_empty_and_the_last_one_ends_in_a_global_barrier(case):
    phases = list(case.phases())
    assert all(phase.items for phase in phases)
    assert phases[-1].barrier == "global"


@given(cases())
def test_a_core_scans_for_one_step_in_a_phase(case):
    for phase in case.phases():
        layers = [item.layer for item in phase.items]
        assert len(layers) == len(set(layers))


@given(cases())
def test_the_steps_of_a_layer_and_its_images_come_in_order(case):
    for layer in range(len(case.scans)):
        order = [item for phase in case.phases() for item in phase.items if item.layer == layer]
        assert order == sorted(order)


@given(cases())
def test_every_delivery_is_accumulated_once_not_before_it_is_sent_and_before_its_scan(case):
    planned = case.plan()
    when = {item: number for number, entry in enumerate(planned) for item in entry.phase.items}
    accumulated = Counter()
    for number, entry in enumerate(planned):
        for delivery in (*entry.direct, *entry.replays):
            accumulated[delivery] += 1
            assert when[delivery.scan] <= number
            assert (when[delivery.scan] == number) == (delivery in entry.direct)
            image, _, step = delivery.scan
            assert delivery.step == step
            assert number < when[WorkItem(image, delivery.destination, case.needed_by(delivery.destination, step))]
        for delivery in entry.stored:
            assert when[delivery.scan] == number
    wanted = [
        Delivery(WorkItem(image, source, step), destination, index, step)
        for image in range(case.images)
        for destination, own in enumerate(case.sources)
        for index, source in enumerate(own)
        if source not in own[:index]  # two projections of one layer get a plane at once
        for step in range(case.scans[source])
    ]
    assert accumulated == Counter(wanted)


@given(cases())
def test_what_is_stored_is_replayed_later_and_nothing_is_left_behind(case):
    planned = case.plan()
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
    planned = case.plan()
    when = {item: number for number, entry in enumerate(planned) for item in entry.phase.items}
    opened = {}
    for number, entry in enumerate(planned):
        for opening in entry.step_begins:
            assert opening not in opened
            opened[opening] = number
    added = {}
    for number, entry in enumerate(planned):
        for delivery in (*entry.replays, *entry.direct):
            target = WorkItem(delivery.scan.image, delivery.destination, delivery.scan.step)
            added.setdefault(target, []).append(number)
    assert opened.keys() == added.keys()
    for target, numbers in added.items():
        assert opened[target] == min(numbers)
        image, layer, step = target
        if step > 0:
            earlier = WorkItem(image, layer, step - 1)
            assert max(added[earlier]) <= opened[target] - (image == 0)  # later images may find several planes waiting
            if step > case.waits[layer]:  # scans come before openings in a phase
                assert when[WorkItem(image, layer, step - 1 - case.waits[layer])] <= opened[target]
        elif image > 0:
            last = max(case.scans[layer] - 1 - case.waits[layer], 0)
            assert when[WorkItem(image - 1, layer, last)] <= opened[target]


@st.composite
def shared_cases(draw):
    """A case of one image, and the group of layers that each layer is on the chip with."""
    case = draw(cases())._replace(images=1)
    more = len(case.scans) - 2
    starts = draw(st.lists(st.booleans(), min_size=more, max_size=more))
    groups = [0, 0]
    for start in starts:
        groups.append(groups[-1] + start)
    return case, groups


@given(shared_cases())
def test_layers_that_share_cores_are_there_when_they_work_and_lose_nothing(case):
    case, groups = case
    sources, scans, planned = case.sources, case.scans, case.plan(groups)
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
                when[delivery.scan]
                <= number
                < when[WorkItem(0, delivery.destination, case.needed_by(delivery.destination, delivery.step))]
            )
        for delivery in (*entry.stored, *entry.spilled):
            assert when[delivery.scan] == number
        assert all(groups[d.scan.layer] == groups[d.destination] for d in (*entry.direct, *entry.stored))
        assert all(groups[d.scan.layer] != groups[d.destination] for d in entry.spilled)
    assert accumulated == Counter(
        Delivery(WorkItem(0, source, step), destination, index, step)
        for destination, own in enumerate(sources)
        for index, source in enumerate(own)
        if source not in own[:index]  # two projections of one layer get a plane at once
        for step in range(scans[source])
    )


@pytest.mark.parametrize("kind", SCHEDULES)
@given(graphs(), st.integers(2, 4))
def test_a_layer_that_waits_cannot_begin_with_its_sources_where_all_have_their_turn_in_every_step(kind, sources, steps):
    schedule, scans = resolve("neurosim.schedule", kind)(), [1, *([steps] * (len(sources) - 2)), 1]
    waits = [steps - 1] * len(sources)
    if schedule.fires_every_step and len(sources) > 3:
        with pytest.raises(ScheduleError, match="would be scanned for step"):
            plan(schedule.phases(scans), sources, scans, waits)
    elif not schedule.fires_every_step:
        assert plan(schedule.phases(scans), sources, scans, waits)


@given(st.integers(3, 7), st.integers(1, 5), st.data())
def test_a_chain_of_layers_that_wait_takes_as_many_steps_more_and_a_skip_waits_for_them(layers, steps, data):
    """Section 8: T + (layers - 2) W steps, the output among the layers; a plane over j spiking layers waits j W.

    It may leave the buffer a step earlier, when the inbox is already free for it.
    """
    wait, over = data.draw(st.integers(0, steps - 1)), data.draw(st.integers(1, layers - 2))
    sources = [[], *[[layer - 1] for layer in range(1, layers)], [layers - 1]]
    scans, waits = [1, *[steps] * (layers - 1), 1], [0, steps - 1, *[wait] * (layers - 2), steps - 1]
    begins = [0, 0, *[wait * (layer - 1) for layer in range(2, layers)], wait * (layers - 2) + steps - 1]
    phases = list(resolve("neurosim.schedule", "step_by_step")().phases(scans, 1, begins))
    spans = {item.step + begins[item.layer] for phase in phases for item in phase.items}
    assert spans == set(range(steps + (layers - 2) * wait))
    jump = layers - 1 - over  # over - 1 layers lie between it and the last spiking one
    if over > 1:
        sources[layers - 1].append(jump)
        planned = plan(phases, sources, scans, waits)
        step_of = [entry.phase.items[0].step + begins[entry.phase.items[0].layer] for entry in planned]
        sent = {d: n for n, entry in enumerate(planned) for d in entry.stored if d.scan.layer == jump}
        delays = {step_of[n] - step_of[sent[d]] for n, entry in enumerate(planned) for d in entry.replays if d in sent}
        assert delays <= ({(over - 1) * wait - 1, (over - 1) * wait} if wait else set())
        assert bool(delays) == (wait > 0)

"""Plans by hand: a chain, a skip over one and over two layers, two sources of different age; every schedule."""

import pytest

from neurosim.errors import ScheduleError
from neurosim.plugins import resolve
from neurosim.schedule.phase import Phase, WorkItem
from neurosim.schedule.plan import plan
from tests.reference.stored_planes import stored_planes

CHAIN = [[], [0], [1], [2]]
SKIP_ONE = [[], [0], [1], [2, 1], [3]]  # layer 3 reads 2 and, past it, 1
SKIP_TWO = [[], [0], [1], [2], [3, 1], [4]]  # layer 4 reads 3 and 1


def story(kind, sources, steps, waits, images=1):
    """Phase by phase: what is scanned, stored (source, step, destination), replayed and opened (layer, step)."""
    scans = [1, *([steps] * (len(sources) - 2)), 1 if waits else steps]
    told = []
    further = [steps - 1 if waits else 0] * len(sources)
    for entry in plan(resolve("neurosim.schedule", kind)().phases(scans, images), sources, scans, further):
        scanned = " ".join(f"{item.layer}.{item.step}" for item in entry.phase.items)
        parts = [f"scan {scanned}"] if scanned else []
        for verb, deliveries in (("store", entry.stored), ("replay", entry.replays), ("add", entry.direct)):
            told_of = " ".join(sorted(f"{d.scan.layer}.{d.scan.step}>{d.destination}" for d in deliveries))
            parts += [f"{verb} {told_of}"] if told_of else []
        opened = " ".join(sorted(f"{item.layer}.{item.step}" for item in entry.step_begins))
        told.append(", ".join(parts + ([f"open {opened}"] if opened else [])))
    return told


def test_a_chain_that_waits_for_all_steps_adds_every_plane_as_it_arrives():
    assert story("layer_by_layer", CHAIN, 2, waits=True) == [
        "scan 0.0, add 0.0>1, open 1.0",
        "scan 1.0, add 1.0>2, open 2.0",
        "scan 1.1, add 1.1>2, open 2.1",
        "scan 2.0, add 2.0>3, open 3.0",
        "scan 2.1, add 2.1>3, open 3.1",
        "scan 3.0",
    ]


def test_a_rate_chain_step_by_step_opens_the_next_step_beside_its_own_scan():
    assert story("step_by_step", CHAIN, 2, waits=False) == [
        "scan 0.0, add 0.0>1, open 1.0",
        "scan 1.0, add 1.0>2, open 2.0",
        "scan 2.0, add 2.0>3, open 3.0",
        "scan 3.0",
        "scan 1.1, add 1.1>2, open 2.1",
        "scan 2.1, add 2.1>3, open 3.1",
        "scan 3.1",
    ]


def test_a_pipelined_rate_chain_needs_no_buffer_because_membranes_have_two_banks():
    assert story("pipelined", CHAIN, 3, waits=False) == [
        "scan 0.0, add 0.0>1, open 1.0",
        "scan 1.0, add 1.0>2, open 2.0",
        "scan 1.1 2.0, add 1.1>2 2.0>3, open 2.1 3.0",
        "scan 1.2 2.1 3.0, add 1.2>2 2.1>3, open 2.2 3.1",
        "scan 2.2 3.1, add 2.2>3, open 3.2",
        "scan 3.2",
    ]


def test_a_rate_chain_layer_by_layer_keeps_all_later_planes_until_their_step_comes():
    assert story("layer_by_layer", CHAIN, 3, waits=False) == [
        "scan 0.0, add 0.0>1, open 1.0",
        "scan 1.0, add 1.0>2, open 2.0",
        "scan 1.1, store 1.1>2",
        "scan 1.2, store 1.2>2",
        "scan 2.0, replay 1.1>2, add 2.0>3, open 2.1 3.0",
        "scan 2.1, store 2.1>3, replay 1.2>2, open 2.2",
        "scan 2.2, store 2.2>3",
        "scan 3.0, replay 2.1>3, open 3.1",
        "scan 3.1, replay 2.2>3, open 3.2",
        "scan 3.2",
    ]


def test_a_skip_waits_for_the_main_branch_and_is_added_with_its_plane():
    # Horner doubles layer 3's sum between planes, so plane 1.1 may come in only after 2.0 has.
    assert story("layer_by_layer", SKIP_ONE, 2, waits=True) == [
        "scan 0.0, add 0.0>1, open 1.0",
        "scan 1.0, add 1.0>2 1.0>3, open 2.0 3.0",
        "scan 1.1, store 1.1>3, add 1.1>2, open 2.1",
        "scan 2.0, add 2.0>3",
        "scan 2.1, replay 1.1>3, add 2.1>3, open 3.1",
        "scan 3.0, add 3.0>4, open 4.0",
        "scan 3.1, add 3.1>4, open 4.1",
        "scan 4.0",
    ]


def test_a_skip_over_two_layers_waits_longer():
    assert story("layer_by_layer", SKIP_TWO, 2, waits=True)[1:8] == [
        "scan 1.0, add 1.0>2 1.0>4, open 2.0 4.0",
        "scan 1.1, store 1.1>4, add 1.1>2, open 2.1",
        "scan 2.0, add 2.0>3, open 3.0",
        "scan 2.1, add 2.1>3, open 3.1",
        "scan 3.0, add 3.0>4",
        "scan 3.1, replay 1.1>4, add 3.1>4, open 4.1",
        "scan 4.0, add 4.0>5, open 5.0",
    ]


def test_a_pipelined_skip_is_delayed_by_the_layers_it_jumps_over():
    # Layer 4 is scanned for step t three phases after layer 1 fired it: planes 1.1 and 1.2 wait two phases each.
    assert story("pipelined", SKIP_TWO, 3, waits=False) == [
        "scan 0.0, add 0.0>1, open 1.0",
        "scan 1.0, add 1.0>2 1.0>4, open 2.0 4.0",
        "scan 1.1 2.0, store 1.1>4, add 1.1>2 2.0>3, open 2.1 3.0",
        "scan 1.2 2.1 3.0, store 1.2>4, add 1.2>2 2.1>3 3.0>4, open 2.2 3.1",
        "scan 2.2 3.1 4.0, replay 1.1>4, add 2.2>3 3.1>4 4.0>5, open 3.2 4.1 5.0",
        "scan 3.2 4.1 5.0, replay 1.2>4, add 3.2>4 4.1>5, open 4.2 5.1",
        "scan 4.2 5.1, add 4.2>5, open 5.2",
        "scan 5.2",
    ]


def test_a_skip_step_by_step_arrives_in_time_and_is_never_stored():
    told = story("step_by_step", SKIP_TWO, 2, waits=False)
    assert told[1] == "scan 1.0, add 1.0>2 1.0>4, open 2.0 4.0"
    assert told[6] == "scan 1.1, add 1.1>2 1.1>4, open 2.1 4.1"
    assert not any("store" in phase for phase in told)


def test_two_projections_of_one_source_are_one_delivery():
    told = story("layer_by_layer", [[], [0], [1, 1], [2]], 2, waits=True)
    assert told[1:3] == ["scan 1.0, add 1.0>2, open 2.0", "scan 1.1, add 1.1>2, open 2.1"]


def test_planes_in_buffers_are_those_stored_and_not_yet_replayed():
    steps, phases = [1, 2, 2, 2, 1], resolve("neurosim.schedule", "layer_by_layer")().phases([1, 2, 2, 2, 1])
    waiting = stored_planes(plan(phases, SKIP_ONE, steps, [1] * 5))
    assert [planes.get(1, 0) for planes in waiting] == [0, 0, 1, 1, 1, 0, 0, 0]


def test_a_scan_before_its_input_is_refused():
    phases = [Phase((WorkItem(0, layer, 0),)) for layer in (0, 2, 1)]
    with pytest.raises(ScheduleError) as refusal:
        plan(phases, [[], [0], [1]], [1, 1, 1], [0, 0, 0])
    assert str(refusal.value) == (
        "layer 2 would be scanned for step 0 in phase 1, before its input of step 0 has been accumulated in phase 2"
    )


def test_a_scan_beside_the_last_plane_it_needs_is_refused():
    phases = [Phase((WorkItem(0, 0, 0),)), Phase((WorkItem(0, 1, 0), WorkItem(0, 2, 0)))]
    with pytest.raises(ScheduleError) as refusal:
        plan(phases, [[], [0], [1]], [1, 1, 1], [0, 0, 0])
    assert str(refusal.value) == (
        "layer 2 would be scanned for step 0 in phase 1, before its input of step 0 has been accumulated in phase 1"
    )


def test_in_a_stream_the_next_image_follows_one_layer_behind():
    assert story("layer_by_layer", [[], [0], [1]], 2, waits=True, images=2) == [
        "scan 0.0, add 0.0>1, open 1.0",
        "scan 0.0 1.0, add 0.0>1 1.0>2, open 1.0 2.0",  # image 1 enters the membranes that image 0 has just left
        "scan 1.1, add 1.1>2, open 2.1",
        "scan 1.0 2.0, add 1.0>2, open 2.0",
        "scan 1.1, add 1.1>2, open 2.1",
        "scan 2.0",
    ]


def test_in_a_pipelined_stream_an_image_follows_without_a_gap():
    assert story("pipelined", [[], [0], [1]], 2, waits=False, images=2) == [
        "scan 0.0, add 0.0>1, open 1.0",
        "scan 1.0, add 1.0>2, open 2.0",
        "scan 0.0 1.1 2.0, add 0.0>1 1.1>2, open 1.0 2.1",
        "scan 1.0 2.1, add 1.0>2, open 2.0",
        "scan 1.1 2.0, add 1.1>2, open 2.1",
        "scan 2.1",
    ]


def test_a_layer_that_waits_for_two_further_planes_adds_the_first_three_as_they_come_and_stores_the_fourth():
    scans, waits = [1, 4, 4, 1], [0, 3, 2, 3]
    told = [
        (sorted((d.scan.step, d.step) for d in (*entry.direct, *entry.replays) if d.destination == 2),
         [d.scan.step for d in entry.stored], [o.step for o in entry.step_begins if o.layer == 2])
        for entry in plan(resolve("neurosim.schedule", "layer_by_layer")().phases(scans), CHAIN, scans, waits)
    ]  # fmt: skip
    assert told[1:7] == [
        ([(0, 0)], [], [0]),
        ([(1, 1)], [], [1]),
        ([(2, 2)], [], [2]),
        ([], [3], []),
        ([(3, 3)], [], [3]),  # its first scan has taken the first three in
        ([], [], []),
    ]


def test_a_replayed_plane_is_stored_once_and_added_twice():
    # Layer 2 reads scans 2 and 3 of layer 1, then both again; 0 and 1 are silent and go nowhere.
    scans, readings = [1, 4, 4, 2], [(), (0,), (2, 3, 2, 3), (2, 3)]
    phases = resolve("neurosim.schedule", "layer_by_layer")().phases(scans)
    told = [
        ([f"{i.layer}.{i.step}" for i in entry.phase.items],
         [(d.scan.step, d.step) for d in entry.direct], [d.scan.step for d in entry.stored],
         [(d.scan.step, d.step) for d in entry.replays])
        for entry in plan(phases, CHAIN, scans, [0] * 4, readings)
    ]  # fmt: skip
    assert told == [
        (["0.0"], [(0, 0)], [], []),
        (["1.0"], [], [], []),
        (["1.1"], [], [], []),
        (["1.2"], [(2, 0)], [2], []),
        (["1.3"], [], [3], []),
        (["2.0"], [], [], [(3, 1)]),
        (["2.1"], [], [], [(2, 2)]),
        (["2.2"], [(2, 0)], [], [(3, 3)]),
        (["2.3"], [], [3], []),
        (["3.0"], [], [], [(3, 1)]),
        (["3.1"], [], [], []),
    ]

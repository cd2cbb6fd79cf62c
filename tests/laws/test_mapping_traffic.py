"""Laws of a placement by traffic: only the ways change, and they never get longer."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from neurosim.errors import CapacityError
from neurosim.mapping.annealed import Annealed, tiles
from neurosim.mapping.communication import CommunicationGraph, communication_graph, members, uniform
from neurosim.mapping.spatial import Spatial
from neurosim.mapping.swap_search import change, swap
from neurosim.simulation.functional.activity_profile import profile_activity
from neurosim.simulation.observe import observe
from tests.reference.random_networks import MODELS, legal_schedules, model_of, random_images, random_network, small_chip

OF_THE_WAY = ("hop_", "router", "within_tile_spike", "barrier_tiles", "core_", "chip_tick")
"""What may change: the hops, what depends on when packets come (a core's two units may then work at the same time or
one after the other, which is busy for longer), and on how many tiles a layer has its cores."""


def case(seed, model="if_soft", neurons=9, residency="resident"):
    """A random network, chip and images, or nothing if the chip is too small."""
    rng = np.random.default_rng(seed)
    network = random_network(rng, model_of(model, 2), pixels=4)
    capacity = {"neurons": neurons}
    chip = small_chip(int(rng.integers(1, 6)), int(rng.integers(1, 6)), int(rng.integers(1, 4)), capacity=capacity)
    try:
        spatial = Spatial().place(network, chip, residency)
    except CapacityError:
        assume(False)
    return network, chip, spatial, random_images(rng, network, 2), rng


def cores_of(placement, group):
    return np.concatenate([placed.cores.ravel() for placed in members(placement, group)])


def hops(network, placement, activity, chip):
    return sum(
        communication_graph(network, placement, activity, group).hops(*tiles(cores_of(placement, group), chip))
        for group in set(placement.groups)
    )


@given(st.integers(0, 2**32))
def test_the_change_that_an_exchange_brings_is_the_difference_of_the_totals(seed):
    rng = np.random.default_rng(seed)
    boxes, many = int(rng.integers(2, 9)), int(rng.integers(0, 40))
    ends = rng.integers(0, boxes + 1, (2, many))
    sent = CommunicationGraph(boxes, *ends, rng.integers(1, 100, many))
    x, y = rng.integers(0, 4, (2, boxes + 1))
    one, other = rng.choice(boxes, 2, replace=False).tolist()
    before = sent.hops(x, y)
    rise = change(one, other, *sent.neighbours(), x, y)
    swap(one, other, np.arange(boxes), x, y)
    assert sent.hops(x, y) == before + rise


@pytest.mark.parametrize("residency", ["resident", "time_multiplexed"])
@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(0, 2**32 - 1))
def test_every_group_keeps_its_boxes_and_its_cores(residency, seed, own):
    network, chip, spatial, images, _ = case(seed, residency=residency)
    placement = Annealed().place(network, chip, residency, profile_activity(network, chip, images), own)
    assert placement.groups == spatial.groups
    for group in set(spatial.groups):
        assert sorted(cores_of(placement, group)) == sorted(cores_of(spatial, group))
    for placed, before in zip(placement.layers[1:], spatial.layers[1:], strict=True):
        assert placed.partitions.tolist() == before.partitions.tolist()
        assert placed.cores.shape == before.cores.shape


@pytest.mark.parametrize("residency", ["resident", "time_multiplexed"])
@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(0, 2**32 - 1), st.booleans())
def test_hops_are_never_more_than_before(residency, seed, own, measured):
    network, chip, spatial, images, _ = case(seed, residency=residency)
    activity = profile_activity(network, chip, images) if measured else uniform(network)
    placement = Annealed().place(network, chip, residency, activity, own)
    assert hops(network, placement, activity, chip) <= hops(network, spatial, activity, chip)


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.integers(0, 2**32 - 1))
def test_the_same_seed_gives_the_same_places(seed, own):
    network, chip, _, images, _ = case(seed)
    activity = profile_activity(network, chip, images)
    first, second = (Annealed().place(network, chip, "resident", activity, own) for _ in range(2))
    for one, other in zip(first.layers[1:], second.layers[1:], strict=True):
        assert one.cores.tolist() == other.cores.tolist()
    assert first.remark == second.remark


@pytest.mark.parametrize("residency", ["resident", "time_multiplexed"])
@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=6)
@given(st.integers(0, 2**32))
def test_a_rehearsal_foresees_every_packet_and_hop_of_every_schedule(model, residency, seed):
    network, chip, spatial, images, rng = case(seed, model, residency=residency)
    activity = profile_activity(network, chip, images)
    expected = sum(
        int(communication_graph(network, spatial, activity, group).packets.sum()) for group in set(spatial.groups)
    )
    schedules = legal_schedules(network.model)
    seen = observe(network, chip, spatial, schedules[int(rng.integers(len(schedules)))], images)
    totals = seen.ledger.totals()
    assert totals.get("packet_bits32", 0) == expected
    assert sum(n for op, n in totals.items() if op.startswith("hop_")) == hops(network, spatial, activity, chip)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=6)
@given(st.integers(0, 2**32))
def test_each_box_does_what_it_did_wherever_it_is(model, seed):
    network, chip, spatial, images, rng = case(seed, model)
    placement = Annealed().place(network, chip, "resident", profile_activity(network, chip, images))
    schedules = legal_schedules(network.model)
    schedule = schedules[int(rng.integers(len(schedules)))]
    before, after = (counted(observe(network, chip, each, schedule, images)) for each in (spatial, placement))
    moved_to = dict(zip(cores_of(spatial, 0).tolist(), cores_of(placement, 0).tolist(), strict=True))
    assert {(layer, moved_to.get(core, core), op): n for (layer, core, op), n in before.items()} == after


def counted(seen):
    """What was counted by layer, core and operation, apart from the ways."""
    return {key: n for key, n in seen.ledger.by("layer", "core", "op").items() if not key[2].startswith(OF_THE_WAY)}

"""Closed forms of conversion.md, sections 2 and 5 to 8: what each model must equal, whatever the numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.errors import ScheduleError
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.bos import Bos
from neurosim.neurons.group import Group
from neurosim.neurons.if_qcfs import IfQcfs
from neurosim.neurons.if_soft import IfSoft
from neurosim.neurons.lif import Lif
from neurosim.neurons.one_spike import OneSpike
from neurosim.neurons.radix import Radix
from neurosim.neurons.srp import Srp
from neurosim.neurons.weighted_stream import WeightedStream
from neurosim.plugins import resolve
from tests.reference.behaviour_levels import watch
from tests.reference.neurons_drive import drive
from tests.reference.random_networks import random_images, random_network, small_chip, whole_placement

thresholds = st.integers(1, 500)
few = st.integers(1, 8)


def around(threshold):
    """Every current from below 0 to beyond the largest code, ties among them."""
    return np.arange(-2 * threshold, 18 * threshold, max(threshold // 8, 1))


@given(thresholds, few)
def test_counts_of_a_constant_input_are_its_rounded_or_floored_multiple(threshold, steps):
    currents = np.stack([around(threshold)] * steps)
    for model, rounding in ((IfSoft(steps), 0), (IfQcfs(steps), threshold // 2)):
        count = drive(model, currents, threshold)[0].sum(0)
        wanted = [min(max((steps * own + rounding) // threshold, 0), steps) for own in currents[0].tolist()]
        assert count.tolist() == wanted == model.quantise(currents[0], threshold).tolist()


@given(thresholds, few, st.integers(1, 20))
def test_a_group_counts_a_constant_input_as_one_neuron_with_tau_times_the_steps(threshold, steps, tau):
    currents = np.stack([around(threshold)] * steps)
    model = Group(steps, tau)
    count = drive(model, currents, threshold)[0].sum(0)
    wanted = [min(max((steps * own + threshold // 2) // threshold, 0), steps * tau) for own in currents[0].tolist()]
    assert count.tolist() == wanted == model.quantise(currents[0], threshold).tolist()


@given(thresholds, st.integers(1, 63))
def test_a_group_of_one_step_is_qcfs(threshold, levels):
    values = around(threshold)
    found = drive(Group(1, levels), values[None], threshold)[0][0]
    assert found.tolist() == [min(max((value + threshold // 2) // threshold, 0), levels) for value in values.tolist()]


@given(thresholds, few, st.integers(0, 2**32))
def test_a_group_of_one_member_is_if_qcfs_spike_for_spike(threshold, steps, seed):
    currents = np.random.default_rng(seed).integers(-threshold, 2 * threshold, (steps, 40))
    for compare in ("parallel", "search"):
        mine, theirs = drive(Group(steps, 1, compare), currents, threshold), drive(IfQcfs(steps), currents, threshold)
        assert mine[0].tolist() == theirs[0].tolist()
        assert mine[1].tolist() == theirs[1].tolist()
        assert mine[2] == theirs[2]


@given(thresholds, few, st.integers(1, 3))
def test_a_first_layer_of_weighted_stream_is_exact_in_one_period_and_keeps_its_rest_for_the_next(threshold, steps, n):
    values = around(threshold)
    model = WeightedStream(steps, n)
    found = drive(model, values[None], threshold, role="first")[0]
    codes = [min(max((value + threshold // 2) // threshold, 0), 2**steps - 1) for value in values.tolist()]
    first = np.tensordot([model.spike_weight(step) for step in range(steps)], found[:steps], 1)
    assert first.tolist() == codes
    total = np.tensordot([model.spike_weight(step) for step in range(steps * n)], found, 1)
    inside = (values >= 0) & (values <= (2**steps - 1) * threshold)
    wanted = (n * values + threshold // 2) // threshold
    assert total[inside].tolist() == wanted[inside].tolist()


@given(thresholds, few, st.integers(1, 8), st.integers(0, 2**32))
def test_the_first_pass_of_srp_is_if_qcfs_and_so_is_the_second_where_a_neuron_speaks(threshold, steps, pre, seed):
    currents = np.random.default_rng(seed).integers(-threshold, 2 * threshold, (pre + steps, 50))
    spikes = drive(Srp(steps, pre=pre), currents, threshold)[0]
    first, residue, _ = drive(IfQcfs(pre), currents[:pre], threshold)
    second = drive(IfQcfs(steps), currents[pre:], threshold)[0]
    assert spikes[:pre].tolist() == first.tolist()
    assert spikes[pre:].tolist() == (second * (1000 * residue > threshold)).tolist()


@given(few, st.integers(1, 8), st.integers(0, 2**32))
def test_without_a_spike_a_leaky_potential_is_a_decaying_sum(steps, leak, seed):
    """No current is large enough to fire; multiples of 2^(leak T) leak without a remainder."""
    unit = 2 ** (leak * (steps - 1))
    currents = np.random.default_rng(seed).integers(-3, 4, (steps, 20)) * unit  # at most 24 x 2^56
    spikes, potential, _ = drive(Lif(steps, leak=leak), currents, 2**62)
    kept = [(2**leak - 1) ** (steps - 1 - t) * 2 ** (leak * t) for t in range(steps)]
    wanted = [sum(k * int(c) for k, c in zip(kept, own, strict=True)) // unit for own in currents.T]
    assert spikes.sum() == 0
    assert potential.tolist() == wanted


EXACT = [
    Radix(3), Radix(5), Group(1, 7), Group(1, 6, "search"), Group(1, 9, "search", "graded"),
    Group(1, 3, "parallel", "graded"), OneSpike(4), OneSpike(4, "3/2"), OneSpike(3, "5/4"), OneSpike(3, "7/4"),
    OneSpike(4, threshold_shift=False), OneSpike(1), OneSpike(4, "3/2", input="single_spike"),
]  # fmt: skip


@pytest.mark.parametrize("model", EXACT, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_what_claims_to_be_exact_equals_its_quantised_network_in_every_layer_and_logit(model, seed):
    rng = np.random.default_rng([seed, 3])
    network = random_network(rng, model, pixels=4, hidden=2)
    seen, _ = look(network, random_images(rng, network, 3), "layer_by_layer")
    verdict = seen.lossless_check.verdict()
    slots = model.steps if model.spike_maps(np.zeros(1, np.int64)) is not None else 1
    assert verdict.checked == 3 * (network.neurons * slots + network.layers[-1].neurons)
    assert verdict.mismatches == 0


def test_a_phase_fired_too_early_is_reported_as_a_mismatch():
    rng = np.random.default_rng(5)
    found = {}
    for wait in (3, 0):
        network = random_network(np.random.default_rng(8), OneSpike(4, 2, wait), pixels=5, hidden=2)
        found[wait] = (
            look(network, random_images(rng, network, 3), "layer_by_layer")[0].lossless_check.verdict().mismatches
        )
    assert found[3] == 0 < found[0]


FREE = [
    IfSoft(3), Lif(3), Lif(4, leak=1, reset_to="zero"), Group(3, 5), Group(2, 4, "search", "graded"),
    WeightedStream(3), WeightedStream(2, 2), Srp(3, pre=2), OneSpike(3, 2, 0), OneSpike(4, "3/2", 0), OneSpike(3),
    OneSpike(3, "5/4"), OneSpike(4, 2, 2), OneSpike(4, 2, 1, input="single_spike"),
]  # fmt: skip
WAITING = [Bos(3), Radix(3), AccumulateFire(3)]


@pytest.mark.parametrize("model", FREE, ids=str)
def test_models_that_may_fire_every_step_give_the_same_integers_in_every_order(model):
    for seed in range(3):
        rng = np.random.default_rng([seed, 11])
        network = random_network(rng, model, pixels=4, hidden=2)
        images = random_images(rng, network)
        seen = [look(network, images, kind)[1][0] for kind in ("layer_by_layer", "step_by_step", "pipelined")]
        for other in seen[1:]:
            assert other.scans.keys() == seen[0].scans.keys()
            for key, scan in seen[0].scans.items():
                assert other.scans[key].spikes.tolist() == scan.spikes.tolist()
            assert other.logits.tolist() == seen[0].logits.tolist()


@pytest.mark.parametrize("model", WAITING, ids=str)
@pytest.mark.parametrize("schedule", ["step_by_step", "pipelined"])
def test_models_that_wait_for_their_input_cannot_run_step_by_step(model, schedule):
    network = random_network(np.random.default_rng(1), model, pixels=4)
    with pytest.raises(ScheduleError, match=f"^{model.kind} cannot run under {schedule}: .*; use layer_by_layer$"):
        look(network, random_images(np.random.default_rng(1), network), schedule)


def test_graded_and_unary_spikes_searched_or_compared_at_once_are_the_same_spikes():
    seen = []
    for compare in ("parallel", "search"):
        for spikes in ("unary", "graded"):
            rng = np.random.default_rng(4)
            network = random_network(rng, Group(3, 5, compare, spikes), pixels=5, hidden=3)
            inference = look(network, random_images(rng, network), "layer_by_layer")[1][0]
            seen.append([scan.spikes.tolist() for key, scan in inference.scans.items()] + inference.logits.tolist())
    assert seen[0] == seen[1] == seen[2] == seen[3]
    assert max(np.max(plane) for plane in seen[0][1:-1]) > 1


def look(network, images, schedule):
    placement, cores = whole_placement(network)
    return watch(network, small_chip(cores, 1, 1), placement, resolve("neurosim.schedule", schedule)(), images)

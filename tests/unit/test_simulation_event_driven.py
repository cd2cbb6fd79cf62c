"""What one image does to the membranes: which neurons count as active, and what the proof says of them."""

from unittest.mock import patch

import numpy as np
import pytest

from neurosim.ledger.record import Lossless
from neurosim.simulation import image_run, observe
from tests.reference.behaviour import PIXEL, THRESHOLD, first_layer
from tests.reference.behaviour_levels import watch
from tests.reference.random_networks import legal_schedules, model_of, small_chip, whole_placement


def look(network, images=PIXEL[None]):
    placement, cores = whole_placement(network)
    schedule = legal_schedules(network.model)[0]
    observation, inferences = watch(network, small_chip(cores, 1, 1), placement, schedule, images)
    return observation, inferences[0]


def test_a_neuron_with_a_cached_input_is_active_though_nothing_new_arrives_and_its_potential_is_0():
    # if_hard clears at each spike, so before steps 1 and 2 only the cached current of 8 is there.
    _, inference = look(first_layer(model_of("if_hard", 3), [THRESHOLD, 0]))
    assert [inference.scans[1, step].active.ravel().tolist() for step in (1, 2)] == [[True, False]] * 2
    assert [inference.scans[1, step].spikes.ravel().tolist() for step in range(3)] == [[1, 0]] * 3


def test_half_a_threshold_is_a_potential_from_the_first_scan_on():
    _, inference = look(first_layer(model_of("if_qcfs", 2), [0]))
    assert [inference.scans[1, step].active.item() for step in range(2)] == [True, True]


def test_a_spike_over_a_stored_zero_is_an_input_too():
    _, inference = look(first_layer(model_of("if_soft", 2), [0]))
    assert [inference.scans[1, step].active.item() for step in range(2)] == [True, False]


def test_a_bias_keeps_a_neuron_active():
    _, inference = look(first_layer(model_of("if_soft", 2), [0, 0], bias=[0, -1]))
    assert inference.scans[1, 1].active.ravel().tolist() == [False, True]


@pytest.mark.parametrize(
    ("kind", "currents", "verdict"),
    [
        # acc + bias 0; a code is clip((acc + 4) // 8, 0, 3): ties at 4, 12, 20 (28 is beyond code 3), saturated from 32
        ("accumulate_fire", [-3, 0, 4, 5, 12, 20, 28, 31, 32, 99], Lossless(2 * 10 + 1, 0, 2, 1, 1, 3)),
        # T = 2 twice the current: a count is clip((2 acc + 4) // 8, 0, 2): ties at 2 and 6, saturated from 2 acc = 24
        ("if_qcfs", [-3, 0, 2, 5, 6, 8, 11, 12, 99], Lossless(9, 0, 2, 1, 1, 2)),
    ],
)
def test_the_proof_says_how_many_neurons_were_hard_to_get_right(kind, currents, verdict):
    network = first_layer(model_of(kind, 2), currents)
    if kind == "if_qcfs":
        object.__setattr__(network, "levels", 2)
    assert look(network)[0].lossless_check.verdict() == verdict


def test_a_model_that_claims_nothing_gets_no_verdict():
    assert look(first_layer(model_of("if_soft", 2), [3]))[0].lossless_check.verdict() is None
    assert look(first_layer(model_of("if_qcfs", 2), [3]))[0].lossless_check.verdict() is None  # levels are 3, steps 2


def test_packets_of_images_outside_the_stream_are_let_go():
    network = first_layer(model_of("accumulate_fire", 2), [9, 9])
    placement, cores = whole_placement(network)
    images = np.repeat(PIXEL[None], 9, axis=0)
    kept = []

    class Kept(image_run.ScanLoads):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            kept.append(self)

    with patch.object(image_run, "ScanLoads", Kept):
        seen = observe.observe(network, small_chip(cores, 1, 1), placement, legal_schedules(network.model)[0], images)
    assert len(seen.timings) == 9
    assert len(kept[0]._loads) == image_run.STREAMED * (1 + 2 + 1)  # scans of the host, of two steps, of the output

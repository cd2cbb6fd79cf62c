"""What is recomputed of Hwang and Kung 2024 are the values that were derived apart from this code."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from neurosim.neurons.model import Membrane
from neurosim.neurons.one_spike import OneSpike
from neurosim.reproduce import papers
from neurosim.reproduce.models import single_spike
from neurosim.reproduce.onespike2024 import MemoryInclusive
from tests.reference.behaviour_plain import Plain

BASES = tuple(single_spike.GUARD_BITS)


@cache
def paper():
    (found,) = papers("onespike2024")
    return found


def test_every_claim_comes_out_as_documented():
    assert paper().unexpected == ()


@pytest.mark.parametrize(
    ("steps", "base", "error"), [(4, 1.615, 0.0914), (8, 1.320, 0.0525), (16, 1.174, 0.0301), (24, 1.123, 0.0216)]
)
def test_the_best_base_for_even_numbers(steps, base, error):
    best = single_spike.optimal_base(steps)
    assert best == pytest.approx(base, abs=5e-4)
    assert single_spike.mean_square_error(best, steps) ** 0.5 == pytest.approx(error, abs=5e-5)
    for other in np.linspace(1.02, 2, 99):
        assert single_spike.mean_square_error(float(other), steps) >= single_spike.mean_square_error(best, steps)


@pytest.mark.parametrize("base", [2.0, 1.5, 1.25, 1.1])
@pytest.mark.parametrize("steps", [1, 4, 8])
def test_the_closed_form_is_the_error_of_numbers_on_a_grid(base, steps):
    exact = single_spike.mean_square_error(base, steps)
    assert single_spike.encoding_error(base, steps, shifted=True) == pytest.approx(exact, rel=1e-3)


def test_the_threshold_shift_divides_the_error_by_four():
    plain, shifted = (single_spike.encoding_error(2.0, 8, shift) for shift in (False, True))
    assert plain / shifted == pytest.approx(4.0, abs=0.01)


def test_a_spike_is_the_nearest_worth_or_none():
    values = np.array([1.0, 0.76, 0.74, 0.5, 0.36, 0.1875, 0.18])
    assert single_spike.encoded(values, 2.0, 3).tolist() == [1, 1, 0.5, 0.5, 0.25, 0.25, 0]
    assert single_spike.encoded(values, 2.0, 3, shifted=False).tolist() == [1, 0.5, 0.5, 0.5, 0.25, 0, 0]


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("seed", [1, 2])
def test_waiting_for_all_input_leaves_no_wrong_neuron_and_less_leaves_more(base, seed):
    wrong = [single_spike.wrong(base, 8, wait, seed) for wait in (7, 4, 2, 1, 0)]
    assert wrong[0] == 0
    assert wrong == sorted(set(wrong))


def test_a_larger_base_makes_fewer_noise_spikes():
    for wait in (4, 2, 1, 0):
        wrong = [single_spike.wrong(base, 8, wait) for base in BASES]
        assert wrong == sorted(set(wrong))


def test_the_neurons_of_the_comparison_fire_in_every_phase_and_stay_silent_too():
    for base in BASES:
        layer = single_spike.random_layer(8, base)
        assert set(np.unique(single_spike.expected_phases(layer, base, 8))) == {-1, *range(8)}


@pytest.mark.parametrize("wait", [7, 4, 1, 0])
@pytest.mark.parametrize("base", BASES)
def test_the_products_neuron_fires_at_the_same_phases(base, wait):
    layer = single_spike.random_layer(8, base)
    model = OneSpike(8, base, wait)
    parameters = SimpleNamespace(bias=layer.bias, threshold=layer.threshold, role="hidden")
    membrane = Membrane(np.zeros((100, 400), np.int64), np.zeros((100, 400), np.int64), {})
    datapath, spikes = Plain(400), []
    for step in range(8):
        model.begin_step(datapath, parameters, membrane, step)
        membrane.input_accumulator += (layer.phases == step).astype(np.int64) @ layer.weights
        while len(spikes) < 8 and (step == 7 or step == len(spikes) + wait):
            spikes.append(model.update(datapath, parameters, membrane, len(spikes)))
    fired = np.stack(spikes)
    phases = np.where(fired.any(axis=0), fired.argmax(axis=0), single_spike.NO_SPIKE)
    assert np.array_equal(phases, single_spike.fired_phases(layer, base, 8, wait))
    if wait == 7:
        worths = [int(worth) for worth in map(model.spike_weight, range(8))]
        total = layer.bias * worths[0] + sum(
            (layer.phases == k) @ layer.weights * worth for k, worth in enumerate(worths)
        )
        wanted = model.quantise(total, layer.threshold * worths[0])
        assert np.array_equal(wanted, np.where(phases < 0, 0, np.array(worths)[phases]))


def test_one_neuron_by_hand():
    """Two inputs at phases 0 and 1, base 2, weights 64 and -64 of 256: x = 64 - 32 = 32 = 256 / 8, phase 3."""
    layer = single_spike.SingleSpikeLayer(np.array([[64], [-64]]), np.array([0]), np.array([[0, 1]]))
    assert single_spike.expected_phases(layer, Fraction(2), 4).tolist() == [[3]]
    assert single_spike.fired_phases(layer, Fraction(2), 4, 3).tolist() == [[3]]


def test_one_noise_spike_by_hand():
    """Weights 256 and -256 of 256 at phases 0 and 1: x = 256 - 128 = 128, phase 1; but 256 >= 192 at phase 0."""
    layer = single_spike.SingleSpikeLayer(np.array([[256], [-256]]), np.array([0]), np.array([[0, 1]]))
    assert single_spike.expected_phases(layer, Fraction(2), 4).tolist() == [[1]]
    assert single_spike.fired_phases(layer, Fraction(2), 4, 0).tolist() == [[0]]
    assert single_spike.fired_phases(layer, Fraction(2), 4, 1).tolist() == [[1]]


@pytest.mark.parametrize(
    ("spikes", "gain"), [(0.1, 22.02), (0.13, 17.28), (0.2, 11.51), (0.3, 7.79), (0.52, 4.55), (1, 2.39)]
)
def test_the_gain_with_memory_included(spikes, gain):
    model = MemoryInclusive(5.0, 0.9, 3.7)
    assert model.gain(spikes, 2304, 8) == pytest.approx(gain, abs=0.01)
    assert model.gain(spikes, 2304, 8) == pytest.approx(14.6 / (spikes * 6.05625 + 16.55625 * 8 / 2304))
    assert model.spikes_for(model.gain(spikes, 2304, 8), 2304, 8) == pytest.approx(spikes)


def test_the_gain_by_additions_for_products():
    found = {claim.what: claim.computed for claim in paper().claims}
    assert found["least gain, every neuron firing once"] == pytest.approx((5.111,), abs=1e-3)
    assert found["additions per product that 4.59x and 17.26x need"] == pytest.approx((1.114, 0.296), abs=1e-3)
    assert found["energy of the follow-up's ANN, Swin-T"] == pytest.approx((20.10,), abs=0.01)
    assert found["additions of the follow-up's SNN"] == pytest.approx((3.311,), abs=1e-3)

"""What is recomputed of Lv et al. 2024, and the product's group neuron against members simulated one by one."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from neurosim.neurons.group import Group
from neurosim.neurons.model import Membrane
from neurosim.reproduce import papers
from neurosim.reproduce.models import staggered
from tests.reference.behaviour_plain import Plain

UNIT = 64


def random_inputs(steps, seed=1):
    return np.random.default_rng(seed).integers(-2 * UNIT, 12 * UNIT, (steps, 2000))


def test_every_claim_comes_out_as_documented():
    (paper,) = papers("groupneurons2024")
    assert paper.unexpected == ()


@pytest.mark.parametrize("tau", [1, 3, 8])
def test_members_one_accumulator_and_micro_steps_are_the_same(tau):
    inputs = random_inputs(5)
    spikes = staggered.member_spikes(inputs, UNIT, tau)
    assert spikes.max() == tau
    assert np.array_equal(spikes, staggered.one_accumulator(inputs, UNIT, tau))
    assert np.array_equal(spikes, staggered.micro_steps(inputs, UNIT, tau))


@pytest.mark.parametrize("compare", ["parallel", "search"])
@pytest.mark.parametrize("tau", [1, 3, 8])
def test_the_products_group_fires_as_its_members_do(tau, compare):
    inputs = random_inputs(4)
    model = Group(4, tau, compare)
    layer = SimpleNamespace(bias=np.zeros(1, np.int64), threshold=UNIT, role="hidden")
    membrane = Membrane(np.zeros(inputs.shape[1], np.int64), np.zeros(inputs.shape[1], np.int64))
    datapath, spikes = Plain(inputs.shape[1]), []
    for step, current in enumerate(inputs):
        model.begin_step(datapath, layer, membrane, step)
        membrane.input_accumulator += current
        spikes.append(model.update(datapath, layer, membrane, step))
    assert np.array_equal(np.stack(spikes), staggered.member_spikes(inputs, UNIT, tau))


def test_one_step_is_the_quantised_activation_ties_included():
    values = np.arange(-2 * UNIT, 12 * UNIT)
    found = staggered.member_spikes(values[None], UNIT, 8)[0]
    assert np.array_equal(found, staggered.qcfs(values, UNIT, 8))
    assert np.array_equal(found, Group(1, 8).quantise(values, UNIT))
    assert found[values == UNIT // 2].tolist() == [1]


@pytest.mark.parametrize("steps", [1, 2, 4, 8])
def test_the_mapping_error_falls_with_the_square_of_tau(steps):
    gain = staggered.mapping_error(steps, 1) / staggered.mapping_error(steps, 8)
    assert gain == pytest.approx(64, rel=1e-3)
    assert staggered.mapping_error(steps, 1) == pytest.approx(1 / (12 * steps**2), rel=1e-3)


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_the_error_of_three_layers_falls_with_tau(steps):
    errors = [staggered.network_error(staggered.rate(tau), steps) for tau in (1, 2, 4, 8)]
    assert errors == sorted(set(errors), reverse=True)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_neuron_models_by_error(seed):
    bits = staggered.network_error(staggered.bits(15), 4, seed)
    once = staggered.network_error(staggered.rate(15), 1, seed)
    grouped = staggered.network_error(staggered.rate(4), 2, seed)
    half, zero = (staggered.network_error(staggered.rate(1, start), 4, seed) for start in (0.5, 0.0))
    assert bits == pytest.approx(once, rel=1e-12)
    assert once < grouped < half < zero

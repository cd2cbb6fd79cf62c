"""A network trained for three steps, run in two and in five (conversion.md 10.2)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from neurosim.conversion.convert import convert
from neurosim.conversion.timestep_policy import CoarseFire
from neurosim.errors import ConversionError
from neurosim.network.layers import Linear
from neurosim.network.zoo import GraphBuilder
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.if_soft import IfSoft
from neurosim.simulation.functional.golden_model import golden_layers
from tests.laws.conversion_brute import spike
from tests.laws.conversion_networks import networks, with_random_statistics

CASES = [("requantise", 2), ("truncate", 2), ("truncate", 1), ("pad", 5), ("requantise", 5)]


@pytest.mark.parametrize(("policy", "steps"), CASES)
@settings(max_examples=15, deadline=None)
@given(network=networks(), seed=st.integers(0, 99))
def test_every_policy_equals_its_own_quantised_network_in_every_spike_and_logit(policy, steps, network, seed):
    try:
        spiking = convert(network, AccumulateFire(steps), policy=policy, accumulator_bits=40)
    except ConversionError:
        reject()  # a threshold that does not divide has a test of its own
    image = np.random.default_rng(seed).integers(0, 256, spiking.layers[0].map_shape)
    spikes, logits, largest = spike(spiking, image)
    answers = golden_layers(spiking, image[None])
    for number in spiking.spiking:
        assert np.array_equal(spikes[number], spiking.model.spike_maps(answers[number].codes[0]))
        weighted = [spiking.model.spike_weight(step) * plane for step, plane in enumerate(spikes[number])]
        assert np.array_equal(sum(weighted), answers[number].codes[0])
        assert answers[number].codes.max() <= spiking.model.largest_input()
    assert np.array_equal(logits, answers[-1].accumulated[0])
    for number, seen in largest.items():
        assert 1 + seen.bit_length() <= spiking.layers[number].accumulator_bits


@settings(max_examples=15, deadline=None)
@given(networks(), st.integers(0, 99))
def test_the_policies_are_what_they_are_called(network, seed):
    trained = convert(network, AccumulateFire(3), accumulator_bits=40)
    image = np.random.default_rng(seed).integers(0, 256, (1, *trained.layers[0].map_shape))
    original = golden_layers(trained, image)
    first, threshold = original[1], trained.layers[1].threshold

    padded = golden_layers(convert(network, AccumulateFire(5), policy="pad", accumulator_bits=40), image)
    for one, other in zip(original[1:], padded[1:], strict=True):
        assert np.array_equal(one.accumulated, other.accumulated)
        assert one.codes is None or np.array_equal(one.codes, other.codes)

    truncated = golden_layers(convert(network, AccumulateFire(2), policy="truncate", accumulator_bits=40), image)
    assert np.array_equal(truncated[1].codes, first.codes & 0b110)

    coarse = golden_layers(convert(network, AccumulateFire(2), policy="requantise", accumulator_bits=40), image)
    assert np.array_equal(coarse[1].codes, 2 * np.clip((first.accumulated + threshold) // (2 * threshold), 0, 3))


def layer_of_section_10_3():
    random = np.random.default_rng(1)
    weights = np.rint(random.normal(0, 64 / 5, (64, 400))).astype(np.int64)
    codes = random.integers(0, 16, (200, 64)) * (random.random((200, 64)) < 0.5)
    return codes @ weights + random.integers(-200, 400, 400)


@pytest.mark.parametrize(("policy", "differing", "error"), [("requantise", 0.44, 0.047), ("truncate", 0.44, 0.059)])
def test_two_of_four_bits_cost_what_the_specification_says(policy, differing, error):
    accumulated = layer_of_section_10_3()
    original = AccumulateFire(4).quantise(accumulated, 64)
    found = CoarseFire(2, 4, policy).quantise(accumulated, 64)
    assert np.mean(found != original) == pytest.approx(differing, abs=0.02)
    assert np.mean(np.abs(found - original)) / 16 == pytest.approx(error, abs=0.003)


@pytest.mark.parametrize(
    ("policy", "steps", "said"),
    [
        ("pad", 2, "policy pad: it is for more steps than the trained 3, not for 2"),
        ("truncate", 5, "policy truncate: it is for fewer steps than the trained 3, not for 5"),
    ],
)
def test_a_policy_that_does_not_apply_is_refused(policy, steps, said):
    with pytest.raises(ConversionError) as caught:
        convert(_small(), AccumulateFire(steps), policy=policy)
    assert str(caught.value) == said


def test_a_policy_is_for_accumulate_fire():
    with pytest.raises(ConversionError) as caught:
        convert(_small(), IfSoft(2), policy="pad")
    assert str(caught.value) == "policy pad: it is for accumulate_fire and 2^steps - 1 levels, not if_soft and 7 levels"


@pytest.mark.parametrize("policy", ["requantise", "truncate", "pad"])
def test_the_trained_number_of_steps_needs_no_policy(policy):
    assert convert(_small(), AccumulateFire(3), policy=policy).model == AccumulateFire(3)


def test_a_threshold_that_does_not_divide_and_an_accumulator_too_narrow_are_refused():
    network = _small()
    exponent = convert(network, AccumulateFire(3)).layers[1].exponent
    steps = 3 + exponent + 1
    with pytest.raises(ConversionError) as caught:
        convert(network, AccumulateFire(steps), policy="requantise", accumulator_bits=60)
    said = f"stem: its threshold {2**exponent:,} cannot be divided by {2 ** (exponent + 1):,} for {steps} steps; "
    assert str(caught.value) == said + "train for that many"

    bits = max(layer.accumulator_bits for layer in convert(network, AccumulateFire(3)).layers[2:])
    with pytest.raises(ConversionError, match=rf"accumulator bits for 6 steps, the hardware has {bits}$"):
        convert(network, AccumulateFire(6), policy="requantise", accumulator_bits=bits)


def _small():
    sketch = GraphBuilder("small", (1, 4, 4), 7)
    sketch.conv("stem", 2, 3)
    sketch.activate("stem")
    sketch.add("hidden", Linear(4))
    sketch.activate("hidden")
    sketch.add("classifier", Linear(3))
    return with_random_statistics(sketch, 1)

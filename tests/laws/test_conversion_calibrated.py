"""ReLU networks, never trained for spikes: calibrated and converted, they are exactly their own quantised network."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from neurosim.conversion.convert import convert
from neurosim.conversion.precision.clip_calibration import calibrate_clips
from neurosim.errors import ConversionError
from neurosim.network.forward import forward
from neurosim.network.graph import Network
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.group import Group
from neurosim.neurons.one_spike import OneSpike
from neurosim.simulation.functional import golden_model
from neurosim.simulation.functional.batched import BatchedInference
from tests.laws.conversion_networks import networks

UNIT = 1 / 255
FINE = 2**20  # levels that no test can tell from none
EXACT = {"2": OneSpike(5), "3/2": OneSpike(4, "3/2"), "5/4": OneSpike(4, "5/4"), "binary": AccumulateFire(3)}
EXACT["group"] = Group(1, 7)


def rectified(network):
    """The same weights, every activation a ReLU."""
    kept = {name: value for name, value in network.parameters.items() if not name.endswith(".lam")}
    return Network(network.graph.rectified(), kept, "trained")


def images_for(network, seed, n=3):
    channels, rows, columns = network.graph.input.shape
    return np.random.default_rng(seed).integers(0, 256, (n, rows, columns, channels))


def mismatches(network, images):
    """Neurons and logits that differ from the dense quantised network, and how many were compared."""
    answers, wrong, slots = golden_model.golden_layers(network, images), 0, 0
    for speech in BatchedInference(network).by_steps(images):
        wanted = answers[speech.layer].codes
        if wanted is None:
            wanted = answers[speech.layer].accumulated
            scale = network.model.output_scale
            found = speech.codes.astype(object) * scale.denominator
            wrong += int((found != wanted.astype(object) * scale.numerator).sum())
        else:
            wrong += int((speech.codes != wanted).sum())
        slots += wanted.size
    return wrong, slots


@pytest.mark.parametrize("name", EXACT)
@given(networks(), st.sampled_from(["channel", "layer"]), st.sampled_from([100.0, 99.0]), st.integers(0, 99))
@settings(max_examples=15)
def test_no_neuron_differs_from_its_own_quantised_network(name, trained, by, percentile, seed):
    relu, model = rectified(trained), EXACT[name]
    try:
        clipped = calibrate_clips(
            relu, images_for(relu, seed), UNIT, by=by, percentile=percentile, levels=model.levels or 1
        )
        spiking = convert(clipped, model, weight_bits=8, accumulator_bits=60, input_unit=UNIT)
    except ConversionError:
        reject()  # a layer that is silent on these images, or too wide: both have tests of their own
    wrong, slots = mismatches(spiking, images_for(relu, seed + 1))
    assert slots > 0
    assert wrong == 0


@given(networks(), st.integers(0, 99))
@settings(max_examples=15)
def test_one_scale_for_each_channel_leaves_every_answer_as_it_was(trained, seed):
    relu = rectified(trained)
    images = images_for(relu, seed)
    try:
        made = calibrate_clips(relu, images, UNIT, levels=FINE)
    except ConversionError:
        reject()
    x = images.transpose(0, 3, 1, 2) * UNIT
    wanted = forward(relu, x)
    assert np.abs(forward(made, x) - wanted).max() <= 1e-3 * np.abs(wanted).max()


@given(networks(), st.integers(0, 99))
@settings(max_examples=10)
def test_a_spike_that_comes_too_soon_is_found(trained, seed):
    """A neuron that does not wait decides on half of its input: over many neurons that cannot go unnoticed."""
    relu = rectified(trained)
    try:
        clipped = calibrate_clips(relu, images_for(relu, seed), UNIT)
        hasty = convert(clipped, OneSpike(6, wait=0), accumulator_bits=60, input_unit=UNIT)
        patient = convert(clipped, OneSpike(6), accumulator_bits=60, input_unit=UNIT)
    except ConversionError:
        reject()
    images = images_for(relu, seed, 6)
    assert mismatches(hasty, images)[0] >= mismatches(patient, images)[0] == 0


def test_a_network_without_clip_values_is_refused_by_every_model():
    from neurosim.network.zoo import build

    graph = build("digits_cnn", (1, 8, 8), 10, activation="relu")
    network = Network(graph, {name: np.ones(shape) for name, shape in graph.parameters.items()}, "trained")
    for model in EXACT.values():
        with pytest.raises(ConversionError) as caught:
            convert(network, model)
        assert str(caught.value) == (
            "conv1.act: a ReLU has no largest value; measure clip values on images (conversion.calibration), or train "
            "with clipped activations"
        )

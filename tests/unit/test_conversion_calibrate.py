"""Random weights are as active as asked, and always the same."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from neurosim.conversion.convert import convert
from neurosim.conversion.synthetic_weights import synthetic_weights
from neurosim.errors import ConversionError
from neurosim.network.zoo import build
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.simulation.functional.golden_model import golden_layers
from neurosim.stimuli.encode import encode


@pytest.mark.parametrize("name", ["vgg16", "resnet20", "mobilenetv2", "lenet"])
@pytest.mark.parametrize("activity", [0.16, 0.30])
def test_the_asked_share_of_neurons_spikes_in_a_step(name, activity):
    stimulus = encode("photo", 2, (3, 32, 32))
    network = synthetic_weights(build(name, (3, 32, 32), 10), stimulus.images, stimulus.unit, activity=activity)
    spiking = convert(network, AccumulateFire(4))
    answers = golden_layers(spiking, stimulus.images)
    spikes = sum(int(np.bitwise_count(answers[number].codes).sum()) for number in spiking.spiking)
    assert spikes / (2 * 4 * spiking.neurons) == pytest.approx(activity, abs=0.01)
    assert spiking.weights_origin == "synthetic"


def test_a_seed_fixes_the_weights():
    images = encode("random", 1, (1, 16, 16)).images
    graph = build("lenet", (1, 16, 16), 3)
    first, again, other = (synthetic_weights(graph, images, 1 / 255, seed=seed).parameters for seed in (1, 1, 2))
    assert set(first) == set(graph.parameters)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["conv1.weight"], other["conv1.weight"])


def test_weights_are_the_same_with_any_number_of_threads():
    stimulus, graph = encode("photo", 1, (3, 32, 32)), build("resnet20", (3, 32, 32), 10)
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(synthetic_weights(graph, stimulus.images, stimulus.unit).parameters)
    assert all(np.array_equal(found[0][name], found[1][name]) for name in graph.parameters)


def test_a_blank_image_is_no_trouble():
    graph = build("digits_cnn", (1, 8, 8), 10)
    parameters = synthetic_weights(graph, np.zeros((1, 8, 8, 1), np.uint8), 1 / 16).parameters
    assert all(np.isfinite(array).all() for array in parameters.values())


@pytest.mark.parametrize("name", ["resnet18", "resnet20"])
@pytest.mark.parametrize("size", [4, 8])
def test_maps_of_one_position_are_no_trouble(name, size):
    """One position of one image: every channel is constant, and batch normalisation by channel would divide by 0."""
    stimulus, graph = encode("random", 1, (3, size, size)), build(name, (3, size, size), 10)
    spiking = convert(
        synthetic_weights(graph, stimulus.images, stimulus.unit), AccumulateFire(4), input_unit=stimulus.unit
    )
    answers = golden_layers(spiking, stimulus.images)
    assert all(0 < np.count_nonzero(answers[number].codes) < answers[number].codes.size for number in spiking.spiking)


def test_an_activity_that_random_weights_cannot_have_is_refused():
    graph = build("digits_cnn", (1, 8, 8), 10)
    with pytest.raises(ConversionError) as caught:
        synthetic_weights(graph, np.zeros((1, 8, 8, 1), np.uint8), 1 / 16, activity=0.5)
    assert str(caught.value) == "activity: a share of spiking neurons above 0 and below 0.5, found 0.5"

"""The sizes of the networks that the literature compares."""

from __future__ import annotations

import pytest

from neurosim.conversion.convert import convert
from neurosim.conversion.synthetic_weights import synthetic_weights
from neurosim.network.zoo import build
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.stimuli.encode import encode

CIFAR = (3, 32, 32)


@pytest.mark.parametrize(
    ("name", "options", "macs", "neurons"),
    [
        ("vgg16", {}, 313_201_664, 276_480),
        ("resnet18", {"shortcut": "identity"}, 549_131_264, 557_056),
        ("resnet18", {}, 549_131_264 + 32_768 * 64 * 3, 557_056),
        ("resnet20", {}, 40_551_040, 188_416),
    ],
)
def test_nominal_products_and_neurons_are_the_published_ones(name, options, macs, neurons):
    graph = build(name, CIFAR, 10, **options)
    assert (graph.macs, graph.neurons) == (macs, neurons)


@pytest.mark.parametrize(
    ("name", "macs_without_classifier", "classifier"),
    [("vgg16", 313_196_544, 512 * 10), ("resnet18", 549_126_144, 512 * 10), ("resnet20", 40_550_400, 64 * 10)],
)
def test_the_tables_leave_the_classifier_out_or_in(name, macs_without_classifier, classifier):
    options = {"shortcut": "identity"} if name == "resnet18" else {}
    assert build(name, CIFAR, 10, **options).macs == macs_without_classifier + classifier


@pytest.mark.parametrize(
    ("name", "input", "macs"),
    [
        ("resnet34", (3, 224, 224), 3_663_761_408),
        ("mobilenetv2", (3, 224, 224), 300_774_272),
        ("vgg16", (3, 224, 224), 15_470_264_320),
    ],
)
def test_imagenet_forms_have_the_known_products(name, input, macs):
    assert build(name, input, 1000).macs == macs


# A 3 x 3 window with padding 1 covers (3 h - 2)^2 positions of an h x h map, at stride 2 (3 h / 2 - 1)^2: for the first
# layer of VGG16 3 * 64 * 94^2 = 1,696,512.
@pytest.mark.parametrize(
    ("name", "in_bounds", "first"),
    [
        ("vgg16", 247_314_176, 3 * 64 * 94**2),
        ("resnet20", 36_957_504, 3 * 16 * 94**2),
        ("resnet18", 475_567_872, 3 * 64 * 94**2),
    ],
)
def test_products_inside_the_map_are_fewer_than_nominal(name, in_bounds, first):
    stimulus = encode("photo", 1, CIFAR)
    graph = build(name, CIFAR, 10, **({"shortcut": "identity"} if name == "resnet18" else {}))
    spiking = convert(synthetic_weights(graph, stimulus.images, stimulus.unit), AccumulateFire(4))
    assert (spiking.macs, spiking.layers[1].macs) == (in_bounds, first)
    assert spiking.neurons == graph.neurons

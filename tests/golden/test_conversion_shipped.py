"""The shipped weights: what they are, and how often they are right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurosim.conversion.convert import convert
from neurosim.network.forward import forward
from neurosim.network.graph import Graph, Network, Node
from neurosim.network.importers.npz import read
from neurosim.network.layers import Activation, Conv2d, ReLU
from neurosim.network.zoo import build
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.if_qcfs import IfQcfs
from neurosim.simulation.functional.golden_model import golden_layers
from neurosim.stimuli.encode import encode

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS, SHARED = ROOT / "workloads" / "weights", ROOT.parent / "shared" / "data"


def needs(name):
    path = SHARED / name
    return pytest.mark.skipif(not path.is_file(), reason=f"development data not here: ../shared/data/{name}")


def test_digits_cnn_reads_396_of_its_400_held_back_digits():
    digits = encode("digits", 400, (1, 8, 8))
    spiking = convert(read(WEIGHTS / "digits_cnn.npz"), AccumulateFire(4), input_unit=digits.unit, input_max=16)
    answers = golden_layers(spiking, digits.images)
    right = answers[-1].accumulated[:, 0, 0].argmax(1) == digits.labels
    assert int(right.sum()) == 396
    spikes = sum(int(np.bitwise_count(answers[number].codes).sum()) for number in spiking.spiking)
    assert round(spikes / 400 / spiking.neurons, 3) == 0.721
    assert (spiking.weights_origin, spiking.weight_bits, spiking.levels) == ("trained", 8, 15)


def test_vgg16_comes_in_eight_bits_with_the_exponents_of_its_card():
    spiking = convert(read(WEIGHTS / "vgg16_cifar10.npz"), AccumulateFire(4))
    assert [layer.exponent for layer in spiking.layers[1:]] == [9, 8, 8, 9, 8, 9, 10, 9, 11, 11, 11, 12, 11, 10]
    assert max(layer.accumulator_bits for layer in spiking.layers) == 23
    assert (spiking.neurons, spiking.weights, spiking.macs) == (276_480, 14_715_584, 247_314_176)


def test_the_shipped_networks_run_as_rate_models_too():
    digits = encode("digits", 50, (1, 8, 8))
    network = read(WEIGHTS / "digits_cnn.npz")
    spiking = convert(network, IfQcfs(15), input_unit=digits.unit, input_max=16)
    answers = golden_layers(spiking, digits.images)
    assert [layer.unit for layer in spiking.layers[1:-1]] == [
        float(network.parameters[f"conv{number}.act.lam"]) for number in (1, 2, 3)
    ]
    assert max(int(answers[number].codes.max()) for number in spiking.spiking) == 15
    assert (answers[-1].accumulated[:, 0, 0].argmax(1) == digits.labels).mean() > 0.95


@needs("cifar10_jpeg.npz")
def test_vgg16_names_171_of_200_test_images():
    images = encode("cifar10", 200, (3, 32, 32), options={"data": str(SHARED)})
    spiking = convert(read(WEIGHTS / "vgg16_cifar10.npz"), AccumulateFire(4))
    right = 0
    for start in range(0, 200, 25):
        logits = golden_layers(spiking, images.images[start : start + 25])[-1].accumulated[:, 0, 0]
        right += int((logits.argmax(1) == images.labels[start : start + 25]).sum())
    assert right == 171


@needs("resnet20_cifar10_relu.npz")
@needs("cifar10_jpeg.npz")
def test_forward_gives_the_known_accuracy_of_a_public_resnet20():
    graph = build("resnet20", (3, 32, 32), 10)
    as_trained = Graph(
        "resnet20",
        tuple(Node(n.name, ReLU() if isinstance(n.layer, Activation) else n.layer, n.inputs) for n in graph.nodes),
    )
    parameters = {}
    with np.load(SHARED / "resnet20_cifar10_relu.npz", allow_pickle=False) as file:
        for node in graph.nodes:
            if isinstance(node.layer, Conv2d):
                theirs = node.name.replace("stage", "layer").replace("stem", "conv1")
                for number in (1, 2, 3):
                    theirs = theirs.replace(f"block{number}", str(number - 1))
                parameters[f"{node.name}.weight"] = file[f"{theirs}.weight"]
                for part in ("weight", "bias", "running_mean", "running_var"):
                    parameters[f"{node.name}.bn.{part}"] = file[f"{theirs.replace('conv', 'bn')}.{part}"]
        for part in ("weight", "bias"):
            parameters[f"classifier.{part}"] = file[f"linear.{part}"]
    images, labels = _first_test_images(100)
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    x = ((images / 255 - mean) / deviation).transpose(0, 3, 1, 2).astype(np.float32)
    logits = forward(Network(as_trained, parameters, "trained"), x)
    assert int((logits.argmax(1) == labels).sum()) == 82


def _first_test_images(number):
    everything = encode("cifar10", 10_000, (3, 32, 32), options={"data": str(SHARED)})
    order = np.argsort(np.random.default_rng(1).permutation(10_000))[:number]
    return everything.images[order], everything.labels[order]

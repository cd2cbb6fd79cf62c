"""Gains of channels: no layer that has an exponent by layer is without one, and faint neurons take no bits away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from neurosim.conversion.convert import convert
from neurosim.conversion.precision.clip_calibration import calibrate_clips
from neurosim.conversion.precision.precision_notes import few_bits, precision_notes
from neurosim.errors import ConversionError
from neurosim.network.forward import forward
from neurosim.network.graph import Graph, Network, Node
from neurosim.network.layers import Conv2d, Flatten, Input, Linear, ReLU
from neurosim.network.zoo import build
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.one_spike import OneSpike
from neurosim.simulation.functional.golden_model import golden_layers
from tests.laws.conversion_networks import networks
from tests.laws.test_conversion_calibrated import images_for, rectified

UNIT = 1 / 255


def fainted(network, seed, most):
    """Return the network with a random share of its channels up to 2**most times fainter."""
    random, own = np.random.default_rng(seed), dict(network.parameters)
    for node in network.graph.nodes[:-1]:
        if isinstance(node.layer, Conv2d | Linear):
            channels = own[f"{node.name}.weight"].shape[0]
            scale = np.where(random.random(channels) < 0.3, 2.0 ** -random.uniform(0, most, channels), 1.0)
            weight = own[f"{node.name}.weight"]
            own[f"{node.name}.weight"] = weight * scale.reshape(-1, *[1] * (weight.ndim - 1))
    return Network(network.graph, own, network.weights_origin)


@given(networks(), st.integers(0, 99), st.integers(0, 12), st.sampled_from([4, 8, 16]), st.sampled_from([2, 4, 6, 8]))
@settings(max_examples=40, deadline=None)
def test_what_has_an_exponent_by_layer_has_one_by_channel(trained, seed, most, weight_bits, steps):
    relu = fainted(rectified(trained), seed, most)
    images, model = images_for(relu, seed), AccumulateFire(steps)
    widths = {"weight_bits": weight_bits, "accumulator_bits": 60, "input_unit": UNIT}
    clips = {"levels": model.levels, "weight_bits": weight_bits}
    try:
        convert(calibrate_clips(relu, images, UNIT, by="layer", **clips), model, **widths)
    except ConversionError:
        reject()
    spiking = convert(calibrate_clips(relu, images, UNIT, by="channel", **clips), model, **widths)
    assert all(layer.exponent >= 0 for layer in spiking.layers)


def dense(seed, faint):
    """A network of three linear layers, one neuron of the second so faint that it would be scaled by hundreds."""
    nodes = (
        Node("input", Input((1, 6, 6))),
        Node("flat", Flatten(), ("input",)),
        Node("a", Linear(40), ("flat",)),
        Node("a.act", ReLU(), ("a",)),
        Node("b", Linear(40), ("a.act",)),
        Node("b.act", ReLU(), ("b",)),
        Node("c", Linear(10), ("b.act",)),
    )
    random, graph = np.random.default_rng(seed), Graph("dense", nodes)
    own = {name: random.normal(0, 0.2, shape) for name, shape in graph.parameters.items()}
    relu = Network(graph, own, "trained")
    shown = random.integers(0, 256, (60, 6, 6, 1))
    if faint:
        front = Graph("part", nodes[:5])
        part = Network(front, {name: own[name] for name in front.parameters}, "trained")
        sums = forward(part, shown.transpose(0, 3, 1, 2) * UNIT)
        own["b.bias"][7] -= sums[:, 7].max() * (1 - 2.0**-9)
    return relu, shown


def errors(relu, shown, by, weight_bits, steps):
    model = AccumulateFire(steps)
    made = calibrate_clips(relu, shown, UNIT, by=by, levels=model.levels, weight_bits=weight_bits)
    spiking = convert(made, model, weight_bits=weight_bits, accumulator_bits=60, input_unit=UNIT)
    logits = golden_layers(spiking, shown)[-1].accumulated.reshape(len(shown), -1) / spiking.layers[-1].threshold
    wanted = forward(relu, shown.transpose(0, 3, 1, 2) * UNIT)
    return np.abs(logits - wanted).mean() / wanted.std(), spiking


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("steps", [4, 6, 8])
@pytest.mark.parametrize("weight_bits", [4, 8, 16])
def test_one_faint_neuron_takes_no_accuracy(weight_bits, steps, seed):
    (own, spiking), (by_layer, _) = (errors(*dense(seed, True), by, weight_bits, steps) for by in ("channel", "layer"))
    assert own < 1.5 * by_layer
    assert all(layer.typical_bits > few_bits(weight_bits) for layer in spiking.layers[1:])
    assert list(precision_notes(spiking, 60)) == []


def test_a_random_resnet18_is_converted_by_channel():
    graph, random = build("resnet18", (3, 8, 8), 10, activation="relu"), np.random.default_rng(3)
    own = {}
    for name, shape in graph.parameters.items():
        own[name] = random.normal(0, (2 / np.prod(shape[1:])) ** 0.5 if len(shape) > 1 else 0.1, shape)
        if name.endswith(("running_var", "bn.weight")):
            own[name] = random.uniform(0.2, 2, shape)
    images = random.integers(0, 256, (4, 8, 8, 3))
    network = Network(graph, own, "trained")
    spiking = convert(calibrate_clips(network, images, UNIT), AccumulateFire(4), accumulator_bits=60, input_unit=UNIT)
    assert min(layer.exponent for layer in spiking.layers) >= 0


@given(
    networks(),
    st.sampled_from([AccumulateFire(3), OneSpike(5), OneSpike(4, "3/2", guard_bits=6)]),
    st.sampled_from([4, 8, 12]),
    st.integers(8, 40),
)
@settings(max_examples=60, deadline=None)
def test_advice_that_is_followed_removes_the_notice_and_one_bit_less_does_not(network, model, weight_bits, narrow):
    def said(bits):
        made = convert(network, model, weight_bits=weight_bits, accumulator_bits=bits, input_unit=UNIT)
        return [line for line in precision_notes(made, bits) if line.startswith("accumulators")]

    try:
        found = said(narrow)
    except ConversionError:
        reject()  # not even exponent 0 fits
    if not found or "even 63" in found[0]:
        return
    advised = int(found[0].rpartition("accumulator_bits: ")[2].removesuffix(" would leave all"))
    assert advised > narrow
    assert said(advised) == []
    assert said(advised - 1)[0].endswith(f"accumulator_bits: {advised} would leave all")

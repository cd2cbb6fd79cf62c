"""Clip values measured on data: the same function, every channel up to its clip value, and a closer ``one_spike``."""

import numpy as np
import pytest

from neurosim.conversion.convert import convert
from neurosim.conversion.precision.clip_calibration import FAINTEST, calibrate_clips
from neurosim.errors import ConversionError
from neurosim.network.forward import forward
from neurosim.network.graph import Graph, Network, Node
from neurosim.network.layers import Activation, Add, AvgPool2d, BatchNorm2d, Conv2d, Flatten, Input, Linear, ReLU
from neurosim.neurons.one_spike import OneSpike
from neurosim.simulation.functional.golden_model import golden_layers

FINE = 2**20  # levels that no test can tell from none
WIDE = 60  # bits of weights that no gain takes one from that it needs
UNIT = 1 / 255


def network(seed=0, residual=False):
    """ReLU layers with channels of very different scales: plain, normalised, grouped, pooled, dense."""
    middle = [
        Node("b", Conv2d(8, (3, 3), padding=(1, 1), groups=2), ("a.act",)),
        Node("b.act", ReLU(), ("b",)),
    ]
    if residual:
        middle[1:] = [Node("sum", Add(), ("b", "a.act")), Node("b.act", ReLU(), ("sum",))]
    nodes = (
        Node("input", Input((2, 6, 6))),
        Node("a", Conv2d(8, (3, 3), padding=(1, 1)), ("input",)),
        Node("a.bn", BatchNorm2d(), ("a",)),
        Node("a.act", ReLU(), ("a.bn",)),
        *middle,
        Node("pool", AvgPool2d((2, 2), (2, 2)), ("b.act",)),
        Node("flat", Flatten(), ("pool",)),
        Node("c", Linear(10), ("flat",)),
        Node("c.act", ReLU(), ("c",)),
        Node("d", Linear(3), ("c.act",)),
    )
    graph, rng = Graph("relu", nodes), np.random.default_rng(seed)
    own = {name: rng.normal(0.05, 0.4, shape) for name, shape in graph.parameters.items()}
    own["a.bn.weight"] = 2.0 ** rng.uniform(-2, 3, 8)
    own["a.bn.running_var"] = np.ones(8)
    own["b.weight"] *= 2.0 ** rng.uniform(-2, 3, (8, 1, 1, 1))
    own["c.weight"] *= 2.0 ** rng.uniform(-2, 3, (10, 1))
    return Network(graph, own, "trained")


def images(n=20):
    return np.random.default_rng(7).integers(0, 256, (n, 6, 6, 2))


def up_to(net, number):
    """Return the network that ends in node ``number``."""
    graph = Graph("part", net.graph.nodes[: number + 1])
    return Network(graph, {name: net.parameters[name] for name in graph.parameters}, "trained")


def outputs(net, shown):
    return forward(net, shown.transpose(0, 3, 1, 2) * UNIT)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("by", ["channel", "layer"])
def test_what_was_never_clipped_is_computed_as_before(by, residual):
    given = network(residual=residual)
    made = calibrate_clips(given, images(), UNIT, by=by, levels=FINE)
    wanted = outputs(given, images())
    assert np.abs(outputs(made, images()) - wanted).max() < 1e-4 * np.abs(wanted).max()
    assert not [node for node in made.graph.nodes if isinstance(node.layer, ReLU)]


def test_every_channel_reaches_up_to_the_clip_value_of_its_layer():
    made = calibrate_clips(network(), images(), UNIT, levels=FINE, weight_bits=WIDE)
    x = images().transpose(0, 3, 1, 2) * UNIT
    for number, node in enumerate(made.graph.nodes):
        if isinstance(node.layer, Activation):
            part = up_to(made, number)
            tops = forward(part, x).reshape(len(x), part.graph.shapes[node.name][0], -1).max((0, 2))
            lam = float(made.of(node.name)["lam"])
            active = tops[tops > 0]
            assert len(active) > 1
            assert np.abs(active / lam - 1).max() < 1e-4


def values_of(net, shown, name):
    """Return what an activation gives, (channels, n x rows x columns)."""
    place = [node.name for node in net.graph.nodes].index(name)
    part = up_to(net, place)
    values = outputs(part, shown).reshape(len(shown), part.graph.shapes[name][0], -1)
    return values.transpose(1, 0, 2).reshape(values.shape[1], -1)


def test_channels_that_a_residual_branch_ties_together_are_scaled_together_as_far_as_all_have_room():
    plain, made = (
        calibrate_clips(network(residual=True), images(), UNIT, by=by, levels=FINE, weight_bits=WIDE)
        for by in ("layer", "channel")
    )
    filled = []
    for name in ("a.act", "b.act"):
        lam = float(plain.of(name)["lam"])
        assert made.parameters[f"{name}.lam"] == lam
        filled.append(values_of(plain, images(), name).max(axis=1) / lam)
    fullest = np.maximum(*filled)
    wanted = np.where(fullest > 0, 1 / np.maximum(fullest, FAINTEST), 1)
    assert len(set(fullest)) > 2
    for name in ("a.act", "b.act"):
        scaled = wanted[:, None] * values_of(plain, images(), name)
        assert np.abs(values_of(made, images(), name) - scaled).max() < 1e-4 * plain.of(name)["lam"]


def test_a_channel_that_is_never_active_keeps_its_scale():
    dark = network()
    dark.parameters["c.weight"][3] = 0
    dark.parameters["c.bias"][3] = -1
    made, plain = (calibrate_clips(dark, images(), UNIT, by=by) for by in ("channel", "layer"))
    assert made.parameters["c.bias"][3] == plain.parameters["c.bias"][3] == -1
    assert made.parameters["c.bias"][4] != plain.parameters["c.bias"][4]


def test_a_channel_active_too_seldom_for_the_percentile_gets_its_maximum():
    made = calibrate_clips(network(), images(), UNIT, percentile=20, levels=FINE)
    values = values_of(calibrate_clips(network(), images(), UNIT, by="layer", levels=FINE), images(), "a.act")
    usual, largest = np.percentile(values, 20, axis=1), values.max(axis=1)
    assert ((usual == 0) & (largest > 0)).any()
    wanted = np.where(usual > 0, usual, largest).max()
    assert abs(float(made.of("a.act")["lam"]) / wanted - 1) < 1e-4


def test_a_value_of_one_step_may_differ_from_channel_to_channel():
    given = network()
    alone = calibrate_clips(given, images(), (UNIT, 3 * UNIT), by="layer", levels=FINE)
    scaled = images() * np.array([1, 3])
    assert alone.parameters["c.act.lam"] == calibrate_clips(given, scaled, UNIT, by="layer").parameters["c.act.lam"]


def test_a_percentile_clips_what_lies_above_it():
    full, most = (calibrate_clips(network(), images(), UNIT, by="layer", percentile=p) for p in (100, 90))
    assert 0 < most.parameters["a.act.lam"] < full.parameters["a.act.lam"]


@pytest.mark.parametrize("percentile", [0, 101])
def test_a_percentile_that_is_none_is_refused(percentile):
    with pytest.raises(ConversionError, match=f"^percentile: above 0 and at most 100, found {percentile}$"):
        calibrate_clips(network(), images(), UNIT, percentile=percentile)


def test_a_silent_layer_is_refused_by_name():
    dark = network()
    dark.parameters["c.weight"][...] = 0
    dark.parameters["c.bias"][...] = -1
    with pytest.raises(ConversionError, match=r"^c\.act: none of its neurons is active on these images$"):
        calibrate_clips(dark, images(), UNIT)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("model", [OneSpike(6, "3/2", guard_bits=10), OneSpike(8, "5/4", guard_bits=10)], ids=str)
def test_one_clip_value_a_channel_brings_one_spike_nearer_to_its_relu_network(model, seed):
    """A phase is a relative precision, so it is the faintest channels, below the last phase, that gain by it."""
    given, errors = network(seed), {}
    for by in ("channel", "layer"):
        spiking = convert(calibrate_clips(given, images(), UNIT, by=by), model, weight_bits=16, accumulator_bits=48)
        answer = golden_layers(spiking, images())[-1].accumulated.reshape(len(images()), -1)
        logits = answer / (model.bias_weight * spiking.layers[-1].threshold)
        errors[by] = np.abs(logits - outputs(given, images())).mean()
    assert errors["channel"] < errors["layer"]

"""Whatever layers and parameters are made with: a network that is wrong is refused in words, a sound one simulated."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from neurosim.conversion.convert import convert
from neurosim.errors import ConversionError
from neurosim.mapping.spatial import Spatial
from neurosim.network.adjacency import Adjacency
from neurosim.network.forward import forward
from neurosim.network.graph import Graph, Network, Node
from neurosim.network.layers import (
    Activation,
    Add,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    GraphConv,
    Input,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Shortcut,
)
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.schedule.layer_by_layer import LayerByLayer
from neurosim.simulation.observe import observe
from tests.laws.conversion_networks import networks
from tests.reference.random_networks import small_chip

WHOLE = st.integers(-2, 4) | st.sampled_from([2**31 - 1, 2**31, 2**70, -(2**70), np.int64(2), np.int8(1), np.uint8(3)])
STRANGE = st.sampled_from(
    [None, True, False, 1.0, 0.5, float("nan"), float("inf"), "2", "", b"2", (), [], {}, object(), 1j, np.ones(2)]
)
VALUES = WHOLE | st.lists(WHOLE | STRANGE, max_size=5).map(tuple) | st.lists(WHOLE, max_size=3) | STRANGE
SIZES, STRIDES = st.tuples(st.integers(1, 3), st.integers(1, 3)), st.tuples(st.integers(1, 2), st.integers(1, 2))
NAMES = st.sampled_from(["input", "layer1", "layer2", "lair1", ""]) | STRANGE
LAYERS = st.one_of(
    st.builds(
        Conv2d, st.integers(1, 4), SIZES, STRIDES, st.tuples(st.integers(0, 1), st.integers(0, 2)), bias=st.booleans()
    ),
    st.builds(Linear, st.integers(1, 4), st.booleans()),
    st.builds(AvgPool2d, SIZES, STRIDES),
    st.builds(MaxPool2d, SIZES, STRIDES),
    st.builds(Shortcut, st.integers(1, 2), st.integers(0, 2), st.integers(0, 2)),
    st.builds(BatchNorm2d, st.floats(1e-6, 0.1)),
    st.builds(Activation, st.integers(1, 20)),
    st.sampled_from([ReLU(), Flatten(), GlobalAvgPool2d(), Add(), Layer()]),
    st.builds(GraphConv, st.integers(1, 3), neighbours=st.builds(Adjacency.of, st.just([[0, 1]]), st.integers(2, 6))),
)


@st.composite
def chains(draw):
    """Draw what a chain of layers is made of, ``[name, layer, inputs]`` each; most fit together."""
    parts = [["input", Input(draw(st.tuples(*[st.integers(1, 6)] * 3))), ()]]
    for number in range(draw(st.integers(1, 4))):
        layer = draw(LAYERS)
        inputs = (parts[-1][0],) * (2 if isinstance(layer, Add) else 1)
        parts.append([f"layer{number + 1}", layer, inputs])
    return parts


def spoil(draw, parts):
    """Put anything in the place of one thing."""
    part = draw(st.sampled_from(parts))
    what = draw(st.sampled_from(["name", "layer", "inputs", "order", *["field"] * 6]))
    fields = [field.name for field in dataclasses.fields(part[1])] if dataclasses.is_dataclass(part[1]) else []
    if what == "field" and fields:
        name = draw(st.sampled_from(fields))
        part[1] = dataclasses.replace(part[1], **{name: draw(VALUES)})
    elif what == "name":
        part[0] = draw(NAMES)
    elif what == "layer":
        part[1] = draw(STRANGE)
    elif what == "inputs":
        part[2] = draw(STRANGE | NAMES | st.lists(NAMES, max_size=3).map(tuple))
    else:
        parts[:] = draw(st.permutations(parts))


@given(st.data())
def test_a_graph_of_anything_is_evaluated_or_a_conversion_error(data):
    parts = data.draw(chains())
    for _ in range(data.draw(st.integers(0, 2))):
        spoil(data.draw, parts)
    try:
        graph = Graph("drawn", tuple(Node(*part) for part in parts))
    except ConversionError as error:
        event(str(error).split(": ")[1])
        return
    event("evaluated")
    random, sizes = np.random.default_rng(1), graph.parameters
    network = Network(graph, {name: np.abs(random.normal(1, 0.1, size)) for name, size in sizes.items()}, "synthetic")
    try:
        outputs = forward(network, np.ones((2, *graph.input.shape)))
    except ConversionError as error:
        assert "cannot evaluate a Layer" in str(error)  # noqa: PT017
        return
    assert outputs.shape == (2, int(np.prod(graph.shapes[graph.nodes[-1].name])))


BAD = [None, 1.0, "x", [], {}, object(), np.float32(np.nan), np.ones(1, int), np.array("x"), np.array(None)]
BAD += [np.ones(0), np.ones((2, 2), bool), np.ones((1, 1, 1, 1, 1)), np.array(1j)]


@given(networks(parts=1), st.data())
def test_one_parameter_that_cannot_be_is_refused_by_name(network, data):
    name = data.draw(st.sampled_from(sorted(network.parameters)))
    value = network.parameters[name]
    spoilt = np.array(value)
    place, stain = data.draw(st.integers(0, spoilt.size - 1)), data.draw(st.sampled_from([np.nan, np.inf, -np.inf]))
    spoilt.reshape(-1)[place] = stain
    wrong = [spoilt, np.stack([value, value]), value[None], value.astype(int), *BAD]
    wrong += [-np.abs(value) - 1] * name.endswith((".running_var", ".lam"))
    bad = data.draw(st.sampled_from(wrong))
    kept = {key: array for key, array in network.parameters.items() if key != name}
    node, _, short = name.rpartition(".")
    with pytest.raises(ConversionError, match=f"^{re.escape(node)}: {short} [a-z]"):
        Network(network.graph, kept if bad is None else kept | {name: bad}, "synthetic")


@settings(max_examples=20)
@given(networks(), st.integers(0, 2**32 - 1))
def test_a_sound_network_is_made_and_simulated_without_a_mismatch(network, seed):
    again = Network(Graph(network.graph.name, network.graph.nodes), dict(network.parameters), "synthetic")
    spiking = convert(again, AccumulateFire(3))
    channels, rows, columns = network.graph.input.shape
    images = np.random.default_rng(seed).integers(0, 256, (1, rows, columns, channels)).astype(np.uint8)
    spec = small_chip(3, 3, 4)
    seen = observe(spiking, spec, Spatial().place(spiking, spec), LayerByLayer(), images)
    assert seen.lossless_check.mismatches == 0

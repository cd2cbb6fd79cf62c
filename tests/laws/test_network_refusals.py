"""Whatever layers and parameters are made with: a network that is wrong is refused in words, a sound one simulated."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from conversion_networks import networks
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import small_chip

from neurosim.conversion.convert import convert
from neurosim.errors import ConversionError
from neurosim.mapping.spatial import Spatial
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
    Linear,
    MaxPool2d,
    ReLU,
    Shortcut,
)
from neurosim.network.neighbours import Neighbours
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.schedule.layer_by_layer import LayerByLayer
from neurosim.simulation.run import observe

WHOLE = st.integers(-2, 4) | st.sampled_from([2**31 - 1, 2**31, 2**70, -(2**70), np.int64(2), np.int8(1), np.uint8(3)])
STRANGE = st.sampled_from(
    [None, True, False, 1.0, 0.5, float("nan"), float("inf"), "2", "", b"2", (), [], {}, object(), 1j, np.ones(2)]
)
VALUES = WHOLE | st.lists(WHOLE | STRANGE, max_size=5).map(tuple) | st.lists(WHOLE, max_size=3) | STRANGE
PAIRS = st.tuples(st.integers(0, 3), st.integers(0, 3))
FIELDS = PAIRS | st.integers(0, 4) | st.booleans() | VALUES  # sound ones often enough to get past the first field
LAYERS = [Activation, Add, AvgPool2d, BatchNorm2d, Conv2d, Flatten, GlobalAvgPool2d, Linear, MaxPool2d, ReLU, Shortcut]
NAMES = st.sampled_from(["input", "a", "b", "c", ""]) | STRANGE


@st.composite
def layers(draw):
    """Draw a layer of any kind, its fields anything."""
    kind = draw(st.sampled_from([*LAYERS, Input, GraphConv]))
    fields = {field.name: draw(FIELDS) for field in dataclasses.fields(kind) if draw(st.integers(0, 3))}
    if kind is GraphConv and draw(st.booleans()):
        fields["neighbours"] = Neighbours.of(np.array([[0, 1]]), draw(st.integers(2, 4)))
    needed = [field.name for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING]
    return kind(**{name: draw(FIELDS) for name in needed} | fields)


@given(st.data())
def test_a_graph_of_anything_is_a_graph_or_a_conversion_error(data):
    shape = data.draw(st.tuples(*[st.integers(1, 6)] * 3))
    try:
        nodes = [Node("input", Input(shape))]
        for _ in range(data.draw(st.integers(0, 4))):
            inputs = data.draw(st.lists(NAMES, max_size=3).map(tuple) | st.just((nodes[-1].name,)) | STRANGE)
            nodes.append(Node(data.draw(NAMES), data.draw(layers() | STRANGE), inputs))
        graph = Graph("drawn", tuple(data.draw(st.permutations(nodes)) if data.draw(st.booleans()) else nodes))
    except ConversionError:
        return
    random = np.random.default_rng(1)
    sizes = graph.parameters
    network = Network(graph, {name: np.abs(random.normal(1, 0.1, size)) for name, size in sizes.items()}, "synthetic")
    outputs = forward(network, np.ones((2, *shape)))
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
    assert seen.proof.mismatches == 0

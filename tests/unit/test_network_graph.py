"""A graph checks itself once, and says which layer is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from neurosim.errors import ConversionError, DocumentError
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
    Input,
    Linear,
    MaxPool2d,
    ReLU,
    Shortcut,
)
from neurosim.network.zoo import NETWORKS, GraphBuilder, build

INPUT = Node("input", Input((3, 8, 8)))


def refused(*nodes):
    with pytest.raises(ConversionError) as caught:
        Graph("test", nodes)
    return str(caught.value)


def test_shapes_follow_the_layers():
    sketch = GraphBuilder("test", (3, 9, 8), 15)
    sketch.add("conv", Conv2d(4, (3, 2), (2, 1), (1, 0)))
    assert sketch.shape == (4, 5, 7)
    sketch.add("pool", AvgPool2d((2, 2), (2, 2)))
    assert sketch.shape == (4, 2, 3)
    sketch.add("skip", Shortcut(2, 1, 2))
    assert sketch.shape == (7, 1, 2)
    sketch.add("flatten", Flatten())
    assert sketch.shape == (14, 1, 1)


def test_a_window_larger_than_its_map_names_the_layer():
    said = refused(INPUT, Node("conv", Conv2d(4, (11, 11), padding=(1, 1)), ("input",)))
    assert said == "conv: a 11 x 11 window does not fit a 8 x 8 map with padding 1 x 1"


def test_channels_that_do_not_split_name_the_layer():
    said = refused(INPUT, Node("conv", Conv2d(4, (1, 1), groups=2), ("input",)))
    assert said == "conv: 3 and 4 channels do not split into 2 groups"


def test_maps_of_different_shapes_cannot_be_added():
    said = refused(INPUT, Node("conv", Conv2d(3, (3, 3)), ("input",)), Node("add", Add(), ("conv", "input")))
    assert said == "add: cannot add maps of 3 x 6 x 6 and 3 x 8 x 8"


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ((INPUT, Node("a", Flatten(), ("b",))), "a: its input 'b' is not a layer before it"),
        ((INPUT, Node("input", Flatten(), ("input",))), "input: two layers have this name"),
        ((INPUT, Node("a", Add(), ("input",))), "a: takes two or more inputs, has 1"),
        ((INPUT, Node("a", Flatten(), ("input", "input"))), "a: takes 1 input, has 2"),
        ((INPUT, Node("a", Flatten(), ("input",)), Node("b", Flatten(), ("input",))), "a: no layer reads its output"),
        (
            (Node("a", Input((1, 1, 1))), INPUT, Node("b", Flatten(), ("a",))),
            "test: a network has one Input, this has 2",
        ),
        ((), "test: a network has one Input, this has 0"),
    ],
)
def test_a_graph_that_is_not_one_says_where(nodes, said):
    assert refused(*nodes) == said


def test_activations_of_different_levels_are_refused():
    graph = Graph("test", (INPUT, Node("a", Activation(7), ("input",)), Node("b", Activation(15), ("a",))))
    with pytest.raises(ConversionError, match=r"^test: all activations must have the same levels, found 7 and 15$"):
        _ = graph.levels
    assert graph.with_levels(3).levels == 3


def test_parameters_of_a_node_are_found_by_their_short_names():
    graph = build("digits_cnn", (1, 8, 8), 10)
    network = Network(graph, {name: np.ones(shape) for name, shape in graph.parameters.items()}, "synthetic")
    assert list(network.of("conv1")) == ["weight"]
    assert list(network.of("conv1.bn")) == ["weight", "bias", "running_mean", "running_var"]
    assert network.of("conv1.act")["lam"].shape == ()


@pytest.mark.parametrize("name", sorted(NETWORKS.keys() - {"gcn"}))  # whose input is a graph
@pytest.mark.parametrize("size", [32, 64])
def test_every_network_of_the_zoo_ends_in_its_classes(name, size):
    graph = build(name, (3, size, size), 7)
    assert graph.shapes[graph.nodes[-1].name] == (7, 1, 1)
    assert graph.levels == 15


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("vg16", {}, "unknown network 'vg16'; did you mean 'vgg16'?"),
        ("vgg16", {"level": 7}, "network vgg16: level: unknown option; did you mean 'levels'?"),
        ("resnet18", {"shortcut": "max"}, "network resnet18: shortcut: 'max' is not one of conv, identity"),
        ("vgg16", {"levels": 0}, "network vgg16: levels: 0 is out of range; wanted at least 1"),
    ],
)
def test_a_wrong_name_or_option_is_told_the_nearest(name, options, said):
    with pytest.raises(DocumentError) as caught:
        build(name, (3, 32, 32), 10, **options)
    assert str(caught.value) == said


def test_an_input_too_small_for_a_network_names_the_layer_where_it_ends():
    with pytest.raises(ConversionError, match=r"^conv2: a 5 x 5 window does not fit a 4 x 4 map with padding 0 x 0$"):
        build("lenet", (1, 8, 8), 10)


def test_forward_evaluates_every_layer_as_its_definition():
    nodes = (
        Node("input", Input((1, 2, 2))),
        Node("conv", Conv2d(2, (1, 1), bias=True), ("input",)),
        Node("bn", BatchNorm2d(eps=0.0), ("conv",)),
        Node("relu", ReLU(), ("bn",)),
        Node("max", MaxPool2d((2, 2), (2, 2)), ("relu",)),
        Node("average", GlobalAvgPool2d(), ("relu",)),
        Node("add", Add(), ("max", "average")),
        Node("act", Activation(4), ("add",)),
        Node("linear", Linear(1), ("act",)),
    )
    parameters = {
        "conv.weight": np.array([1.0, -1.0]).reshape(2, 1, 1, 1),
        "conv.bias": np.array([0.0, 1.0]),
        "bn.weight": np.array([2.0, 1.0]),
        "bn.bias": np.array([0.0, 3.0]),
        "bn.running_mean": np.array([1.0, 0.0]),
        "bn.running_var": np.array([4.0, 1.0]),
        "act.lam": np.array(8.0),
        "linear.weight": np.array([[1.0, 10.0]]),
        "linear.bias": np.array([0.5]),
    }
    # channel 1: x - 1 = 0, 1, 2, 3: maximum 3, mean 1.5, sum 4.5 -> 2.25 units of 2 -> 2 -> 4
    # channel 2: 4 - x = 3, 2, 1, 0: the same
    image = np.array([1.0, 2.0, 3.0, 4.0]).reshape(1, 1, 2, 2)
    assert forward(Network(Graph("test", nodes), parameters, "synthetic"), image).tolist() == [[44.5]]


def conv(*fields, **named):
    return INPUT, Node("conv", Conv2d(*fields, **named), ("input",))


SIZES = "wanted (rows, columns), ints from"
WHOLE = "wanted an int from"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: conv(4, (3, 3), (0, 1)), f"conv: stride: {SIZES} 1, found (0, 1)"),
        (lambda: conv(4, (0, 3)), f"conv: kernel: {SIZES} 1, found (0, 3)"),
        (lambda: conv(4, 3), f"conv: kernel: {SIZES} 1, found 3"),
        (lambda: conv(4, [3, 3]), f"conv: kernel: {SIZES} 1, found [3, 3]"),
        (lambda: conv(4, (3, 3), padding=(-1, 0)), f"conv: padding: {SIZES} 0, found (-1, 0)"),
        (lambda: conv(4, (3, 3), padding=(0, 1, 0, 1)), f"conv: padding: {SIZES} 0, found (0, 1, 0, 1)"),
        (lambda: conv(4, (3, 3), padding="same"), f"conv: padding: {SIZES} 0, found 'same'"),
        (lambda: conv(4, (3, 3), groups=0), f"conv: groups: {WHOLE} 1 to 2,147,483,647, found 0"),
        (lambda: conv(4, (3, 3), groups=3), "conv: groups: 4 channels do not split into 3 groups"),
        (lambda: conv(0, (3, 3)), f"conv: channels: {WHOLE} 1 to 2,147,483,647, found 0"),
        (lambda: conv(True, (3, 3)), f"conv: channels: {WHOLE} 1 to 2,147,483,647, found True"),
        (lambda: conv(4.0, (3, 3)), f"conv: channels: {WHOLE} 1 to 2,147,483,647, found 4.0"),
        (lambda: conv(4, (3, 3), bias=None), "conv: bias: wanted True or False, found None"),
        (lambda: conv(4, (9, 9)), "conv: a 9 x 9 window does not fit a 8 x 8 map with padding 0 x 0"),
        (
            lambda: (Node("input", Input((3, 0, 8))),),
            "input: shape: wanted (channels, rows, columns), ints from 1, found (3, 0, 8)",
        ),
        (lambda: (INPUT, Node("fc", Linear(-1), ("input",))), f"fc: channels: {WHOLE} 1 to 2,147,483,647, found -1"),
        (
            lambda: (INPUT, Node("bn", BatchNorm2d(float("nan")), ("input",))),
            "bn: eps: wanted a number from 0 on, below 1, found nan",
        ),
        (
            lambda: (INPUT, Node("act", Activation(0), ("input",))),
            f"act: levels: {WHOLE} 1 to 2,147,483,647, found 0",
        ),
        (
            lambda: (INPUT, Node("pool", AvgPool2d((2, 2), (2, 2), (2, 0)), ("input",))),
            "pool: padding: 2 x 0 leaves nothing in a 2 x 2 window",
        ),
        (
            lambda: (INPUT, Node("skip", Shortcut(2, -1, 0), ("input",))),
            f"skip: before: {WHOLE} 0 to 2,147,483,647, found -1",
        ),
        (lambda: (INPUT, Node("x", "conv", ("input",))), "x: wanted a layer, found 'conv'"),
        (lambda: (INPUT, Node("x", Flatten(), "input")), "x: inputs: wanted a tuple of names, found 'input'"),
        (lambda: (INPUT, Node("", Flatten(), ("input",))), "the name of a node: wanted a text, found ''"),
        (
            lambda: (INPUT, Node("a", Add(), ("input", "b")), Node("b", Flatten(), ("a",))),
            "a: its input 'b' does not come before it; nodes are listed after their inputs, without cycles",
        ),
        (
            lambda: (INPUT, Node("a", Flatten(), ("imput",))),
            "a: its input 'imput' is not a layer before it; did you mean 'input'?",
        ),
        (
            lambda: (Node("input", Input((3, 30_000, 30_000))),),
            "input: a map of 3 x 30,000 x 30,000 numbers; at most 33,554,432 are taken",
        ),
        (
            lambda: (INPUT, Node("fc", Linear(2_000_000), ("input",))),
            "fc: a weight of 2,000,000 x 192 numbers; at most 268,435,456 are taken in all",
        ),
    ],
)
def test_a_field_that_cannot_be_is_refused_by_the_name_of_its_node(make, said):
    with pytest.raises(ConversionError) as caught:
        Graph("test", make())
    assert str(caught.value) == said


def changed(**values):
    """Make a small network with other parameters, None for none."""
    graph = build("digits_cnn", (1, 8, 8), 10)
    parameters = {name: np.ones(shape) for name, shape in graph.parameters.items()}
    parameters |= {name.replace("__", "."): value for name, value in values.items()}
    return Network(graph, {name: value for name, value in parameters.items() if value is not None}, "synthetic")


class Tensor:
    """What is not an array of NumPy but of PyTorch."""


Tensor.__module__ = "torch"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("conv2.weight", np.full((16, 16, 3, 3), np.nan), "conv2: weight has 2,304 values that are infinite or not a"),
        ("conv2.weight", np.full((16, 16, 3, 3), np.inf), "conv2: weight has 2,304 values that are infinite or not a"),
        ("conv2.weight", np.ones((16, 16, 5, 5)), "conv2: weight is 16 x 16 x 5 x 5, wanted 16 x 16 x 3 x 3"),
        ("conv2.weight", np.ones((16, 16, 3, 3), int), "conv2: weight holds int64, wanted floating-point numbers"),
        ("conv2.bn.running_var", -np.ones(16), "conv2.bn: running_var has negative values; a variance has none"),
        ("conv2.bn.weight", None, "conv2.bn: weight is missing; wanted 16"),
        ("conv2.act.lam", np.ones(1), "conv2.act: lam is a list of one number, wanted a single number"),
        ("conv2.act.lam", np.array(0.0), "conv2.act: lam is 0, a clip value must be positive"),
        ("conv2.act.lam", 2.0, "conv2.act: lam is a float, wanted a NumPy array"),
        ("conv2.weight", Tensor(), "conv2: weight is a torch.Tensor, wanted a NumPy array; .detach().cpu().numpy()"),
        ("conv2.bias", np.ones(16), "conv2: unknown parameter 'bias'; it has weight"),
        ("conv9.weight", np.ones(16), "unknown parameter 'conv9.weight'"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_by_the_name_of_its_node(name, value, said):
    with pytest.raises(ConversionError) as caught:
        changed(**{name: value})
    assert str(caught.value).startswith(said)


def test_a_network_is_made_of_a_graph_a_mapping_and_an_origin():
    graph = build("digits_cnn", (1, 8, 8), 10)
    for fields, said in [
        (("digits_cnn", {}, "trained"), "graph: wanted a Graph, found 'digits_cnn'"),
        ((graph, [], "trained"), "parameters: wanted a Mapping, found []"),
        (
            (graph, dict(changed().parameters), "found"),
            "weights_origin: wanted 'trained' or 'synthetic', found 'found'",
        ),
    ]:
        with pytest.raises(ConversionError) as caught:
            Network(*fields)
        assert str(caught.value) == said
    with pytest.raises(ConversionError) as caught:
        Network(build("vgg8", (1, 28, 28), 10), {}, "trained")
    assert len(str(caught.value).splitlines()) == 21
    assert str(caught.value).endswith("\nand 21 more")

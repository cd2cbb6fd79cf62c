"""Weights under PyTorch's names: every layer finds its own, and what is wrong is said in the file's words."""

from __future__ import annotations

import numpy as np
import pytest

from neurosim.errors import DocumentError
from neurosim.network.importers import npz, state_dict, weights
from neurosim.network.zoo import build

SMALL = (3, 8, 8)
OTHERS = {"fc": "linear", "downsample": "shortcut"}  # names that are as usual as the first


def graph_of(name="resnet20", activation="relu", size=SMALL, **options):
    return build(name, size, 10, activation=activation, **options)


def named(graph):
    """Arrays for every parameter of ``graph``, each with values of its own, as a model of PyTorch would name them."""
    random = np.random.default_rng(1)
    names = state_dict.NAMES[graph.name](graph)
    arrays = {}
    for name, shape in graph.parameters.items():
        node, _, short = name.rpartition(".")
        arrays[f"{names[node][0]}.{short}"] = np.abs(random.normal(1, 0.1, shape)).astype(np.float32)
    return arrays


ANSWERED = ("pool", "eps", "levels")  # said by whoever made the graph


def refused(path, graph, answered=ANSWERED):
    with pytest.raises(DocumentError) as caught:
        weights.read(path, graph, answered)
    return str(caught.value).replace(str(path), "FILE").splitlines()


@pytest.mark.parametrize(
    ("network", "options", "ours", "theirs"),
    [
        ("resnet20", {}, "stem.weight", "conv1.weight"),
        ("resnet20", {}, "stem.bn.running_var", "bn1.running_var"),
        ("resnet20", {}, "stage2.block1.conv2.weight", "layer2.0.conv2.weight"),
        ("resnet20", {}, "stage3.block3.conv1.bn.bias", "layer3.2.bn1.bias"),
        ("resnet20", {}, "classifier.bias", "fc.bias"),
        ("resnet18", {}, "stage2.block1.shortcut.weight", "layer2.0.downsample.0.weight"),
        ("resnet18", {}, "stage4.block1.shortcut.bn.running_mean", "layer4.0.downsample.1.running_mean"),
        ("vgg16", {"size": (3, 32, 32)}, "conv1_2.weight", "features.3.weight"),
        ("vgg16", {"size": (3, 32, 32)}, "conv2_1.weight", "features.7.weight"),
        ("vgg16", {"size": (3, 32, 32)}, "conv5_3.bn.weight", "features.41.weight"),
        ("vgg16", {"size": (3, 32, 32), "activation": "clipped"}, "conv5_3.act.lam", "features.42.lam"),
        ("vgg16", {"size": (3, 32, 32)}, "classifier.weight", "classifier.weight"),
        ("lenet", {"size": (1, 16, 16)}, "fc2.weight", "fc2.weight"),
        ("lenet", {"size": (1, 16, 16)}, "classifier.weight", "fc3.weight"),
    ],
)
def test_a_layer_is_found_under_its_usual_name(tmp_path, network, options, ours, theirs):
    graph = graph_of(network, **options)
    arrays = named(graph)
    np.savez(tmp_path / "w.npz", **arrays)
    read = weights.read(tmp_path / "w.npz", graph, ANSWERED)
    assert read.parameters.keys() == graph.parameters.keys()
    assert np.array_equal(read.parameters[ours], arrays[theirs])
    assert read.weights_origin == "trained"


def test_large_networks_have_their_linear_layers_numbered():
    names = state_dict.NAMES["vgg16"](build("vgg16", (3, 64, 64), 10))
    assert [names[name] for name in ("fc1", "fc2", "classifier")] == [
        ("classifier.0",),
        ("classifier.3",),
        ("classifier.6",),
    ]


def test_other_usual_names_prefixes_and_counters_are_known(tmp_path):
    graph = graph_of("resnet18")
    arrays = named(graph)
    for one, other in OTHERS.items():
        arrays = {name.replace(one, other): array for name, array in arrays.items()}
    renamed = {f"module.{name}": array for name, array in arrays.items()}
    np.savez(tmp_path / "w.npz", **renamed, **{"module.bn1.num_batches_tracked": np.array(7)})
    read = weights.read(tmp_path / "w.npz", graph, ANSWERED)
    assert np.array_equal(read.parameters["classifier.weight"], arrays["linear.weight"])
    assert np.array_equal(read.parameters["stage2.block1.shortcut.weight"], arrays["layer2.0.shortcut.0.weight"])


def test_everything_wrong_is_said_at_once_in_the_names_of_the_file(tmp_path):
    graph = graph_of()
    arrays = named(graph)
    arrays["layer1.0.conv11.weight"] = arrays.pop("layer1.0.conv1.weight")
    arrays["conv1.weight"] = arrays["conv1.weight"][:, :1]
    arrays["bn1.running_var"] = -arrays["bn1.running_var"]
    arrays["fc.bias"][3] = np.nan
    arrays["extra"] = np.zeros((2, 5))
    np.savez(tmp_path / "w.npz", **arrays)
    assert refused(tmp_path / "w.npz", graph) == [
        "FILE: unknown array 'extra' of 2 x 5",
        "FILE: unknown array 'layer1.0.conv11.weight' of 16 x 16 x 3 x 3; did you mean 'layer1.0.conv1.weight'?",
        "FILE: bn1: running_var has negative values; a variance has none",
        "FILE: conv1: weight is 16 x 1 x 3 x 3, wanted 16 x 3 x 3 x 3",
        "FILE: fc: bias has 1 values that are infinite or not a number",
        "FILE: layer1.0.conv1: weight is missing; wanted 16 x 16 x 3 x 3; did you mean 'layer1.0.conv11.weight'?",
    ]


def test_a_relu_network_in_place_of_a_clipped_one_is_told_the_option(tmp_path):
    clipped = graph_of(activation="clipped")
    np.savez(tmp_path / "w.npz", **named(graph_of()))
    assert refused(tmp_path / "w.npz", clipped) == [
        "FILE: no clip value (lam) for any of the 19 activations of resnet20; if they were a ReLU, say "
        "network.options: {activation: relu}"
    ]


def test_neurosims_own_names_are_read_as_before(tmp_path):
    graph = graph_of("lenet", "clipped", (1, 16, 16))
    random = np.random.default_rng(1)
    arrays = {name: np.abs(random.normal(1, 0.1, shape)) for name, shape in graph.parameters.items()}
    npz.write(tmp_path / "w.npz", arrays, network="lenet", input=(1, 16, 16), classes=10)
    assert weights.read(tmp_path / "w.npz", graph).parameters.keys() == graph.parameters.keys()
    del arrays["fc1.weight"]
    np.savez(tmp_path / "v.npz", **arrays)
    assert refused(tmp_path / "v.npz", graph) == ["FILE: fc1: weight is missing; wanted 120 x 64"]


def test_a_network_whose_published_form_differs_has_no_names():
    graph = graph_of("mobilenetv2", size=(3, 32, 32))
    assert not state_dict.is_state_dict(["features.0.0.weight"], graph)
    with pytest.raises(DocumentError, match=r"^w\.npz: which layers of mobilenetv2 PyTorch's names mean is not"):
        state_dict.read("w.npz", graph)


def test_an_activation_that_is_none_is_refused():
    with pytest.raises(DocumentError, match=r"^network lenet: activation: 'tanh' is not one of clipped, relu$"):
        graph_of("lenet", "tanh", (1, 16, 16))


POOLS = (
    "FILE: a state dict does not say whether pools (pool1, pool2) take the average or the maximum: set "
    "network.options.pool to 'average' or 'max'"
)
EPS = (
    "FILE: a state dict does not say the eps of its batch normalisation: set network.options.eps, which is 1e-5 in "
    "PyTorch unless the model says otherwise, and 1e-3 in Keras and TensorFlow"
)
LEVELS = (
    "FILE: a state dict does not say how many levels its activations were trained with: set network.options.levels "
    "(L of QCFS)"
)


def test_what_arrays_leave_open_is_asked_for(tmp_path):
    np.savez(tmp_path / "w.npz", **named(graph_of("lenet", size=(1, 16, 16))))
    assert refused(tmp_path / "w.npz", graph_of("lenet", size=(1, 16, 16)), ()) == [POOLS]
    np.savez(tmp_path / "w.npz", **named(graph_of()))
    assert refused(tmp_path / "w.npz", graph_of(), ("pool", "levels")) == [EPS]
    clipped = build("vgg16", (3, 32, 32), 10)
    np.savez(tmp_path / "w.npz", **named(clipped))
    assert [line.split(":")[1].split()[6:8] for line in refused(tmp_path / "w.npz", clipped, ())] == [
        ["how", "many"],
        ["the", "eps"],
        ["whether", "pools"],
    ]
    assert refused(tmp_path / "w.npz", clipped, ("pool", "eps")) == [LEVELS]


def test_a_file_of_ours_is_asked_nothing(tmp_path):
    graph = build("vgg16", (3, 32, 32), 10)
    arrays = {name: np.ones(shape, np.float32) for name, shape in graph.parameters.items()}
    npz.write(tmp_path / "w.npz", arrays, network="vgg16")
    assert weights.read(tmp_path / "w.npz", graph).graph == graph
    other = build("vgg16", (3, 32, 32), 10, eps=1e-3)
    assert refused(tmp_path / "w.npz", other) == ["FILE: conv1_1.bn: has an eps of 1e-05, not 0.001; leave it out"]


def test_names_that_are_ours_and_theirs_are_taken_for_theirs_unless_the_file_says_its_format(tmp_path):
    graph = graph_of("lenet", size=(1, 16, 16))
    arrays = {name: np.ones(shape, np.float32) for name, shape in graph.parameters.items()}
    np.savez(tmp_path / "w.npz", **arrays)
    assert refused(tmp_path / "w.npz", graph, ()) == [POOLS]
    npz.write(tmp_path / "w.npz", arrays, network="lenet")
    assert weights.read(tmp_path / "w.npz", graph).graph == graph


@pytest.mark.parametrize(("name", "value"), [("thresh", [4.0]), ("up", [4.0]), ("lam", [[4.0]]), ("lam", 4.0)])
def test_a_clip_value_is_one_number_whatever_it_is_called(tmp_path, name, value):
    graph = build("vgg16", (3, 32, 32), 10)
    arrays = {key.replace(".lam", f".{name}"): array for key, array in named(graph).items()}
    arrays[f"features.2.{name}"] = np.array(value, np.float32)
    np.savez(tmp_path / "w.npz", **arrays)
    found = weights.read(tmp_path / "w.npz", graph, ANSWERED).parameters["conv1_1.act.lam"]
    assert (found.shape, float(found)) == ((), 4.0)


def test_a_clip_value_that_is_none_names_its_layer(tmp_path):
    graph = build("vgg16", (3, 32, 32), 10)
    arrays = {key.replace(".lam", ".thresh"): array for key, array in named(graph).items()}
    arrays |= {
        "features.2.thresh": np.zeros(1),
        "features.5.thresh": np.ones(64),
        "features.9.thresh": np.array(np.nan),
    }
    np.savez(tmp_path / "w.npz", **arrays)
    assert refused(tmp_path / "w.npz", graph) == [
        "FILE: features.2: thresh is 0, a clip value must be positive",
        "FILE: features.5: thresh is 64, wanted a single number",
        "FILE: features.9: thresh has 1 values that are infinite or not a number",
    ]


def test_a_bias_before_a_normalisation_goes_into_its_mean(tmp_path):
    graph = graph_of()
    arrays = named(graph)
    bias = np.arange(16, dtype=np.float32)
    np.savez(tmp_path / "w.npz", **arrays, **{"conv1.bias": bias})
    found = weights.read(tmp_path / "w.npz", graph, ANSWERED).parameters["stem.bn.running_mean"]
    assert np.array_equal(found, arrays["bn1.running_mean"].astype(np.float64) - bias)
    np.savez(tmp_path / "w.npz", **arrays, **{"conv1.bias": bias[:3]})
    assert refused(tmp_path / "w.npz", graph) == ["FILE: conv1: bias is 3, wanted 16"]


def test_half_of_an_affine_normalisation_is_not_made_up(tmp_path):
    graph = graph_of()
    arrays = named(graph)
    del arrays["bn1.bias"]
    np.savez(tmp_path / "w.npz", **arrays)
    assert refused(tmp_path / "w.npz", graph) == ["FILE: bn1: bias is missing; wanted 16"]


def test_a_network_without_known_names_says_so_for_a_file_that_has_none_of_ours(tmp_path):
    graph = graph_of("mobilenetv2", size=(3, 32, 32))
    np.savez(tmp_path / "w.npz", **{"features.0.0.weight": np.ones((32, 3, 3, 3))})
    assert refused(tmp_path / "w.npz", graph) == [
        "FILE: which layers of mobilenetv2 PyTorch's names mean is not known; its arrays need neurosim's names, as "
        "stem.weight"
    ]

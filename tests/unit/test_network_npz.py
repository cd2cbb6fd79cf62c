"""A weight file is read whole or refused with everything that is wrong with it."""

from __future__ import annotations

import numpy as np
import pytest

from neurosim.errors import DocumentError
from neurosim.network.importers.npz import read, write
from neurosim.network.zoo import build

DESCRIBED = {"network": "lenet", "input": (1, 16, 16), "classes": 3, "levels": 15, "origin": "trained"}


@pytest.fixture
def graph():
    return build("lenet", (1, 16, 16), 3)


@pytest.fixture
def arrays(graph):
    random = np.random.default_rng(1)
    return {name: np.abs(random.normal(1, 0.1, shape)).astype(np.float32) for name, shape in graph.parameters.items()}


def refused(path, graph=None):
    with pytest.raises(DocumentError) as caught:
        read(path, graph)
    return str(caught.value).replace(str(path), "FILE").splitlines()


def test_what_is_written_is_read_back(tmp_path, graph, arrays):
    write(tmp_path / "w.npz", arrays, **DESCRIBED)
    network = read(tmp_path / "w.npz")
    assert network.graph == graph
    assert network.weights_origin == "trained"
    for name, array in arrays.items():
        assert np.array_equal(network.parameters[name], array)
        assert not network.parameters[name].flags.writeable


def test_arrays_alone_are_enough_where_the_graph_is_given(tmp_path, graph, arrays):
    np.savez(tmp_path / "w.npz", **arrays)
    assert read(tmp_path / "w.npz", graph).graph == graph
    assert refused(tmp_path / "w.npz") == [
        "FILE: does not say its network and input and classes; name the network in the workload instead"
    ]


def test_the_file_says_how_many_levels_it_was_trained_with(tmp_path, graph, arrays):
    write(tmp_path / "w.npz", arrays, **{**DESCRIBED, "levels": 7})
    assert read(tmp_path / "w.npz", graph).graph.levels == 7


def test_integers_with_a_unit_are_real_weights(tmp_path, graph, arrays):
    arrays["fc1.weight"] = np.full(graph.parameters["fc1.weight"], -3, np.int8)
    arrays["fc1.weight_unit"] = np.array(0.25)
    write(tmp_path / "w.npz", arrays, **DESCRIBED)
    assert np.unique(read(tmp_path / "w.npz").parameters["fc1.weight"]).tolist() == [-0.75]


def test_half_precision_is_widened(tmp_path, graph, arrays):
    arrays["fc1.weight"] = arrays["fc1.weight"].astype(np.float16)
    write(tmp_path / "w.npz", arrays, **DESCRIBED)
    assert read(tmp_path / "w.npz").parameters["fc1.weight"].dtype == np.float32


def test_everything_wrong_is_told_at_once_and_names_the_layer(tmp_path, graph, arrays):
    arrays["conv1.wieght"] = arrays.pop("conv1.weight")
    arrays["conv2.weight"] = arrays["conv2.weight"][:, :5]
    arrays["conv2.act.lam"] = np.float32(-1)
    arrays["fc1.bias"] = np.array([np.nan, np.inf, *arrays["fc1.bias"][2:]])
    arrays["fc2.bias"] = np.zeros(84, np.int8)
    arrays["classifier.bias"] = np.array(["a", "b", "c"])
    arrays["notes"] = np.zeros(3)
    write(tmp_path / "w.npz", arrays, **DESCRIBED)
    assert refused(tmp_path / "w.npz", graph) == [
        "FILE: unknown array 'notes'; did you mean 'note'?",
        "FILE: classifier: bias holds <U1, wanted numbers",
        "FILE: conv1: unknown array 'conv1.wieght'; did you mean 'conv1.weight'?",
        "FILE: conv1: weight is missing; wanted 6 x 1 x 5 x 5",
        "FILE: conv2: weight is 16 x 5 x 5 x 5, wanted 16 x 6 x 5 x 5",
        "FILE: conv2.act: lam is -1, a clip value must be positive",
        "FILE: fc1: bias has 2 values that are infinite or not a number",
        "FILE: fc2: bias holds integers, and 'fc2.bias_unit' does not say what one is worth",
    ]


def test_a_pickled_file_is_refused_unread(tmp_path, graph):
    np.savez(tmp_path / "w.npz", x=np.array([{"a": 1}], object))
    assert refused(tmp_path / "w.npz", graph) == [
        "FILE: array 'x' holds pickled objects, which could run any code; save plain arrays"
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "FILE: is empty"),
        (b"PK\x03\x04 and no more", "FILE: an .npz that is cut off or damaged; copy it or save it again"),
        (b"\x80\x04 a pickle", "FILE: holds pickled objects, which could run any code; save plain arrays"),
        (b"conv1.weight: 1, 2, 3", "FILE: is a file of text; save plain arrays with numpy.savez(FILE, **arrays)"),
        (None, "FILE: no such file"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path, graph, content, said):
    path = tmp_path / "w.npz"
    if content is not None:
        path.write_bytes(content)
    assert refused(path, graph) == [said]


def test_a_single_array_is_no_weight_file(tmp_path, graph):
    np.save(tmp_path / "w.npy", np.zeros(3))
    assert refused(tmp_path / "w.npy", graph) == ["FILE: is one array; wanted an .npz of several"]


def test_another_format_is_refused(tmp_path, graph, arrays):
    np.savez(tmp_path / "w.npz", format="neurosim/weights/9", **arrays)
    assert refused(tmp_path / "w.npz", graph) == ["FILE: its format is neurosim/weights/9, wanted neurosim/weights/1"]


def test_the_weights_of_another_network_are_refused(tmp_path, arrays):
    write(tmp_path / "w.npz", arrays, **DESCRIBED)
    said = refused(tmp_path / "w.npz", build("vgg16", (3, 32, 32), 10))
    assert said == ["FILE: holds the weights of lenet, the network is vgg16"]


def test_a_truncated_file_is_refused(tmp_path, graph, arrays):
    write(tmp_path / "w.npz", arrays, **DESCRIBED)
    whole = (tmp_path / "w.npz").read_bytes()
    (tmp_path / "w.npz").write_bytes(whole[: len(whole) // 2])
    assert refused(tmp_path / "w.npz", graph) == ["FILE: an .npz that is cut off or damaged; copy it or save it again"]


def test_a_damaged_description_is_refused(tmp_path, graph, arrays):
    for key, value, said in [
        ("input", (16, 16), "FILE: input: wanted (channels, rows, columns), found [16 16]"),
        ("classes", "many", "FILE: classes: wanted a whole number, found many"),
        ("levels", 2.5, "FILE: levels: wanted a whole number, found 2.5"),
        ("origin", "found", "FILE: origin: wanted trained or synthetic, found found"),
    ]:
        np.savez(tmp_path / "w.npz", **{**DESCRIBED, **arrays, key: value})
        assert refused(tmp_path / "w.npz") == [said]

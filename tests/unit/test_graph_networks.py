"""Graph networks: what is refused and how, where nodes live, and how nodes are judged."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurosim.conversion.batchnorm_folding import fold
from neurosim.conversion.convert import convert, lower
from neurosim.conversion.export import export
from neurosim.errors import CapacityError, ConversionError, DocumentError
from neurosim.experiments.simulate import perform, prepare
from neurosim.files.workload import read_workload
from neurosim.mapping.spatial import Spatial
from neurosim.network.adjacency import Adjacency
from neurosim.network.forward import forward
from neurosim.network.graph import Graph, Network, Node
from neurosim.network.importers import npz
from neurosim.network.layers import Activation, Add, AvgPool2d, BatchNorm2d, GraphConv, Input
from neurosim.network.zoo import build
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.one_spike import OneSpike
from neurosim.report.terminal.run_summary import text
from neurosim.schedule.layer_by_layer import LayerByLayer
from neurosim.simulation.functional.golden_model import golden_layers
from neurosim.simulation.observe import observe
from neurosim.stimuli.encode import encode
from tests.reference.random_graphs import gcn, spiking_gcn
from tests.reference.random_networks import small_chip

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "workloads" / "gcn_generated.yaml"
DATA = ROOT.parent / "shared" / "data"
TRIANGLE = np.array([[0, 1], [1, 2], [0, 2]])


def graph_file(tmp_path, **arrays):
    path = tmp_path / "graph.npz"
    np.savez(path, **arrays)
    return path


def test_neighbours_are_listed_by_node_in_order_and_every_node_is_its_own():
    graph = Adjacency.of(np.array([[3, 1], [0, 3]]), 5)
    assert graph.first.tolist() == [0, 2, 4, 5, 8, 9]
    assert graph.source.tolist() == [0, 3, 1, 3, 2, 0, 1, 3, 4]
    assert graph.degree.tolist() == [2, 2, 1, 3, 1]
    assert graph.target.tolist() == [0, 0, 1, 1, 2, 3, 3, 3, 4]


@pytest.mark.parametrize(
    ("edges", "said"),
    [
        ([[0, 1], [1, 4]], "edges: number 1 joins 1 and 4, the graph has nodes 0 to 3"),
        ([[0, -1]], "edges: number 0 joins 0 and -1, the graph has nodes 0 to 3"),
        ([[0, 1], [1, 2], [1, 0]], "edges: numbers 0 and 2 both join 1 and 0; list each edge once, either way"),
        ([[2, 2], [2, 2]], "edges: numbers 0 and 1 both join 2 and 2; list each edge once, either way"),
        ([[0, 1, 2]], "edges: wanted n x 2 node numbers, found 1 x 3 of int64"),
        ([[0.0, 1.0]], "edges: wanted n x 2 node numbers, found 1 x 2 of float64"),
    ],
)
def test_edges_that_make_no_graph_are_refused_by_number(tmp_path, edges, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        Adjacency.of(np.array(edges), 4)
    path = graph_file(tmp_path, edges=np.array(edges))
    with pytest.raises(DocumentError, match=f"^{re.escape(f'{path}: {said}')}$"):
        build("gcn", (5, 4, 1), 3, graph=str(path))


def test_a_graph_file_that_is_missing_or_holds_no_edges_is_named(tmp_path):
    with pytest.raises(DocumentError, match=f"^graph: no file '{tmp_path}/none.npz'$"):
        build("gcn", (5, 4, 1), 3, graph=f"{tmp_path}/none.npz")
    path = graph_file(tmp_path, x=np.zeros((4, 5), np.uint8))
    with pytest.raises(DocumentError, match=f"^{path}: no array 'edges'; it has x$"):
        build("gcn", (5, 4, 1), 3, graph=str(path))
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"not a zip")
    with pytest.raises(DocumentError, match=f"^{broken}: is a file of text; "):
        build("gcn", (5, 4, 1), 3, graph=str(broken))
    with pytest.raises(DocumentError, match=r"^network gcn: graph: missing$"):
        build("gcn", (5, 4, 1), 3)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"recipe": "fold"}, "network gcn: recipe: 'fold' is not one of folded, degree; did you mean 'folded'\\?"),
        ({"normalisation": "row"}, "network gcn: normalisation: 'row' is not one of symmetric, mean"),
        ({"hidden": 0}, "network gcn: hidden: 0 is out of range; wanted at least 1"),
    ],
)
def test_an_option_of_the_network_says_what_it_can_be(tmp_path, option, said):
    with pytest.raises(DocumentError, match=f"^{said}$"):
        build("gcn", (5, 3, 1), 3, graph=str(graph_file(tmp_path, edges=TRIANGLE)), **option)


@pytest.mark.parametrize(
    ("arrays", "options", "said"),
    [
        ({"x": np.zeros((3, 4), np.uint8)}, {},
         "{path}: has 3 nodes of 4 features, the network takes 3 of 5"),
        ({"x": np.zeros((2, 5), np.uint8)}, {},
         "{path}: has 2 nodes of 5 features, the network takes 3 of 5"),
        ({"x": np.full((3, 5), 0.5)}, {}, "{path}: x: wanted nodes x features of whole numbers from 0"),
        ({"edges": TRIANGLE}, {}, "{path}: no array 'x'; it has edges"),
        ({"x": np.zeros((3, 5), np.uint8), "y": np.zeros(2, np.uint8)}, {}, "{path}: y: wanted 3 whole numbers"),
        ({"x": np.zeros((3, 5), np.uint8), "y": np.zeros(3, np.uint8), "test": np.array([3])}, {},
         "{path}: test: wanted numbers of nodes, 0 to 2"),
        ({"x": np.zeros((3, 5), np.uint8), "y": np.zeros(3, np.uint8)}, {"nodes": "val"},
         "{path}: no array 'val' with the numbers of the nodes to evaluate"),
    ],
)  # fmt: skip
def test_features_or_labels_that_do_not_fit_are_refused(tmp_path, arrays, options, said):
    path = graph_file(tmp_path, **arrays)
    with pytest.raises(DocumentError, match=f"^{re.escape(said.format(path=path))}$"):
        encode("graph", 1, (5, 3, 1), options=options, file=str(path))


def test_a_graph_is_one_image_and_only_the_nodes_asked_for_have_labels(tmp_path):
    x = np.arange(15).reshape(3, 5) % 2
    path = graph_file(tmp_path, x=x.astype(np.float16), y=np.array([2, 0, 1]), test=np.array([2, 0]))
    shown = encode("graph", 1, (5, 3, 1), file=str(path))
    assert (shown.images.dtype, shown.max_code, shown.unit) == (np.uint8, 1, 1.0)
    assert np.array_equal(shown.images[0, :, 0], x)
    assert shown.labels.tolist() == [[2, -1, 1]]
    assert shown.description == "graph.npz, the labels of 2 of 3 nodes"
    assert encode("graph", 1, (5, 3, 1), options={"nodes": "all"}, file=str(path)).labels.tolist() == [[2, 0, 1]]
    with pytest.raises(DocumentError, match=r"^stimulus graph: a graph is one image, found images: 2$"):
        encode("graph", 2, (5, 3, 1), file=str(path))


def test_a_layer_of_another_map_and_an_unfit_kernel_are_refused():
    graph = Adjacency.of(TRIANGLE, 3)
    with pytest.raises(ConversionError, match=r"^conv1: the graph has 3 nodes, a 4 x 1 map does not$"):
        Graph("g", (Node("input", Input((5, 4, 1))), Node("conv1", GraphConv(2, neighbours=graph), ("input",))))
    said = r"^conv1: a GraphConv has a 1 x 1 kernel, no stride, no padding and no groups$"
    with pytest.raises(ConversionError, match=said):
        Node("conv1", GraphConv(2, (3, 3), neighbours=graph), ("input",))


def residual(recipe):
    """Two graph convolutions of the same width, the first's activations added to the second."""
    how = {"neighbours": Adjacency.of(TRIANGLE, 3), "recipe": recipe}
    nodes = (
        Node("input", Input((4, 3, 1))),
        Node("conv1", GraphConv(4, raw=True, **how), ("input",)),
        Node("act1", Activation(15), ("conv1",)),
        Node("conv2", GraphConv(4, **how), ("act1",)),
        Node("add", Add(), ("conv2", "act1")),
        Node("act2", Activation(15), ("add",)),
        Node("conv3", GraphConv(2, **how), ("act2",)),
    )
    graph = Graph("residual", nodes)
    random = np.random.default_rng(0)
    parameters = {name: random.normal(size=shape) for name, shape in graph.parameters.items()}
    return Network(graph, parameters | {"act1.lam": np.array(2.0), "act2.lam": np.array(2.0)}, "synthetic")


def test_a_residual_branch_joins_a_folded_graph_convolution_and_is_refused_with_thresholds_by_degree():
    spiking = convert(residual("folded"), AccumulateFire(4), accumulator_bits=40, input_unit=1.0, input_max=1)
    assert [synapses.kind for synapses in spiking.layers[2].sources] == ["graph", "identity"]
    spec = small_chip(2, 2, 4, capacity={"neurons": 5})
    images = np.random.default_rng(1).integers(0, 2, (1, 3, 1, 4)).astype(np.uint8)
    seen = observe(spiking, spec, Spatial().place(spiking, spec), LayerByLayer(), images)
    assert (seen.lossless_check.mismatches, seen.lossless_check.checked) == (0, 4 * 2 * 12 + 6)
    with pytest.raises(ConversionError) as caught:
        convert(residual("degree"), AccumulateFire(4), input_unit=1.0, input_max=1)
    assert str(caught.value) == (
        "add: adds a graph convolution of recipe 'degree', whose sums are larger by each node's degree, to one that is "
        "not; use recipe 'folded'"
    )


def normalised(recipe, normalisation):
    """A graph network whose first layer is normalised by channel."""
    network = gcn(np.array([[0, 1], [1, 2], [1, 3]]), 5, recipe, normalisation, seed=3, bias=True)
    first, conv, act, last = network.graph.nodes
    nodes = (first, conv, Node("norm", BatchNorm2d(), ("conv1",)), replace(act, inputs=("norm",)), last)
    random = np.random.default_rng(4)
    statistics = {f"norm.{name}": random.uniform(0.5, 2.0, 4) for name in ("weight", "running_var")}
    statistics |= {f"norm.{name}": random.normal(size=4) for name in ("bias", "running_mean")}
    return Network(Graph("normalised_gcn", nodes), {**network.parameters, **statistics}, "synthetic")


@pytest.mark.parametrize(("recipe", "normalisation"), [("folded", "symmetric"), ("folded", "mean"), ("degree", "mean")])
def test_a_normalisation_folds_into_a_graph_convolution_where_a_bias_is_one_for_all_nodes(recipe, normalisation):
    network = normalised(recipe, normalisation)
    images = np.random.default_rng(5).uniform(0, 1, (20, 5, 5, 1))
    assert np.allclose(forward(network, images), forward(fold(network), images), rtol=1e-9, atol=1e-9)


def test_a_normalisation_behind_thresholds_by_degree_is_refused():
    with pytest.raises(ConversionError) as refused:
        convert(normalised("degree", "symmetric"), AccumulateFire(4))
    assert str(refused.value) == (
        "norm: batch normalisation behind GraphConv conv1; its offset is one for all nodes, a bias of recipe 'degree' "
        "is divided by the root of each node's degree; use recipe 'folded', or normalisation 'mean'"
    )


@pytest.mark.parametrize("recipe", ["folded", "degree"])
def test_the_integers_of_a_graph_network_have_no_file_of_their_own(recipe):
    with pytest.raises(ConversionError) as refused:
        export(lower(gcn(np.array([[0, 1]]), 2, recipe), AccumulateFire(4), accumulator_bits=40))
    assert str(refused.value) == (
        "conv1: the integers of a graph convolution depend on its graph, so they have no compact form; keep the "
        "weights as real numbers, and they are converted again where they run"
    )


def test_a_pool_in_front_of_a_graph_convolution_is_refused():
    how = {"neighbours": Adjacency.of(TRIANGLE, 3)}
    nodes = (
        Node("input", Input((4, 6, 1))),
        Node("conv1", GraphConv(4, raw=True, neighbours=Adjacency.of(TRIANGLE, 6)), ("input",)),
        Node("act1", Activation(15), ("conv1",)),
        Node("pool", AvgPool2d((2, 1), (2, 1)), ("act1",)),
        Node("conv2", GraphConv(2, **how), ("pool",)),
    )
    graph = Graph("pooled", nodes)
    parameters = {name: np.ones(shape) for name, shape in graph.parameters.items()}
    said = "^conv2: a graph convolution behind a pool or a Flatten; nodes are rows$"
    with pytest.raises(ConversionError, match=said):
        convert(Network(graph, parameters, "synthetic"), AccumulateFire(4), input_unit=1.0, input_max=1)


def test_nodes_are_cut_into_boxes_and_a_spike_goes_to_every_core_that_holds_a_neighbour():
    path = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]])
    network = spiking_gcn(path, 6, "folded", AccumulateFire(4), seed=3)
    spec = small_chip(2, 2, 4, capacity={"neurons": 8})  # two nodes of four channels
    placement = Spatial().place(network, spec)
    assert placement[1].row_edges.tolist() == [0, 2, 4, 6]
    assert placement[1].channel_edges.tolist() == [0, 4]
    assert placement[2].row_edges.tolist() == [0, 2, 4, 6]
    images = np.zeros((1, 6, 1, 5), np.uint8)
    images[0, 1, 0, 2] = 1  # read by nodes 0, 1 and 2, which live in two cores
    seen = observe(network, spec, placement, LayerByLayer(), images)
    counts = seen.ledger.by("layer", "op")
    assert counts[0, "packet_bits32"] == 2
    assert counts[1, "synaptic_event_sparse"] == 3 * 4
    assert counts[1, "axon_lookup_bits32"] == 2 + 3


def test_neighbours_that_no_core_can_list_are_refused_in_numbers():
    network = spiking_gcn(TRIANGLE, 3, "folded", AccumulateFire(4))
    spec = small_chip()
    tight = replace(spec, memories=replace(spec.memories, axon_bits=64))
    with pytest.raises(CapacityError) as caught:
        Spatial().place(network, tight)
    assert str(caught.value) == (
        "conv1: even one neuron a core needs 96 bits of neighbours in a core, which holds 64\n"
        "conv2: even one neuron a core needs 96 bits of neighbours in a core, which holds 64"
    )


def test_thresholds_are_multiples_by_degree_and_the_output_has_none_to_store():
    star = np.array([[0, 1], [0, 2], [0, 3]])
    layers = spiking_gcn(star, 4, "degree", OneSpike(4)).layers
    for layer in layers[1:]:
        thresholds = layer.threshold.ravel()
        assert np.array_equal(thresholds * 2, thresholds[1] * np.array([4, 2, 2, 2]))
    assert spiking_gcn(star, 4, "folded", OneSpike(4)).layers[1].is_uniform


def test_the_shipped_workload_is_judged_by_node():
    run = perform(prepare(SHIPPED, {"compare": []}))
    (result,) = run.record.results
    assert (result.accuracy.images, result.accuracy.of) == (160, "nodes")
    assert result.lossless.mismatches == 0
    assert re.search(r"^accuracy +\d+ of 160 nodes, [89]\d\.\d %$", text(run.record, run.costs, 100), re.MULTILINE)


def test_a_workload_says_that_its_graph_is_missing(tmp_path):
    with pytest.raises(DocumentError) as caught:
        read_workload(SHIPPED, {"network.options.graph": f"{tmp_path}/none.npz"})
    assert f"network.options.graph: no file '{tmp_path}/none.npz'" in str(caught.value)


@pytest.mark.parametrize("recipe", ["folded", "degree"])
@pytest.mark.parametrize(("name", "features", "classes", "right"), [("cora", 1433, 7, 820), ("citeseer", 3703, 6, 690)])
def test_the_shipped_weights_name_the_test_nodes_of_cora_and_citeseer(name, features, classes, right, recipe):
    path = DATA / f"{name}.npz"
    if not path.is_file():
        pytest.skip(f"needs {name}.npz in ../shared/data beside the checkout")
    with np.load(path, allow_pickle=False) as file:
        nodes, labels, asked = len(file["x"]), file["y"], file["test"]
    shape = (features, nodes, 1)
    weights = ROOT / "workloads" / "weights" / f"gcn_{name}{'_degree' if recipe == 'degree' else ''}.npz"
    network = npz.read(weights, build("gcn", shape, classes, graph=str(path), recipe=recipe))
    spiking = convert(network, AccumulateFire(4), accumulator_bits=32, input_unit=1.0, input_max=1)
    shown = encode("graph", 1, shape, file=str(path))
    answers = golden_layers(spiking, shown.images)[-1].accumulated[0, :, 0].argmax(axis=-1)
    assert int((answers == labels)[asked].sum()) >= right


def test_a_float_network_of_either_recipe_names_the_same_nodes():
    edges = np.array([[0, 1], [1, 2], [3, 4]])
    x = np.random.default_rng(5).integers(0, 2, (1, 5, 6, 1)).astype(np.float64)
    answers = []
    for recipe in ("folded", "degree"):
        network = gcn(edges, 6, recipe, seed=2, levels=2**20)
        network.parameters["act1.lam"][...] = 1e3  # out of reach and finely cut: nothing but the function is left
        answers.append(forward(network, x).reshape(-1, 6).argmax(axis=0).tolist())
    assert answers[0] == answers[1]

"""Graph convolutions on random graphs: the same integers by every path, counts that are sums over neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from neurosim.conversion.convert import convert
from neurosim.mapping.partitioning.core_demand import constant_bits
from neurosim.mapping.spatial import Spatial
from neurosim.network.adjacency import Adjacency
from neurosim.network.forward import forward
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.group import Group
from neurosim.neurons.if_qcfs import IfQcfs
from neurosim.neurons.one_spike import OneSpike
from neurosim.plugins import known
from neurosim.schedule.layer_by_layer import LayerByLayer
from neurosim.simulation.functional.batched import BatchedInference
from neurosim.simulation.functional.golden_model import golden_layers
from neurosim.simulation.observe import observe
from tests.reference.random_graphs import adjacency, edge_lists, gcn, image, spiking_gcn, unrolled
from tests.reference.random_networks import (
    legal_schedules,
    model_of,
    random_chip,
    random_placement,
    small_chip,
    whole_placement,
)

RECIPES = st.sampled_from(["folded", "degree"])
NORMALISATIONS = st.sampled_from(["symmetric", "mean"])
EXACT = [AccumulateFire(1), AccumulateFire(4), OneSpike(4), OneSpike(5, base="3/2"), Group(1, tau=7), IfQcfs(15)]


@given(edge_lists(), RECIPES, NORMALISATIONS, st.booleans(), st.integers(0, 99))
def test_a_graph_convolution_is_its_dense_matrix(listed, recipe, normalisation, bias, seed):
    edges, nodes = listed
    network = gcn(edges, nodes, recipe, normalisation, seed, bias)
    x = image(nodes, seed)[:, 0].astype(np.float64)
    dense = adjacency(edges, nodes)
    degree = dense.sum(0)
    scale = np.sqrt(degree) if normalisation == "symmetric" else np.ones(nodes)
    shares = dense / np.sqrt(np.outer(degree, degree)) if normalisation == "symmetric" else dense / degree[:, None]
    own = network.parameters
    unit = own["act1.lam"] / 15
    first = shares @ x @ own["conv1.weight"][:, :, 0, 0].T + own.get("conv1.bias", 0)
    # In recipe degree a code stands for h / sqrt(d): what is clipped and rounded is that.
    kept = scale[:, None] if recipe == "degree" else 1.0
    hidden = kept * unit * np.clip(np.floor(first / kept / unit + 0.5), 0, 15)
    logits = (shares @ hidden @ own["conv2.weight"][:, :, 0, 0].T + own.get("conv2.bias", 0)) / kept
    found = forward(network, image(nodes, seed)[None].transpose(0, 3, 1, 2).astype(np.float64))
    assert np.allclose(found.reshape(-1, nodes).T, logits, rtol=1e-9, atol=1e-9)


@settings(max_examples=30)
@given(edge_lists(), RECIPES, NORMALISATIONS, st.sampled_from(EXACT), st.booleans(), st.sampled_from([1, 9]),
       st.integers(0, 99))  # fmt: skip
def test_reference_events_and_chip_give_the_same_integers(listed, recipe, normalisation, model, bias, top, seed):
    edges, nodes = listed
    how = {"normalisation": normalisation, "seed": seed, "bias": bias}
    network = spiking_gcn(edges, nodes, recipe, model, top, **how)
    random = np.random.default_rng(seed)
    placement, cores = random_placement(random, network)
    schedule = legal_schedules(model)[seed % len(legal_schedules(model))]
    seen = observe(network, random_chip(random, cores), placement, schedule, image(nodes, seed, top)[None])
    assert seen.lossless_check.mismatches == 0
    assert seen.lossless_check.checked > 0


@settings(max_examples=30)
@given(edge_lists(), RECIPES, st.sampled_from(EXACT), st.integers(0, 99))
def test_the_reference_is_the_sum_over_all_unrolled_synapses(listed, recipe, model, seed):
    edges, nodes = listed
    network = spiking_gcn(edges, nodes, recipe, model, 9, seed=seed, bias=True)
    codes = image(nodes, seed, 9).astype(np.int64)
    for number, answer in enumerate(golden_layers(network, codes[None])[1:], start=1):
        layer = network.layers[number]
        often = 1 if layer.role == "first" else model.bias_weight
        sums = np.einsum("wi,wivc->vc", codes[:, 0], unrolled(layer.sources[0]))
        assert np.array_equal(answer.accumulated[0], sums[:, None] + often * layer.bias)
        codes = answer.codes[0] if answer.codes is not None else codes


@settings(max_examples=20)
@given(st.sampled_from(known("neurosim.neurons")), edge_lists(), RECIPES, st.integers(0, 99))
def test_every_neuron_model_runs_on_a_graph_and_says_the_same_without_a_chip(kind, listed, recipe, seed):
    edges, nodes = listed
    model = model_of(kind, 3)
    network = spiking_gcn(edges, nodes, recipe, model, seed=seed, bias=True)
    placement, _ = whole_placement(network)
    images = image(nodes, seed)[None]
    seen = observe(network, small_chip(), placement, LayerByLayer(), images)
    for speech in BatchedInference(network).by_steps(images):
        if speech.spikes is not None:
            assert np.array_equal(speech.spikes.sum(axis=(0, 1), dtype=np.int64), seen.spikes_of(speech.layer))


@given(edge_lists(least=2), RECIPES, st.integers(0, 99))
def test_nodes_under_other_numbers_give_the_same_answers(listed, recipe, seed):
    edges, nodes = listed
    order = np.random.default_rng(seed).permutation(nodes)
    model, x = AccumulateFire(4), image(nodes, seed)
    plain = spiking_gcn(edges, nodes, recipe, model, seed=seed)
    renumbered = spiking_gcn(order[edges], nodes, recipe, model, seed=seed)
    moved = np.empty_like(x)
    moved[order] = x
    expected = golden_layers(plain, x[None])[-1].accumulated[0]
    assert np.array_equal(golden_layers(renumbered, moved[None])[-1].accumulated[0][order], expected)


@given(edge_lists(), RECIPES, st.integers(0, 99))
def test_an_edge_from_a_node_to_itself_changes_nothing(listed, recipe, seed):
    edges, nodes = listed
    apart = edges[edges[:, 0] != edges[:, 1]]
    loops = np.concatenate([apart, np.stack([np.arange(nodes)] * 2, axis=1)])
    x = image(nodes, seed)[None]
    with_loops, without = (spiking_gcn(e, nodes, recipe, AccumulateFire(4), seed=seed) for e in (loops, apart))
    assert np.array_equal(golden_layers(with_loops, x)[-1].accumulated, golden_layers(without, x)[-1].accumulated)


@given(st.integers(1, 6), RECIPES, st.integers(0, 99))
def test_a_node_without_neighbours_answers_as_if_it_were_the_whole_graph(nodes, recipe, seed):
    nobody = np.zeros((0, 2), np.int64)
    x, model = image(nodes, seed), AccumulateFire(4)
    together = golden_layers(spiking_gcn(nobody, nodes, recipe, model, seed=seed), x[None])[-1].accumulated[0]
    for node in range(nodes):
        alone = golden_layers(spiking_gcn(nobody, 1, recipe, model, seed=seed), x[None, node : node + 1])
        assert np.array_equal(alone[-1].accumulated[0], together[node : node + 1])


@given(edge_lists(), st.integers(0, 99))
def test_recipe_degree_equals_the_float_network_where_weights_and_units_are_integers(listed, seed):
    edges, nodes = listed
    random = np.random.default_rng(seed)
    network = gcn(edges, nodes, "degree", "mean", bias=True)
    for name, value in network.parameters.items():
        value[...] = 15 if name == "act1.lam" else random.integers(-7, 8, value.shape)
    spiking = convert(network, AccumulateFire(4), accumulator_bits=40, input_unit=1.0, input_max=9)
    x = image(nodes, seed, 9)[None]
    # Every sum is a whole number of units, so the only rounding is that to the next code, a tie included.
    logits = forward(network, x.transpose(0, 3, 1, 2).astype(np.float64)).reshape(-1, nodes).T
    sums = np.rint(logits * Adjacency.of(edges, nodes).degree[:, None]).astype(np.int64)
    assert np.array_equal(golden_layers(spiking, x)[-1].accumulated[0, :, 0], sums << spiking.layers[-1].exponent)


@settings(max_examples=25)
@given(edge_lists(), RECIPES, st.sampled_from([AccumulateFire(4), OneSpike(4), IfQcfs(3)]), st.integers(0, 99))
@example((np.zeros((0, 2), np.int64), 2), "folded", IfQcfs(3), 94)  # a scan of 0 ticks sends, and stalls
def test_additions_are_spikes_times_degree_times_fan_out(listed, recipe, model, seed):
    edges, nodes = listed
    network = spiking_gcn(edges, nodes, recipe, model, seed=seed)
    random = np.random.default_rng(seed)
    placement, cores = random_placement(random, network)
    x = image(nodes, seed)
    seen = observe(network, random_chip(random, cores), placement, LayerByLayer(), x[None])
    degree = Adjacency.of(edges, nodes).degree[:, None, None]
    sent = {1: x.astype(np.int64), 2: seen.spikes_of(1)}
    counts = seen.ledger.by("layer", "op")
    for number, spikes in sent.items():
        layer = network.layers[number]
        synapses = layer.sources[0]
        events = int((spikes * degree).sum()) * layer.shape[0]
        assert synapses.events(spikes) == events
        assert counts.get((number, "synaptic_event_sparse"), 0) == events
        weighted = events if synapses.window.is_weighted else 0
        assert sum(n for (own, op), n in counts.items() if own == number and op.startswith("multiply")) == weighted
        # One entry of the axon table for each packet and one for each neighbour that it finds in a core.
        packets = counts.get((number - 1, "packet_bits32"), 0)
        entries = int((spikes * degree).sum()) * placement[number].cores.shape[2]
        assert counts.get((number, "axon_lookup_bits32"), 0) == packets + entries


@given(edge_lists(), st.integers(1, 4))
def test_what_nodes_have_of_their_own_is_stored_and_read_at_every_scan(listed, parts):
    edges, nodes = listed
    spec = small_chip(2, 2, 8, capacity={"neurons": 4 * -(-nodes // parts)})
    scans = {}
    for recipe in ("folded", "degree"):
        network = spiking_gcn(edges, nodes, recipe, AccumulateFire(4), seed=1)
        placement = Spatial().place(network, spec)
        seen = observe(network, spec, placement, LayerByLayer(), np.zeros((1, nodes, 1, 5), np.uint8))
        scans[recipe] = {op: n for (layer, op), n in seen.ledger.by("layer", "op").items() if layer == 1}
    if network.layers[1].is_uniform:
        return
    boxes = placement[1].partitions
    bits = constant_bits(network.layers[1], boxes[:, 1] - boxes[:, 0], boxes[:, 5] - boxes[:, 4], spec)
    assert np.array_equal(bits, 48 * (boxes[:, 1] - boxes[:, 0]))
    assert "weight_read_bits32" not in scans["folded"]  # nothing was sent, so no weight was read
    assert scans["degree"]["weight_read_bits32"] == 4 * int((-(-bits // 32)).sum())
    # The ladder is walked down by one shift a step: of one threshold in a layer, or of each node's in every core.
    assert scans["degree"]["shift_int48"] == 3 * int((boxes[:, 1] - boxes[:, 0]).sum())
    assert scans["folded"]["shift_int48"] == 3


@pytest.mark.parametrize("recipe", ["folded", "degree"])
def test_features_of_more_than_one_bit_are_multiplied_and_those_of_one_are_not(recipe):
    edges = np.array([[0, 1], [1, 2]])
    found = {}
    for top in (1, 9):
        network = spiking_gcn(edges, 4, recipe, AccumulateFire(4), top, normalisation="mean")
        placement, _ = whole_placement(network)
        seen = observe(network, small_chip(), placement, LayerByLayer(), np.ones((1, 4, 1, 5), np.uint8))
        found[top] = seen.ledger.by("layer", "op").get((1, "multiply_int8"), 0)
    events = 5 * (2 + 3 + 2 + 1) * 4
    own = events if recipe == "folded" else 0  # for the weights of edges
    assert found == {1: own, 9: own + events}

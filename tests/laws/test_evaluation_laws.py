"""An evaluation in batches counts what runs on a chip count, spike by spike, for every neuron model."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.errors import DocumentError
from neurosim.evaluation.counters import evaluate_codes
from neurosim.plugins import resolve
from neurosim.simulation.functional.batched import BatchedInference
from neurosim.simulation.functional.golden_model import golden_layers as reference
from neurosim.simulation.functional.path_agreement import PathAgreement, compare
from neurosim.simulation.observe import observe
from tests.reference.random_networks import (
    MODELS,
    bundle,
    layer_of,
    legal_schedules,
    model_of,
    random_images,
    random_network,
    small_chip,
    whole_placement,
)

OPTIONS = [
    ("one_spike", 4, {"wait": 1}),
    ("one_spike", 3, {"base": "3/2", "guard_bits": 0}),
    ("one_spike", 3, {"base": "7/5"}),
    ("one_spike", 1, {}),
    ("one_spike", 3, {"wait": 1, "input": "single_spike"}),
    ("group", 1, {"tau": 6}),
    ("group", 1, {"tau": 6, "spikes": "graded"}),
    ("group", 3, {"tau": 3, "spikes": "graded", "compare": "search"}),
    ("lif", 3, {"leak": 2, "reset_to": "zero"}),
    ("weighted_stream", 2, {"periods": 3}),
    ("srp", 2, {"pre": 3}),
    ("accumulate_fire", 1, {}),
    ("accumulate_fire", 13, {}),
]
seeds = st.integers(0, 2**32 - 1)


def seen(network, images, labels):
    placement, cores = whole_placement(network)
    schedule = legal_schedules(network.model)[0]
    return observe(network, small_chip(cores, 1, 1), placement, schedule, images, labels)


def synaptic_events(observation, number):
    """What the ledger counted, and what went through residuals, which it counts as additions only."""
    by_layer = observation.ledger.by("layer", "op")
    kinds = ("synaptic_event_conv", "synaptic_event_dense", "synaptic_event_graded")
    network = observation.network
    replays = max(Counter(network.model.input_order(network.layers[number].role)).values())
    residuals = [synapses for synapses in network.layers[number].sources if not synapses.is_stored]
    passed = [(synapses.fan_out() * observation.spikes_of(synapses.source)).sum() for synapses in residuals]
    return sum(by_layer.get((number, kind), 0) for kind in kinds) + replays * int(sum(passed))


def check(model, seed, batch):
    rng = np.random.default_rng(seed)
    network = random_network(rng, model, pixels=5)
    images = random_images(rng, network, 3)
    labels = rng.integers(0, network.layers[-1].neurons, 3)
    wanted, found = seen(network, images, labels), evaluate_codes(network, images, labels, batch)
    assert found.images == 3
    assert found.correct == wanted.correct
    scans = model.scans("hidden")
    for number in network.spiking:
        assert found.spikes[number].tolist() == np.rint(3 * wanted.spikes[number, :scans]).astype(int).tolist()
        assert np.array_equal(found.maps[number], wanted.spikes_of(number))
    for number in range(1, len(network.layers)):
        if not model.is_graded or all(synapses.is_stored for synapses in network.layers[number].sources):
            assert found.additions[number] + found.products[number] == synaptic_events(wanted, number)


@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=12, deadline=None)
@given(seed=seeds, steps=st.integers(1, 4), batch=st.integers(1, 4))
def test_spikes_answers_and_additions_are_those_of_runs(kind, seed, steps, batch):
    check(model_of(kind, steps), seed, batch)


@pytest.mark.parametrize(("kind", "steps", "options"), OPTIONS)
@settings(max_examples=6, deadline=None)
@given(seed=seeds)
def test_options_of_a_model_change_nothing_about_that(kind, steps, options, seed):
    check(resolve("neurosim.neurons", kind)(steps, **options), seed, 2)


EXACT = [("accumulate_fire", 3), ("radix", 2), ("group", 1), ("one_spike", 1)]


@pytest.mark.parametrize(("kind", "steps"), EXACT)
@settings(max_examples=10, deadline=None)
@given(seed=seeds)
def test_both_ways_say_the_same_where_both_apply(kind, steps, seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng, model_of(kind, steps))
    functional, images = BatchedInference(network), random_images(rng, network, 2)
    assert functional.is_exact
    for by_codes, by_steps in zip(functional.by_codes(images), functional.by_steps(images), strict=True):
        scale = network.model.output_scale if by_codes.layer == len(network.layers) - 1 else 1
        assert np.array_equal(by_codes.codes * scale, by_steps.codes)


@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=10, deadline=None)
@given(seed=seeds, steps=st.integers(1, 4))
def test_every_spike_and_logit_is_that_of_the_event_driven_path(kind, seed, steps):
    rng = np.random.default_rng(seed)
    network = random_network(rng, model_of(kind, steps))
    image = random_images(rng, network)[0]
    found = compare(BatchedInference(network), small_chip(), image)
    scans = network.model.scans("hidden")
    assert found == PathAgreement(1, scans * network.neurons + network.layers[-1].neurons, 0)


def test_a_path_that_is_wrong_about_one_spike_is_found_out(monkeypatch):
    rng = np.random.default_rng(1)
    network = random_network(rng, model_of("if_soft", 3), hidden=1)
    image = random_images(rng, network)[0]
    spoilt = BatchedInference(network)
    speeches = list(spoilt.outputs(image[None]))
    speeches[0].spikes[1, 0, 0, 0, 0] ^= 1
    monkeypatch.setattr(spoilt, "outputs", lambda images: speeches)
    assert compare(spoilt, small_chip(), image).mismatches == 1


def test_evaluations_of_parts_add_up_to_that_of_the_whole():
    rng = np.random.default_rng(3)
    network = random_network(rng, model_of("if_qcfs", 3))
    images, labels = random_images(rng, network, 5), rng.integers(0, network.layers[-1].neurons, 5)
    whole = evaluate_codes(network, images, labels)
    parts = evaluate_codes(network, images[:2], labels[:2]) + evaluate_codes(network, images[2:], labels[2:])
    for name in ("images", "confusion", "spikes", "inactive", "saturated", "additions", "products", "never_spiked"):
        assert np.array_equal(getattr(parts, name), getattr(whole, name)), name
    assert (parts.images, parts.spikes_per_neuron) == (5, whole.spikes_per_neuron)


def test_inactive_and_saturated_neurons_are_those_whose_codes_are_smallest_and_largest():
    rng = np.random.default_rng(4)
    network = random_network(rng, model_of("accumulate_fire", 2), hidden=2)
    images = random_images(rng, network, 4)
    found, answers = evaluate_codes(network, images, np.zeros(4, int)), reference(network, images)
    for number in network.spiking:
        codes = answers[number].codes
        assert found.inactive[number] == (codes == 0).sum()
        assert found.saturated[number] == (codes == 3).sum()
        assert found.never_spiked[number] == (codes == 0).all(axis=0).sum()
    logits = answers[-1].accumulated.reshape(4, -1)
    assert found.confusion[0].tolist() == np.bincount(logits.argmax(1), minlength=logits.shape[1]).tolist()


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1], "labels: wanted 3 whole numbers, found 2 of int64"),
        ([0.0, 1.0, 0.0], "labels: wanted 3 whole numbers, found 3 of float64"),
        ([0, -1, 0], "labels: -1 is none of the network's 2 classes, 0 to 1"),
        ([0, 1, 2], "labels: 2 is none of the network's 2 classes, 0 to 1"),
    ],
)
def test_labels_that_cannot_be_marked_are_refused(labels, message):
    network = next(
        network
        for seed in range(99)
        if (network := random_network(np.random.default_rng(seed), model_of("radix", 1))).layers[-1].neurons == 2
    )
    images = random_images(np.random.default_rng(1), network, 3)
    with pytest.raises(DocumentError) as refused:
        evaluate_codes(network, images, labels)
    assert str(refused.value) == message


@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_an_output_of_several_places_is_judged_place_by_place_where_it_is_asked(seed):
    rng, model = np.random.default_rng(seed), model_of("accumulate_fire", 3)
    network = random_network(rng, model, pixels=5)
    before = network.layers[:-1]
    last = layer_of(rng, model, "output", [bundle(rng, before, len(before) - 1, kind="conv")], before)
    network = replace(network, layers=(*before, last))
    classes, rows, columns = last.shape
    labels = rng.integers(-1, classes, (3, rows * columns))
    if rows * columns == 1:
        labels = np.maximum(labels, 0)
    images = random_images(rng, network, 3)
    found, wanted = evaluate_codes(network, images, labels), seen(network, images, labels)
    assert (found.judged, found.correct) == (wanted.labelled, wanted.correct)
    assert found.judged == (labels >= 0).sum()

"""An evaluation in batches counts what runs on a chip count, spike by spike, for every neuron model."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import (
    MODELS,
    legal_schedules,
    model_of,
    random_images,
    random_network,
    small_chip,
    whole_placement,
)

from neurosim.kinds import resolve
from neurosim.simulation.evaluation import evaluate
from neurosim.simulation.functional import Functional
from neurosim.simulation.run import observe

OPTIONS = [
    ("one_spike", 4, {"wait": 1}),
    ("one_spike", 3, {"base": "3/2", "guard_bits": 0}),
    ("one_spike", 3, {"base": "7/5"}),
    ("one_spike", 1, {}),
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


def synaptic_events(observation, layer):
    """What the ledger counted, and the additions of residuals, which it counts as additions only."""
    by_layer = observation.ledger.by("layer", "op")
    kinds = ("synaptic_event_conv", "synaptic_event_dense", "synaptic_event_graded")
    stored = sum(by_layer.get((layer, kind), 0) for kind in kinds)
    sources = observation.network.layers[layer].sources
    return stored + sum(
        int((by_source.fan_out() * observation.spikes_of(by_source.source)).sum())
        for by_source in sources
        if not by_source.is_stored
    )


def check(model, seed, batch):
    rng = np.random.default_rng(seed)
    network = random_network(rng, model, pixels=5)
    images = random_images(rng, network, 3)
    labels = rng.integers(0, network.layers[-1].neurons, 3)
    wanted, found = seen(network, images, labels), evaluate(network, images, labels, batch)
    assert found.images == 3
    assert found.correct == wanted.correct
    scans = model.updates("hidden")
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


@pytest.mark.parametrize("kind", [*MODELS, "group_of_one_step"])
@settings(max_examples=10, deadline=None)
@given(seed=seeds)
def test_both_ways_say_the_same_where_both_apply(kind, seed):
    model = model_of("group", 1) if kind == "group_of_one_step" else model_of(kind, 3)
    rng = np.random.default_rng(seed)
    network = random_network(rng, model)
    functional = Functional(network)
    if not functional.is_exact:
        return
    images = random_images(rng, network, 2)
    for by_codes, by_steps in zip(functional.by_codes(images), functional.by_steps(images), strict=True):
        assert np.array_equal(by_codes.codes, by_steps.codes)

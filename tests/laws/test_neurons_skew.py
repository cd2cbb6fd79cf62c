"""``one_spike`` step by step: a layer is W steps behind its sources, and its spikes are those of layer by layer."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.ledger import vocabulary
from neurosim.neurons.one_spike import OneSpike
from neurosim.plugins import resolve
from neurosim.simulation.planner import phases_of, starts
from tests.reference.behaviour_levels import watch
from tests.reference.random_networks import (
    random_chip,
    random_images,
    random_network,
    random_placement,
    whole_placement,
)

WORK = {"add", "shift", "compare", "reset", "multiply", "weight_read", "axon_lookup", "packet", "spike_out"}


@st.composite
def models(draw):
    """Any wait from none to all, bases that shift, shift and add, or multiply; pixels or spikes from the host."""
    steps = draw(st.integers(1, 5))
    base, wait = draw(st.sampled_from(["2", "3/2", "5/4", "4/3"])), draw(st.integers(0, steps - 1))
    return OneSpike(steps, base, wait, draw(st.sampled_from([None, 0])), input=draw(st.sampled_from(INPUTS)))


INPUTS = ("multi_bit", "single_spike")


def run(network, chip, placement, schedule, images):
    seen, inferences = watch(network, chip, placement, resolve("neurosim.schedule", schedule)(), images)
    work = Counter()
    for (layer, name), count in seen.ledger.by("layer", "op").items():
        if vocabulary.parse(name).operation.name in WORK:
            work[layer, name] += count
    return seen, inferences, work


@given(models(), st.integers(0, 2**32))
def test_every_order_gives_the_same_spikes_potentials_logits_and_work(model, seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng, model, pixels=4, hidden=int(rng.integers(1, 4)))  # residual skips among them
    images = random_images(rng, network, 2)
    placement, cores = random_placement(rng, network, most=2)
    chip = random_chip(rng, cores)
    _, wanted, work = run(network, chip, placement, "layer_by_layer", images)
    for schedule in ("step_by_step", "pipelined"):
        _, found, own_work = run(network, chip, placement, schedule, images)
        for mine, theirs in zip(found, wanted, strict=True):
            assert mine.scans.keys() == theirs.scans.keys()
            for key, scan in theirs.scans.items():
                assert mine.scans[key].spikes.tolist() == scan.spikes.tolist()
            for own, other in zip(mine.membranes, theirs.membranes, strict=True):
                assert own.potential.tolist() == other.potential.tolist()
        assert own_work == work


@pytest.mark.parametrize("wait", [0, 1, 3, 5])
def test_a_network_takes_its_steps_and_a_wait_for_each_layer_between_the_first_and_the_output(wait):
    model = OneSpike(6, 2, wait)
    network = random_network(np.random.default_rng(1), model, pixels=4, hidden=3)
    begins = starts(network)
    assert begins == [0, 0, wait, 2 * wait, 3 * wait, 3 * wait + 5]  # the output is scanned once, in the last step
    step_by_step = resolve("neurosim.schedule", "step_by_step")()
    steps = {item.step + begins[item.layer] for phase in phases_of(network, step_by_step) for item in phase.items}
    assert steps == set(range(6 + (5 - 2) * wait))


def test_pipelined_a_new_image_enters_every_t_slots_however_long_the_wait():
    pipelined = resolve("neurosim.schedule", "pipelined")()
    phases = {}
    for wait in (0, 2, 4):
        network = random_network(np.random.default_rng(1), OneSpike(5, 2, wait), pixels=4, hidden=2)
        phases[wait] = [sum(1 for _ in phases_of(network, pipelined, images)) for images in (1, 2, 3)]
    assert phases == {wait: [5 + 4 + 2 * wait + 5 * n for n in range(3)] for wait in (0, 2, 4)}


def test_a_skip_is_kept_in_a_spike_buffer_only_while_the_layers_between_wait():
    """Layer 3 reads layers 2 and 1: the spikes of layer 1 come W steps before those of layer 2."""
    rng, stored = np.random.default_rng(3), {}
    made = (random_network(rng, OneSpike(3), pixels=4, hidden=2) for _ in range(100))
    skipping = next(other for other in made if {synapses.source for synapses in other.layers[3].sources} == {1, 2})
    for wait in (0, 1, 2):
        network = replace(skipping, model=OneSpike(3, 2, wait))
        placement, cores = whole_placement(network)
        chip = random_chip(np.random.default_rng(0), cores)
        seen, _, _ = run(network, chip, placement, "step_by_step", random_images(rng, network))
        stored[wait] = {(d.scan.layer, d.destination) for entry in seen.planned for d in entry.stored}
    assert stored == {0: set(), 1: {(1, 3)}, 2: {(1, 3)}}

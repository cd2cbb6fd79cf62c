"""What a placed layer asks of its cores, against an enumeration of all synapses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.errors import CapacityError
from neurosim.mapping.partitioning.axons import axons as axons_of_cores
from neurosim.mapping.partitioning.core_demand import core_demand, stored_bits
from neurosim.mapping.spatial import Spatial
from tests.reference.behaviour_plain import dense
from tests.reference.random_networks import model_of, random_network, random_placement, small_chip


def placed_network(seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng, model_of("if_soft", 2), pixels=4)
    return network, random_placement(rng, network)[0]


def inside(box):
    y0, y1, x0, x1, c0, c1 = box
    return slice(y0, y1), slice(x0, x1), slice(c0, c1)


def axons(network, placement, shared):
    """(input axons, output axons) by layer and box, one for each (sender, receiving core) pair.

    A sender is a source neuron, or with ``shared`` weights one channel of one source core (or of the host).
    """
    into = {n: np.zeros(len(placement[n].partitions), int) for n in range(1, len(network.layers))}
    out = {n: np.zeros(len(placement[n].partitions), int) for n in range(1, len(network.layers))}
    for number, layer in enumerate(network.layers):
        for origin in {synapses.source for synapses in layer.sources}:
            reached = sum(dense(synapses)[0] for synapses in layer.sources if synapses.source == origin) > 0
            rows, columns, channels = reached.shape[:3]
            sources = [(0, rows, 0, columns, 0, channels)]
            if origin > 0:
                sources = placement[origin].partitions.tolist()
            for source, own in enumerate(sources):
                for place, box in enumerate(placement[number].partitions.tolist()):
                    drives = reached[(*inside(own), *inside(box))].any((3, 4, 5))
                    senders = int((drives.any((0, 1)) if shared else drives).sum())
                    into[number][place] += senders
                    if origin > 0:
                        out[origin][source] += senders
    return into, out


@pytest.mark.parametrize("shared", [True, False])
@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_axons_are_pairs_of_a_sender_and_a_core_it_reaches(shared, seed):
    network, placement = placed_network(seed)
    counted = axons_of_cores(network, placement, small_chip(weight_sharing=shared))
    into, out = axons(network, placement, shared)
    for number in range(1, len(network.layers)):
        assert counted[number][0].tolist() == into[number].tolist()
        assert counted[number][1].tolist() == out[number].tolist()


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_without_sharing_a_core_stores_a_word_for_every_synapse_of_its_neurons(seed):
    network, placement = placed_network(seed)
    spec = small_chip(weight_sharing=False)
    for number, layer in enumerate(network.layers[1:], start=1):
        placed = placement[number]
        wanted = [
            8 * sum(int(dense(s)[0][(..., *inside(box))].sum()) for s in layer.sources if s.is_stored)
            for box in placed.partitions.tolist()
        ]
        assert stored_bits(layer, placed, 8, spec).tolist() == wanted
        edges = (placed.row_edges, placed.column_edges, placed.channel_edges)
        needed = core_demand(layer, edges, 8, spec)
        assert needed.neurons == placed.neurons.max()
        assert needed.weight_bits >= max(wanted)


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(8, 4000))
def test_what_the_mapper_places_fits_and_holds_every_neuron_once(seed, neurons, bits):
    network, _ = placed_network(seed)
    spec = small_chip(8, 8, 4, capacity={"neurons": neurons, "synapse_memory_bits": bits})
    try:
        placement = Spatial().place(network, spec)
    except CapacityError:
        return
    used = np.concatenate([placement[n].cores.ravel() for n in range(1, len(network.layers))])
    assert len(np.unique(used)) == len(used) == placement.cores_used
    for number, layer in enumerate(network.layers[1:], start=1):
        placed, held = placement[number], np.zeros(layer.map_shape, int)
        for box in placed.partitions.tolist():
            held[inside(box)] += 1
        assert held.min() == held.max() == 1
        assert placed.neurons.max() <= neurons
        assert stored_bits(layer, placed, network.weight_bits, spec).max() <= bits

"""The annealed mapper: what it counts, on paper, what it moves, and what it says."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

import neurosim
from neurosim.conversion.projections.projection import Projection, Window
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.errors import CapacityError
from neurosim.mapping import annealed
from neurosim.mapping.annealed import Annealed, best_order, tiles
from neurosim.mapping.communication import CommunicationGraph, SpikeActivity, communication_graph, uniform
from neurosim.mapping.placement import LayerPlacement, Placement
from neurosim.mapping.spatial import Spatial
from neurosim.mapping.swap_search import exchange
from neurosim.simulation.functional.activity_profile import profile_activity
from tests.reference.behaviour import layer
from tests.reference.random_networks import model_of, small_chip, stimulus


def network(kind="accumulate_fire"):
    """Image 1 x 1 x 4, a 1 x 3 convolution to 2 channels (8 neurons), 3 outputs."""
    conv = Projection("conv", 0, (1, 1, 4), (2, 1, 4), np.ones((1, 3, 1, 2), np.int8), Window((1, 3), (1, 1), (0, 1)))
    whole = Projection("linear", 1, (2, 1, 4), (3, 1, 1), np.ones((1, 4, 2, 3), np.int8), Window((1, 4), (1, 1)))
    layers = (stimulus((1, 1, 4)), layer("first", [conv], (2, 1, 4), bits=16), layer("output", [whole], (3, 1, 1), 1))
    return SpikingNetwork("tiny", layers, model_of(kind, 2), 3, 8, "synthetic")


def placed(*groups):
    """The first layer cut into two halves of its columns on cores 0 and 1, the outputs into 1 + 2 on cores 2 and 3."""
    first, second = groups or (0, 0)
    halves, parts = np.array([0, 2, 4]), np.array([0, 1, 3])
    return Placement(
        (
            None,
            LayerPlacement(1, np.array([0, 1]), halves, np.array([0, 2]), np.array([[[0], [1]]], np.int32), first),
            LayerPlacement(2, np.array([0, 1]), np.array([0, 1]), parts, np.array([[[2, 3]]], np.int32), second),
        ),
        "test",
    )


def listed(sent):
    return list(zip(sent.source.tolist(), sent.destination.tolist(), sent.packets.tolist(), strict=True))


SENT = SpikeActivity(
    (
        np.array([[[1], [0], [5], [7]]]),
        np.array([[[1, 0], [2, 0], [0, 3], [0, 0]]]),
        np.array([[[2, 2, 2]]]),
    ),
    "a test",
)


def test_packets_between_boxes_as_counted_on_paper():
    # A pixel goes to its own half and, at the seam, to the other too: 1 + 0 + 5 to the left, 0 + 5 + 7 to the right.
    # Each half's 3 spikes go to both boxes of the output. The host is box 4: outputs 2 x 1 and 2 x 2 times.
    wanted = [(4, 0, 6), (4, 1, 12), (0, 2, 3), (0, 3, 3), (1, 2, 3), (1, 3, 3), (2, 4, 2), (3, 4, 4)]
    sent = communication_graph(network(), placed(), SENT)
    assert sent.partitions == 4
    assert listed(sent) == wanted


def test_neighbours_join_both_ways():
    first, neighbour, packets = communication_graph(network(), placed(), SENT).neighbours()
    assert first.tolist() == [0, 3, 6, 9, 12, 16]
    assert neighbour.tolist() == [2, 3, 4, 2, 3, 4, 0, 1, 4, 0, 1, 4, 0, 1, 2, 3]
    assert packets.tolist() == [3, 3, 6, 3, 3, 12, 3, 3, 2, 3, 3, 4, 6, 12, 2, 4]


def test_what_leaves_for_another_group_is_not_on_the_mesh():
    of_first, of_second = (communication_graph(network(), placed(0, 1), SENT, group) for group in (0, 1))
    assert listed(of_first) == [(2, 0, 6), (2, 1, 12)]
    assert listed(of_second) == [(0, 2, 2), (1, 2, 4)]


def test_hops_are_counted_from_tile_to_tile():
    sent = CommunicationGraph(2, np.array([0, 1]), np.array([1, 2]), np.array([10, 1]))
    assert sent.hops(np.array([0, 3, 1]), np.array([0, 2, 2])) == 10 * 5 + 2


def test_a_uniform_activity_lets_every_neuron_send_once():
    sent = uniform(network())
    assert [part.shape for part in sent.sent] == [(1, 4, 1), (1, 4, 2), (1, 1, 3)]
    assert all((part == 1).all() for part in sent.sent)


def test_two_boxes_that_talk_meet():
    # Six tiles in a row; boxes 0 and 5 exchange 100 packets, all others none, and the host is silent.
    sent = CommunicationGraph(6, np.array([0]), np.array([5]), np.array([100]))
    x, y = np.append(np.arange(6), 0), np.zeros(7, np.int64)
    assert sent.hops(x, y) == 500
    order = best_order(sent, x, y, seed=1)
    assert sorted(order.tolist()) == [0, 1, 2, 3, 4, 5]
    assert abs(x[order[0]] - x[order[5]]) == 1


def test_the_host_stays_where_it_is():
    # What sends to the host goes to its tile, the last of the row.
    sent = CommunicationGraph(4, np.array([0]), np.array([4]), np.array([7]))
    x, y = np.append(np.arange(4), 3), np.zeros(5, np.int64)
    assert best_order(sent, x, y, seed=1)[0] == 3


def test_exchanges_that_made_it_worse_are_not_kept(monkeypatch):
    def worse(first, neighbour, packets, x, y, moves, tolerance, seed):
        x[0], x[3] = x[3], x[0]
        return np.array([3, 1, 2, 0])

    monkeypatch.setattr(annealed, "exchange", worse)
    sent = CommunicationGraph(4, np.array([0]), np.array([4]), np.array([7]))
    x, y = np.append(np.arange(4), 0), np.zeros(5, np.int64)
    assert best_order(sent, x, y, seed=1).tolist() == [0, 1, 2, 3]
    assert x.tolist() == [0, 1, 2, 3, 0]


def test_the_same_seed_gives_the_same_places_interpreted_and_compiled():
    sent = communication_graph(network(), placed(), SENT)
    x, y = np.array([0, 1, 2, 3, 0]), np.array([0, 0, 0, 0, 0])
    with np.errstate(over="ignore"):
        plain = exchange.py_func(*sent.neighbours(), x.copy(), y.copy(), 200, 9, 5)
    assert plain.tolist() == exchange(*sent.neighbours(), x.copy(), y.copy(), 200, 9, 5).tolist()


def test_tiles_of_the_cores_and_last_of_the_host():
    x, y = tiles(np.array([0, 3, 9, 11], np.int32), small_chip(3, 2, 2, io={"tile": 4}))
    assert (x.tolist(), y.tolist()) == ([0, 1, 1, 2, 1], [0, 0, 1, 1, 1])


def test_in_a_row_of_six_it_finds_the_best_of_all_orders_and_says_so():
    # spatial: 4 columns of 2 neurons, outputs of 1 and 2 neurons, one behind the other, and the host in the last tile.
    # Pixels 2 x 5 + 3 x 4 + 3 x 3 + 2 x 2 hops, spikes 2 (4 + 3 + 2 + 1) + 2 (5 + 4 + 3 + 2), outputs 1: 84 in all.
    spec = small_chip(6, 1, 1, io={"tile": 5}, capacity={"neurons": 2})
    sent = communication_graph(network(), Spatial().place(network(), spec), uniform(network()))
    of_all = [sent.hops(np.array([*order, 5]), np.zeros(7, np.int64)) for order in permutations(range(6))]
    assert (of_all[0], min(of_all)) == (84, 59)
    placement = Annealed().place(network(), spec)
    assert placement.mapper == "annealed"
    assert placement.remark == "placed for uniform activity, nothing was measured: 59 hops instead of 84"


def test_a_network_that_does_not_fit_is_refused_as_by_the_spatial_mapper():
    spec = small_chip(1, 1, 1, capacity={"neurons": 2})
    with pytest.raises(CapacityError) as wanted:
        Spatial().place(network(), spec)
    with pytest.raises(CapacityError) as found:
        Annealed().place(network(), spec)
    assert str(found.value) == str(wanted.value)


def test_a_rehearsal_counts_what_each_neuron_sends():
    # Pixel 9 drives neurons 0 and 1 of both channels beyond their threshold of 8 in both steps.
    image = np.array([[[9], [0], [0], [0]]], np.uint8)
    activity = profile_activity(network("if_soft"), small_chip(), image[None])
    assert activity.origin == "the packets of the image that if_soft is shown"
    assert activity.sent[0].ravel().tolist() == [1, 0, 0, 0]
    assert activity.sent[1][0].T.tolist() == [[2, 2, 0, 0], [2, 2, 0, 0]]
    assert activity.sent[2].ravel().tolist() == [1, 1, 1]


def test_a_rehearsal_shows_four_images_at_most():
    images = np.ones((6, 1, 4, 1), np.uint8)
    activity = profile_activity(network(), small_chip(), images)
    assert activity.origin == "the packets of 4 of the 6 images that accumulate_fire is shown"
    assert activity.sent[2].ravel().tolist() == [4, 4, 4]


def test_a_workload_that_names_it_says_so_in_its_notices():
    run = neurosim.simulate("lenet", set={"mapping.kind": "annealed"})
    spatial = neurosim.simulate("lenet")
    hops, before = (each.record.results[0].noc.hops for each in (run, spatial))
    assert run.record.notices[0] == (
        f"annealed: placed for the packets of the image that accumulate_fire is shown: "
        f"{hops:,} hops instead of {before:,}"
    )
    assert hops < before
    assert spatial.record.notices == ()


def test_a_placement_need_not_remark_anything():
    assert placed().remark == ""
    assert replace(placed(), remark="said").remark == "said"

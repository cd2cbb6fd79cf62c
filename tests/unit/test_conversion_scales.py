"""Which channels can be scaled, and which only together."""

from __future__ import annotations

import numpy as np

from neurosim.conversion.precision.channel_ties import FIXED, channel_ties, smallest
from neurosim.network.graph import Graph, Node
from neurosim.network.layers import Add, AvgPool2d, Conv2d, Flatten, Input, Linear, ReLU, Shortcut
from neurosim.network.zoo import build


def of(*nodes):
    return channel_ties(Graph("drawn", tuple(Node(name, layer, tuple(inputs)) for name, layer, *inputs in nodes)))


def test_every_layer_with_weights_has_scales_of_its_own_and_the_ends_have_none():
    found = of(
        ("input", Input((2, 4, 4))),
        ("a", Conv2d(3, (1, 1)), "input"),
        ("a.act", ReLU(), "a"),
        ("pool", AvgPool2d((2, 2), (2, 2)), "a.act"),
        ("flat", Flatten(), "pool"),
        ("b", Linear(2), "flat"),
        ("b.act", ReLU(), "b"),
        ("c", Linear(2), "b.act"),
    )
    assert found.of["input"].tolist() == [FIXED, FIXED]
    assert found.of["a"].tolist() == found.of["a.act"].tolist() == found.of["pool"].tolist()
    assert found.of["flat"].tolist() == np.repeat(found.of["a"], 4).tolist()
    assert len({FIXED, *found.of["a"], *found.of["b"]}) == found.count == 6
    assert found.of["c"].tolist() == [FIXED, FIXED]


def test_a_sum_ties_channel_by_channel_past_a_shortcut_that_widens():
    found = of(
        ("input", Input((1, 4, 4))),
        ("a", Conv2d(2, (1, 1)), "input"),
        ("a.act", ReLU(), "a"),
        ("b", Conv2d(4, (1, 1), (2, 2)), "a.act"),
        ("skip", Shortcut(2, 1, 1), "a.act"),
        ("sum", Add(), "b", "skip"),
        ("sum.act", ReLU(), "sum"),
        ("c", Conv2d(1, (1, 1)), "sum.act"),
    )
    assert found.of["b"].tolist() == found.of["sum.act"].tolist()
    assert found.of["b"][1:3].tolist() == found.of["a"].tolist()
    assert len(set(found.of["b"])) == 4


def test_a_stream_that_ends_in_the_output_keeps_its_scale():
    found = of(
        ("input", Input((1, 2, 2))),
        ("a", Conv2d(2, (1, 1)), "input"),
        ("a.act", ReLU(), "a"),
        ("b", Conv2d(2, (1, 1)), "a.act"),
        ("sum", Add(), "b", "a.act"),
    )
    assert {*found.of["a"], *found.of["b"]} == {FIXED}


def test_a_residual_network_has_one_scale_for_each_channel_of_its_stream_and_of_each_inner_layer():
    graph = build("resnet20", (3, 32, 32), 10).folded()
    found = channel_ties(graph)
    assert found.of["stage1.block3.conv2"].tolist() == found.of["stem"].tolist()
    assert found.of["stage3.block1.conv2"][24:40].tolist() == found.of["stem"].tolist()
    assert found.count == 1 + 64 + 3 * (16 + 32 + 64)


def test_the_smallest_gain_that_is_allowed_is_taken():
    numbers = [np.array([1, 2, FIXED]), np.array([2, 3, 4])]
    gains = [np.array([3.0, 2.0, 0.5]), np.array([1.5, np.inf, 4.0])]
    assert smallest(6, numbers, gains).tolist() == [1, 3, 1.5, 1, 4, 1]

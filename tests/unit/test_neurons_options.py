"""Options of neuron models: their limits, what they are when left out, and what does not fit a chip."""

from fractions import Fraction

import numpy as np
import pytest

from neurosim.conversion.convert import convert
from neurosim.errors import ConversionError
from neurosim.network.graph import Graph, Network, Node
from neurosim.network.layers import Activation, Input, Linear
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.group import Group
from neurosim.neurons.if_soft import IfSoft
from neurosim.neurons.lif import Lif
from neurosim.neurons.one_spike import OneSpike
from neurosim.neurons.radix import Radix
from neurosim.neurons.srp import Srp
from neurosim.neurons.weighted_stream import WeightedStream

OUT_OF_RANGE = [
    (Group, {"tau": 0}, "group: tau is a whole number from 1 to 255, found 0"),
    (Group, {"tau": 256}, "group: tau is a whole number from 1 to 255, found 256"),
    (Group, {"tau": 2.5}, "group: tau is a whole number from 1 to 255, found 2.5"),
    (Group, {"tau": True}, "group: tau is a whole number from 1 to 255, found True"),
    (Group, {"compare": "serial"}, "group: compare is parallel or search, found serial"),
    (Group, {"spikes": "binary"}, "group: spikes are unary or graded, found binary"),
    (WeightedStream, {"periods": 0}, "weighted_stream: periods is a whole number from 1 to 64, found 0"),
    (WeightedStream, {"periods": 65}, "weighted_stream: periods is a whole number from 1 to 64, found 65"),
    (Lif, {"leak": 0}, "lif: leak is a whole number from 1 to 31, found 0"),
    (Lif, {"leak": 32}, "lif: leak is a whole number from 1 to 31, found 32"),
    (Lif, {"reset_to": "rest"}, "lif: reset_to is subtract or zero, found rest"),
    (Srp, {"pre": 0}, "srp: pre is a whole number from 1 to 64, found 0"),
    (Srp, {"pre": 65}, "srp: pre is a whole number from 1 to 64, found 65"),
    (OneSpike, {"base": 1}, "one_spike: base is above 1 and at most 2, found 1"),
    (OneSpike, {"base": "5/2"}, "one_spike: base is above 1 and at most 2, found 5/2"),
    (OneSpike, {"base": "two"}, "one_spike: base is a number like 2, 1.5 or 5/4, found two"),
    (OneSpike, {"base": "1/0"}, "one_spike: base is a number like 2, 1.5 or 5/4, found 1/0"),
    (OneSpike, {"wait": 4}, "one_spike: wait is a whole number from 0 to 3, found 4"),
    (OneSpike, {"wait": -1}, "one_spike: wait is a whole number from 0 to 3, found -1"),
    (OneSpike, {"guard_bits": 63}, "one_spike: guard_bits is a whole number from 0 to 62, found 63"),
    (OneSpike, {"threshold_shift": "no"}, "one_spike: threshold_shift is true or false, found no"),
]


@pytest.mark.parametrize(("model", "options", "message"), OUT_OF_RANGE, ids=lambda value: str(value)[:30])
def test_an_option_out_of_range_is_refused_with_its_limits(model, options, message):
    with pytest.raises(ConversionError) as refusal:
        model(4, **options)
    assert str(refusal.value) == message


def test_phases_that_are_no_whole_numbers_are_refused_and_the_nearest_base_named():
    with pytest.raises(ConversionError) as refusal:
        OneSpike(16, 1.174)
    assert str(refusal.value) == (
        "one_spike: 16 phases of base 587/500 are whole numbers only in units of 1/587^15, finer than 2^-43; "
        "the nearest base that can be had is 7/6"
    )
    assert OneSpike(16, "7/6").bias_weight == 7**15


@pytest.mark.parametrize(
    ("options", "base", "wait", "guard_bits"),
    [
        ({}, 2, 7, 0),
        ({"base": 1.5}, Fraction(3, 2), 7, 14),
        ({"base": "5/4", "wait": 2}, Fraction(5, 4), 2, 18),
        ({"base": "5/4", "guard_bits": 3}, Fraction(5, 4), 7, 3),
        ({"base": 1.25, "wait": 0, "guard_bits": 0}, Fraction(5, 4), 0, 0),
    ],
)
def test_one_spike_waits_for_all_input_and_guards_every_bit_unless_told_otherwise(options, base, wait, guard_bits):
    model = OneSpike(8, **options)
    assert (model.base, model.wait, model.guard_bits) == (base, wait, guard_bits)


def test_thresholds_of_one_spike_are_those_of_section_5():
    assert OneSpike(4, 2).firing_threshold(64) == 64 * 8 * 3 // 4  # Q^W (1 + 1/Q) / 2 Th
    assert OneSpike(4, 2, threshold_shift=False).firing_threshold(64) == 64 * 8
    assert OneSpike(4, 2, 0).firing_threshold(3) == 3  # 2.25, rounded up
    assert OneSpike(3, "3/2").firing_threshold(7) == -(-(2**4) * 9 * 5 * 7 // (4 * 6))  # F = 4, Q^2 = 9/4, 5/6
    assert OneSpike(4, 2).in_role("first").firing_threshold(64) == 48


WIDTHS = [  # conversion.md 3.5 with a reach of 1000 and a threshold of 64
    (AccumulateFire(4), 1032),
    (Radix(4), 1000),
    (Radix(6), 64 << 5),
    (IfSoft(4), 4064),
    (Lif(4), 4064),
    (Srp(4, pre=9), 9064),
    (Group(4, 3), 4064),
    (Group(1, 100), 6400),
    (WeightedStream(4), 1032),
    (WeightedStream(4, 3), 3096),
    (OneSpike(4), 2**6 * 1000),
    (OneSpike(4, "3/2", 1, 2), 6 * 4 * 1000),  # (3/2)^4 = 5.06
    (OneSpike(4, 2, 0), 8000),
]


@pytest.mark.parametrize(("model", "bound"), WIDTHS, ids=str)
def test_width_bounds_are_those_of_section_3_5(model, bound):
    assert model.width(1000, 64) == bound


def small_network(levels=15):
    """Two dense layers of 8 neurons and two outputs."""
    rng = np.random.default_rng(1)
    nodes = (
        Node("input", Input((8, 1, 1))),
        Node("a", Linear(8), ("input",)),
        Node("a.act", Activation(levels), ("a",)),
        Node("b", Linear(8), ("a.act",)),
        Node("b.act", Activation(levels), ("b",)),
        Node("c", Linear(2), ("b.act",)),
    )
    graph = Graph("small", nodes)
    own = {name: rng.normal(0, 0.5, shape) for name, shape in graph.parameters.items()}
    return Network(graph, {name: np.array(2.0) if name.endswith("lam") else own[name] for name in own}, "trained")


def refused(model, levels=15, **widths):
    with pytest.raises(ConversionError) as refusal:
        convert(small_network(levels), model, **widths)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("model", "codes", "advice"),
    [
        (Radix(3), 7, "steps with 2^steps - 1 = 15, "),
        (WeightedStream(3, 2), 7, "steps with 2^steps - 1 = 15, "),
        (Group(1, 4), 4, "options that make it 15, "),
    ],
    ids=str,
)
def test_levels_that_a_code_cannot_say_are_refused(model, codes, advice):
    assert refused(model) == (
        f"small: 15 activation levels, but {model.kind} of {model.steps} steps has codes 0 to {codes}; "
        f"take {advice}or 'levels: {codes}' to fold it untrained"
    )
    assert convert(small_network(), model, levels=codes).levels == codes


@pytest.mark.parametrize("model", [Group(2, 4), OneSpike(5), OneSpike(3, "3/2"), Srp(3), Lif(9)], ids=str)
def test_other_models_take_any_levels(model):
    for levels in (15, 6):
        assert convert(small_network(levels), model, accumulator_bits=32).levels == levels


def test_steps_that_need_more_accumulator_bits_than_the_chip_has_are_refused_with_the_numbers():
    needs = "b: needs 26 accumulator bits at exponent 0 (threshold 1), the hardware has 24"
    assert refused(OneSpike(12)) == needs
    assert refused(Radix(4), accumulator_bits=5) == (
        "b: needs 8 accumulator bits at exponent 0 (threshold 1), the hardware has 5"
    )
    assert convert(small_network(), OneSpike(12), accumulator_bits=32).layers[2].accumulator_bits <= 32


def test_the_first_and_the_last_layer_need_no_room_for_a_wait():
    waiting, early = (
        [layer.exponent for layer in convert(small_network(), OneSpike(8, 2, wait), accumulator_bits=20).layers[1:]]
        for wait in (7, 0)
    )
    assert (waiting[0], waiting[2]) == (early[0], early[2])
    assert waiting[1] < early[1]

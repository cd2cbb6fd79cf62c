"""What is said of weights for which accumulators leave no room: how many bits they take, and what would leave all."""

import re

import pytest

import neurosim
from neurosim.conversion.convert import convert
from neurosim.conversion.precision.precision_notes import effective_bits, few_bits, precision_notes
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.one_spike import OneSpike
from neurosim.report.terminal.evaluation_summary import text
from tests.unit.test_neurons_options import small_network


def spiking(model, accumulator_bits):
    return convert(small_network(), model, accumulator_bits=accumulator_bits)


def test_the_layers_whose_weights_are_cut_short_are_named_with_the_bits_they_have_left():
    network = spiking(OneSpike(9), 24)
    assert [effective_bits(layer) for layer in network.layers[1:]] == [6, 6, 8]
    assert list(precision_notes(network, 24)) == [
        "accumulators of 24 bits leave the weights few of their 8 bits (a 6, b 6); accumulator_bits: 26 would leave all"
    ]


@pytest.mark.parametrize("steps", range(8, 13))
@pytest.mark.parametrize("base", ["2", "3/2"])
def test_the_width_that_is_named_leaves_all_bits_and_one_less_does_not(steps, base):
    wanted = max(layer.full_bits for layer in spiking(OneSpike(steps, base), 60).layers)
    assert list(precision_notes(spiking(OneSpike(steps, base), wanted), wanted)) == []
    narrow = wanted - 3
    (said,) = precision_notes(spiking(OneSpike(steps, base), narrow), narrow)
    assert re.fullmatch(rf"accumulators of {narrow} bits .*; accumulator_bits: {wanted} would leave all", said)
    layers = spiking(OneSpike(steps, base), wanted).layers[1:]
    assert [effective_bits(layer) for layer in layers] == [8, 8, 8]
    assert max(layer.accumulator_bits for layer in layers) == wanted


def test_nothing_is_said_where_weights_have_their_bits():
    assert list(precision_notes(spiking(AccumulateFire(4), 24), 24)) == []
    assert list(precision_notes(spiking(OneSpike(4), 24), 24)) == []


@pytest.mark.parametrize(("weight_bits", "few"), [(2, 1), (4, 1), (5, 1), (6, 2), (8, 2), (16, 2)])
def test_how_few_bits_are_few(weight_bits, few):
    assert few_bits(weight_bits) == few


def test_one_weight_that_is_far_larger_than_all_others_is_told():
    network = small_network()
    assert [layer.typical_bits for layer in convert(network, AccumulateFire(4)).layers[1:]] == [6, 6, 6]
    network.parameters["b.weight"].flat[0] = 100
    made = convert(network, AccumulateFire(4))
    assert (made.layers[2].typical_bits, effective_bits(made.layers[2])) == (1, 8)
    assert list(precision_notes(made, 24)) == [
        "typical weights have lost their bits: at 8 bits the median of those that are not 0 is rounded to b 0 "
        "(a layer has one step, and its largest weight sets it); use more weight bits"
    ]


def test_one_bit_less_is_told_in_other_words():
    wanted = max(layer.full_bits for layer in spiking(OneSpike(9), 60).layers)
    (said,) = precision_notes(spiking(OneSpike(9), wanted - 1), wanted - 1)
    assert said.startswith(f"accumulators of {wanted - 1} bits do not leave the weights all of their 8 bits (")
    assert said.endswith(f"; accumulator_bits: {wanted} would leave all")


def test_an_evaluation_says_it_too():
    narrow = {"compare": [], "conversion.kind": "one_spike", "conversion.steps": 8}
    found = neurosim.evaluate("digits", narrow, images=2, prove=0)
    assert [line for line in found.record.notices if "accumulators of 24 bits" in line]
    assert found.summary()["notices"] == list(found.record.notices)
    printed = " ".join(text(found.record).split())
    assert all(" ".join(line.split()) in printed for line in found.record.notices)


def test_where_no_accumulator_is_wide_enough_it_is_said_so():
    network = spiking(OneSpike(16, "3/2", guard_bits=40), 63)
    (said,) = precision_notes(network, 63)
    assert said.endswith("; even 63 would not leave all")

"""What is recomputed of Datta et al. 2023 are the values that were derived apart from this code."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from neurosim.energy.analysis.affine import accumulate_fire
from neurosim.files.energy_tables.energy_table import read_table
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.reproduce import papers
from neurosim.reproduce.datta2023 import bit_serial
from neurosim.reproduce.misprints import MISPRINTS, as_meant, wrong
from neurosim.reproduce.models import threshold_ladder
from neurosim.reproduce.models.printed_energy import PrintedEnergy
from neurosim.reproduce.models.size import size_of

INT8 = "datta2023_45nm_int8"


@cache
def claims():
    (paper,) = papers("datta2023")
    return {claim.what: claim for claim in paper.claims}


def computed(what):
    return claims()[what].computed


def test_every_claim_comes_out_as_documented_and_has_its_own_name():
    (paper,) = papers("datta2023")
    assert paper.unexpected == ()
    assert len(claims()) == len(list(paper.claims))


@pytest.mark.parametrize(
    ("what", "expected", "within"),
    [
        ("a multiplication over an addition, 8 and 32 bit", (6.667, 31), 1e-3),
        ("mean quantisation error at 4 and at 2 steps of a rate code", (0.0625, 0.125), 1e-3),
        ("gain over a bit-serial ANN at 68 and 78 %", (3.125, 4.545), 1e-3),
        ("spikes with and without the sparsity term", (2.409,), 1e-3),
        ("drop of the activity from T = 8 to T = 4", (3.2,), 1e-9),
        ("additions per left shift", (460.8,), 1e-9),
        ("gain over the ANN, VGG16, at 71 and 79 %", (11.3, 14.8), 0.1),
        ("gain over the ANN, ResNet18, at 71 and 79 %", (11.9, 15.8), 0.1),
        ("gain over the ANN, ResNet20, at 71 and 79 %", (9.4, 11.6), 0.1),
        ("the same if 71 and 79 % are per step", (3.3, 4.6), 0.05),
        ("products of VGG16, ResNet18, ResNet20", (313.20, 549.13, 40.55), 0.01),
        ("spiking neurons of VGG16, ResNet18, ResNet20", (276_480, 557_056, 188_416), 0),
        ("energy of the first layer's products, 8 bit: VGG16, ResNet18, ResNet20", (14.5, 8.8, 22.7), 0.1),
        ("the same at 32 bit: VGG16, ResNet18, ResNet20", (41, 28.5, 55), 0.5),
        ("energy of all left shifts: VGG16, ResNet18", (0.72, 1.0), 0.1),
        ("energy of all left shifts: ResNet20", (3.7,), 0.1),
        ("energy of all comparisons and resets: VGG16, ResNet18", (1.256, 1.528), 1e-3),
        ("energy of all comparisons and resets: ResNet20", (5.353,), 1e-3),
        ("gain over the ANN at 0.53 spikes per neuron: the least of the range", (0.5 * 0.23 / (0.03 * 0.53),), 1e-9),
        ("latency step by step, 16 equal layers, T = 4 and 16", (64, 256), 0),
        ("latency pipelined, 16 equal layers, T = 4 and 16", (19, 31), 0),
        ("latency layer by layer, 16 equal layers, T = 4 and 16", (64, 256), 0),
        ("buffers of VGG16: layer by layer in turn, layer by layer, step by step", (229, 968, 760), 1),
        ("MobileNetV2: accuracy of the SNN less that of its ANN", (-0.21,), 1e-9),
        ("ImageNet ResNet34, T = 4: one table's accuracy less the other's", (-1.82,), 1e-9),
    ],
)
def test_a_number_is_the_one_derived_by_hand(what, expected, within):
    assert computed(what) == pytest.approx(expected, abs=within)


@pytest.mark.parametrize(
    ("name", "shares", "total_uj"),
    [("VGG16", (14.5, 83.2, 0.72, 1.18, 0.07), 2.81), ("ResNet20", (22.7, 67.0, 3.68, 5.04, 0.31), 0.45)],
)
def test_the_shares_of_operations(name, shares, total_uj):
    claim = claims()[f"energy of {name} by operation: first layer, add, shift, compare, reset, initial add"]
    assert claim.computed[:5] == pytest.approx(shares, abs=0.1)
    assert sum(claim.computed) == pytest.approx(100)
    size = size_of(name.lower())
    assert PrintedEnergy(size, 4, 0.25).total(read_table(INT8)) * 1e-6 == pytest.approx(total_uj, abs=0.005)


def test_the_printed_count_differs_from_the_exact_one_by_shifts_and_the_output_layer_only():
    size = size_of("vgg16")
    exact = accumulate_fire(
        macs=size.macs, first_macs=size.layer_macs[0], neurons=size.neurons, first_neurons=size.layer_neurons[0],
        outputs=0, steps=4,
    ).at(0.25)  # fmt: skip
    printed: dict[str, int] = {}
    for counts in PrintedEnergy(size, 4, 0.25).counts().values():
        for op, count in counts.items():
            printed[op] = printed.get(op, 0) + count
    behind_first = size.neurons - size.layer_neurons[0]
    assert printed.pop("shift_int20") - exact.pop("shift_int20") == behind_first
    assert printed == exact


def test_bit_serial_vgg16_by_hand():
    first, rest = 1_769_472, 311_427_072
    by_hand = first * 0.23 + 4 * rest * 0.03 + 3 * (276_480 - 65_536) * 0.024
    assert bit_serial(size_of("vgg16"), read_table(INT8)) == pytest.approx(by_hand, rel=1e-12)
    full = computed("the same for VGG16 with all its operations")
    bare = computed("gain over a bit-serial ANN at 68 and 78 %")
    assert all(one < other for one, other in zip(full, bare, strict=True))


def test_the_lossless_network_meets_every_case_and_has_no_mismatch():
    found = threshold_ladder.compare_network()
    assert (found.pairs, found.mismatches) == ((400 + 200 + 100) * 200 * 4 + 10 * 200, 0)
    assert min(found.saturated, found.negative, found.ties) > 1000


def test_the_simulated_ladder_and_the_product_agree():
    random = np.random.default_rng(3)
    layer, codes = threshold_ladder.random_layer(random), threshold_ladder.random_codes(random)
    model, accumulated = AccumulateFire(4), layer.accumulated(codes)
    potential = threshold_ladder.accumulate(threshold_ladder.spike_maps(codes, 4), layer)
    fired = threshold_ladder.fire(potential, threshold_ladder.ladder(layer.threshold, 4))
    wanted = model.quantise(accumulated, layer.threshold)
    assert np.array_equal(threshold_ladder.decode(fired), wanted)
    assert np.array_equal(fired, model.spike_maps(wanted))


def test_sixteen_levels_lose_exactly_the_saturated_neurons():
    differ, saturated = threshold_ladder.wrong_with_levels(16)
    assert differ == saturated > 1
    assert threshold_ladder.wrong_with_levels(15)[0] == 0


@pytest.mark.parametrize(
    ("steps", "policy", "percent", "mean"),
    [(2, "requantise", 44, 0.047), (2, "truncate", 44, 0.059), (6, "pad", 0, 0), (6, "requantise", 43, 0.011)],
)
def test_other_steps_than_the_trained_ones(steps, policy, percent, mean):
    found = threshold_ladder.change(steps, policy)
    assert found.percent == pytest.approx(percent, abs=1.5 if percent else 0)
    assert found.mean == pytest.approx(mean, abs=0.002 if mean else 0)


def test_every_misprint_alone_makes_neurons_wrong_and_the_corrected_layer_none():
    assert wrong(as_meant) == 0
    typical = (53, 70, 23, 50, 0.7, 43)
    for misprint, percent in zip(MISPRINTS, typical, strict=True):
        assert 0.9 * percent < misprint.wrong < 1.1 * percent

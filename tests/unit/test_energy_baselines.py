"""Baselines, shared-price ratios, break-even: every comparison on one set of prices."""

from __future__ import annotations

from itertools import product
from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.energy.analysis.affine import AffineCounts, measured
from neurosim.energy.analysis.baselines import LayerWork, baselines
from neurosim.energy.analysis.break_even import break_even
from neurosim.energy.analysis.ratio import Term, bounds, ratio
from neurosim.energy.analysis.sensitivity import tornado
from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.price import price, unit_prices
from neurosim.files.energy_tables.energy_table import read_table

KIB = 8 * 1024
WORKS = (
    LayerWork("conv1", 100, 90, neurons=20, inputs=30, weights=12, first=True),
    LayerWork("conv2", 400, 101, neurons=10, inputs=20, weights=40, activation_bits=4),
    LayerWork("fc", 51, 20, neurons=5, inputs=10, weights=50, last=True, activation_bits=4),
)


def compute(id: str, **options) -> dict[str, int]:
    return baselines(WORKS, 4, **options)[id].ledgers["compute"].totals()


def test_the_dense_network_multiplies_and_adds_every_product():
    assert compute("ann_dense") == {"multiply_int8": 551, "add_int20": 551}
    assert compute("ann_dense", images=3) == {"multiply_int8": 1653, "add_int20": 1653}


def test_half_of_an_odd_number_of_products_stays_exact():
    half = baselines(WORKS, 4)["ann_50"]
    assert half.macs == 275.5
    int8 = read_table("datta2023_45nm_int8")
    dense = baselines(WORKS, 4)["ann_dense"].priced(int8)["compute"]
    assert half.priced(int8)["compute"].pj == pytest.approx(dense.pj / 2, rel=1e-15)


def test_the_measured_network_skips_products_with_a_zero_activation():
    assert compute("ann_measured") == {"multiply_int8": 211, "add_int20": 211}


def test_bit_serial_multiplies_in_the_first_layer_and_adds_every_plane_after_it():
    assert compute("bit_serial") == {"multiply_int8": 100, "add_int20": 100 + 4 * 451, "shift_int20": 3 * 15}


def test_the_iso_capacity_network_has_as_many_levels_as_the_spiking_one():
    works = tuple(LayerWork("x", 10, 7, 1, weight_bits=3, activation_bits=8) for _ in range(2))

    def widths(steps, rate_code):
        return sorted(baselines(works, steps, rate_code=rate_code)["qnn_iso"].ledgers["compute"].totals())

    assert widths(4, False) == ["add_int20", "multiply_int4"]
    assert widths(4, True) == ["add_int20", "multiply_int3"]
    assert widths(15, True) == ["add_int20", "multiply_int4"]
    assert widths(16, True) == ["add_int20", "multiply_int5"]


def test_beyond_arithmetic_a_baseline_is_a_pair():
    table = read_table("datta2023_45nm_int8")
    dense = baselines(WORKS, 4)["ann_dense"]
    assert set(dense.priced(table)) == {"compute"}
    assert dense.ledgers["ideal_reuse"].totals() == {
        "multiply_int8": 551,
        "add_int20": 551,
        "weight_read_bits64": 2 + 5 + 7,
        "spike_buffer_read_bits8": 30,
        "spike_buffer_read_bits4": 20 + 10,
        "spike_buffer_write_bits4": 20 + 10,
        "spike_buffer_write_bits20": 5,
    }
    assert dense.ledgers["no_reuse"].totals() == {
        "multiply_int8": 551,
        "add_int20": 551,
        "weight_read_bits8": 551,
        "spike_buffer_read_bits8": 100,
        "spike_buffer_read_bits4": 451,
        "spike_buffer_write_bits4": 30,
        "spike_buffer_write_bits20": 5,
    }
    where = {"weight_read": 8 * KIB, "spike_buffer_read": 8 * KIB, "spike_buffer_write": 8 * KIB}
    powerlaw = Policy("memory", widths="powerlaw")
    pair = dense.priced(read_table("horowitz2014_45nm"), powerlaw, memory_bits=where)
    assert set(pair) == {"ideal_reuse", "no_reuse"}
    assert pair["ideal_reuse"].pj < pair["no_reuse"].pj


def test_the_moved_planes_of_bit_serial_are_one_bit_each():
    totals = baselines(WORKS, 4)["bit_serial"].ledgers["ideal_reuse"].totals()
    assert totals["spike_buffer_read_bits1"] == 4 * 30
    assert totals["spike_buffer_read_bits8"] == 30


def test_a_ratio_has_one_price_for_each_operation_in_both():
    table = read_table("datta2023_45nm_int8")
    same = price({"add_int8": 10, "multiply_int8": 3}, table)
    found = ratio(same, same)
    assert (found.low, found.value, found.high) == (1.0, 1.0, 1.0)
    adds = price({"add_int8": 30}, table), price({"add_int20": 10}, table)
    assert ratio(*adds).high == pytest.approx(3.0)


def test_a_ratio_of_different_tables_is_refused():
    one, other = (price({"add_int8": 1}, read_table(name)) for name in ("datta2023_45nm_int8", "horowitz2014_45nm"))
    with pytest.raises(ValueError, match="a ratio compares two designs at one table, policy and scope"):
        ratio(one, other)


def test_there_is_no_ratio_to_a_partial_sum():
    table = read_table("horowitz2014_45nm")
    partial = Policy(allow_partial=True)
    whole = price({"add_int8": 1}, table, partial)
    part = price({"add_int8": 1, "shift_int8": 1}, table, partial)
    assert ratio(whole, part) is None
    assert ratio(part, whole) is None
    assert ratio(whole, price({}, table, partial)) is None


energies = st.floats(0, 1e6).map(lambda pj: round(pj, 3))
terms_of_a_ratio = st.builds(Term, energies, energies, st.floats(0.1, 1), st.floats(1, 10))


@given(st.lists(terms_of_a_ratio, min_size=1, max_size=6).filter(lambda terms: sum(t.below for t in terms) > 1))
@settings(max_examples=200, deadline=None)
def test_the_bounds_of_a_ratio_are_the_best_corners(terms):
    corners = []
    for ends in product((0, 1), repeat=len(terms)):
        factors = [(term.low, term.high)[end] for term, end in zip(terms, ends, strict=True)]
        above, below = (sum(t[side] * f for t, f in zip(terms, factors, strict=True)) for side in (0, 1))
        corners.append(above / below)
    found = bounds(terms)
    assert isclose(found.low, min(corners), rel_tol=1e-9, abs_tol=1e-12)
    assert isclose(found.high, max(corners), rel_tol=1e-9, abs_tol=1e-12)


def test_a_bar_says_what_its_price_rests_on():
    report = price({"add_int8": 98, "compare_int8": 2}, read_table("datta2023_45nm_int8"))
    add, compare = tornado(report)
    assert str(add) == "add: published (datta2023), 98.0 % of the energy"
    assert str(compare) == "compare: no public source, 2.0 % of the energy"


def test_a_break_even_beyond_the_number_of_steps_says_that_the_scope_is_too_small():
    table = read_table("datta2023_45nm_int8")
    line = AffineCounts({}, {"add_int8": 100})
    prices = unit_prices(["add_int8", "multiply_int8"], table)
    found = break_even({"add_int8": 50, "multiply_int8": 50}, line, prices)
    assert found.activity == pytest.approx(3.8333, abs=1e-4)
    assert found.remark(4, "compute") == (
        "break-even at 3.83 spikes per neuron and inference (compute only), 0.96 per step"
    )
    assert found.remark(3, "compute") == (
        "break-even at 3.83 spikes per neuron and inference (compute only): no neuron can emit more than 3, so in this "
        "scope the spiking network wins at any activity; ask for a wider scope"
    )
    never = break_even({"add_int8": 50}, AffineCounts({"add_int8": 60}, {"add_int8": 1}), prices)
    assert never.remark(4, "compute").endswith("the baseline is cheaper than a network without spikes")


def test_the_line_through_a_run_gives_the_run_back():
    totals = {"add_int8": 1000, "compare_int8": 40, "packet": 30}
    line = measured(totals, {"add_int8": 200, "compare_int8": 40}, 0.25)
    assert line.per_activity == {"add_int8": 3200, "packet": 120}
    assert line.at(0.25) == totals
    with pytest.raises(ValueError, match="50 fixed 'compare_int8' ops are not 0 to the 40 that were counted"):
        measured(totals, {"compare_int8": 50}, 0.25)
    with pytest.raises(ValueError, match="a network that never fired"):
        measured(totals, {}, 0)

"""Bands and joins of tables made by hand: what an entry that says nothing is taken to say."""

from __future__ import annotations

import pytest

from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.price import price, unit_prices, unpriced
from neurosim.energy.tables.table import Band, Entry, Level, Table, Validity, join
from neurosim.errors import PricingError


def entry(op: str, pj: float, *, format: str = "", bits: int = 0, evidence="published", band=None) -> Entry:
    return Entry(op, format, bits, 0, pj, "op", "us", evidence, band=band)


def table(*entries: Entry, id: str = "mylab", level: Level = "op", node_nm: float | None = 45) -> Table:
    return Table(id, "", level, "incremental", Validity(node_nm, None, None, "mixed"), entries=entries)


def factors(op: str, made: Table, scope="static") -> tuple[float, float, bool]:
    quote = unit_prices([op], made, Policy(scope))[op]
    return round(quote.low_pj / quote.pj, 6), round(quote.high_pj / quote.pj, 6), quote.banded


def test_arithmetic_at_40_to_45_nm_is_known_to_a_factor_of_four():
    add = entry("add", 0.1, format="int", bits=8)
    assert factors("add_int8", table(add)) == (0.4, 4.0, True)
    assert factors("add_int8", table(add, node_nm=40)) == (0.4, 4.0, True)
    assert factors("add_int8", table(add, node_nm=28)) == (1.0, 1.0, False)
    assert factors("add_int8", table(add, node_nm=None)) == (1.0, 1.0, False)


def test_an_assumed_hop_has_a_usual_band_and_a_published_one_has_none():
    assert factors("hop_ew", table(entry("hop_ew", 3.0, evidence="assumed"))) == (0.67, 1.67, True)
    assert factors("hop_ew", table(entry("hop_ew", 3.0))) == (1.0, 1.0, False)


def test_simulated_events_are_known_to_a_quarter():
    simulated = entry("neuron_update_active", 81.0, evidence="simulated")
    assert factors("neuron_update_active", table(simulated, level="event", node_nm=14)) == (0.75, 1.25, True)
    measured = entry("neuron_update_active", 81.0, evidence="measured")
    assert factors("neuron_update_active", table(measured, level="event", node_nm=14)) == (1.0, 1.0, False)


def test_a_stated_band_goes_before_the_usual_one():
    own = entry("add", 0.1, format="int", bits=8, band=Band(0.09, 0.12, "measured twice"))
    assert factors("add_int8", table(own)) == (0.9, 1.2, True)


def test_an_interpolated_price_has_the_wider_of_the_two_bands_on_each_side():
    narrow = entry("add", 0.1, format="int", bits=8, band=Band(0.05, 0.11, "x"))
    wide = entry("add", 0.4, format="int", bits=32, band=Band(0.36, 0.8, "y"))
    quote = unit_prices(["add_int16"], table(narrow, wide), Policy(widths="powerlaw"))["add_int16"]
    assert quote.pj == pytest.approx(0.2)
    assert (quote.low_pj, quote.high_pj) == (pytest.approx(0.1), pytest.approx(0.4))


def test_an_entry_without_a_width_overlaps_every_width_in_a_join():
    every, one = table(entry("hop_ew", 3.0), id="every"), table(entry("hop_ew", 2.0, format="bits", bits=32), id="one")
    with pytest.raises(PricingError, match=r"^every\+one: both price hop_ew_bits32; a join is never an override$"):
        join([every, one])
    eight, wide = (table(entry("add", 0.1, format="int", bits=bits), id=f"w{bits}") for bits in (8, 32))
    assert join([eight, wide]).id == "w8+w32"
    whole, float16 = (table(entry("add", 0.1, format=f, bits=16), id=f) for f in ("int", "fp"))
    assert join([whole, float16]).id == "int+fp"


def test_a_table_that_prices_both_views_hides_nothing_of_either():
    made = table(entry("router", 1.0), entry("hop_ew", 3.0))
    assert unpriced(["router", "hop_ew", "hop_ns"], made, Policy("noc")) == ("hop_ns",)
    assert unpriced(["router", "hop_ns"], table(entry("router", 1.0)), Policy("noc")) == ()


def test_an_entry_without_a_width_prices_every_width_and_per_bit_counts_the_bits():
    per_bit = Entry("packet", "", 0, 0, 0.5, "bit", "us", "published")
    report = price({"hop_ew_bits32": 2, "packet_bits16": 3}, table(entry("hop_ew", 3.0), per_bit), Policy("noc"))
    assert report.by_op == {"hop_ew_bits32": 6.0, "packet_bits16": 3 * 0.5 * 16}


def test_a_narrow_access_pays_the_whole_word_where_the_table_says_so():
    word = entry("weight_reload", 640.0, format="bits", bits=64)
    ops = ["weight_reload_bits32", "weight_reload_bits64", "weight_reload_bits65"]
    found = unit_prices(ops, table(word), Policy("memory"))
    assert [found[op].pj for op in ops] == [640.0, 640.0, 1280.0]

"""What a table charges for one operation: stated, nominal, or through two stated figures, and never silently."""

from __future__ import annotations

import pytest

from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.price import UnpricedError, price, unit_prices
from neurosim.errors import PricingError
from neurosim.files.energy_tables.energy_table import read_table

KIB = 8 * 1024
BOTH = "datta2023_45nm_int8+datta2023_45nm_int32"


def quoted(op: str, table: str, policy: Policy | None = None, **conditions):
    return unit_prices([op], read_table(table), policy or Policy(), **conditions)[op]


def refused(counts: dict[str, int], table: str, policy: Policy | None = None, **conditions) -> str:
    with pytest.raises(UnpricedError) as caught:
        price(counts, read_table(table), policy or Policy(), **conditions)
    return str(caught.value)


def test_a_stated_width_costs_what_is_stated():
    add = quoted("add_int8", "horowitz2014_45nm")
    assert (add.pj, add.origin, add.evidence) == (0.03, "stated", "published")


def test_a_nominal_table_prices_every_width_of_its_format_as_its_own():
    add = quoted("add_int20", "datta2023_45nm_int8")
    assert (add.pj, add.origin) == (0.03, "nominal_width")
    assert "add_fp32" in refused({"add_fp32": 1}, "datta2023_45nm_int8")
    assert quoted("multiply_int8", "snn_convention_fp32_45nm").pj == 3.7


def test_two_nominal_tables_joined_do_not_decide_between_their_widths():
    assert refused({"add_int20": 5}, BOTH) == (
        f"5 'add_int20' ops have no price in {BOTH}: it prices add_int8, add_int32; ask for --widths powerlaw"
    )
    assert quoted("add_int8", BOTH).pj == 0.03
    assert quoted("add_int32", BOTH).pj == 0.1


@pytest.mark.parametrize(
    ("op", "pj"),
    [("multiply_int20", 1.2240), ("add_int20", 0.06649), ("shift_int20", 0.07331), ("compare_int20", 0.05737),
     ("add_int23", 0.07507)],
)  # fmt: skip
def test_the_power_law_between_two_widths(op, pj):
    quote = quoted(op, BOTH, Policy(widths="powerlaw"))
    assert quote.pj == pytest.approx(pj, rel=1e-4)
    assert quote.origin == "interpolated"
    assert (quote.low_pj / quote.pj, quote.high_pj / quote.pj) == (pytest.approx(0.4), pytest.approx(4.0))


@pytest.mark.parametrize(
    ("op", "power"), [("multiply", 1.9771), ("add", 0.8685), ("shift", 1.2187), ("compare", 0.7075)]
)
def test_the_exponents_of_the_power_law(op, power):
    from math import log

    names = [f"{op}_int1", f"{op}_int64"]
    found = unit_prices(names, read_table(BOTH), Policy(widths="powerlaw"))
    assert log(found[names[1]].pj / found[names[0]].pj) / log(64) == pytest.approx(power, abs=5e-5)


def test_the_power_law_ends_at_64_bits_and_keeps_stated_widths():
    policy = Policy(widths="powerlaw")
    assert quoted("add_int32", BOTH, policy).origin == "stated"
    assert "65" in refused({"add_int65": 1}, BOTH, policy)
    assert refused({"add_int20": 1}, "datta2023_45nm_int8", policy).startswith("1 'add_int20' ops have no price")


def test_the_weaker_evidence_speaks_for_an_interpolated_price():
    assert quoted("compare_int20", BOTH, Policy(widths="powerlaw")).evidence == "inhouse"


def test_exact_widths_name_the_way_out():
    assert refused({"compare_int20": 276_480}, "datta2023_45nm_int8", Policy(widths="exact")) == (
        "276,480 'compare_int20' ops have no price in datta2023_45nm_int8: it prices compare_int8; "
        "ask for --widths nominal, or join _int32 and --widths powerlaw"
    )


def test_an_operation_that_no_table_knows_names_the_way_out():
    assert refused({"compare_int8": 1200}, "horowitz2014_45nm") == (
        "1,200 'compare_int8' ops have no price in horowitz2014_45nm (scope compute); "
        "join a table that has one (A+B), or --allow-partial"
    )


def test_a_memory_costs_by_its_size():
    memory = Policy("memory")
    for size, pj in ((8, 10.0), (32, 20.0), (1024, 100.0)):
        read = quoted("weight_read_bits64", "horowitz2014_45nm", memory, memory_bits={"weight_read": size * KIB})
        assert (read.low_pj, read.pj, read.high_pj, read.origin) == (pj, pj, 2 * pj, "stated")


def test_a_size_between_the_stated_ones_is_asked_for():
    where = {"weight_read": 128 * KIB}
    assert refused({"weight_read_bits64": 1}, "horowitz2014_45nm", Policy("memory"), memory_bits=where) == (
        "weight_read_bits64 of a 128 KiB memory: horowitz2014_45nm prices 8 KiB, 32 KiB, 1 MiB; ask for --sram loglog"
    )
    read = quoted("weight_read_bits64", "horowitz2014_45nm", Policy("memory", sram="loglog"), memory_bits=where)
    assert read.pj == pytest.approx(38.07, abs=5e-3)
    assert read.pj / 64 == pytest.approx(0.5949, abs=5e-5)
    assert read.high_pj == pytest.approx(2 * read.pj)


def test_a_size_outside_the_stated_ones_is_never_guessed():
    said = refused(
        {"weight_read_bits64": 1},
        "horowitz2014_45nm",
        Policy("memory", sram="loglog"),
        memory_bits={"weight_read": 4 * KIB},
    )
    assert said == (
        "weight_read_bits64 of a 4 KiB memory: horowitz2014_45nm prices 8 KiB, 32 KiB, 1 MiB; "
        "it is never guessed outside them"
    )


def test_a_memory_of_unknown_size_has_no_price():
    assert refused({"weight_read_bits64": 1}, "horowitz2014_45nm", Policy("memory")) == (
        "weight_read_bits64: horowitz2014_45nm prices it by the size of the memory, which is not known"
    )


def test_a_narrower_access_costs_its_share_of_the_word_where_the_table_says_per_bit():
    where = {"potential_read_bits22": 8 * KIB}
    read = quoted("potential_read_bits22", "horowitz2014_45nm", Policy("memory"), memory_bits=where)
    assert read.pj == pytest.approx(10 * 22 / 64)
    assert quoted("weight_reload_bits32", "horowitz2014_45nm", Policy("memory")).pj == 650.0


def test_a_write_costs_what_a_read_does_and_says_that_it_is_assumed():
    where = {"potential_read": 8 * KIB, "potential_write": 8 * KIB}
    policy = Policy("memory")
    read = quoted("potential_read_bits64", "horowitz2014_45nm", policy, memory_bits=where)
    write = quoted("potential_write_bits64", "horowitz2014_45nm", policy, memory_bits=where)
    assert (write.pj, write.high_pj) == (read.pj, read.high_pj)
    assert (read.evidence, write.evidence) == ("published", "assumed")


def test_a_tick_costs_its_energy_and_its_share_of_the_power():
    tick = quoted("chip_tick", "odin_incremental", Policy("static"), tick_s=1e-6)
    assert tick.pj == pytest.approx(1.78 + 27.3, rel=1e-12)
    assert refused({"chip_tick": 1}, "odin_incremental", Policy("static")) == (
        "chip_tick: odin_incremental states a power, and the length of a tick is not known"
    )


def test_graded_events_have_no_price_in_a_table_of_spikes():
    assert "synaptic_event_graded" in refused(
        {"synaptic_event_graded": 4, "synaptic_event_conv": 2}, "loihi1_davies2018", Policy("memory")
    )


def test_a_scope_that_a_table_cannot_speak_for_is_refused():
    for table, scope, message in (
        ("loihi1_davies2018", "compute", "loihi1_davies2018 does not separate compute from memory "
         "(synaptic_event_dense covers both); its smallest scope is memory"),
        ("truenorth_incremental", "memory", "truenorth_incremental does not separate compute and memory from noc "
         "(synaptic_event_dense covers all); its smallest scope is noc"),
        ("truenorth_aggregate", "noc", "truenorth_aggregate is an aggregate: one event contains everything; "
         "its smallest scope is static"),
    ):  # fmt: skip
        with pytest.raises(PricingError) as caught:
            price({"synaptic_event_dense": 1}, read_table(table), Policy(scope))
        assert str(caught.value) == message

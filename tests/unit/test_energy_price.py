"""Pricing: a pure linear function that lists what it cannot price."""

from __future__ import annotations

import json

import numpy as np
import pytest

from neurosim.energy.pricing.energy_caveats import energy_caveats
from neurosim.energy.pricing.operating_point import measured_point
from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.price import CORES_IN_USE, WHOLE_CHIP, UnpricedError, price, unpriced
from neurosim.energy.tables.scopes import scope_named
from neurosim.energy.tables.table import Entry, Table, Validity
from neurosim.errors import DocumentError, PricingError
from neurosim.files.energy_tables.energy_table import read_table
from neurosim.ledger.ledger import CHIP_WIDE, Ledger

INT8 = "datta2023_45nm_int8"


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.add(0, 0, np.array([0, 1]), "multiply_int8", np.array([10, 20]))
    ledger.add(1, 0, 2, "add_int20", 100)
    ledger.add(1, 1, 2, "add_int20", 50)
    ledger.add(1, 0, 2, "synaptic_event_conv", 150)
    ledger.add(1, 0, 2, "synaptic_event_nonzero", 140)
    ledger.add(1, 0, 2, "hop_ew_bits32", 7)
    ledger.add(1, 0, 2, "hop_ns_bits32", 3)
    ledger.add(1, 0, 2, "router", 14)
    ledger.add(1, 0, 2, "packet_bits32", 4)
    ledger.add(CHIP_WIDE, 0, CHIP_WIDE, "chip_tick", 1000)
    return ledger


def test_an_energy_is_counts_times_prices_by_operation_layer_and_core(ledger):
    report = price(ledger, read_table(INT8), by_core=True)
    assert report.by_op == {"add_int20": 150 * 0.03, "multiply_int8": 30 * 0.2}
    assert report.pj == 150 * 0.03 + 30 * 0.2
    assert report.by_layer == {0: 30 * 0.2, 1: 150 * 0.03}
    assert report.by_core == {0: 2.0, 1: 4.0, 2: 150 * 0.03}
    assert report.origin == {"add_int20": "nominal_width", "multiply_int8": "stated"}
    assert report.unpriced == ()


def test_what_is_counted_outside_the_scope_is_listed_and_the_other_view_is_not(ledger):
    report = price(ledger, read_table(INT8))
    assert report.outside_scope == ("chip_tick", "hop_ew_bits32", "hop_ns_bits32", "packet_bits32", "router")


def test_an_unpriced_op_is_an_error_not_zero_joules(ledger):
    with pytest.raises(UnpricedError) as caught:
        price({"compare_int8": 1200, "add_int8": 1}, read_table("horowitz2014_45nm"))
    assert caught.value.exit_code == 4
    assert caught.value.report.partial_pj == 0.03
    assert caught.value.report.pj is None


def test_a_partial_report_has_no_total(ledger):
    report = price(ledger, read_table(INT8), Policy("noc", allow_partial=True))
    assert (report.pj, report.low_pj, report.high_pj) == (None, None, None)
    assert report.partial_pj == 150 * 0.03 + 30 * 0.2
    names = [gap.op for gap in report.unpriced]
    assert names == ["hop_ew_bits32", "hop_ns_bits32", "packet_bits32", "router"]
    assert report.headline() == ("PARTIAL: 4 ops unpriced: hop_ew_bits32, hop_ns_bits32, packet_bits32, router")


def test_a_join_prices_what_its_parts_do_and_includes_what_they_say(ledger):
    report = price(ledger, read_table(f"{INT8}+generic_noc_32b"), Policy("noc"))
    assert report.pj == pytest.approx(150 * 0.03 + 30 * 0.2 + 10 * 3.0, rel=1e-15)
    assert report.included == ("packet_bits32", "router")
    assert set(report.sha256) == {INT8, "generic_noc_32b", "ledger"}


def test_one_view_of_an_action_is_enough():
    hops = {"synaptic_event_conv": 1, "hop_ew": 2, "hop_ns": 1, "router": 4, "within_tile_spike": 1}
    davies = read_table("loihi1_davies2018")
    assert price(hops, davies, Policy("noc")).pj == pytest.approx(23.6 + 2 * 3 + 4 + 1.7)
    ticks = {"chip_tick": 10, "core_busy": 4, "core_stalled": 1, "core_waiting": 5, "spike_out": 0}
    board = read_table("loihi1_board2020")
    assert price(ticks, board, Policy("static"), tick_s=1e-9).pj == pytest.approx(10 * 104.4e-3 * 1e12 * 1e-9)


def test_a_view_that_is_priced_in_part_lacks_only_what_it_lacks(tmp_path):
    text = (read_table_text("generic_noc_32b")).replace("op: hop_ns", "op: within_tile_spike")
    text = text[: text.index("included:")].replace("generic_noc_32b", "half")
    (tmp_path / "half.yaml").write_text(text)
    table = read_table(str(tmp_path / "half.yaml"))
    found = unpriced(["hop_ew", "hop_ns", "within_tile_spike", "router"], table, Policy("noc"))
    assert found == ("hop_ns",)


def read_table_text(name: str) -> str:
    from neurosim.plugins import data_file

    return data_file("energy_tables", name).read_text()


def test_a_whole_loihi_is_always_partial():
    table = read_table("loihi1_davies2018+loihi1_board2020")
    ops = [
        "synaptic_event_conv",
        "barrier_global",
        "barrier_tiles",
        "input_word_bits32",
        "chip_tick",
        "core_busy",
    ]
    assert unpriced(ops, table, Policy("static"), tick_s=1e-9) == (
        "barrier_global",
        "barrier_tiles",
        "input_word_bits32",
    )
    assert unpriced(ops, table, Policy("noc"), tick_s=1e-9) == ()


def test_events_and_operations_of_one_ledger_are_never_charged_together(ledger):
    operations = price(ledger, read_table(INT8))
    events = price(ledger, read_table("loihi1_davies2018"), Policy("memory"))
    assert set(operations.by_op) == {"add_int20", "multiply_int8"}
    assert set(events.by_op) == {"synaptic_event_conv"}


def test_a_ledger_without_events_is_not_free_in_a_table_of_events():
    with pytest.raises(UnpricedError) as caught:
        price({"add_int8": 5}, read_table("loihi1_davies2018"), Policy("memory"))
    assert str(caught.value) == (
        "5 'add_int8' ops have no price in loihi1_davies2018: it prices events, and none were counted"
    )


def test_a_convention_leaves_out_and_says_so():
    counts = {"multiply_int8": 1, "add_int20": 2, "compare_int20": 9, "weight_read_bits64": 3}
    convention = read_table("snn_convention_fp32_45nm")
    report = price(counts, convention, Policy("memory"))
    assert report.pj == pytest.approx(3.7 + 1.8)
    assert report.ignored == ("compare_int20", "weight_read_bits64")
    assert report.label == "compute + memory, convention total"
    assert (
        "a convention total, never a total: snn_convention_fp32_45nm leaves out compare_int20, weight_read_bits64"
        in energy_caveats(report, convention)
    )


def test_energies_are_those_of_one_image(ledger):
    one = price(ledger, read_table(INT8))
    two = price(ledger.scaled(2), read_table(INT8), images=2)
    assert (two.pj, two.by_op, two.by_layer) == (one.pj, one.by_op, one.by_layer)


def test_bands_price_every_entry_at_its_end_and_independent_ones_are_narrower(ledger):
    report = price(ledger, read_table(INT8))
    assert report.low_pj == pytest.approx(0.4 * report.pj)
    assert report.high_pj == pytest.approx(4.0 * report.pj)
    low, high = report.independent_pj
    assert report.low_pj < low < report.pj < high < report.high_pj
    assert high == pytest.approx(report.pj + 3 * (4.5**2 + 6**2) ** 0.5)


def test_the_share_of_the_energy_that_has_a_band_is_known():
    board = read_table("loihi1_davies2018+loihi1_board2020")
    counts = {"synaptic_event_conv": 1000, "chip_tick": 1}
    report = price(counts, board, Policy("static"), tick_s=1e-9)
    assert report.banded_share == pytest.approx(23600 / (23600 + 104.4))
    assert any(line.startswith("the band speaks for 99.6 % of the energy") for line in energy_caveats(report, board))


def test_the_evidence_of_a_figure_adds_up(ledger):
    table = read_table("loihi1_davies2018")
    report = price(ledger, table, Policy("noc"))
    assert report.evidence == {"simulated": 1.0}
    assert report.minimum_ops == ("synaptic_event_conv",)
    int8 = price({"add_int8": 10, "compare_int8": 10, "reset_int8": 20}, read_table(INT8))
    assert int8.evidence == {"assumed": 0.5, "inhouse": 0.25, "published": 0.25}


def test_the_report_as_json_has_the_fields_that_others_rely_on(ledger):
    report = price(ledger, read_table(INT8), by_core=True, model_version="1").to_json()
    assert json.loads(json.dumps(report)) == report
    assert {
        "scope", "pj", "low_pj", "high_pj", "by_op", "by_layer", "unpriced",
        "partial_pj", "origin", "evidence", "included", "outside_scope", "sha256",
    } <= set(report)  # fmt: skip
    assert report["by_layer"] == [30 * 0.2, 150 * 0.03]
    assert report["sha256"]["ledger"] == ledger.sha256()
    assert report["model_version"] == "1"


def test_an_aggregate_warns_away_from_where_it_was_measured():
    table = read_table("odin_aggregate")
    counts = {"synaptic_event_dense": 10_000, "spike_out": 10, "chip_tick": 1000, "hop_ew": 3}
    report = price(counts, table, Policy("static"), tick_s=1e-6)
    assert report.pj == 127_000.0
    assert report.operating_point == {"fan_out": 1000.0, "events_per_s": 1e7}
    assert report.warnings == (
        "odin_aggregate was measured at 3.75e+07 synaptic events per second; this run has 1e+07, 0.267 times that, "
        "and the figure does not hold there",
    )
    near = price(counts, table, Policy("static"), tick_s=0.3e-6)
    assert near.warnings == ()
    unknown = price({"synaptic_event_dense": 1}, table, Policy("static"))
    assert unknown.warnings == ("odin_aggregate holds at one operating point, and that of this run is not known",)


def test_an_unknown_quantity_is_no_sign_that_an_aggregate_holds():
    table, whole = read_table("truenorth_aggregate"), Policy("static")
    counts = {"synaptic_event_dense": 2**20 * 128 * 96, "spike_out": 2**20 * 96, "chip_tick": 1000}
    (said,) = price(counts, table, whole, tick_s=1e-3).warnings
    assert said == (
        "truenorth_aggregate was measured at 20 spikes per neuron and second; that of this run is not known (needs "
        "spikes, the number of neurons, ticks and the length of a tick), so it is not known whether the figure holds"
    )
    assert price(counts, table, whole, neurons=2**20).warnings == (said,)
    (known,) = price(counts, table, whole, tick_s=1e-3, neurons=2**20).warnings
    assert "this run has 96, 4.8 times that" in known
    silent = {"synaptic_event_dense": 128, "spike_out": 0, "chip_tick": 1000}
    (unknown,) = price(silent, table, whole, tick_s=1e-3, neurons=2**20).warnings
    assert unknown == "truenorth_aggregate holds at one operating point, and that of this run is not known"


def test_a_static_energy_says_whose_it_is():
    per_core = Entry("core_busy", "", 0, 0, 2.0, "tick", "us", "measured")
    made = Table("mylab", "", "op", "incremental", Validity(28, None, None, "mixed"), entries=(per_core,))
    assert price({"core_busy": 3}, made, Policy("static")).notices == (CORES_IN_USE,)
    assert price({"core_busy": 3}, made, Policy("compute")).notices == ()
    chip = read_table("odin_incremental")
    assert price({"synaptic_event_dense": 1, "chip_tick": 3}, chip, Policy("static"), tick_s=1e-9).notices == (
        WHOLE_CHIP,
    )


def test_nothing_priced_is_no_energy_of_zero():
    report = price({"add_int20": 5}, read_table("aladdin_40nm"), Policy(allow_partial=True))
    assert report.is_empty
    assert report.headline() == "NOTHING PRICED of add_int20"
    assert not price({"add_int20": 5, "add_int32": 1}, read_table("aladdin_40nm"), Policy(allow_partial=True)).is_empty
    assert not price({}, read_table("aladdin_40nm")).is_empty


def test_the_second_opinion_on_arithmetic_is_not_given_its_own_disagreement():
    report = price({"multiply_int32": 1, "compare_int32": 1}, read_table("aladdin_40nm"))
    assert (report.low_pj, report.high_pj) == (pytest.approx(3.1 + 0.02947), pytest.approx(12.68 + 0.08))


def test_a_width_that_a_table_has_no_nominal_price_for_is_said():
    with pytest.raises(UnpricedError, match="aladdin_40nm names no width for --widths nominal; join a table that"):
        price({"add_int20": 5}, read_table("aladdin_40nm"), Policy(widths="nominal"))


def test_the_rate_of_a_run_needs_its_neurons():
    counts = {"synaptic_event_conv": 1280, "spike_out": 10, "chip_tick": 100}
    assert measured_point(counts, 1e-3, neurons=5) == {
        "rate_hz": 20.0,
        "fan_out": 128.0,
        "events_per_s": 12800.0,
    }
    assert measured_point(counts, None) == {"fan_out": 128.0}


def test_a_scope_is_one_of_four():
    assert scope_named("noc") == "noc"
    with pytest.raises(DocumentError, match="unknown scope 'nok'; did you mean 'noc'\\?"):
        scope_named("nok")


def test_every_report_says_its_scope_and_what_it_rests_on(ledger):
    table = read_table(INT8)
    lines = energy_caveats(price(ledger, table), table, synthetic_weights=True)
    assert lines[0] == (
        "scope compute (compute only); counted, outside this scope: "
        "chip_tick, hop_ew_bits32, hop_ns_bits32, packet_bits32, router"
    )
    assert "rests on 100.0 % published" in lines
    assert any(line.startswith("the weights are synthetic") for line in lines)


def test_pricing_errors_end_the_command_with_4():
    assert issubclass(UnpricedError, PricingError)

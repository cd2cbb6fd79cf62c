"""``neurosim price``: the same counts at other prices, without a simulation."""

import pytest
from command import neurosim

INT8, INT32, LOIHI = "datta2023_45nm_int8", "datta2023_45nm_int32", "loihi1_davies2018"
NAMES = ["accumulate_fire, layer_by_layer", "if_qcfs"]


@pytest.fixture(autouse=True)
def nothing_is_simulated(monkeypatch):
    def observe(*arguments):
        raise AssertionError("priced by simulating")

    monkeypatch.setattr("neurosim.experiment.observe", observe)


def test_a_run_priced_by_its_own_tables_is_the_run_to_the_last_bit(finished):
    summary = finished.outcome.json
    priced = neurosim("price", finished.folder, "--table", INT8, "--table", INT32, "--json").json
    assert [result["name"] for result in priced["results"]] == NAMES
    assert [result["energy"] for result in priced["results"]] == [result["energy"] for result in summary["results"]]
    assert priced["baselines"] == summary["baselines"]
    assert priced["ratios"] == summary["ratios"]


def test_two_tables_are_two_prices_and_do_not_know_of_each_other(finished):
    both = neurosim("price", finished.folder, "--table", INT32, "--table", INT8, "--json").json
    for table in (INT8, INT32):
        alone = neurosim("price", finished.folder, "--table", table, "--json").json
        assert [list(result["energy"]) for result in both["results"]] == 2 * [[INT32, INT8]]
        for one, two in zip(alone["results"], both["results"], strict=True):
            assert one["energy"] == {table: two["energy"][table]}
        assert both["ratios"][table] == alone["ratios"][table]


def test_a_price_in_words(finished):
    outcome = neurosim("price", finished.folder, "--table", INT8, columns=80)
    assert (outcome.code, outcome.err) == (0, "")
    assert (
        outcome.out
        == """\
datta2023_45nm_int8, per image, compute only

result                             energy                band
─────────────────────────────────────────────────────────────
accumulate_fire, layer_by_layer  8.203 nJ  3.28 nJ to 32.8 nJ
if_qcfs                          7.644 nJ  3.06 nJ to 30.6 nJ

counted, outside this scope: axon_lookup_bits32, barrier_global, barrier_local,
  barrier_tiles, chip_tick, core_busy, core_stalled, core_waiting,
  input_word_bits32, output_word_bits32, packet_bits32, potential_read_bits24,
  potential_write_bits24, router, state_reset, weight_read_bits64,
  within_tile_spike
"""
    )


def test_a_join_prices_what_neither_table_does_alone(finished):
    joined = neurosim("price", finished.folder, "--table", f"{INT8}+{INT32}", "--widths", "powerlaw", "--json").json
    energy = joined["results"][0]["energy"][f"{INT8}+{INT32}"]
    assert energy["origin"]["add_int24"] == "interpolated"
    ends = [
        result["energy"][table]["by_op"]["add_int24"]
        for result in neurosim("price", finished.folder, "--table", INT8, "--table", INT32, "--json").json["results"][
            :1
        ]
        for table in (INT8, INT32)
    ]
    assert ends[0] < energy["by_op"]["add_int24"] < ends[1]
    assert sorted(energy["sha256"]) == ["datta2023_45nm_int32", "datta2023_45nm_int8", "ledger"]


def test_a_whole_chip_is_priced_by_tables_joined_for_it(finished):
    table = f"{LOIHI}+loihi1_board2020"
    outcome = neurosim("price", finished.folder, "--table", table, "--scope", "static", "--allow-partial", "--json")
    energy = outcome.json["results"][0]["energy"][table]
    assert (outcome.code, energy["scope"], energy["label"]) == (0, "static", "whole chip")
    assert energy["outside_scope"] == []
    assert energy["by_op"].keys() > {"chip_tick", "state_reset", "synaptic_event_conv", "neuron_update_active"}
    assert not energy["by_op"].keys() & {"add_int24", "compare_int24", "weight_read_bits64"}
    assert (energy["pj"], energy["low_pj"], energy["high_pj"]) == (None, None, None)
    assert energy["partial_pj"] > 0


def test_what_has_no_price_is_named_with_its_count_and_what_to_do(finished):
    outcome = neurosim("price", finished.folder, "--table", INT8, "--scope", "memory")
    hint = (
        "ops have no price in datta2023_45nm_int8 (scope memory); join a table that has one (A+B), or --allow-partial"
    )
    totals = finished.outcome.json["results"][0]["counts_total"]
    unpriced = ("axon_lookup_bits32", "potential_read_bits24", "potential_write_bits24", "weight_read_bits64")
    assert (outcome.code, outcome.out) == (4, "")
    assert outcome.err == "".join(f"{totals[op]:,} '{op}' {hint}\n" for op in unpriced)


def test_what_several_tables_do_not_price_is_told_at_once(finished):
    outcome = neurosim("price", finished.folder, "--table", INT8, "--table", "aladdin_40nm", "--scope", "memory")
    one, other = (neurosim("price", finished.folder, "--table", table, "--scope", "memory").err
                  for table in (INT8, "aladdin_40nm"))  # fmt: skip
    assert (outcome.code, outcome.out) == (4, "")
    assert outcome.err == one + other
    assert one != other != ""


def test_a_partial_price_says_so_beside_the_number_and_never_total(finished):
    outcome = neurosim("price", finished.folder, "--table", INT8, "--scope", "memory", "--allow-partial", columns=80)
    assert (outcome.code, outcome.err) == (0, "")
    assert (
        outcome.out
        == """\
datta2023_45nm_int8, per image, compute + memory

result                                     energy  band
───────────────────────────────────────────────────────
accumulate_fire, layer_by_layer  8.203 nJ PARTIAL
if_qcfs                          7.644 nJ PARTIAL

accumulate_fire, layer_by_layer: PARTIAL: 4 ops unpriced: axon_lookup_bits32,
  potential_read_bits24, potential_write_bits24, weight_read_bits64
if_qcfs: PARTIAL: 4 ops unpriced: axon_lookup_bits32, potential_read_bits24,
  potential_write_bits24, weight_read_bits64
counted, outside this scope: barrier_global, barrier_local, barrier_tiles,
  chip_tick, core_busy, core_stalled, core_waiting, input_word_bits32,
  output_word_bits32, packet_bits32, router, state_reset, within_tile_spike
"""
    )


REFUSED = [
    (
        ["--table", LOIHI],
        4,
        f"{LOIHI} does not separate compute from memory (synaptic_event_dense covers both); "
        "its smallest scope is memory",
    ),
    (["--table", f"{INT8}+{INT8}"], 4, f"{INT8}+{INT8}: both price add_int8; a join is never an override"),
    (["--table", INT8, "--table", INT8], 2, f"--table {INT8}: named twice"),
    (["--table", "datta2023_45nm_int9"], 2, f"unknown energy table 'datta2023_45nm_int9'; did you mean '{INT8}'?"),
    (["--table", "./mine.yaml"], 2, "no file 'mine.yaml'"),
    (["--table", INT8, "--scope", "memry"], 2, "unknown scope 'memry'; did you mean 'memory'?"),
    (["--table", INT8, "--scope", "all"], 2, "unknown scope 'all'; there are: compute, memory, noc, static"),
    (["--table", INT8, "--widths", "nominl"], 2, "--widths nominl: unknown; did you mean 'nominal'?"),
    (["--table", INT8, "--sram", "cubic"], 2, "--sram cubic: unknown; there are: exact, loglog"),
    (
        ["--table", INT8, "--scale", "14nm"],
        2,
        "--scale 14nm: wanted a method, a node and a voltage: stillmaker2017:14nm@0.75V",
    ),
    (
        ["--table", INT8, "--scale", "stillmaker2017:14nm@0.75V"],
        4,
        f"{INT8} states no supply voltage, and the factor depends on it; give it with --from-vdd",
    ),
    (
        ["--table", INT8, "--scale", "stillmaker2017:5nm@0.7V", "--from-vdd", "0.9V"],
        4,
        "45 nm -> 5 nm: 5 nm is outside Stillmaker & Baas 2017 (130 90 65 45 32 20 16 14 10 7 nm)",
    ),
    ([], 2, "Missing option '--table'.\nTry 'neurosim price --help'."),
]


@pytest.mark.parametrize(("options", "code", "message"), REFUSED)
def test_a_price_that_cannot_be_had_is_refused_in_one_message(here, finished, options, code, message):
    outcome = neurosim("price", finished.folder, *options)
    assert (outcome.code, outcome.out, outcome.err) == (code, "", f"{message}\n")


def test_the_horowitz_table_says_which_policy_would_price_its_widths(finished):
    outcome = neurosim("price", finished.folder, "--table", "horowitz2014_45nm")
    adds = finished.outcome.json["results"][0]["counts_total"]["add_int24"]
    assert outcome.code == 4
    assert outcome.err.splitlines()[0] == (
        f"{adds:,} 'add_int24' ops have no price in horowitz2014_45nm: it prices add_int8, add_int32, add_fp16, "
        "add_fp32; ask for --widths powerlaw"
    )

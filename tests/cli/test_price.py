"""``neurosim price``: the same counts at other prices, without a simulation."""

import json
import shutil

import pytest

from neurosim.energy.pricing.policy import Policy
from neurosim.experiments.run import load
from neurosim.plugins import data_folder
from neurosim.report.terminal.run_summary import text
from tests.cli.command import SMALL, neurosim
from tests.reference.page_reader import read as read_page

INT8, INT32, LOIHI = "datta2023_45nm_int8", "datta2023_45nm_int32", "loihi1_davies2018"
NAMES = ["accumulate_fire, layer_by_layer", "if_qcfs"]


@pytest.fixture(autouse=True)
def nothing_is_simulated(monkeypatch):
    def observe(*arguments):
        raise AssertionError("priced by simulating")

    monkeypatch.setattr("neurosim.experiments.simulate.observe", observe)


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


def test_a_price_of_nothing_is_refused_even_where_a_part_would_do(finished):
    asked = ("--table", "aladdin_40nm", "--widths", "nominal", "--allow-partial")
    outcome = neurosim("price", finished.folder, *asked)
    assert (outcome.code, outcome.out) == (4, "")
    assert outcome.err == (
        "aladdin_40nm prices none of the operations that were counted (scope compute): "
        "add_int24, compare_int24, multiply_int8, reset_int24, shift_int24\n"
    )


def test_a_workload_of_which_nothing_has_a_price_is_refused_before_it_runs(here):
    asked = ("energy.tables=[aladdin_40nm]", "energy.widths=nominal", "energy.allow_partial=true")
    outcome = neurosim("run", "digits", *SMALL, *(word for text in asked for word in ("--set", text)))
    assert (outcome.code, outcome.out) == (4, "")
    refusal = "aladdin_40nm prices none of the operations that this workload counts (scope compute): add_int24"
    assert outcome.err.startswith(refusal)


def test_every_result_away_from_an_operating_point_warns_wherever_it_is_shown(finished, tmp_path):
    asked = ("--table", "odin_aggregate", "--scope", "static", "--allow-partial")
    priced = neurosim("price", finished.folder, *asked, "--json").json
    warned = {result["name"]: result["energy"]["odin_aggregate"]["warnings"] for result in priced["results"]}
    assert all("3.75e+07 synaptic events per second; this run has" in lines[0] for lines in warned.values())
    words = " ".join(neurosim("price", finished.folder, *asked).out.split())
    run = load(finished.folder, ("odin_aggregate",), Policy("static", allow_partial=True))
    shown = " ".join(text(run.record, run.costs, 1000).split())
    page = read_page(run.page(tmp_path / "page.html").read_text(encoding="utf-8")).text
    for name, lines in warned.items():
        assert f"{name}: {lines[0]}" in words
        assert f"{name}: {lines[0]}" in shown
        assert f"{name}: {lines[0]}" in page


def test_baselines_of_a_wider_scope_say_what_they_do_not_hold(finished, tmp_path):
    asked = ("--table", f"{INT8}+loihi1_board2020", "--allow-partial", "--json")
    assert neurosim("price", finished.folder, *asked).json["baseline_notices"] == []
    (noc,) = neurosim("price", finished.folder, *asked, "--scope", "noc").json["baseline_notices"]
    assert noc.startswith("the baselines hold compute + memory only and no NoC energy")
    (whole,) = neurosim("price", finished.folder, *asked, "--scope", "static").json["baseline_notices"]
    assert whole.startswith("the baselines hold compute + memory only and no NoC, host-port and static energy")
    run = load(finished.folder, (f"{INT8}+loihi1_board2020",), Policy("static", allow_partial=True))
    assert whole in " ".join(text(run.record, run.costs, 1000).split())
    assert "whole chip; of baselines compute + memory" in " ".join(text(run.record, run.costs, 1000).split())
    page = read_page(run.page(tmp_path / "page.html").read_text(encoding="utf-8")).text
    assert whole in page
    assert "whole chip; of baselines compute + memory" in page


TABLE = """\
schema: neurosim/energy-table/1
id: ours
title: Ours
level: op
validity: {node_nm: 28, vdd_v: 0.9, temp_c: 25, basis: synthesis}
sources:
  us: {cite: We, url: 'https://example.org', where: Table 1, checked_against: primary}
entries: ../prices.csv
"""
ROWS = """\
op,format,bits,value,per,source,evidence
add,int,24,31 fJ,op,us,simulated
multiply,int,8,110 fJ,op,us,simulated
shift,int,24,12 fJ,op,us,simulated
compare,int,24,14 fJ,op,us,simulated
reset,int,24,31 fJ,op,us,simulated
"""


@pytest.fixture
def moved(finished, here):
    """A run priced by a table of one's own with rows elsewhere, and by a join; moved, and the tables are gone."""
    own = here / "own"
    own.mkdir()
    (own / "ours.yaml").write_text(TABLE)
    (here / "prices.csv").write_text(ROWS)
    join = f"{own}/ours.yaml+generic_noc_32b"
    load(finished.folder).price(f"{own}/ours.yaml", join).save(here / "made", figures=False)
    shutil.rmtree(own)
    (here / "prices.csv").unlink()
    return (here / "made").rename(here / "elsewhere")


def test_a_run_folder_is_read_away_from_its_tables(moved):
    stored = json.loads((moved / "summary.json").read_text())
    files = sorted(file.name for file in (moved / "tables").iterdir())
    assert files == ["generic_noc_32b.yaml", "ours.csv", "ours.yaml"]
    run = load(moved)
    assert [table.id for table in run.costs.tables] == ["ours", "ours+generic_noc_32b"]
    assert run.summary()["results"] == stored["results"]
    assert neurosim("report", moved, "--html").code == 0
    assert neurosim("compare", moved, moved).code == 0
    priced = neurosim("price", moved, "--table", "ours", "--table", "ours+generic_noc_32b", "--json").json
    assert [result["energy"] for result in priced["results"]] == [result["energy"] for result in stored["results"]]
    assert run.price("ours").costs.results[0]["ours"].pj == stored["results"][0]["energy"]["ours"]["pj"]
    again = run.save(moved.parent / "again", figures=False)
    assert load(again.folder).summary()["results"] == stored["results"]


def test_an_id_that_neither_the_run_nor_the_house_has_names_the_nearest(moved):
    outcome = neurosim("price", moved, "--table", "ourz")
    assert (outcome.code, outcome.err) == (2, "unknown energy table 'ourz'; did you mean 'ours'?\n")


def test_a_copy_of_a_table_that_was_changed_is_not_believed(moved):
    rows = moved / "tables" / "ours.csv"
    rows.write_text(ROWS.replace("31 fJ", "3 fJ"))
    outcome = neurosim("report", moved)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.endswith("ours.yaml: it or its rows were changed after the run was priced by it; run it again\n")


def test_an_older_run_without_copies_is_read_by_the_same_tables_only(moved, finished, here):
    shutil.rmtree(moved / "tables")
    outcome = neurosim("report", moved)
    assert outcome.code == 2
    assert "holds no copy of its energy table 'ours', and: unknown energy table 'ours'" in outcome.err
    shutil.copytree(finished.folder, here / "old")
    shutil.rmtree(here / "old" / "tables")
    assert load(here / "old").costs.tables[0].id == INT8
    (here / "energy_tables").mkdir()
    shipped = (data_folder("energy_tables") / f"{INT8}.yaml").read_text(encoding="utf-8")
    (here / "energy_tables" / f"{INT8}.yaml").write_text(shipped + "\n# changed\n", encoding="utf-8")
    outcome = neurosim("report", "old")
    assert (
        f"holds no copy of its energy table '{INT8}', which has changed since; price the run by another" in outcome.err
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
    ([], 2, "missing --table: An energy table, or a join A+B.\nTry 'neurosim price --help'."),
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

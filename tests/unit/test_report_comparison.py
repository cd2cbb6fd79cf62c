import copy

import pytest

from neurosim.errors import DocumentError, LimitError
from neurosim.report.data.summary import summary
from neurosim.report.terminal.comparison import check_limits, compare, parse_limits
from tests.unit.report_example import CHEAP, DEAR, digits_record, make_costs


@pytest.fixture
def runs():
    record = digits_record()
    first = summary(record, make_costs(record, CHEAP, DEAR), run_id="aaaa1111")
    second = copy.deepcopy(first)
    second["run_id"] = "bbbb2222"
    return first, second


def message_of(runs, **limits):
    with pytest.raises(LimitError) as crossed:
        check_limits(runs, limits)
    assert crossed.value.exit_code == 5
    return str(crossed.value)


def test_equal_runs_cross_no_limit_of_one(runs):
    check_limits(runs, {"energy": 1.0, "latency": 1.0, "packets": 1.0, "mismatches": 1.0})


def test_energy_beyond_its_limit_is_named_with_table_scope_and_both_values(runs):
    runs[1]["results"][0]["energy"]["example_int8"]["pj"] *= 1.2
    assert message_of(runs, energy=1.05) == (
        "bbbb2222, layer by layer: energy (example_int8, compute only) is 1.2x that of aaaa1111 "
        "(3.844 nJ against 3.203 nJ); the limit is 1.05x"
    )
    check_limits(runs, {"energy": 1.25})


def test_every_crossed_limit_has_its_line(runs):
    runs[1]["results"][0]["latency"]["ticks"] = 2636
    runs[1]["results"][1]["noc"]["packets"] = 2025
    assert message_of(runs, latency=1.5, packets=1.4).splitlines() == [
        "bbbb2222, layer by layer: latency (ticks) is 2x that of aaaa1111 (2.636 k against 1.318 k); the limit is 1.5x",
        "bbbb2222, pipelined: packets is 1.5x that of aaaa1111 (2.025 k against 1.35 k); the limit is 1.4x",
    ]


def test_a_run_that_got_better_crosses_nothing(runs):
    runs[1]["results"][0]["latency"]["ticks"] = 1
    check_limits(runs, {"latency": 1.0})


def test_something_where_there_was_nothing_is_beyond_any_limit(runs):
    runs[1]["results"][0]["lossless"]["mismatches"] = 1
    assert message_of(runs, mismatches=1000.0) == (
        "bbbb2222, layer by layer: mismatches is infx that of aaaa1111 (1 against 0); the limit is 1000x"
    )


def test_a_limit_that_cannot_be_checked_is_crossed(runs):
    del runs[1]["results"][0]["energy"]["example_int8"]
    assert message_of(runs, energy=1.05) == (
        "bbbb2222, layer by layer: energy (example_int8, compute only): not known in both runs, "
        "so the limit 1.05x cannot be checked"
    )


def test_energies_of_different_scopes_are_never_compared(runs):
    runs[1]["results"][0]["energy"]["example_int8"]["scope"] = "noc"
    assert "not known in both runs" in message_of(runs, energy=1000.0)


def test_results_are_matched_by_name_before_order(runs):
    runs[1]["results"].reverse()
    check_limits(runs, {"energy": 1.0, "latency": 1.0})


def test_the_comparison_shows_values_and_ratios_side_by_side(runs):
    runs[1]["results"][0]["latency"]["ticks"] = 2636
    lines = compare(runs, 80).splitlines()
    assert lines[0] == "aaaa1111  digits_cnn_example, digits_cnn, trained weights, seed 7"
    assert next(line for line in lines if "latency (ticks)" in line).split() == (
        ["latency", "(ticks)", "1.318", "k", "2.636", "k", "2x"]
    )
    assert next(line for line in lines if "packets" in line).split() == ["packets", "1.35", "k", "1.35", "k", "="]
    assert max(map(len, lines)) <= 80


def test_layers_that_changed_are_listed_those_that_changed_most_first(runs):
    runs[1]["results"][0]["layers"][2]["ticks"] = 111
    runs[1]["results"][0]["energy"]["example_int8"]["by_layer"][3] /= 2
    lines = compare(runs).splitlines()
    start = next(place for place, line in enumerate(lines) if "layers that changed most (2 of 2)" in line)
    assert [line.split()[0] for line in lines[start + 1 : start + 3]] == ["dense1", "conv2"]
    assert lines[start + 2].split()[-1] == "1.5x"


def test_equal_runs_list_no_layers(runs):
    assert "layers that changed" not in compare(runs)


def test_one_run_is_nothing_to_compare(runs):
    with pytest.raises(DocumentError) as refused:
        compare(runs[:1])
    assert str(refused.value) == "compare: found 1 run; wanted at least 2"


def test_limits_are_read_from_the_command_line():
    assert parse_limits(["energy=1.05", "latency=2"]) == {"energy": 1.05, "latency": 2.0}


@pytest.mark.parametrize("text", ["energy", "energy=", "=1", "energy=much", "energy=-1", "energy=nan", "energy=inf"])
def test_a_limit_that_is_none_is_refused(text):
    with pytest.raises(DocumentError) as refused:
        parse_limits([text])
    assert str(refused.value) == f"--fail-above: found '{text}'; wanted NAME=RATIO, such as energy=1.05"


def test_an_unknown_limit_is_refused_with_the_nearest_known_one(runs):
    with pytest.raises(DocumentError) as refused:
        check_limits(runs, {"enrgy": 1.0})
    assert str(refused.value) == "--fail-above: unknown quantity 'enrgy'; did you mean 'energy'?"


def test_a_figure_that_does_not_hold_says_so_beside_others(runs):
    assert "does not hold" not in compare(runs)
    warning = "example_int8 was measured elsewhere, and the figure does not hold there"
    runs[1]["results"][1]["energy"]["example_int8"]["warnings"].append(warning)
    assert compare(runs).rstrip().endswith(f"bbbb2222, pipelined: {warning}")

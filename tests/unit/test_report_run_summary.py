import dataclasses
import io

import pytest

from neurosim.ledger.record import Lossless
from neurosim.report.data.labels import result_title
from neurosim.report.terminal.progress_bars import WorkBars
from neurosim.report.terminal.run_summary import text
from tests.unit.report_example import (
    CHEAP,
    DEAR,
    WITHOUT_COMPARE,
    digits_record,
    make_costs,
    mobilenet_record,
    vgg16_record,
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def spaced(lines):
    return " ".join(lines.split())


@pytest.mark.parametrize("make", [digits_record, vgg16_record, mobilenet_record])
@pytest.mark.parametrize("width", [80, 100, 140])
def test_no_line_is_wider_than_the_terminal_and_no_number_is_cut(make, width):
    record = make()
    shown = text(record, make_costs(record, CHEAP, DEAR), width)
    assert max(map(len, shown.splitlines())) <= width
    assert "…" not in shown


def test_every_energy_stands_with_its_scope_and_band():
    record = digits_record()
    shown = text(record, make_costs(record, CHEAP, DEAR))
    assert "energy       A  3.203 nJ (1.28 nJ to 12.8 nJ), compute only\n" in shown
    assert "             B  33.06 nJ (13.2 nJ to 132 nJ), compute only\n" in shown


def test_synthetic_weights_are_loud():
    record = vgg16_record()
    costs = make_costs(record, CHEAP)
    assert "network      vgg16  SYNTHETIC WEIGHTS\n" in text(record, costs)
    assert "\x1b[1;30;43m SYNTHETIC WEIGHTS " in text(record, costs, color=True)
    assert "predicts nothing about a trained network" in spaced(text(record, costs))


def test_trained_weights_are_said_to_be_trained_and_nothing_else():
    record = digits_record()
    shown = text(record, make_costs(record, CHEAP))
    assert "network      digits_cnn  TRAINED WEIGHTS\n" in shown
    assert "synthetic" not in shown.lower()


def test_a_partial_sum_is_never_called_an_energy():
    record = digits_record()
    shown = text(record, make_costs(record, WITHOUT_COMPARE, allow_partial=True), 120)
    assert "PARTIAL: 1 ops unpriced: compare_int20; 3.01 nJ priced (compute only)\n" in shown
    assert "total" not in shown
    assert "\nPARTIAL" not in shown
    assert "PARTIAL\n" in "".join(line.rstrip() + "\n" for line in shown.splitlines())


def test_the_latency_is_told_in_cycles_and_seconds_with_its_parts_and_the_interval():
    record = digits_record()
    shown = text(record, make_costs(record, CHEAP), 120)
    latency = "1.318 kcycles, 1.318 µs; host port 19.4 %, compute 19.9 %, barriers 60.7 %"
    assert f"latency      {latency}\n" in shown
    assert "throughput   one image every 305 cycles, 305 ns (initiation interval)\n" in shown


def test_a_chip_without_a_clock_counts_ticks_and_says_so():
    record = digits_record()
    record = dataclasses.replace(record, chip=dataclasses.replace(record.chip, synchronous=False))
    shown = text(record, make_costs(record, CHEAP), 140)
    assert "cycle" not in shown
    assert "tick 1 ns; asynchronous, the length of a tick is an assumption\n" in shown


def test_activity_is_told_over_all_steps_and_per_step():
    record = digits_record()
    assert "activity     0.419 spikes per neuron over all 4 time steps, 0.1048 per time step\n" in text(
        record, make_costs(record, CHEAP)
    )


def test_mismatches_are_printed_over_the_pairs_compared_and_marked_if_there_are_any():
    record = digits_record()
    assert "lossless     0 mismatches in 12,900 neuron-timestep pairs" in text(record, make_costs(record, CHEAP))
    broken = dataclasses.replace(record.results[0], lossless=Lossless(12900, 3, 0, 0, 0, 0))
    record = dataclasses.replace(record, results=(broken, *record.results[1:]))
    assert "\x1b[1;37;41m3 mismatches in 12,900 neuron-timestep pairs" in text(
        record, make_costs(record, CHEAP), color=True
    )


def test_a_model_that_claims_nothing_and_images_without_labels_get_no_line():
    record = digits_record()
    bare = dataclasses.replace(record.results[0], lossless=None, accuracy=None)
    record = dataclasses.replace(record, results=(bare,), ledgers=record.ledgers[:1])
    shown = text(record, make_costs(record, CHEAP))
    assert "lossless" not in shown
    assert "accuracy" not in shown


def test_work_that_two_schedules_share_is_printed_once():
    record = digits_record()
    shown = text(record, make_costs(record, CHEAP))
    assert shown.count("multiply") == 1
    assert "operations and energy by layer as in 'layer by layer'\n" in shown


def test_a_layer_shows_its_time_its_operations_its_energy_and_what_bound_it():
    record = digits_record()
    lines = text(record, make_costs(record, CHEAP), 140).splitlines()
    assert next(line for line in lines if line.startswith("  conv2")).split() == (
        [
            "conv2",
            "1",
            "74",
            "60.0",
            "%",
            "145",
            "18.7",
            "k",
            "1.54",
            "k",
            "2.05",
            "k",
            "145",
            "663",
            "pJ",
            "20.7",
            "NoC",
        ]
    )


def test_ratios_stand_beside_the_baselines_with_the_band_of_shared_prices():
    record = vgg16_record()
    lines = text(record, make_costs(record, CHEAP)).splitlines()
    assert next(line for line in lines if line.startswith("  ANN, 50 %")).split() == (
        ["ANN,", "50", "%", "sparse", "36.02", "µJ", "12.87x", "3.16", "to", "53.1"]
    )


def test_what_must_be_said_beside_the_figures_is_said():
    record = vgg16_record()
    record = dataclasses.replace(record, notices=("the host's clock was not modelled",))
    shown = spaced(text(record, make_costs(record, CHEAP, DEAR)))
    assert "counted, outside this scope: chip_tick, hop_ew_bits32," in shown
    assert "A: rests on 98.8 % published, 1.2 % inhouse" in shown
    assert "B: rests on 99.4 % published, 0.6 % inhouse" in shown
    assert shown.count("operations are a minority of a chip's energy") == 1
    assert shown.endswith("the host's clock was not modelled")


def test_a_title_names_the_schedule_once():
    result = digits_record().results[0]
    assert result_title(result) == "layer by layer"
    assert result_title(dataclasses.replace(result, name="ours")) == "ours, layer_by_layer"


def test_progress_writes_nothing_where_nobody_watches():
    for quiet, stream in ((False, io.StringIO()), (True, Terminal())):
        with WorkBars(quiet=quiet, stream=stream) as progress:
            advance = progress("vgg16", 2)
            advance()
            advance()
        assert stream.getvalue() == ""


def test_progress_shows_the_name_and_how_much_is_done_on_a_terminal():
    stream = Terminal()
    with WorkBars(stream=stream) as progress:
        advance = progress("vgg16, pipelined", 2)
        advance()
        advance()
    assert "vgg16, pipelined" in stream.getvalue()
    assert "2/2" in stream.getvalue()


def test_what_is_told_on_the_way_stands_above_the_bar_on_a_line_of_its_own():
    stream = Terminal()
    with WorkBars(stream=stream) as progress:
        advance = progress("epoch 1 of 2", 1)
        advance()
        progress.tell("epoch 1 is [done]")
    assert "epoch 1 is [done]\n" in stream.getvalue()


def test_what_is_told_reaches_a_file_plainly_and_nobody_who_asked_for_quiet():
    for quiet, expected in ((False, "epoch 1 is [done]\n"), (True, "")):
        stream = io.StringIO()
        with WorkBars(quiet=quiet, stream=stream) as progress:
            progress.tell("epoch 1 is [done]")
        assert stream.getvalue() == expected

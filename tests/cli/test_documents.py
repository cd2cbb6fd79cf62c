"""Documents that are wrong: every problem at its line and column, all of a file at once, and exit code 2."""

from pathlib import Path

import pytest

from tests.cli.command import WORKLOAD, neurosim, workload

TABLE = """\
schema: neurosim/energy-table/1
id: mylab
title: Our synthesis
level: op
validity: {node_nm: 28, vdd_v: 0.9, temp_c: 25, basis: synthesis}
sources:
  us: {cite: "Our lab", url: "https://example.org", where: Table 1, checked_against: primary}
entries:
  - {op: add, value: 31 fJ, per: op, source: us, evidence: simulated}
  - {op: compare, value: 14 fJ, per: op, source: us, evidence: simulated}
"""


def refused(*arguments):
    """Return the lines on stderr of a command that must end with 2, having written nothing to stdout."""
    outcome = neurosim(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert "Traceback" not in outcome.err
    return outcome.err.splitlines()


def test_all_problems_of_a_file_are_told_at_once_each_at_its_place(here):
    path = workload(
        network="{zoo: digits_cnn, input: [1, 8, 8], classes: -3}",
        stimulus="{knd: random, images: 1}",
        conversion="{kind: accumulate_fire, steps: four}",
        schedules="[layer_by_leyer]",
        energy="{tables: [datta2023_45nm_int9], scop: compute}",
    )
    for verb in ("check", "run"):
        assert refused(verb, path) == [
            "small.yaml:2:55: network.classes: -3 is out of range; wanted at least 1",
            "small.yaml:3:12: stimulus.knd: unknown key; did you mean 'kind'?",
            "small.yaml:4:44: conversion.steps: 'four' is not a whole number",
            "small.yaml:6:13: schedules[0]: unknown schedule 'layer_by_leyer'; did you mean 'layer_by_layer'?",
            "small.yaml:7:19: energy.tables[0]: unknown energy table 'datta2023_45nm_int9'; did you mean "
            "'datta2023_45nm_int8'?",
            "small.yaml:7:41: energy.scop: unknown key; did you mean 'scope'?",
        ]
    assert [entry.name for entry in here.iterdir()] == ["small.yaml"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "small.yaml:1:1: the file is empty"),
        ("- a\n", "small.yaml:1:1: holds a list; wanted a mapping of keys to values"),
        ("\tchip: loihi_like\n", "small.yaml:1:1: a tab cannot indent YAML; use spaces"),
        (WORKLOAD + "chip: loihi_like\n", "small.yaml:8:1: chip: key given twice (first at line 5)"),
        (WORKLOAD.replace("chip: loihi_like\n", ""), "small.yaml:1:1: chip: missing"),
        (WORKLOAD.replace("images: 1", "images: 1.5"), "small.yaml:3:34: stimulus.images: 1.5 is not a whole number"),
        (WORKLOAD.replace("images: 1", "images: '1'"), "small.yaml:3:34: stimulus.images: '1' is not a whole number"),
        (
            WORKLOAD.replace("images: 1", "images: .inf"),
            "small.yaml:3:34: stimulus.images: .inf is not a finite number",
        ),
        (
            WORKLOAD.replace("loihi_like", "lohi_like"),
            "small.yaml:5:7: chip: unknown chip 'lohi_like'; did you mean 'loihi_like'?",
        ),
        (
            WORKLOAD.replace("chip: loihi_like", "chip: {base: loihi_like, mesh: {widht: 4}}"),
            "small.yaml:5:33: chip.mesh.widht: unknown key; did you mean 'width'?",
        ),
        (
            WORKLOAD.replace("classes: 10", "classes: 10, weights: nothing.npz"),
            "small.yaml:2:68: network.weights: no file 'nothing.npz'",
        ),
        (
            WORKLOAD.replace("zoo: digits_cnn", "zoo: digit_cnn"),
            "small.yaml:2:16: network.zoo: unknown network 'digit_cnn'; did you mean 'digits_cnn'?",
        ),
    ],
)
def test_a_workload_that_is_wrong_in_one_place(here, text, message):
    Path("small.yaml").write_text(text)
    assert refused("check", "small.yaml") == [message]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("stimulus.imges=2", "stimulus.imges: unknown key; did you mean 'images'?"),
        ("stimulus.images=0", "stimulus.images: 0 is out of range; wanted at least 1"),
        ("chip.mesh.widht=8", "chip.mesh.widht: unknown key; did you mean 'width'?"),
        ("conversion.steps=9999", "conversion.steps: 9999 is out of range; wanted at most 32"),
        ("noc=fast", "noc: unknown NoC model 'fast'; there are: cycle_accurate, lower_bound, unbounded_queues"),
        ("mapping.kind=spatail", "mapping.kind: unknown mapper 'spatail'; did you mean 'spatial'?"),
        (
            "network.options.foo=1",
            "network.options.foo: unknown option of digits_cnn; there are: levels, activation, pool, eps, activity",
        ),
        ("images", "wanted NAME=VALUE, such as chip.mesh.width=8"),
    ],
)
def test_an_override_that_is_wrong_is_named_as_it_was_typed(here, override, message):
    assert refused("check", workload(), "--set", override) == [f"--set {override}: {message}"]


def test_an_option_that_a_neuron_model_has_not(here):
    assert refused("check", workload(), "--set", "conversion.options.thta=1") == [
        "--set conversion.options.thta=1: conversion.options.thta: unknown option of accumulate_fire; there are none"
    ]


def test_a_pair_of_model_and_schedule_that_cannot_be(here):
    assert refused("run", workload(), "--set", "schedules=[pipelined]") == [
        "accumulate_fire cannot run under pipelined: its neurons fire only after all 4 steps of their input have "
        "arrived, and pipelined asks for spikes every step; use layer_by_layer"
    ]
    assert [entry.name for entry in here.iterdir()] == ["small.yaml"]


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("value: 31 fJ", "value: -31 fJ", "9:22: entries[0].value: -31 fJ is negative; an energy is >= 0"),
        ("value: 31 fJ", "value: 31", "9:22: entries[0].value: 31 has no unit; write '31 pJ'"),
        ("value: 31 fJ", "value: 31 fj", "9:22: entries[0].value: unknown unit 'fj'; did you mean 'fJ'?"),
        (
            "value: 31 fJ",
            "value: 31 mW",
            "9:22: entries[0].value: 31 mW is a power; 'per: op' needs an energy (J, mJ, uJ, nJ, pJ, fJ)",
        ),
        ("op: add", "op: ad", "9:10: entries[0].op: unknown operation 'ad'; did you mean 'add'?"),
        ("op: compare", "op: add", "10:5: entries[1]: add is priced twice (first at line 9)"),
        (
            "id: mylab",
            "id: yourlab",
            "2:5: id: 'yourlab' is not the name of the file; write 'mylab', or rename the file",
        ),
    ],
)
def test_a_table_that_is_wrong_is_refused_wherever_it_is_named(copied, right, wrong, message):
    Path("mylab.yaml").write_text(TABLE.replace(right, wrong, 1))
    assert refused("price", copied, "--table", "./mylab.yaml") == [f"mylab.yaml:{message}"]
    path = workload(energy="{tables: [./mylab.yaml]}")
    assert refused("run", path) == [f"mylab.yaml:{message}"]


def test_both_numbers_of_a_table_that_are_wrong_are_told(copied):
    Path("mylab.yaml").write_text(TABLE.replace("31 fJ", "-31 fJ").replace("14 fJ", "14 mW"))
    assert refused("price", copied, "--table", "mylab.yaml") == [
        "mylab.yaml:9:22: entries[0].value: -31 fJ is negative; an energy is >= 0",
        "mylab.yaml:10:26: entries[1].value: 14 mW is a power; 'per: op' needs an energy (J, mJ, uJ, nJ, pJ, fJ)",
    ]

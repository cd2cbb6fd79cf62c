"""Adding a neuron model is adding one file: a model written here runs through the whole command path."""

import json

import pytest

from neurosim.cli.application import app
from neurosim.cli.outcome import outcome

MODEL = '''
"""Integrate and fire with a threshold that is doubled after the first spike."""

from dataclasses import dataclass
from typing import ClassVar

from neurosim.neurons.if_qcfs import IfQcfs
from neurosim.neurons.model import need_whole


@dataclass(frozen=True)
class Tired(IfQcfs):
    """As if_qcfs, but once a neuron has fired it needs `factor` times the threshold."""

    factor: int = 2
    kind: ClassVar[str] = "tired"
    exact_layers: ClassVar[str] = "none"

    def __post_init__(self):
        need_whole("tired: factor", self.factor, 1, 8)

    def width(self, reach, threshold):
        return super().width(reach, threshold * self.factor)

    def fire(self, datapath, layer, membrane, step):
        fired = super().fire(datapath, layer, membrane, step)
        if step == 0:
            membrane.extra["tired"] = fired * 0
        again = datapath.compare(membrane.potential, layer.threshold * self.factor)
        fired &= again | (membrane.extra["tired"] == 0)
        membrane.extra["tired"] = membrane.extra["tired"] | fired
        return fired
'''

WORKLOAD = """
schema: neurosim/workload/1
network: {zoo: lenet, input: [1, 28, 28], classes: 10}
stimulus: {kind: photo, images: 1}
conversion: {kind: %s, steps: 3, options: {factor: %s}}
chip: loihi_like
schedules: [layer_by_layer, step_by_step, pipelined]
energy: {tables: [datta2023_45nm_int8], scope: compute}
compare:
  - {name: usual, conversion: {kind: if_qcfs, steps: 3}, schedules: [layer_by_layer]}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tired.py").write_text(MODEL)
    return tmp_path


def run(folder, capsys, *arguments, kind="tired.py", factor=2):
    (folder / "mine.yaml").write_text(WORKLOAD % (kind, factor))
    typed = [*arguments, "mine.yaml", *(["--json"] if arguments == ("run",) else [])]
    code = outcome(lambda: app(typed, prog_name="neurosim", standalone_mode=False))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_model_in_a_file_of_its_own_is_run_under_every_schedule_counted_priced_and_stored(folder, capsys):
    code, out, _ = run(folder, capsys, "run")
    assert code == 0
    summary = json.loads(out)
    results = {(result["conversion"]["kind"], result["schedule"]): result for result in summary["results"]}
    mine = [results["tired", schedule] for schedule in ("layer_by_layer", "step_by_step", "pipelined")]
    usual = results["if_qcfs", "layer_by_layer"]
    for result in mine:
        assert result["lossless"] is None
        assert result["activity"] == mine[0]["activity"]  # the same integers in every order
        assert result["counts"]["compare_int24"] == 2 * usual["counts"]["compare_int24"]
        assert result["energy"]["datta2023_45nm_int8"]
    assert 0 < mine[0]["activity"]["spikes"] < usual["activity"]["spikes"]
    assert (folder / summary["out_dir"] / "summary.json").is_file()


def test_with_its_factor_of_1_it_is_the_model_that_it_was_made_from(folder, capsys):
    _, out, _ = run(folder, capsys, "run", factor=1)
    first, *_, usual = json.loads(out)["results"]
    assert first["activity"] == usual["activity"]


def test_its_options_are_checked_like_those_of_any_model(folder, capsys):
    said = "tired: factor is a whole number from 1 to 8, found 9"
    code, _, err = run(folder, capsys, "check", factor=9)
    assert (code, err.strip()) == (2, f"mine.yaml:5:49: conversion.options: {said}")
    code, _, err = run(folder, capsys, "check", kind="if_soft")
    assert code == 2
    assert "factor: unknown option of if_soft" in err

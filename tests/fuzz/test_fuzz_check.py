"""Spoilt workloads of a small network through the whole of ``check``: read, converted, placed, priced, or refused."""

import contextlib
import io
from pathlib import Path

import pytest

from neurosim.cli.application import app
from neurosim.cli.outcome import outcome
from tests.fuzz.judge import LEGAL, watched, wrong_words
from tests.fuzz.mutations import mutated

IN_CI, LONG, PARTS = 200, 5_000, 5
SOUND = """\
schema: neurosim/workload/1
network: {zoo: digits_cnn, input: [1, 8, 8], classes: 10, options: {levels: 15, activity: 0.1}}
stimulus: {kind: random, images: 2, options: {density: 0.5, zero_point: 3, deviation: 0.5}}
conversion: {kind: group, steps: 4, levels: 15, weight_bits: 8, options: {tau: 4, spikes: unary}}
chip: {base: loihi_like, mesh: {width: 8}, capacity: {neurons: 512}, barrier: {local_ticks: 3}, io: {tile: 1}}
mapping: {kind: spatial, residency: resident}
schedules: [layer_by_layer]
noc: exact
energy: {tables: [datta2023_45nm_int8], scope: compute, widths: nominal, allow_partial: true}
compare:
  - {name: one, conversion: {kind: one_spike, steps: 4, options: {base: 3/2, wait: 2}}, schedules: [step_by_step]}
  - {name: two, conversion: {kind: lif, steps: 3, options: {leak: 3}}, schedules: [pipelined]}
seed: 3
"""


def wrong(number: int) -> str:
    """Return what is wrong with how the spoilt workload of this number is checked; nothing where all is well."""
    Path("w.yaml").write_bytes(mutated(SOUND, number))
    err = io.StringIO()
    try:
        with watched(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
            code = outcome(lambda: app(["check", "w.yaml"], prog_name="neurosim", standalone_mode=False))
    except BaseException as error:
        return f"{number}: {type(error).__name__}: {error}"
    said = err.getvalue()
    what = f"exit code {code}" if code and code not in LEGAL else wrong_words(said) if code else ""
    return f"{number}: {what}: {said[:600]}" if what else ""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty directory."""
    monkeypatch.chdir(tmp_path)


def test_spoilt_workloads_are_checked_or_refused():
    assert [said for number in range(IN_CI) if (said := wrong(number))] == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS), ids="part{}".format)
def test_thousands_of_spoilt_workloads_are_checked_or_refused(part):
    assert [said for number in range(part, LONG, PARTS) if (said := wrong(number))] == []

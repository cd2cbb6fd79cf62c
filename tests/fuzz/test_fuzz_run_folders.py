"""Damaged run folders: refused in words, or read back as what they were; never an exception, never other totals.

A few hundred cases run with the other tests, ``pytest -m long tests/fuzz`` runs 10,000. A case that failed is run
again by its number: ``NEUROSIM_FUZZ_CASE=17 pytest tests/fuzz/test_fuzz_run_folders.py``.
"""

import contextlib
import json
import os
import random
import shutil
from pathlib import Path

import pytest

import neurosim
from neurosim.errors import DocumentError
from neurosim.experiments.sweep import existing_summary
from neurosim.files.runs.stored_run import read_stored
from neurosim.report.figures import names as figure_names
from tests.cli import command
from tests.fuzz.run_folder_mutations import damage

FEW, MANY = 300, int(os.environ.get("NEUROSIM_FUZZ_CASES", "10000"))
FOUND = (318, 1126, 1885, 2152, 2161)  # cases that once failed
TABLE = "datta2023_45nm_int8"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A small run with two results and no figures."""
    folder = tmp_path_factory.mktemp("fuzz") / "run"
    overrides = {"stimulus.images": 1, "compare[0].schedules": ["pipelined"]}
    return neurosim.simulate("digits", set=overrides).save(folder, figures=False)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Figures are drawn but not rendered."""
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda figure, path, **options: Path(path).write_bytes(b""))


def told(summary):
    return {name: value for name, value in summary.items() if name != "wall"}


def try_case(run, folder, case):
    """Damage a copy, give it to a verb, and return what is wrong with the outcome; nothing if it is right."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(run.folder, folder)
    what = damage(folder, case)
    verb = (
        ("price", folder, "--table", TABLE),
        ("compare", run.folder, folder),
        ("compare", folder, run.folder, "--fail-above", "energy=1e9"),
        ("report", folder, "--timeline", folder.parent / "timeline.json"),
        ("report", folder, "--figure", random.Random(case).choice(figure_names())),
    )[case % 5]
    outcome = command.neurosim(*verb)
    if outcome.code not in (0, 2) or "Traceback" in outcome.err:
        return f"{what}: {verb[0]} ended with {outcome.code}: {outcome.err}"
    if outcome.code == 2 and (len(outcome.err.splitlines()) != 1 or str(folder) not in outcome.err):
        return f"{what}: not one message with its file: {outcome.err}"
    with contextlib.suppress(DocumentError):
        read, written = read_stored(folder).record, run.record
        counted = [ledger.totals() for ledger in read.ledgers] == [ledger.totals() for ledger in written.ledgers]
        stated = [own.counts_total for own in read.results] == [own.counts_total for own in written.results]
        if not (counted and stated):
            return f"{what}: other totals were read"
    summary = existing_summary(folder, run.run_id) if what.endswith("unsigned") else None
    if summary is not None and told(summary) != told(json.loads(json.dumps(run.summary()))):
        return f"{what}: a sweep believed it"
    return None


def try_cases(run, folder, cases):
    wrong = [problem for case in cases if (problem := try_case(run, folder, case))]
    assert not wrong, "\n".join([f"{len(wrong)} of {len(cases)} cases", *wrong[:20]])


def test_a_damaged_run_is_refused_in_words_or_is_what_it_was(run, tmp_path):
    chosen = os.environ.get("NEUROSIM_FUZZ_CASE")
    try_cases(run, tmp_path / "run", [int(chosen)] if chosen else [*FOUND, *range(FEW)])


@pytest.mark.long
def test_so_are_ten_thousand(run, tmp_path):
    try_cases(run, tmp_path / "run", range(MANY))

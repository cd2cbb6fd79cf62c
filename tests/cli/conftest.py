"""One finished run that all tests of the command look at, and a directory of its own for each of them."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli import command


@dataclass(frozen=True)
class Finished:
    """A run made by ``neurosim run digits --json``: its outcome, and its folder."""

    outcome: command.Outcome
    folder: Path


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A run with all its figures; nobody writes into it."""
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("finished")
        patch.chdir(place)
        outcome = command.neurosim("run", "digits", *command.SMALL, "--json")
    assert outcome.code == 0, outcome.err
    return Finished(outcome, place / outcome.json["out_dir"])


@pytest.fixture
def copied(finished, here):
    """A copy of the finished run under the name ``run``, to be spoilt."""
    shutil.copytree(finished.folder, here / "run")
    return Path("run")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty directory, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def undrawn(monkeypatch):
    """Runs are written with one figure only, as drawing is most of their time."""
    monkeypatch.setattr("neurosim.report.figures.figures_of", lambda record, costs: ("activity",))

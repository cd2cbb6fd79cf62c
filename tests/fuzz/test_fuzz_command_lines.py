"""Wrong command lines: whatever is typed ends with an exit code that is told, and in words."""

import contextlib
import io
import random

import pytest
import typer
from judge import watched, wrong_words
from mutations import NUMBERS, OPTIONS, TEXTS

from neurosim.cli.command import app
from neurosim.cli.outcome import outcome

VERBS = ["run", "check", "train", "eval", "price", "report", "compare", "sweep", "list", "data", "reproduce"]
FLAGS = ["--set", "--seed", "--out", "-j", "--data", "--json", "-q", "--table", "--scope", "--widths", "--sram"]
FLAGS += [
    "--scale",
    "--from-vdd",
    "--allow-partial",
    "--figure",
    "--html",
    "--timeline",
    "--fail-above",
    "--grid",
    "--images",
]
FLAGS += [
    "--images",
    "--prove",
    "--threads",
    "--write",
    "--float",
    "--no-float",
    "--bogus",
    "-z",
    "--",
    "-",
    "--se",
    "--version",
]
PLACES = ["chip.mesh.width", "stimulus.images", "stimulus.options.unit", "conversion.steps", "conversion.options.tau"]
PLACES += ["network.options.activity", "compare[0].name", "compare[9]", "energy.tables[0]", "a", "a.b", "a[", ".", ""]
WORDS = ["digits", "nothing", "w.yaml", "chips", "tables", "mnist", "datta2023_45nm_int8", "conversion.steps=2,4"]
IN_CI, LONG = 700, 3_000


def command_line(number: int) -> list[str]:
    """Return the command line of this number; nothing in it can simulate, train, download or write a page."""
    rng = random.Random(number)

    def word() -> str:
        kinds = [rng.choice(TEXTS), str(rng.choice(NUMBERS)), rng.choice(WORDS), rng.choice(FLAGS)]
        changes = f"{rng.choice(PLACES)}{rng.choice(['=', '=', '=', '', '==', ' = '])}{rng.choice([*TEXTS, *NUMBERS])}"
        return rng.choice([*kinds, changes, changes, f"{rng.choice(PLACES)}={rng.choice(OPTIONS)},{rng.choice(TEXTS)}"])

    verb = rng.choice([*VERBS, word()]) if rng.random() < 0.95 else ""
    typed = [verb, *(word() for _ in range(rng.randrange(6)))]
    for flag in [rng.choice(FLAGS) for _ in range(rng.randrange(3))]:
        typed += [flag, word()]
    return [part.replace("\0", "") for part in typed]


def wrong(number: int) -> str:
    """Return what is wrong with how the command line of this number ends; nothing where all is well."""
    typed, err = command_line(number), io.StringIO()
    try:
        with watched(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
            code = outcome(lambda: app(typed, prog_name="neurosim", standalone_mode=False))
    except (Exception, SystemExit) as error:
        return f"{number}, {typed}: {type(error).__name__}: {error}"
    said = err.getvalue()
    what = f"exit code {code}" if code not in (0, 2, 3, 4, 5) else wrong_words(said) if code else ""
    return f"{number}, {typed}: {what}: {said[:600]}" if what else ""


@pytest.fixture(autouse=True)
def nothing_is_done(tmp_path, monkeypatch):
    """Whatever is typed rightly does nothing, in a folder of its own."""

    def done(*arguments, **named):
        raise typer.Exit

    monkeypatch.chdir(tmp_path)
    for name in ("experiment.perform", "evaluation.perform", "train.perform", "sweep.sweep", "reproduce.papers"):
        monkeypatch.setattr(f"neurosim.{name}", done)
    monkeypatch.setattr("neurosim.data.download.get", done)


def test_wrong_command_lines_end_in_words():
    assert [said for number in range(IN_CI) if (said := wrong(number))] == []


@pytest.mark.long
def test_three_thousand_wrong_command_lines_end_in_words():
    assert [said for number in range(LONG) if (said := wrong(number))] == []

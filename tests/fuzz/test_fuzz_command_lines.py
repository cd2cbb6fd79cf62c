"""Wrong command lines: whatever is typed ends with an exit code that is told, and in words."""

import contextlib
import io
import random

import pytest
import typer

from neurosim.cli.application import app
from neurosim.cli.outcome import outcome
from tests.fuzz.judge import watched, wrong_words
from tests.fuzz.mutations import NUMBERS, OPTIONS, TEXTS

SOUND = [
    "run digits --set stimulus.images=1 --seed 3 -q",
    "run digits --out mine -j 2 --json",
    "check digits --set PLACE=VALUE --json",
    "check digits --set PLACE=VALUE --set PLACE=VALUE",
    "check lenet --seed 3 --set PLACE=VALUE",
    "eval digits --images 3 --prove 1 --no-float",
    "sweep digits --grid conversion.steps=2,4 --grid PLACE=VALUE,VALUE -j 2",
    "price mine --table datta2023_45nm_int8 --scope memory --widths nominal --sram loglog",
    "price mine --table horowitz2014_45nm+generic_noc_32b --scale stillmaker2017:14nm@0.75V --from-vdd 0.9V",
    "report mine --html --figure activity --timeline mine.json",
    "compare mine other --fail-above energy=1.05",
    "list chips --json",
    "data get mnist --data mine",
    "data list --json",
    "reproduce datta2023 --write page.md",
    "doctor --json",
]
FLAGS = [
    "--set",
    "--out",
    "-j",
    "--data",
    "--table",
    "--scale",
    "--figure",
    "--bogus",
    "-z",
    "--",
    "-",
    "--se",
    "--json",
]
PLACES = ["chip.mesh.width", "stimulus.images", "stimulus.options.unit", "conversion.steps", "conversion.options.tau"]
PLACES += ["network.options.activity", "compare[0].name", "compare[9]", "energy.tables[0]", "a", "a.b", "a[", ".", ""]
PLACES += [
    "chip",
    "conversion.kind",
    "mapping.kind",
    "mapping.options.traffic",
    "conversion.calibration",
    "noc",
    "name",
]
WORDS = ["digits", "nothing", "w.yaml", "chips", "mnist", "datta2023_45nm_int8", "conversion.steps=2,4", "a" * 5000]
IN_CI, LONG = 300, 3_000


def command_line(number: int) -> list[str]:
    """Return the command line of this number: a sound one with some of its words changed, left out or put in."""
    rng = random.Random(number)

    def value() -> str:
        return str(rng.choice([*TEXTS, *NUMBERS, *OPTIONS]))

    def word() -> str:
        change = f"{rng.choice(PLACES)}{rng.choice(['=', '=', '=', '', '==', ' = '])}{value()}"
        return rng.choice([value(), rng.choice(WORDS), rng.choice(FLAGS), change])

    typed = rng.choice(SOUND).split()
    for _ in range(rng.choice([1, 1, 2, 3])):
        place = rng.randrange(len(typed) + 1)
        match rng.randrange(4):
            case 0:
                typed[place : place + 1] = []
            case 1:
                typed[place:place] = [word()]
            case _:
                typed[place : place + 1] = [word()]
    for name, drawn in (("PLACE", lambda: rng.choice(PLACES)), ("VALUE", value)):
        typed = [part.replace(name, drawn()) for part in typed]
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
    monkeypatch.setenv("NEUROSIM_DATA", str(tmp_path))  # what --data changes is changed back
    for verb in ("simulate.perform", "evaluate.perform", "train.perform", "sweep.sweep"):
        monkeypatch.setattr(f"neurosim.experiments.{verb}", done)
    monkeypatch.setattr("neurosim.reproduce.papers", done)
    monkeypatch.setattr("neurosim.datasets.remote.download.get", done)


def test_wrong_command_lines_end_in_words():
    assert [said for number in range(IN_CI) if (said := wrong(number))] == []


@pytest.mark.long
def test_three_thousand_wrong_command_lines_end_in_words():
    assert [said for number in range(LONG) if (said := wrong(number))] == []

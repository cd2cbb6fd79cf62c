"""``list``, ``doctor``, ``--help``, ``--version``, and what is typed wrong before any file is read."""

import re

import pytest

import neurosim as package
from neurosim.plugins import data_names
from tests.cli.command import neurosim

VERBS = ["run", "check", "train", "eval", "price", "report", "compare", "sweep", "list", "doctor", "reproduce", "data"]
LISTS = [
    "chips",
    "tables",
    "neurons",
    "schedules",
    "mappers",
    "networks",
    "layers",
    "importers",
    "stimuli",
    "datasets",
    "noc_models",
    "figures",
    "workloads",
]


def names(what):
    return [row["name"] for row in neurosim("list", what, "--json").json[what]]


def test_help_shows_every_verb_whole_at_80_columns():
    outcome = neurosim("--help", columns=80)
    assert (outcome.code, outcome.err) == (0, "")
    shown = [line.split() for line in outcome.out.partition("Commands:\n")[2].splitlines()]
    assert [line[0] for line in shown][: len(VERBS)] == VERBS  # there may be more
    assert all(line[-1].endswith(".") and not line[-1].endswith("...") for line in shown)


def test_nothing_typed_is_answered_by_the_help_on_stderr():
    outcome = neurosim()
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == neurosim("--help").out


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_help(verb):
    outcome = neurosim(verb, "-h")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(f"Usage: neurosim {verb} ")


def test_the_version_is_that_of_the_package():
    outcome = neurosim("--version")
    assert (outcome.code, outcome.out, outcome.err) == (0, f"neurosim {package.__version__}\n", "")


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("what", [what for what in LISTS if what not in ("layers", "importers")])
def test_a_list_fits_the_terminal_and_breaks_no_name(what, columns):
    outcome = neurosim("list", what, columns=columns)
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert max(map(len, lines)) <= columns
    assert re.match(r"name +about", lines[0])
    assert [line.split()[0] for line in lines[2:] if not line.startswith(" ")] == names(what)


def test_lists_hold_what_the_folders_hold():
    assert names("chips") == data_names("chips")
    assert names("tables") == data_names("energy_tables")
    assert names("workloads") == data_names("workloads")
    assert {"accumulate_fire", "if_soft", "if_hard", "if_qcfs"} <= set(names("neurons"))
    assert names("schedules") == ["layer_by_layer", "pipelined", "step_by_step"]
    assert "spatial" in names("mappers")
    assert {"cifar10", "mnist", "image_folder"} <= set(names("datasets"))
    assert {"energy_by_layer", "tornado", "pareto"} <= set(names("figures"))
    assert {"vgg16", "resnet20", "mobilenetv2", "lenet", "digits_cnn"} <= set(names("networks"))


def test_files_of_ones_own_are_listed_and_found_by_their_bare_names(here):
    (here / "workloads").mkdir()
    (here / "workloads/mine.yaml").write_text(
        "# A workload of my own\nnetwork: {zoo: lenet, input: [1, 28, 28], classes: 10}\n"
        "chip: loihi_like\nenergy: {tables: [datta2023_45nm_int8]}\n"
    )
    listed = neurosim("list", "workloads", "--json").json["workloads"]
    assert {"name": "mine", "about": "A workload of my own"} in listed
    assert neurosim("check", "mine", "--json").json["workload"] == "mine"


def test_the_doctor_finds_every_folder_and_ends_with_a_verdict(here):
    outcome = neurosim("doctor", columns=80)
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert max(map(len, lines)) <= 80
    told = [" ".join(line.split()) for line in lines]
    assert told[0].startswith(f"ok neurosim {package.__version__}, Python 3.")
    assert f"ok chips {len(data_names('chips'))} files" in told
    assert f"ok workloads {len(data_names('workloads'))} files" in told
    assert lines[-1] == "no problems found" or re.fullmatch("[0-9]+ problems?", lines[-1])


def test_the_doctor_says_that_another_package_has_our_name(monkeypatch):
    monkeypatch.setattr("importlib.metadata.version", lambda name: "9.9")
    found = neurosim("doctor", "--json").json["findings"]
    assert {
        "state": "trouble",
        "what": "name conflict",
        "about": "neurosim 9.9 is installed beside neurosim-chip; uninstall one, they share files",
    } in found
    assert neurosim("doctor").out.splitlines()[-1] == "1 problem"


def test_the_doctor_offers_no_extra_that_this_version_has_not():
    from importlib.metadata import metadata

    findings = neurosim("doctor", "--json").json["findings"]
    shown = {finding["what"].removeprefix("extra ") for finding in findings if finding["what"].startswith("extra ")}
    assert shown <= set(metadata("neurosim-chip").get_all("Provides-Extra"))
    assert "train" in shown


def test_a_verb_like_no_other_is_told_them_all():
    outcome = neurosim("xyz")
    shown = [line.split()[0] for line in neurosim("--help").out.partition("Commands:\n")[2].splitlines()]
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == f"unknown verb 'xyz'; there are: {', '.join(shown)}\n"


TYPED_WRONG = [
    (["chek", "digits"], "unknown verb 'chek'; did you mean 'check'?"),
    (["--verbose"], "unknown option '--verbose'; there are: --version, --help, -h\nTry 'neurosim --help'."),
    (["--bogus"], "unknown option '--bogus'; there are: --version, --help, -h\nTry 'neurosim --help'."),
    (["run", "digits", "--sed", "3"], "unknown option '--sed'; did you mean '--seed'?\nTry 'neurosim run --help'."),
    (["data"], "wanted a verb; there are: get, list\nTry 'neurosim data --help'."),
    (["run"], "missing WORKLOAD: A workload file, or the name of a shipped one.\nTry 'neurosim run --help'."),
    (["report"], "missing RUN_DIR: The folder of a finished run.\nTry 'neurosim report --help'."),
    (["list"], f"missing WHAT: {', '.join(LISTS[:-1])} or {LISTS[-1]}.\nTry 'neurosim list --help'."),
    (["run", "digits", "-j", "0"], "-j 0: wanted a whole number, at least 1"),
    (["run", "digits", "-j", "few"], "-j few: wanted a whole number, at least 1"),
    (["run", "digits", "-j"], "-j: wanted a value behind it\nTry 'neurosim --help'."),
    (["run", "digits", "--json=yes"], "--json: takes no value\nTry 'neurosim --help'."),
    (["eval", "digits", "--prove", "-1"], "--prove -1: wanted a whole number, at least 0"),
    (["check", "digits", "--seed", "1.5"], "--seed 1.5: wanted a whole number"),
    (["list", "chip"], "cannot list 'chip'; did you mean 'chips'?"),
    (
        ["list", "xyz"],
        f"cannot list 'xyz'; there are: {', '.join(LISTS)}",
    ),
    (["check", "digts"], "unknown workload 'digts'; did you mean 'digits'?"),
    (["check", "nowhere/x.yaml"], "no file 'nowhere/x.yaml'; there is no folder 'nowhere'"),
    (["check", "digits", "--seed", "-1"], "--set seed=-1: seed: -1 is out of range; wanted at least 0"),
    (
        ["check", "digits", "--seed", "4294967296"],
        "--set seed=4294967296: seed: 4294967296 is out of range; wanted at most 4,294,967,295",
    ),
]


@pytest.mark.parametrize(("typed", "message"), TYPED_WRONG)
def test_what_is_typed_wrong_ends_with_2_and_one_message(here, typed, message):
    outcome = neurosim(*typed)
    assert (outcome.code, outcome.out, outcome.err) == (2, "", f"{message}\n")
    assert list(here.iterdir()) == []

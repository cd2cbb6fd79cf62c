"""``neurosim sweep``: a grid of runs, resumed by looking, refusals among the points."""

import csv
import json
import os
import shutil
import signal
import time
from pathlib import Path

import pandas
import pytest

from neurosim.errors import DocumentError
from neurosim.experiments import sweep as swept
from neurosim.experiments.sweep import read_grid
from tests.cli.command import SMALL, neurosim

ONE = (*SMALL, "--set", "compare=[]", "--set", "noc=unbounded_queues", "--set", "stimulus.images=1")


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def rows(folder: Path) -> list[dict]:
    with (folder / "sweep.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_sweep_runs_every_point_and_each_run_is_what_run_would_have_written():
    swept = neurosim("sweep", "digits", *ONE, "--grid", "chip.mesh.width=4,8", "--out", "swept", "-q", "--json").json
    alone = neurosim("run", "digits", *ONE, "--set", "chip.mesh.width=8", "-q", "--json").json
    assert swept["grid"] == {"chip.mesh.width": [4, 8]}
    assert [point["values"] for point in swept["points"]] == [{"chip.mesh.width": 4}, {"chip.mesh.width": 8}]
    there = swept["points"][1]["run"]
    assert there["run_id"] == alone["run_id"]
    assert there["results"][0]["latency"] == alone["results"][0]["latency"]
    assert there["results"][0]["counts_total"] == alone["results"][0]["counts_total"]
    assert sorted(path.name for path in Path("swept").iterdir()) == [
        "figures",
        "manifest.json",
        "sweep.csv",
        "sweep.json",
    ]
    assert [row["chip.mesh.width"] for row in rows(Path("swept"))] == ["4", "8"]


def test_a_second_sweep_takes_the_runs_that_are_there():
    neurosim("sweep", "digits", *ONE, "--grid", "seed=1,2", "--out", "first", "-q")
    folders = {folder: (folder / "summary.json").stat().st_mtime_ns for folder in Path("reports").glob("digits-*")}
    assert len(folders) == 2
    outcome = neurosim("sweep", "digits", *ONE, "--grid", "seed=1,2,3", "--out", "second", "-q", "--json")
    assert all((folder / "summary.json").stat().st_mtime_ns == time for folder, time in folders.items())
    assert len(outcome.json["points"]) == 3


def test_processes_find_what_one_process_finds():
    grid = ("--grid", "seed=1,2", "--grid", "conversion.weight_bits=4,8", "--json", "-q")
    one = neurosim("sweep", "digits", *ONE, *grid, "--out", "one").json
    for run in Path("reports").glob("digits-*"):
        run.rename(run.with_name(f"away-{run.name}"))
    two = neurosim("sweep", "digits", *ONE, *grid, "--out", "two", "-j", "2").json
    ours, theirs = ([point["run"]["results"][0]["counts_total"] for point in sweep["points"]] for sweep in (one, two))
    assert ours == theirs
    assert (Path("one") / "sweep.csv").read_bytes() == (Path("two") / "sweep.csv").read_bytes()


def test_a_worker_that_is_killed_costs_no_more_than_its_unfinished_points(monkeypatch):
    own, original = os.getpid(), swept.run_point

    def killed(workload, overrides, values, *rest):
        if os.getpid() != own and values["seed"] == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        if os.getpid() == own and values["seed"] == 1:
            assert wait_until(lambda: len(list(Path("reports").glob("digits-*/summary.json"))) == 1)
        return original(workload, overrides, values, *rest)

    monkeypatch.setattr(swept, "run_point", killed)
    outcome = neurosim("sweep", "digits", *ONE, "--grid", "seed=1,2,3,4", "--out", "swept", "-j", "2", "--json")
    assert outcome.code == 0
    assert outcome.err == (
        "another process ended before it was done (exit code -9), most likely because memory ran out; take fewer "
        "processes; the remaining process computes its points\nwritten to swept\n"
    )
    assert [point["values"]["seed"] for point in outcome.json["points"]] == [1, 2, 3, 4]
    assert all(point["run"] for point in outcome.json["points"])


def wait_until(condition):
    for _ in range(6000):
        if condition():
            return True
        time.sleep(0.01)
    return False


def test_a_point_that_is_refused_is_a_row_and_not_the_end():
    outcome = neurosim("sweep", "digits", *ONE, "--grid", "schedules=[pipelined],[layer_by_layer]", "--out", "swept")
    why = (
        "schedules=[pipelined]: accumulate_fire cannot run under pipelined: its neurons fire only after all 4 steps of "
        "their input have arrived, and pipelined asks for spikes every step; use layer_by_layer"
    )
    assert outcome.code == 0
    assert outcome.err.splitlines()[0] == why
    assert "refused" in outcome.out
    assert [bool(row["refusal"]) for row in rows(Path("swept"))] == [True, False]


def test_a_sweep_of_which_every_point_is_refused_ends_with_the_error():
    outcome = neurosim("sweep", "digits", *ONE, "--grid", "chip.mesh.width=0,-1", "-q")
    assert outcome.code == 2
    assert outcome.err == "--set chip.mesh.width=0: chip.mesh.width: 0 is out of range; wanted at least 1\n"
    assert not Path("reports").exists()


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "sweep: no --grid; give at least one, such as --grid conversion.steps=2,4,8"),
        (["seed"], "--grid seed: wanted NAME=VALUE,VALUE..., such as conversion.steps=2,4,8"),
        (["seed="], "--grid seed=: wanted NAME=VALUE,VALUE..., such as conversion.steps=2,4,8"),
        (["=1"], "--grid =1: wanted a place such as chip.mesh.width or compare[0].name"),
        (["seed=1,1"], "--grid seed=1,1: a value is there twice"),
        (["seed=1", "seed=2"], "--grid seed: named twice"),
    ],
)
def test_a_grid_that_cannot_be_read_is_refused(texts, message):
    with pytest.raises(DocumentError) as refused:
        read_grid(texts)
    assert str(refused.value) == message


def test_values_of_a_grid_are_read_as_yaml():
    assert read_grid(["a=1,2.5", "b=[x, y],null", "c=on,true"]) == {
        "a": [1, 2.5],
        "b": [["x", "y"], None],
        "c": ["on", True],
    }


def test_the_stored_sweep_is_what_the_command_prints():
    outcome = neurosim("sweep", "digits", *ONE, "--grid", "seed=1,2", "--out", "swept", "-q", "--json")
    assert json.loads((Path("swept") / "sweep.json").read_text()) == outcome.json


def swap(folder):
    other = next(path for path in Path("reports").glob("digits-*") if path != folder)
    shutil.rmtree(folder)
    shutil.copytree(other, folder)


def shorten(folder):
    frame = pandas.read_parquet(folder / "ledger.parquet")
    frame.iloc[:-3].to_parquet(folder / "ledger.parquet", index=False)


def edit(folder):
    text = (folder / "summary.json").read_text()
    (folder / "summary.json").write_text(text.replace('"spikes": ', '"spikes": 9', 1))


def unhash(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["sha256"]
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "spoil", [swap, shorten, edit, unhash, lambda folder: (folder / "ledger.parquet").unlink()]
)  # fmt: skip
def test_a_sweep_believes_no_run_that_is_another_or_was_changed(spoil):
    command = ("sweep", "digits", *ONE, "--grid", "seed=1,2", "-q", "--json")
    right = neurosim(*command, "--out", "first").json
    folder = Path("reports") / f"digits-{right['points'][0]['run']['run_id']}"
    spoil(folder)
    again = neurosim(*command, "--out", "second").json
    for points in (right["points"], again["points"]):
        for point in points:
            del point["run"]["wall"]
    assert again["points"] == right["points"]
    assert neurosim("price", folder, "--table", "datta2023_45nm_int8").code == 0


def test_a_folder_of_the_users_own_under_a_points_name_is_a_refusal_and_not_lost():
    right = neurosim("sweep", "digits", *ONE, "--grid", "seed=1,2", "-q", "--json", "--out", "first").json
    folder = Path("reports") / f"digits-{right['points'][0]['run']['run_id']}"
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "thesis.tex").write_text("x")
    outcome = neurosim("sweep", "digits", *ONE, "--grid", "seed=1,2", "-q", "--json", "--out", "second")
    assert outcome.json["points"][0]["refusal"] == f"{folder}: is not empty and not a run folder; choose another"
    assert outcome.json["points"][1] | {"run": 0} == right["points"][1] | {"run": 0}
    assert (folder / "thesis.tex").read_text() == "x"


def test_a_grid_of_millions_is_refused_by_its_number_before_it_is_made():
    grids = [text for name in "abc" for text in ("--grid", f"{name}={','.join(map(str, range(400)))}")]
    outcome = neurosim("sweep", "digits", *grids)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "sweep: a grid of 400 x 400 x 400 = 64,000,000 points; wanted at most 10,000\n"

"""``neurosim run``: what stands on which stream, and what is in the folder afterwards."""

import csv
import json

import pytest

from tests.cli.command import SMALL, entries, neurosim, started

FIGURES = (
    "activity",
    "break_even",
    "core_utilisation",
    "energy_against_baselines",
    "energy_by_layer",
    "latency_by_schedule",
    "link_load",
    "tornado",
)
TABLES = ("datta2023_45nm_int8", "datta2023_45nm_int32")


def without_wall(summary):
    return {name: value for name, value in summary.items() if name != "wall"}


def test_json_is_alone_on_stdout_and_stderr_says_where_the_run_is(finished):
    summary = finished.outcome.json
    assert finished.outcome.out.count("\n") == 1
    lines = [line for line in finished.outcome.err.splitlines() if not line.startswith("compiling kernels, once")]
    assert lines == [f"written to {summary['out_dir']}"]
    assert summary["out_dir"] == f"reports/digits-{summary['run_id']}"


def test_the_folder_is_complete(finished):
    figures = [f"figures/{name}.{kind}" for name in FIGURES for kind in ("csv", "pdf", "png")]
    files = ["layers.csv", "ledger.parquet", "manifest.json", "placement.csv", "summary.json"]
    tables = [f"tables/datta2023_45nm_int{bits}.yaml" for bits in (8, 32)]
    assert entries(finished.folder) == sorted([*figures, *files, *tables])
    assert entries(finished.folder.parent) == [f"{finished.folder.name}/{name}" for name in entries(finished.folder)]


def test_every_figure_is_a_pdf_a_png_and_a_table_of_its_data(finished):
    for name in FIGURES:
        place = finished.folder / "figures"
        assert (place / f"{name}.pdf").read_bytes()[:5] == b"%PDF-"
        assert (place / f"{name}.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        with (place / f"{name}.csv").open(newline="") as file:
            header = next(csv.reader(file))
        assert len(set(header)) == len(header) >= 2


def test_the_stored_summary_is_the_printed_one_and_the_manifest_agrees(finished):
    stored = json.loads((finished.folder / "summary.json").read_text())
    manifest = json.loads((finished.folder / "manifest.json").read_text())
    assert stored == finished.outcome.json
    common = ("run_id", "workload", "neurosim_version", "model_version", "seed", "wall")
    assert {name: manifest[name] for name in common} == {name: stored[name] for name in common}
    assert manifest["schema"] == "neurosim/manifest/1"
    assert manifest["inputs"]["stimulus"]["images"] == 2


def test_layers_csv_has_the_units_of_its_columns_in_the_header(finished):
    with (finished.folder / "layers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {"time_ticks", "time_s", "busy_fraction"} < rows[0].keys()
    assert [name for name in rows[0] if "energy" in name] == [f"energy_pj[{table}, compute]" for table in TABLES]
    names = ["input", "conv1", "conv2", "conv3", "classifier"]
    assert [row["name"] for row in rows if row["layer"] != "-1"] == 2 * names
    for number, result in enumerate(finished.outcome.json["results"]):
        for table in TABLES:
            own = [
                float(row[f"energy_pj[{table}, compute]"])
                for row in rows
                if row["result"] == str(number) and row["layer"] != "-1"
            ]
            assert own == result["energy"][table]["by_layer"]


def test_running_again_gives_the_same_folder_and_the_same_counts(here, undrawn):
    first = neurosim("run", "digits", *SMALL)
    folder = next((here / "reports").iterdir())
    before = {name: (folder / name).read_bytes() for name in entries(folder)}
    again = neurosim("run", "digits", *SMALL)
    assert (again.code, again.out, again.err) == (0, first.out, f"written to reports/{folder.name}\n")
    assert [path.name for path in (here / "reports").iterdir()] == [folder.name]
    after = {name: (folder / name).read_bytes() for name in entries(folder)}
    assert after.keys() == before.keys()
    for name in ("ledger.parquet", "placement.csv", "layers.csv", "figures/activity.csv"):
        assert after[name] == before[name], name
    summaries = [json.loads(files["summary.json"]) for files in (before, after)]
    assert without_wall(summaries[0]) == without_wall(summaries[1])
    manifests = [json.loads(files["manifest.json"]) for files in (before, after)]
    for manifest in manifests:
        del manifest["wall"], manifest["created"]
    assert manifests[0] == manifests[1]


def test_quiet_means_an_empty_stderr(here, undrawn):
    outcome = neurosim("run", "digits", *SMALL, "-q", "--set", "compare=[]")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("network      digits_cnn  TRAINED WEIGHTS\n")


def test_out_names_the_folder_and_no_other_is_made(here, undrawn):
    outcome = neurosim("run", "digits", *SMALL, "--json", "--out", "deep/er/mine")
    assert (outcome.json["out_dir"], outcome.err) == ("deep/er/mine", "written to deep/er/mine\n")
    assert [path.name for path in here.iterdir()] == ["deep"]
    assert (here / "deep/er/mine/summary.json").is_file()


def test_the_seed_and_every_change_make_another_run_and_are_told(here, finished):
    seeded = neurosim("check", "digits", *SMALL, "--seed", "7", "--json").json
    the_same = neurosim("check", "digits", *SMALL, "--set", "seed=7", "--json").json
    wider = neurosim("check", "digits", *SMALL, "--set", "chip.mesh.width=8", "--json").json
    plain = neurosim("check", "digits", *SMALL, "--json").json
    assert plain["run_id"] == finished.outcome.json["run_id"]
    assert seeded == the_same
    assert len({plain["run_id"], seeded["run_id"], wider["run_id"]}) == 3
    assert wider["chip"] == {"id": "loihi_like with mesh.width=8", "cores": 320}


def test_a_seed_of_the_command_line_is_in_the_run(here, undrawn):
    summary = neurosim("run", "digits", *SMALL, "--set", "compare=[]", "--seed", "7", "--json").json
    assert summary["seed"] == 7
    assert [result["schedule"] for result in summary["results"]] == ["layer_by_layer"]


@pytest.mark.parametrize("columns", [60, 80, 100, 140])
def test_the_summary_fits_the_terminal(finished, monkeypatch, columns):
    monkeypatch.setattr("neurosim.experiments.run.Run.draw", lambda *arguments: [])
    outcome = neurosim("report", finished.folder, columns=columns)
    assert outcome.code == 0
    assert max(map(len, outcome.out.splitlines())) <= columns


def test_a_process_of_its_own_runs_from_any_directory_and_keeps_its_streams_apart(tmp_path):
    process = started("check", "digits", "--json", cwd=tmp_path)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert json.loads(out)["workload"] == "digits"
    assert list(tmp_path.iterdir()) == []

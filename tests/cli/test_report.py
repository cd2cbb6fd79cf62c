"""``neurosim report`` and ``neurosim compare``: finished runs shown again, and held against each other."""

import json
import shutil

import pytest

from neurosim.files.runs.stored_run import hash_summary
from tests.cli.command import entries, neurosim

SHOWN = ["activity", "break_even", "core_utilisation", "energy_against_baselines", "energy_by_layer"]
SHOWN += ["latency_by_schedule", "link_load", "tornado"]


@pytest.fixture
def unrendered(monkeypatch):
    """Figures are drawn and their data written; only the pixels are left out."""
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda figure, path, **options: path.write_bytes(b""))


def altered(folder, place, change):
    """Change one value of a stored summary, as a run with that value would have stored it."""
    summary = json.loads((folder / "summary.json").read_text())
    holder = summary
    for part in place[:-1]:
        holder = holder[part]
    holder[place[-1]] = change(holder[place[-1]])
    (folder / "summary.json").write_text(json.dumps(summary))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"]["summary.json"] = hash_summary(summary)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_report_draws_the_same_figures_from_the_same_data(finished, copied, unrendered):
    shutil.rmtree(copied / "figures")
    outcome = neurosim("report", copied)
    assert (outcome.code, outcome.err) == (0, "24 files written to run/figures\n")
    assert entries(copied) == entries(finished.folder)
    for name in SHOWN:
        data = f"figures/{name}.csv"
        assert (copied / data).read_bytes() == (finished.folder / data).read_bytes(), name


def test_a_report_shows_what_the_run_had_shown(here, copied, undrawn):
    ran = neurosim("run", "digits", "--set", "stimulus.images=1", "--set", "compare=[]", "--out", "first")
    assert neurosim("report", "first", "--figure", "activity").out == ran.out


def test_one_figure_alone_is_drawn_where_one_is_asked_for(copied, unrendered):
    shutil.rmtree(copied / "figures")
    outcome = neurosim("report", copied, "--figure", "tornado", "--figure", "activity")
    assert (outcome.code, outcome.err) == (0, "6 files written to run/figures\n")
    assert entries(copied / "figures") == [
        f"{name}.{kind}" for name in ("activity", "tornado") for kind in ("csv", "pdf", "png")
    ]


@pytest.mark.parametrize("part", ["", "manifest.json", "summary.json"])
def test_a_run_is_found_by_its_folder_or_either_of_its_documents(finished, part):
    assert neurosim("price", finished.folder / part, "--table", "datta2023_45nm_int8").code == 0


def test_an_unknown_figure_is_told_what_there_is_and_nothing_is_drawn(copied):
    shutil.rmtree(copied / "figures")
    near, far = (neurosim("report", copied, "--figure", name) for name in ("tornados", "xyz"))
    assert (near.code, near.out, near.err) == (2, "", "unknown figure 'tornados'; did you mean 'tornado'?\n")
    assert far.err == (
        "unknown figure 'xyz'; there are: activity, break_even, core_utilisation, energy_against_baselines, "
        "energy_by_layer, latency_by_schedule, link_load, pareto, tornado\n"
    )


def test_a_run_beside_itself_is_the_same_in_everything(finished):
    outcome = neurosim("compare", finished.folder, finished.folder, "--fail-above", "energy=1", columns=80)
    id = finished.outcome.json["run_id"]
    assert (outcome.code, outcome.err) == (0, "")
    head = f"{id}  digits, digits_cnn, trained weights, seed 1\n"
    assert outcome.out.startswith(f"{head}{head}\n")
    assert outcome.out.splitlines()[3].split() == ["accumulate_fire,", "layer_by_layer", id, id]
    compared = [line for line in outcome.out.splitlines() if line.startswith("  ")]
    assert len(compared) == 12 + 11
    assert all(line.endswith("  =") for line in compared)


def test_a_limit_that_is_crossed_ends_with_5_behind_the_comparison(finished, copied):
    altered(copied, ("results", 0, "energy", "datta2023_45nm_int8", "pj"), lambda pj: pj * 1.5)
    same = neurosim("compare", finished.folder, copied, "--fail-above", "energy=1.5", "--fail-above", "spikes=1")
    over = neurosim("compare", finished.folder, copied, "--fail-above", "energy=1.05", "--fail-above", "spikes=1")
    id = finished.outcome.json["run_id"]
    assert (same.code, same.err) == (0, "")
    assert (over.code, over.out) == (5, same.out)
    assert over.err == (
        f"{id}, accumulate_fire, layer_by_layer: energy (datta2023_45nm_int8, compute only) is 1.5x that of {id} "
        "(12.3 nJ against 8.203 nJ); the limit is 1.05x\n"
    )


def test_an_energy_that_is_not_known_crosses_its_limit(finished, copied):
    altered(copied, ("results", 1, "energy", "datta2023_45nm_int32", "pj"), lambda pj: None)
    outcome = neurosim("compare", finished.folder, copied, "--fail-above", "energy=2")
    assert outcome.code == 5
    assert outcome.err == (
        f"{finished.outcome.json['run_id']}, if_qcfs: energy (datta2023_45nm_int32, compute only): "
        "not known in both runs, so the limit 2x cannot be checked\n"
    )


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("energy", "--fail-above: found 'energy'; wanted NAME=RATIO, such as energy=1.05"),
        ("energy=much", "--fail-above: found 'energy=much'; wanted NAME=RATIO, such as energy=1.05"),
        ("energy=-1", "--fail-above: found 'energy=-1'; wanted NAME=RATIO, such as energy=1.05"),
        ("=1.05", "--fail-above: found '=1.05'; wanted NAME=RATIO, such as energy=1.05"),
        ("enrgy=1.05", "--fail-above: unknown quantity 'enrgy'; did you mean 'energy'?"),
        (
            "joules=1.05",
            "--fail-above: unknown quantity 'joules'; there are: energy, latency, seconds, interval, spikes, packets, "
            "hops, barriers, cores, state, mismatches",
        ),
    ],
)
def test_a_limit_that_is_none_is_refused(finished, limit, message):
    outcome = neurosim("compare", finished.folder, finished.folder, "--fail-above", limit)
    assert (outcome.code, outcome.err) == (2, f"{message}\n")


def test_one_run_has_nothing_to_be_compared_with(finished):
    alone = neurosim("compare", finished.folder)
    assert (alone.code, alone.out, alone.err) == (2, "", "compare: found 1 run; wanted at least 2\n")
    none = neurosim("compare")
    assert (none.code, none.err) == (
        2,
        "missing RUN_DIR...: The folders of finished runs.\nTry 'neurosim compare --help'.\n",
    )

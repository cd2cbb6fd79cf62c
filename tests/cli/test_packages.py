"""Plug-ins of other packages: what a user types, and what comes back where a package is broken."""

import json

import pytest

from tests.cli.sample import neurosim_with, python_with, sample_folder, write_package

LISTED = {
    "networks": "sample_network",
    "layers": "sample_row_mean",
    "importers": "reference",
    "datasets": "sample_bars",
    "stimuli": "sample_checks",
    "neurons": "sample_start",
    "schedules": "sample_one_by_one",
    "mappers": "sample_scattered",
    "noc_models": "sample_slow",
    "figures": "sample_spikes",
    "chips": "sample_chip",
    "tables": "sample_table",
    "workloads": "sample",
}


@pytest.fixture
def sample(tmp_path):
    def run(*arguments):
        return neurosim_with(sample_folder(), arguments=list(arguments), cwd=tmp_path)

    return run


@pytest.fixture
def packaged(tmp_path):
    """Return what runs the command with a package of these entry points and modules."""

    def run(*arguments, entry_points, **modules):
        folder = tmp_path / "packages"
        folder.mkdir(exist_ok=True)
        write_package(folder, "their-package", entry_points, **modules)
        return neurosim_with(folder, arguments=list(arguments), cwd=tmp_path)

    return run


def test_a_list_shows_a_neuron_model_of_a_package_and_whose_it_is(sample):
    lines = sample("list", "neurons").stdout.splitlines()
    assert lines[0].split() == ["name", "about", "package"]
    (line,) = (line for line in lines if line.startswith("sample_start"))
    assert line.split()[-1] == "neurosim-sample"


def test_lists_show_all_that_a_package_brings_and_import_none_of_it(tmp_path):
    program = (
        "import json, sys; from neurosim.cli.catalogue import listing; "
        f"print(json.dumps({{what: listing(what) for what in {list(LISTED)}}})); "
        "assert not any(name.startswith('neurosim_sample') for name in sys.modules), sys.modules"
    )
    done = python_with(sample_folder(), arguments=["-c", program], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for what, rows in json.loads(done.stdout).items():
        (row,) = (row for row in rows if row["name"] == LISTED[what])
        assert row["package"] == "neurosim-sample"
        assert row["about"]
        assert {row["package"] for row in rows} <= {"neurosim-chip", "neurosim-sample"}


def test_the_workload_of_a_package_runs_by_its_name_with_all_that_the_package_brings(sample, tmp_path):
    done = sample("run", "sample", "--out", "out", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    (result,) = summary["results"]
    assert (summary["network"]["name"], summary["stimulus"]["kind"]) == ("sample_network", "sample_checks")
    assert (result["conversion"]["kind"], result["schedule"]) == ("sample_start", "sample_one_by_one")
    assert result["noc"]["model"] == "sample_slow"
    assert list(result["energy"]) == ["sample_table"]
    plug_ins = json.loads((tmp_path / "out" / "manifest.json").read_text())["inputs"]["plug_ins"]
    assert {entry["package"] for entry in plug_ins.values()} == {"neurosim-sample"}
    assert {name.rpartition(" ")[2] for name in plug_ins} == {
        "sample_network", "sample_checks", "sample_start", "sample_one_by_one", "sample_scattered", "sample_slow"
    }  # fmt: skip
    assert sample("report", "out", "--figure", "sample_spikes").returncode == 0
    assert {path.name for path in (tmp_path / "out" / "figures").glob("sample_spikes.*")} == {
        "sample_spikes.pdf", "sample_spikes.png", "sample_spikes.csv"
    }  # fmt: skip


def test_a_data_set_and_an_importer_of_a_package_serve_a_workload(sample, tmp_path):
    from neurosim.plugins import data_folder

    (tmp_path / "mine.reference").write_text(str(data_folder("workloads") / "weights" / "digits_cnn.npz"))
    (tmp_path / "mine.yaml").write_text(
        "network: {file: mine.reference}\nstimulus: {kind: sample_bars, images: 3, options: {rows: 8}}\n"
        "chip: loihi_like\nenergy: {tables: [datta2023_45nm_int8]}\n"
    )
    done = sample("run", "mine.yaml", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["network"]["weights_origin"] == "trained"
    assert summary["results"][0]["accuracy"]["images"] == 3


def test_all_mistakes_in_the_options_of_a_package_are_one_report(sample):
    wrong = [
        "network.options.chanels=1",
        "stimulus.options.side=0",
        "conversion.options.share=2",
        "mapping.options.draw=x",
    ]
    done = sample("check", "sample", *(part for text in wrong for part in ("--set", text)))
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "--set conversion.options.share=2: conversion.options.share: 2 is out of range; wanted at most 1.0",
        "--set mapping.options.draw=x: mapping.options.draw: 'x' is not a whole number",
        "--set network.options.chanels=1: network.options.chanels: unknown option of sample_network; did you mean "
        "'channels'?",
        "--set stimulus.options.side=0: stimulus.options.side: 0 is out of range; wanted at least 1",
    ]


BROKEN = "[neurosim.neurons]\nbroken = their_module:Model\n[neurosim.figures]\nbroken = their_module:Figure\n"


def test_a_broken_package_is_one_message_where_it_is_used_and_none_where_it_is_not(packaged, tmp_path):
    used = packaged("check", "digits", "--set", "conversion.kind=broken", entry_points=BROKEN, their_module="1 / 0\n")
    assert used.returncode == 2
    assert used.stderr.splitlines()[0] == (
        "--set conversion.kind=broken: conversion.kind: neuron model 'broken' of the package their-package cannot be "
        "imported: ZeroDivisionError: division by zero"
    )
    assert "Traceback" not in used.stderr
    folder = tmp_path / "packages"
    for arguments in (["run", "digits", "--out", "out", "--quiet"], ["list", "neurons"], ["list", "figures"]):
        assert neurosim_with(folder, arguments=arguments, cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("Model = 3\n", "is their_module:Model, which is no class"),
        (
            "import nothing_of_this_name\n",
            "cannot be imported: ModuleNotFoundError: No module named 'nothing",
        ),
        ("", "cannot be imported: AttributeError: module 'their_module' has no attribute 'Model'"),
    ],
)
def test_what_a_package_registers_and_is_no_plug_in_is_named(packaged, module, said):
    entry_points = "[neurosim.neurons]\nbroken = their_module:Model\n"
    done = packaged(
        "check", "digits", "--set", "conversion.kind=broken", entry_points=entry_points, their_module=module
    )
    assert done.returncode == 2
    assert f"neuron model 'broken' of the package their-package {said}" in done.stderr


def test_a_name_that_two_packages_give_is_refused_with_both(packaged):
    entry_points = "[neurosim.neurons]\nlif = their_module:Model\n"
    done = packaged("check", "digits", "--set", "conversion.kind=lif", entry_points=entry_points, their_module="")
    assert done.returncode == 2
    assert "neuron model 'lif' is given by neurosim-chip and by their-package; uninstall one of them" in done.stderr


def test_a_chip_that_two_packages_ship_is_refused_with_both(packaged, tmp_path):
    chips = tmp_path / "packages" / "their_data" / "chips"
    chips.mkdir(parents=True)
    (chips / "loihi_like.yaml").write_text("")
    entry_points = "[neurosim.data]\ntheirs = their_data\n"
    done = packaged("check", "digits", entry_points=entry_points)
    assert done.returncode == 2
    assert "chip 'loihi_like' is given by neurosim-chip and by their-package; name the file that" in done.stderr

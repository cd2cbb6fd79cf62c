"""What is sound as a document and cannot be done: weights, chips, prices, and folders that are no runs."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from command import entries, neurosim, workload

WEIGHTS = Path(__file__).parents[2] / "workloads/weights/digits_cnn.npz"


def weights(name, **changes):
    """Write the shipped weights with some arrays changed; None leaves one out."""
    arrays = {**np.load(WEIGHTS), **changes}
    np.savez(name, **{key: array for key, array in arrays.items() if array is not None})
    return workload(network=f"{{zoo: digits_cnn, input: [1, 8, 8], classes: 10, weights: {name}}}")


def refused(code, *arguments):
    outcome = neurosim(*arguments)
    assert (outcome.code, outcome.out) == (code, "")
    assert "Traceback" not in outcome.err
    return outcome.err.splitlines()


def test_weights_of_the_wrong_shape_are_told_layer_by_layer(here):
    kernel, bias = (np.load(WEIGHTS)[name] for name in ("conv2.weight", "classifier.bias"))
    path = weights("mine.npz", **{"conv2.weight": kernel[:-1], "classifier.bias": bias[:-2]})
    assert refused(2, "check", path) == [
        "mine.npz: classifier: bias is 8, wanted 10",
        "mine.npz: conv2: weight is 15 x 16 x 3 x 3, wanted 16 x 16 x 3 x 3",
    ]


def test_weights_that_are_not_numbers(here):
    kernel = np.load(WEIGHTS)["conv2.weight"].astype(np.float32)
    kernel[0, 0, 0, :] = np.nan, np.inf, -np.inf
    path = weights("mine.npz", **{"conv2.weight": kernel, "conv2.weight_unit": None, "conv1.act.lam": np.float32(-1)})
    assert refused(2, "check", path) == [
        "mine.npz: conv1.act: lam is -1, a clip value must be positive",
        "mine.npz: conv2: weight has 3 values that are infinite or not a number",
    ]


def test_weights_of_another_network(here):
    path = workload(network=f"{{zoo: lenet, input: [1, 28, 28], classes: 10, weights: {WEIGHTS}}}")
    assert refused(2, "run", path) == [f"{WEIGHTS}: holds the weights of digits_cnn, the network is lenet"]


def test_a_layer_that_is_missing_or_not_known(here):
    kernel = np.load(WEIGHTS)["conv1.weight"]
    path = weights("mine.npz", **{"conv1.weight": None, "conv1.weight_unit": None, "conv1.wieght": kernel})
    assert refused(2, "check", path) == [
        "mine.npz: conv1: unknown array 'conv1.wieght'; did you mean 'conv1.weight'?",
        "mine.npz: conv1: weight is missing; wanted 16 x 1 x 3 x 3",
    ]


def test_a_network_that_does_not_fit_the_chip_says_which_layer_needs_what(here):
    smaller = ("--set", "chip.capacity.neurons=64", "--set", "chip.mesh.width=2", "--set", "chip.mesh.height=2")
    said = refused(3, "run", workload(), *smaller)
    assert said[0] == (
        "digits_cnn needs 41 cores of 64 neurons and 256 KiB, loihi_like with capacity.neurons=64, mesh.width=2, "
        "mesh.height=2 has 16: 25 too few"
    )
    assert [line.split()[:3] for line in said[1:]] == [
        ["conv1", "needs", "16"],
        ["conv2", "needs", "16"],
        ["conv3", "needs", "8"],
        ["classifier", "needs", "1"],
    ]
    assert said[2] == "  conv2 needs 16 cores for 1,024 neurons: 16 too few"
    assert entries(here) == ["small.yaml"]


def test_an_accumulator_too_narrow_for_a_layer(here):
    assert refused(2, "check", workload(), "--set", "chip.capacity.weight_bits=4") == [
        "conversion.weight_bits: 8 bits, loihi_like with capacity.weight_bits=4 stores 4"
    ]
    said = refused(2, "check", workload(), "--set", "chip.capacity.accumulator_bits=8")
    assert len(said) == 1
    assert said[0].startswith("conv3: needs 13 accumulator bits ")
    assert said[0].endswith(", the hardware has 8")


def test_operations_without_a_price_are_refused_before_anything_is_simulated(here, monkeypatch):
    monkeypatch.setattr("neurosim.experiment.observe", None)
    arguments = (workload(), "--set", "energy.scope=memory")
    for verb in ("run", "check"):
        assert refused(4, verb, *arguments) == [
            "datta2023_45nm_int8 has no price for axon_lookup_bits32, potential_read_bits24, potential_write_bits24, "
            "weight_read_bits64 (scope memory), which this workload counts; join a table that has one (A+B), ask for "
            "--widths or --sram, or set energy.allow_partial"
        ]
    assert neurosim("check", *arguments, "--set", "energy.allow_partial=true").code == 0
    assert entries(here) == ["small.yaml"]


def test_a_run_that_may_be_partial_says_so_in_words_and_in_numbers(here, undrawn):
    arguments = (workload(), "--set", "energy.scope=memory", "--set", "energy.allow_partial=true", "--out", "run")
    outcome = neurosim("run", *arguments)
    assert outcome.code == 0
    assert "PARTIAL: 4 ops unpriced: axon_lookup_bits32" in outcome.out
    assert "total" not in outcome.out
    energy = json.loads(Path("run/summary.json").read_text())["results"][0]["energy"]["datta2023_45nm_int8"]
    assert (energy["pj"], energy["low_pj"], energy["high_pj"]) == (None, None, None)
    assert len(energy["unpriced"]) == 4
    header = Path("run/layers.csv").read_text().partition("\n")[0]
    assert "partial_pj[datta2023_45nm_int8, memory]" in header
    assert "energy_pj" not in header


def price(folder):
    return refused(2, "price", folder, "--table", "datta2023_45nm_int8")


def test_a_folder_that_is_not_there_is_told_the_nearest(copied):
    for said in (price("ru"), refused(2, "report", "ru"), refused(2, "compare", "run", "ru")):
        assert said == ["ru: no such run folder; did you mean 'run'?"]


def test_a_folder_that_is_no_run_says_which_runs_it_holds(copied, here):
    assert price(".") == [".: is not a run folder, it has no manifest.json; it holds run"]
    Path("empty").mkdir()
    assert price("empty") == ["empty: is not a run folder, it has no manifest.json"]
    assert price(workload()) == ["small.yaml: is a file; wanted a run folder"]


@pytest.mark.parametrize("missing", ["manifest.json", "summary.json"])
def test_a_half_written_run(copied, missing):
    (copied / missing).unlink()
    for said in (price(copied), refused(2, "report", copied), refused(2, "compare", copied, copied)):
        assert said == [f"run: is half-written, it has no {missing}; run it again"]


def test_a_run_without_its_ledger_is_not_read_back_as_an_empty_one(copied):
    (copied / "ledger.parquet").unlink()
    assert len(said := price(copied)) == 1
    assert said[0].startswith("run: cannot be read back: ")
    assert said[0].endswith("; run it again")


@pytest.mark.parametrize("part", ["ledger.parquet", "placement.csv", "summary.json", "manifest.json"])
def test_a_part_that_was_cut_short_is_never_a_fault_of_ours(copied, part):
    data = (copied / part).read_bytes()
    (copied / part).write_bytes(data[: len(data) // 2 - 1])
    said = price(copied)
    assert len(said) == 1
    assert said[0].startswith("run")


@pytest.mark.parametrize(("name", "kind"), [("summary.json", "run"), ("manifest.json", "manifest")])
def test_a_run_of_a_newer_schema(copied, name, kind):
    path = copied / name
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": f"neurosim/{kind}/9"}))
    assert price(copied) == [
        f"run/{name}: was written by a newer neurosim as neurosim/{kind}/9; this one reads neurosim/{kind}/1"
    ]


def test_an_interrupted_runs_folder_is_not_taken_for_a_run(copied):
    shutil.move(copied, ".run.partial-x")
    assert price(".run.partial-x") == [".run.partial-x: is half-written, its run was interrupted; run it again"]

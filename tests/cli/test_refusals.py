"""What is sound as a document and cannot be done: weights, chips, prices, and folders that are no runs."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.cli.command import entries, neurosim, workload

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
    monkeypatch.setattr("neurosim.experiments.simulate.observe", None)
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


def rewritten(folder, name, change):
    """Change a stored document as ``change`` does."""
    document = json.loads((folder / name).read_text())
    change(document)
    (folder / name).write_text(json.dumps(document))


PLACES = [
    ("summary.json", ("stimulus", "images"), "stimulus.images"),
    ("summary.json", ("results", 0, "latency", "ticks"), "results[0].latency.ticks"),
    ("summary.json", ("results", 0, "energy"), "results[0].energy"),
    ("summary.json", ("results", 1, "barriers", "global"), "results[1].barriers.global"),
    ("summary.json", ("results", 0, "energy", "datta2023_45nm_int8", "policy", "scope"),
     "results[0].energy.datta2023_45nm_int8.policy.scope"),
    ("summary.json", ("results", 0, "layers", 2, "spikes_by_step"), "results[0].layers[2].spikes_by_step"),
    ("summary.json", ("wall",), "wall"),
    ("manifest.json", ("host", "processor"), "host.processor"),
    ("manifest.json", ("inputs",), "inputs"),
    ("manifest.json", ("packages",), "packages"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "place", "written"), PLACES)
def test_a_field_that_is_missing_or_of_another_type_is_named_in_one_line_by_every_verb(copied, name, place, written):
    original = (copied / name).read_text()

    def at(document):
        for part in place[:-1]:
            document = document[part]
        return document

    changes = {
        "missing": lambda document: at(document).pop(place[-1]),
        "nothing is not": lambda document: at(document).update({place[-1]: None}),
        "3.5": lambda document: at(document).update({place[-1]: 3.5}),
    }
    for said, change in changes.items():
        (copied / name).write_text(original)
        rewritten(copied, name, change)
        for lines in (price(copied), refused(2, "report", copied), refused(2, "compare", copied, copied)):
            assert len(lines) == 1
            assert lines[0].startswith(f"run/{name}: {written}: {said}")


@pytest.mark.parametrize("value", [-1, 2**63, 10**30, "1" * 5000])
def test_a_number_that_no_run_has_is_out_of_its_range(copied, value):
    text = (copied / "summary.json").read_text()
    ticks = json.loads(text)["results"][0]["latency"]["ticks"]
    (copied / "summary.json").write_text(text.replace(f'"ticks": {ticks}', f'"ticks": {value}', 1))
    said = price(copied)
    assert len(said) == 1
    assert said[0].startswith("run/summary.json: results[0].latency.ticks: ")


def test_documents_beyond_all_measure_are_refused_before_they_are_read(copied):
    summary = (copied / "summary.json").read_text()
    (copied / "summary.json").write_text(summary.replace('"seed": 1', f'"seed": {"[" * 100_000}{"]" * 100_000}', 1))
    assert price(copied) == ["run/summary.json: is nested too deeply for a document of neurosim"]
    with (copied / "summary.json").open("r+b") as file:
        file.truncate(20 * 2**30)
    assert price(copied) == ["run/summary.json: 20,480 MiB, wanted at most 32"]
    (copied / "summary.json").write_text(summary)
    with (copied / "ledger.parquet").open("r+b") as file:
        file.truncate(20 * 2**30)
    assert price(copied) == ["run/ledger.parquet: 20,480 MiB, wanted at most 256"]


def with_rows(folder, change):
    """Rewrite the ledger as ``change`` does to its table."""
    import pandas

    frame = pandas.read_parquet(folder / "ledger.parquet")
    change(frame).to_parquet(folder / "ledger.parquet", index=False)


def with_value(column, value):
    def change(frame):
        frame.loc[3, column] = value
        return frame

    return change


CHANGES = {
    "removed": lambda frame: frame.iloc[1:],
    "doubled": lambda frame: frame.iloc[[*range(len(frame)), 0]],
    "more": with_value("count", 10**6),
    "layer": with_value("layer", 2**63 - 1),
    "result": with_value("result", -1),
    "column": lambda frame: frame.drop(columns="end"),
    "float": lambda frame: frame.astype({"count": float}),
}
UNHASHED = {
    "removed": "in ledger.parquet, ",
    "doubled": "in ledger.parquet, ",
    "more": "in ledger.parquet, ",
    "layer": "row 4: layer 9,223,372,036,854,775,807 is out of range; wanted -1 to 4",
    "result": "row 4: result -1 is out of range; wanted 0 to 1",
    "column": "has the columns layer, step, core, op, count, start, result; wanted ",
    "float": "count is not a whole number in each row",
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_ledger_that_was_changed_is_priced_by_no_verb(copied, name):
    with_rows(copied, CHANGES[name])
    for lines in (price(copied), refused(2, "report", copied), refused(2, "compare", copied, copied)):
        assert lines == ["run/ledger.parquet: is not as the run wrote it; run it again"]
    rewritten(copied, "manifest.json", lambda manifest: manifest.pop("sha256"))
    said = price(copied)
    assert len(said) == 1
    assert UNHASHED[name] in said[0]


def test_a_run_of_before_without_hashes_is_read(copied):
    rewritten(copied, "manifest.json", lambda manifest: manifest.pop("sha256"))
    assert neurosim("price", copied, "--table", "datta2023_45nm_int8").code == 0


def test_a_summary_and_a_placement_that_were_changed(copied):
    rewritten(copied, "summary.json", lambda summary: summary["results"][0]["latency"].update(ticks=1))
    assert price(copied) == ["run/summary.json: is not as the run wrote it; run it again"]
    rewritten(copied, "manifest.json", lambda manifest: manifest["sha256"].pop("summary.json"))
    text = (copied / "placement.csv").read_text()
    (copied / "placement.csv").write_text(text.replace("conv1", "conv7"))
    assert price(copied) == ["run/placement.csv: is not as the run wrote it; run it again"]


def test_how_a_summary_is_written_out_is_no_change(copied):
    rewritten(copied, "summary.json", lambda summary: summary["wall"].update(total_s=1.0))
    assert neurosim("price", copied, "--table", "datta2023_45nm_int8").code == 0


@pytest.mark.parametrize("name", ["summary.json", "ledger.parquet", "notes.json"])
def test_a_timeline_replaces_nothing_but_a_timeline(copied, name):
    (copied / "notes.json").write_text("{}")
    before = {own: (copied / own).read_bytes() for own in entries(copied)}
    said = refused(2, "report", copied, "--timeline", copied / name)
    wanted = "wanted a name that ends in .json or .json.gz" if "parquet" in name else "exists and is no timeline"
    assert said[0].startswith(f"run/{name}: {wanted}")
    assert {own: (copied / own).read_bytes() for own in entries(copied)} == before


def test_a_page_of_reproductions_replaces_nothing_but_one(here, monkeypatch):
    monkeypatch.setattr("neurosim.reproduce.papers", None)  # refused before anything is computed
    Path("thesis.md").write_text("x")
    assert refused(2, "reproduce", "all", "--write", "./") == [".: is a folder; wanted a file such as reproduction.md"]
    assert refused(2, "reproduce", "all", "--write", "page.txt") == ["page.txt: wanted a name that ends in .md"]
    assert refused(2, "reproduce", "all", "--write", "thesis.md") == [
        "thesis.md: exists and is no page of reproductions; choose another name"
    ]
    assert refused(2, "reproduce", "all", "--write", "thesis.md/page.md")[0].startswith("thesis.md/page.md: cannot be")

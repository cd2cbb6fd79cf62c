"""The id of a run: what changes it, and what does not."""

import json

import numpy as np
import pytest

from neurosim import provenance
from neurosim.chip.noc.packets import ALIASES
from neurosim.files.workload import read_workload, referenced_files

TEXT = """\
network: {zoo: lenet, input: [1, 28, 28], classes: 10, weights: w.npz}
chip: loihi_like
energy: {tables: [t.yaml]}
"""


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def inputs(folder="a", text=TEXT, weights="1", table="1", overrides=()):
        (tmp_path / folder).mkdir(exist_ok=True)
        for name, content in (("net.yaml", text), ("w.npz", weights), ("t.yaml", table)):
            (tmp_path / folder / name).write_text(content)
        workload = read_workload(f"{folder}/net.yaml", overrides)
        return provenance.resolved_inputs(workload, referenced_files(workload))

    return inputs


def test_the_id_is_of_contents_and_not_of_places_or_order(make):
    same = "\n".join(reversed(TEXT.splitlines())) + "\nseed: 1\n"
    assert provenance.run_id(make("a")) == provenance.run_id(make("b", text=same))


@pytest.mark.parametrize(
    "change",
    [
        {"weights": "2"},
        {"table": "2"},
        {"overrides": ["seed=2"]},
        {"overrides": ["chip.io.tile=1"]},
        {"overrides": ["noc=unbounded_queues"]},
    ],
)
def test_the_id_changes_with_every_input(make, change):
    assert provenance.run_id(make("a")) != provenance.run_id(make("b", **change))


@pytest.mark.parametrize(("alias", "model"), ALIASES.items())
def test_an_old_name_of_a_noc_model_gives_the_same_id(make, alias, model):
    inputs = make("a", overrides=[f"noc={alias}"])
    assert inputs["noc"] == model
    assert provenance.run_id(inputs) == provenance.run_id(make("b", overrides=[f"noc={model}"]))


def test_the_id_is_of_the_data_that_are_read_and_not_of_their_folder(make, tmp_path, monkeypatch):
    images = np.arange(2 * 28 * 28, dtype=np.uint8).reshape(2, 28, 28)
    for folder, changed in (("here", 0), ("there", 0), ("elsewhere", 1)):
        (tmp_path / folder).mkdir()
        arrays = {"x_train": images, "y_train": np.arange(2), "x_test": images + changed, "y_test": np.arange(2)}
        np.savez(tmp_path / folder / "fashion_mnist.npz", **arrays)
    text = TEXT + "stimulus: {kind: fashion_mnist}\n"

    def id_of(folder):
        return provenance.run_id(make("a", text=text, overrides=[f"stimulus.options.data={folder}"]))

    assert id_of("here") == id_of("there") != id_of("elsewhere")
    monkeypatch.setenv("NEUROSIM_DATA", "here")
    assert provenance.run_id(make("a", text=text)) == id_of("here")


def test_the_id_changes_with_the_model_and_has_eight_digits(make, monkeypatch):
    inputs = make()
    before = provenance.run_id(inputs)
    assert len(before) == 8
    assert int(before, 16) >= 0
    monkeypatch.setattr(provenance, "MODEL_VERSION", provenance.MODEL_VERSION + 1)
    assert provenance.run_id(inputs) != before


def test_a_manifest_names_every_file_by_its_hash_and_no_place_of_the_machine(make, tmp_path):
    manifest = provenance.manifest(make(), {"total_s": 1.5})
    digest = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"  # SHA-256 of "1"
    assert manifest["inputs"]["network"]["weights"] == [{"file": "w.npz", "sha256": digest}]
    assert manifest["inputs"]["energy"]["tables"] == [[{"file": "t.yaml", "sha256": digest}]]
    assert manifest["inputs"]["chip"]["barrier"]["global_ticks"]["1"] == 8
    assert (manifest["workload"], manifest["seed"], manifest["wall"]) == ("net", 1, {"total_s": 1.5})
    assert manifest["packages"].keys() >= {"numpy", "numba", "simpy"}
    assert str(tmp_path) not in json.dumps(manifest)


def test_the_id_is_of_the_csv_entries_of_a_table_too(make, tmp_path):
    def id_of(folder, price):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "prices.csv").write_text(f"op,value\nadd,{price} pJ\n")
        return provenance.run_id(make(folder, table="entries: prices.csv"))

    assert id_of("a", 1) == id_of("b", 1) != id_of("c", 100)


def test_the_id_is_of_the_pixels_of_a_folder_of_images(make, tmp_path):
    def id_of(folder, pixels):
        place = tmp_path / folder / "val" / "cat"
        place.mkdir(parents=True)
        (place / "1.png").write_bytes(pixels)
        text = TEXT + "stimulus: {kind: image_folder}\n"
        return provenance.run_id(make(folder, text=text, overrides=[f"stimulus.options.data={folder}"]))

    assert id_of("a", b"same") == id_of("b", b"same") != id_of("c", b"size")


def test_the_id_is_of_the_photograph_that_is_shown_by_default(make, monkeypatch, tmp_path):
    inputs = make("a")
    assert [file["file"] for file in inputs["stimulus"]["file"]] == ["grace_hopper.jpg"]
    (tmp_path / "other.jpg").write_bytes(b"x")
    monkeypatch.setattr("neurosim.stimuli.photo._portrait", lambda: tmp_path / "other.jpg")
    assert provenance.run_id(make("b")) != provenance.run_id(inputs)

"""``data get`` and ``data list``, and ``--data``: what a person sees of the data sets."""

import numpy as np
import pytest

from neurosim.datasets.dataset import PACKAGE
from neurosim.datasets.remote.remote_files import SOURCES
from neurosim.plugins import known
from tests.cli.command import neurosim, workload
from tests.reference import data_files


def listed(*arguments, **environment):
    found = neurosim("data", "list", *arguments, "--json", **environment).json["data"]
    return {row["name"]: row["found"] for row in found}


def test_the_list_has_every_kind_and_says_what_to_do_about_each(here):
    found = listed("--data", ".")
    assert list(found) == known(PACKAGE)
    assert {name: found[name] for name in SOURCES} == {name: f"no; neurosim data get {name}" for name in SOURCES}
    assert (found["image_folder"], found["npz"]) == ("no", "where its options say")


def test_the_list_says_where_a_set_is_and_which_part_is_not(here):
    data_files.write_records(here / "one" / "cifar-100-binary" / "test.bin", data_files.pixels(1, 32, 32, 3), [0], [0])
    (here / "two").mkdir()
    x, y = data_files.pixels(1, 28, 28), np.array([0], np.uint8)
    for split in ("train", "test"):
        data_files.write_idx(here / "two", split, x, y)
    assert listed(NEUROSIM_DATA="one")["cifar100"] == (
        "one/cifar-100-binary, no training images; neurosim data get cifar100"
    )
    assert listed("--data", "two", NEUROSIM_DATA="one")["mnist"] == "two"


def test_the_list_fits_the_terminal(here):
    outcome = neurosim("data", "list", "--data", ".", columns=80)
    assert (outcome.code, outcome.err) == (0, "")
    assert max(map(len, outcome.out.splitlines())) <= 80


def test_run_and_check_find_the_data_where_they_are_told(here):
    path = workload(stimulus="{kind: mnist, images: 1}", network="{zoo: lenet, input: [1, 28, 28], classes: 10}")
    data_files.write_idx(here / "sets" / "mnist", "test", data_files.pixels(3, 28, 28), np.arange(3, dtype=np.uint8))
    assert neurosim("check", path, "--data", "sets").code == 0
    outcome = neurosim("check", path, NEUROSIM_DATA="nowhere")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == (
        "data mnist: the folder nowhere does not exist; 'neurosim data get mnist' downloads its files, --data or "
        "NEUROSIM_DATA names a folder that holds them\n"
    )


def test_a_download_goes_where_it_is_told_and_prints_the_files(here, monkeypatch):
    asked = []

    def get(name, folder, watch, told):
        asked.append((name, str(folder)))
        watch("a.gz", 1, 2)
        return [folder / "a.gz"]

    monkeypatch.setattr("neurosim.datasets.remote.download.get", get)
    outcome = neurosim("data", "get", "mnist", "--data", "sets")
    assert (outcome.code, outcome.out, outcome.err) == (0, "sets/a.gz\n", "")
    neurosim("data", "get", "mnist", NEUROSIM_DATA="variable")
    neurosim("data", "get", "mnist", NEUROSIM_DATA="", XDG_CACHE_HOME=str(here))
    assert asked == [("mnist", "sets"), ("mnist", "variable"), ("mnist", f"{here}/neurosim/data")]


def test_an_interrupted_download_says_that_it_goes_on(here, monkeypatch):
    def get(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("neurosim.datasets.remote.download.get", get)
    outcome = neurosim("data", "get", "mnist")
    assert (outcome.code, outcome.out) == (130, "")
    assert outcome.err == "interrupted; the same command resumes the download\n"


TYPED_WRONG = [
    (["data", "gte"], "unknown verb 'gte'; did you mean 'get'?"),
    (["data", "get"], "missing NAME: cifar10, cifar100, fashion_mnist or mnist.\nTry 'neurosim data get --help'."),
    (["data", "list", "--data", "nowhere"], "--data nowhere: there is no such folder"),
    (["run", "digits", "--data", "nowhere"], "--data nowhere: there is no such folder"),
    (["data", "get", "npz"], "data npz: it reads a file of your own"),
]


@pytest.mark.parametrize(("typed", "message"), TYPED_WRONG)
def test_what_is_typed_wrong_ends_with_2_and_one_message(here, typed, message):
    outcome = neurosim(*typed)
    assert (outcome.code, outcome.out, outcome.err) == (2, "", f"{message}\n")
    assert list(here.iterdir()) == []

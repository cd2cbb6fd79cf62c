"""``neurosim train`` as a user meets it: what it prints, what it leaves, and what it refuses."""

import errno
import importlib.util
import json
import os
import platform
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from neurosim.files.runs.training_folder import claimed
from tests.cli.command import entries, neurosim, started
from tests.reference.training_jobs import examples, write_data, write_recipe

if importlib.util.find_spec("torch") is None:
    pytest.skip("PyTorch, which the extra 'train' has, is not installed", allow_module_level=True)

FILES = ["card.json", "card.md", "checkpoint.pt", "log.csv", "tiny.npz", "tiny_float.npz"]


@pytest.fixture
def data(here):
    """A data set and a recipe in the current directory."""
    write_data()
    return write_recipe()


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A finished run: its outcome, and the directory that it was started in."""
    place = tmp_path_factory.mktemp("done")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        write_data()
        outcome = neurosim("train", write_recipe(), "--out", "out")
    assert outcome.code == 0, outcome.err
    return outcome, place


def test_the_card_goes_to_stdout_and_a_line_for_each_epoch_to_stderr(done):
    outcome, place = done
    assert outcome.out == (place / "out/card.md").read_text()
    assert outcome.out.startswith("# tiny\n\n| | |\n|---|---|\n| network | digits_cnn, input 1 x 8 x 8, 2,560 neurons")
    lines = outcome.err.splitlines()
    assert [line[:14] for line in lines] == ["epoch   1 of 2", "epoch   2 of 2", "written to out"]
    assert lines[1].endswith(", 0 s left")
    assert entries(place / "out") == FILES


def test_a_finished_run_is_shown_again_and_not_learnt_again(done, monkeypatch):
    outcome, place = done
    monkeypatch.chdir(place)
    monkeypatch.setattr("neurosim.experiments.train.perform", None)
    again = neurosim("train", "tiny.yaml", "--out", "out")
    assert (again.code, again.out, again.err) == (0, outcome.out, "written to out\n")
    as_json = neurosim("train", "tiny.yaml", "--out", "out", "--json", "-q")
    assert (as_json.json, as_json.err) == (json.loads((place / "out/card.json").read_text()), "")


def test_json_is_one_object_and_quiet_is_silent(data):
    outcome = neurosim("train", data, "--json", "--quiet", "--threads", 1)
    assert (outcome.code, outcome.err) == (0, "")
    card = outcome.json
    (folder,) = Path("trained").iterdir()
    assert folder.name == f"tiny-{card['fingerprint']}"
    assert card == json.loads((folder / "card.json").read_text())
    assert card["proof"]["mismatches"] == 0
    assert card["threads"] == 1


def test_the_exported_integers_run(done, monkeypatch):
    _, place = done
    monkeypatch.chdir(place)
    text = (
        "schema: neurosim/workload/1\n"
        "network: {zoo: digits_cnn, input: [1, 8, 8], classes: 3, weights: out/tiny.npz}\n"
        "stimulus: {kind: random, images: 1}\nconversion: {kind: accumulate_fire, steps: 4, weight_bits: 8}\n"
        "chip: loihi_like\nschedules: [layer_by_layer]\nenergy: {tables: [datta2023_45nm_int8]}\n"
    )
    Path("run.yaml").write_text(text)
    assert neurosim("check", "run.yaml", "--json").code == 0


def test_without_pytorch_it_says_which_extra_to_install(data, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    outcome = neurosim("train", data)
    assert (outcome.code, outcome.out) == (2, "")
    hint = "in a checkout of neurosim, pip install -e '.[train]'"
    assert outcome.err == f"training needs PyTorch, which is not installed: {hint}\n"


def test_an_unknown_recipe_is_told_the_nearest(here):
    outcome = neurosim("train", "digit_cnn")
    assert (outcome.code, outcome.err) == (2, "unknown recipe 'digit_cnn'; did you mean 'digits_cnn'?\n")


NETWORK = "{zoo: %s, input: [1, 8, 8], classes: 3%s}"
REFUSED = {
    "a network that is not there": (
        {"network": NETWORK % ("digit_cnn", "")},
        "2:16: network.zoo: unknown network 'digit_cnn'; did you mean 'digits_cnn'?",
    ),
    "a network on a graph": (
        {"network": NETWORK % ("gcn", "")},
        "2:16: network.zoo: gcn is a network on a graph, which is not trained here; there are: digits_cnn, lenet, "
        "mobilenetv2, resnet110, resnet18, resnet20, resnet32, resnet34, resnet44, resnet56, vgg11, vgg13, vgg16, "
        "vgg19, vgg8",
    ),
    "an option that a network does not have": (
        {"network": NETWORK % ("resnet20", ", options: {shortcat: conv}")},
        "2:66: network.options.shortcat: unknown option of resnet20; did you mean 'shortcut'?",
    ),
    "a value that an option does not take": (
        {"network": NETWORK % ("resnet20", ", options: {shortcut: none}")},
        "2:76: network.options.shortcut: 'none' is not one of conv, identity",
    ),
    "levels": (
        {"network": NETWORK % ("vgg8", ", options: {levels: 7}")},
        "2:62: network.options.levels: the levels are 2^steps - 1; give 'steps'",
    ),
    "a ReLU": (
        {"network": NETWORK % ("vgg8", ", options: {activation: relu}")},
        "2:62: network.options.activation: only clipped activations are trained; leave it out",
    ),
    "images too small for the network": (
        {"network": NETWORK % ("vgg16", "")},
        "2:10: network: pool4: a 2 x 2 window does not fit a 1 x 1 map with padding 0 x 0",
    ),
    "a data set that is not there": (
        {"data": "{kind: cifar11}"},
        "3:14: data.kind: unknown data set 'cifar11'; did you mean 'cifar10'?",
    ),
    "an option that a data set does not have": (
        {"data": "{kind: npz, options: {flie: tiny.npz}}"},
        "3:19: data.options.file: missing\n"
        "tiny.yaml:3:29: data.options.flie: unknown option of npz; did you mean 'file'?",
    ),
    "a data set without what it needs": ({"data": "{kind: npz}"}, "3:7: data: npz needs 'file'"),
    "a value that a data set does not take": (
        {"data": "{kind: npz, options: {file: tiny.npz, held_back: 2}}"},
        "3:56: data.options.held_back: 2 is out of range; wanted less than 1.0",
    ),
    "an unknown key": ({"rat": "0.1"}, "8:1: rat: unknown key; did you mean 'rate'?"),
    "a value out of range": ({"rate": "0"}, "8:7: rate: 0 is out of range; wanted more than 0.0"),
    "more epochs on integers than there are": ({"integer_epochs": "3"}, "5:17: integer_epochs: 3 of 2 epochs"),
    "more epochs of crops than there are": (
        {"network": NETWORK % ("resnet20", ""), "augmentation": "{crop: 4, crop_epochs: 3}"},
        "7:38: augmentation.crop_epochs: 3 of 2 epochs",
    ),
    "crops without epochs": (
        {"augmentation": "{crop: 4}"},
        "7:22: augmentation.crop: wanted both 'crop' and 'crop_epochs', or neither",
    ),
    "crops larger than the image": (
        {"augmentation": "{crop: 9, crop_epochs: 1}"},
        "7:22: augmentation.crop: 9 of an image of 8 x 8 pixels",
    ),
    "crops that change the weights of a network": (
        {"augmentation": "{crop: 6, crop_epochs: 1}"},
        "7:22: augmentation.crop: digits_cnn cannot take squares of 6 pixels: wanted one that averages all pixels",
    ),
    "crops for a network that is wrong anyway": (
        {"network": NETWORK % ("resnet20", ", options: {levels: 7}"), "augmentation": "{crop: 4, crop_epochs: 1}"},
        "2:66: network.options.levels: the levels are 2^steps - 1; give 'steps'",
    ),
    "a start that is not there": (
        {"start": "tini.npz"},
        "8:8: start: no file 'tini.npz'; did you mean 'tiny.npz'?",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_recipe_is_refused_with_its_line(data, what):
    changes, message = REFUSED[what]
    outcome = neurosim("train", write_recipe(**changes))
    assert (outcome.code, outcome.out, outcome.err) == (2, "", f"tiny.yaml:{message}\n")
    assert entries(Path()) == ["tiny.npz", "tiny.yaml"]


def test_all_that_is_wrong_with_a_recipe_is_said_at_once(data):
    outcome = neurosim("train", write_recipe(network=NETWORK % ("vgg9", ""), data="{kind: minst}", start="no.npz"))
    assert [line.split(": ")[1] for line in outcome.err.splitlines()] == ["network.zoo", "data.kind", "start"]


def test_a_start_of_another_network_is_refused(data, done):
    path = done[1] / "out" / "tiny.npz"
    outcome = neurosim("train", write_recipe(network=NETWORK % ("vgg8", ""), start=path))
    assert outcome.code == 2
    assert outcome.err == f"{path}: holds the weights of digits_cnn, the network is vgg8\n"


def test_a_start_of_other_classes_is_refused(data, done):
    path = done[1] / "out" / "tiny.npz"
    outcome = neurosim("train", data, "--set", "network.classes=4", "--set", f"start={path}")
    assert (outcome.code, outcome.err) == (
        2,
        f"{path}: classifier: bias is 3, wanted 4\n{path}: classifier: weight is 3 x 128, wanted 4 x 128\n",
    )


def test_images_of_another_shape_are_refused(data):
    outcome = neurosim("train", data, "--set", "network.input=[3,8,8]")
    assert (outcome.code, outcome.err) == (
        2,
        "tiny.npz, to train on: images of 1 x 8 x 8, the network takes 3 x 8 x 8\n",
    )


def test_another_number_of_classes_is_refused(data):
    outcome = neurosim("train", data, "--set", "network.classes=10")
    assert (outcome.code, outcome.err) == (2, "tiny.npz, to train on: 3 classes, the network has 10\n")


def test_labels_out_of_range_are_refused(data):
    write_data(y_train=examples().labels - 1)
    outcome = neurosim("train", data)
    assert outcome.code == 2
    assert outcome.err == "tiny.npz: image 0 has label -1 and 13 more; the 3 classes are numbered 0 to 2\n"


def test_a_data_file_that_is_broken_or_missing_is_refused(data):
    content = Path("tiny.npz").read_bytes()
    Path("tiny.npz").write_bytes(content[: len(content) // 2])
    assert neurosim("train", data).err == "tiny.npz: an .npz that is cut off or damaged; copy it or save it again\n"
    Path("tiny.npz").rename("tiny_2.npz")
    assert neurosim("train", data).err == (
        "tiny.yaml:3:35: data.options.file: no file 'tiny.npz'; did you mean 'tiny_2.npz'?\n"
    )


@pytest.mark.parametrize(
    ("out", "reason"),
    [
        ("tiny.yaml", "tiny.yaml: is a file; choose a folder"),
        ("tiny.yaml/deeper", "tiny.yaml/deeper: cannot be written: Not a directory"),
    ],
)
def test_a_folder_that_cannot_be_is_refused_before_anything_is_learnt(data, monkeypatch, out, reason):
    monkeypatch.setattr("neurosim.training.trainer.Trainer", None)
    outcome = neurosim("train", data, "--out", out)
    assert (outcome.code, outcome.err) == (2, f"{reason}\n")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_folder_that_may_only_be_read_is_refused_before_anything_is_learnt(data, monkeypatch, number):
    def refuse(**named):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)
    monkeypatch.setattr("neurosim.training.trainer.Trainer", None)
    outcome = neurosim("train", data, "--out", "mine")
    assert (outcome.code, outcome.err) == (2, f"mine: cannot be written: {os.strerror(number)}\n")


def test_a_loss_that_is_no_number_is_one_message(data, monkeypatch):
    outcome = neurosim("train", data, "--set", "rate=1e30", "--set", "integer_epochs=0", "-q")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("epoch 1, batch ")
    assert "; take a smaller rate (now " in outcome.err


LONG = ("--set", "epochs=3000", "-q")


def wait_for(path, process):
    """Wait until a file is there."""
    while not path.is_file():
        assert process.poll() is None, process.communicate()
        signal.sigtimedwait([], 0.02)


def test_ctrl_c_ends_with_130_and_says_how_to_go_on(data, here):
    process = started("train", "tiny.yaml", "--out", "mine", *LONG, cwd=here)
    wait_for(here / "mine/checkpoint.pt", process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out) == (130, "")
    assert err == "interrupted; the same command resumes from the checkpoint in mine\n"
    assert (here / "mine/checkpoint.pt").is_file()
    assert not list((here / "mine").glob("*.part"))


def test_sigterm_ends_as_ctrl_c_does_with_143(data, here):
    process = started("train", "tiny.yaml", "--out", "mine", *LONG, cwd=here)
    wait_for(here / "mine/checkpoint.pt", process)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate()
    assert (process.returncode, out) == (143, "")
    assert err == "interrupted; the same command resumes from the checkpoint in mine\n"
    assert not (here / "mine/.lock").exists()


@pytest.mark.parametrize("name", ["../../../escaped", "/tmp/absolute", '"a\\0b"', "a/b", ".hidden", "..", "x" * 300])
def test_a_name_that_would_lead_out_of_the_folder_is_refused_before_anything_is_learnt(data, here, name):
    before = entries(here)
    outcome = neurosim("train", write_recipe(name=name))
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("tiny.yaml:8:7: name: ")
    assert entries(here) == before


def test_a_recipe_that_is_not_there_is_told_before_pytorch_is_missed(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    outcome = neurosim("train", "digts_cnn")
    assert (outcome.code, outcome.err) == (2, "unknown recipe 'digts_cnn'; did you mean 'digits_cnn'?\n")


@pytest.mark.parametrize(
    "changed", [{"x_test": examples(12, seed=3).images}, {"y_test": (examples(12).labels + 1) % 3}]
)
def test_the_accuracy_on_a_card_is_never_that_of_another_test_set(data, changed):
    first = neurosim("train", data, "--json", "-q").json
    write_data(**changed)
    second = neurosim("train", data, "--json", "-q").json
    assert first["fingerprint"] != second["fingerprint"]
    assert len(list(Path("trained").iterdir())) == 2


def test_two_processes_never_train_into_one_folder_and_a_killed_one_is_no_hindrance(data, here):
    process = started("train", "tiny.yaml", "--out", "mine", *LONG, cwd=here)
    wait_for(here / "mine/checkpoint.pt", process)
    refused = neurosim("train", data, "--out", "mine", "-q")  # two epochs: if it is let in, it ends, too
    process.kill()
    process.communicate()
    who = f"process {process.pid} on {platform.node()}"
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == f"mine: {who} is training into it; let it end, or give another --out\n"
    assert Path("mine/.lock").read_text() == f"{who}\n"
    with claimed(Path("mine")):
        assert Path("mine/.lock").read_text() == f"process {os.getpid()} on {platform.node()}\n"
    assert not Path("mine/.lock").exists()


def test_a_process_that_was_killed_goes_on_to_the_same_bytes(data, here):
    options = ("--set", "epochs=40", "--threads", 1, "-q")
    process = started("train", "tiny.yaml", "--out", "killed", *options, cwd=here)
    wait_for(here / "killed/log.csv", process)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not Path("killed/card.json").exists()
    for folder in ("killed", "whole"):
        assert neurosim("train", "tiny.yaml", "--out", folder, *options).code == 0
    for name in ("tiny.npz", "tiny_float.npz"):
        assert Path("killed", name).read_bytes() == Path("whole", name).read_bytes()
    with np.load("whole/tiny.npz") as weights:
        assert weights["conv1.weight"].dtype == np.int8

"""``neurosim eval``: what stands on which stream, what is in the folder, and what is refused."""

import json

import numpy as np
import pytest
from PIL import Image

from neurosim.plugins import data_folder
from tests.cli.command import entries, neurosim

FEW = ("digits", "--images", "12", "--set", "compare=[]")
SHOWN = """\
network        digits_cnn  TRAINED WEIGHTS
               2,560 neurons, 8,336 weights
images         12 images, optical digits, held back from training
float network  100.00 % (12 of 12), 95 % interval 75.75 to 100.00 %

accumulate_fire, T=4 ───────────────────────────────────────────────────────────────────────────────
accuracy       100.00 % (12 of 12), 95 % interval 75.75 to 100.00 %
               100.0 % of the predictions equal the float network's
"""


UNKNOWN = "stimulus photo: its images have no labels, so accuracy cannot be measured; type\n"
CIFAR = """\
neurosim eval vgg16 --set 'stimulus={kind: cifar10}' --data DIR
DIR is the folder with the files of cifar10, which 'neurosim data get cifar10 --data DIR' downloads
"""
FASHION = """\
neurosim eval fashion_mnist --set 'stimulus={kind: fashion_mnist}' --data DIR
DIR is the folder with the files of fashion_mnist, or mnist in its place, which 'neurosim data get fashion_mnist \
--data DIR' downloads
"""


@pytest.fixture
def undrawn(monkeypatch):
    """Nothing is drawn, which is most of the time."""
    monkeypatch.setattr("neurosim.report.figures.confusion.write_figures", lambda *arguments: [])


def without_times(summary):
    for result in summary["results"]:
        del result["cpu_ms_per_image"]
    return {name: value for name, value in summary.items() if name not in ("wall", "out_dir")}


def test_the_answer_is_on_stdout_and_stderr_says_where_it_is_written(here, undrawn):
    outcome = neurosim("eval", *FEW)
    folder = next((here / "reports" / "evaluation").iterdir())
    assert (outcome.code, outcome.err) == (0, f"written to reports/evaluation/{folder.name}\n")
    assert outcome.out.startswith(SHOWN)
    assert "event by event 20,500 spikes and logits of 2 images, none differ\n" in outcome.out
    assert entries(folder) == ["activity.csv", "confusion.csv", "evaluation.json", "manifest.json"]


def test_json_is_alone_on_stdout_and_is_what_is_stored(here, undrawn):
    outcome = neurosim("eval", *FEW, "--json", "-q", "--prove", "1")
    assert (outcome.code, outcome.out.count("\n"), outcome.err) == (0, 1, "")
    summary = outcome.json
    assert summary["schema"] == "neurosim/evaluation/1"
    assert summary["out_dir"] == f"reports/evaluation/digits-{summary['evaluation_id']}"
    assert json.loads((here / summary["out_dir"] / "evaluation.json").read_text()) == summary
    (result,) = summary["results"]
    assert result["event_driven"] == {"images": 1, "checked": 10_250, "mismatches": 0}
    assert {name: result["accuracy"][name] for name in ("images", "correct")} == {"images": 12, "correct": 12}
    assert sum(map(sum, result["confusion"])) == 12


def test_evaluating_again_replaces_the_folder_with_the_same(here, undrawn):
    first = neurosim("eval", *FEW, "--json").json
    again = neurosim("eval", *FEW, "--json", "-j", "2").json
    assert again["out_dir"] == first["out_dir"]
    assert without_times(again) == without_times(first)
    assert [path.name for path in (here / "reports" / "evaluation").iterdir()] == [f"digits-{first['evaluation_id']}"]


def test_a_mismatch_is_loud(here, undrawn, monkeypatch):
    from neurosim.simulation.functional.path_agreement import PathAgreement

    monkeypatch.setattr("neurosim.evaluation.evaluator.compare", lambda *arguments: PathAgreement(1, 10, 3))
    outcome = neurosim("eval", *FEW)
    assert "event by event 20 spikes and logits of 2 images, 6 DIFFER\n" in outcome.out


def test_a_folder_of_the_users_own_is_not_overwritten(here, undrawn):
    (here / "mine").mkdir()
    (here / "mine" / "thesis.tex").write_text("years of work")
    outcome = neurosim("eval", *FEW, "--out", "mine")
    assert (outcome.code, outcome.err) == (2, "mine: is not empty and not an evaluation; choose another\n")
    assert entries(here / "mine") == ["thesis.tex"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("vgg16",), UNKNOWN + CIFAR),
        (("fashion_mnist",), UNKNOWN + FASHION),
        (
            ("digits", "--set", "stimulus.kind=photo"),
            f"{UNKNOWN}neurosim eval digits --set 'stimulus={{kind: digits}}'\n",
        ),
        (
            ("digits", "--set", "stimulus.kind=photo", "--set", "network={zoo: lenet, input: [1, 29, 29], classes: 7}"),
            UNKNOWN.replace(
                "type\n", "take one of cifar10, cifar100, digits, fashion_mnist, image_folder, mnist, npz\n"
            ),
        ),
        (("digits", "--images", "401"), "wanted 401 images, the set has 400\n"),
        (
            ("digits", "--data", "nowhere", "--set", "stimulus.kind=mnist"),
            "--data nowhere: there is no such folder\n",
        ),
        (("digts",), "unknown workload 'digts'; did you mean 'digits'?\n"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_in_words(here, monkeypatch, arguments, message):
    monkeypatch.setenv("NEUROSIM_DATA", "unset")
    outcome = neurosim("eval", *arguments)
    assert (outcome.code, outcome.out, outcome.err) == (2, "", message)
    assert list(here.iterdir()) == []


def test_a_graph_is_marked_by_its_nodes(here, undrawn):
    outcome = neurosim("eval", "gcn_generated", "--set", "compare=[]", "-q")
    assert (outcome.code, outcome.err) == (0, "")
    assert "images         1 image, citations.npz, the labels of 160 of 240 nodes\n" in outcome.out
    assert "accuracy       89.38 % (143 of 160), 95 % interval 83.64 to 93.26 %\n" in outcome.out
    assert "event by event 16,320 spikes and logits of 1 image, none differ\n" in outcome.out


def test_a_photograph_of_ones_own_has_no_labels(here):
    Image.new("L", (40, 40)).save("photo.png")
    outcome = neurosim("eval", "fashion_mnist", "--set", "stimulus.file=photo.png")
    assert outcome.err == f"stimulus photo: photo.png has no labels, so accuracy cannot be measured; type\n{FASHION}"


def test_what_is_to_be_typed_keeps_what_was_typed(here):
    noise = ("--set", "stimulus={kind: random, options: {density: 0.3, zero_point: 3}}")
    outcome = neurosim("eval", "digits", "--set", "compare=[]", *noise, "--seed", "3")
    assert outcome.err == (
        "stimulus random: its images have no labels, so accuracy cannot be measured; type\n"
        "neurosim eval digits --set 'compare=[]' --set seed=3 --set 'stimulus={kind: digits, options: "
        '{"zero_point": 3}}\'\n'
    )


def test_a_graph_without_labels_is_refused(here):
    with np.load(data_folder("workloads") / "data" / "citations.npz") as stored:
        np.savez("mine.npz", **{name: stored[name] for name in ("x", "edges", "test")})
    outcome = neurosim("eval", "gcn_generated", "--set", "stimulus.file=mine.npz")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "stimulus graph: mine.npz has no labels 'y', so accuracy cannot be measured\n"


def test_an_evaluation_is_not_taken_for_a_run(here, undrawn):
    neurosim("eval", *FEW, "--out", "kept", "-q")
    outcome = neurosim("report", "kept")
    assert (outcome.code, outcome.err) == (2, "kept: is an evaluation, not a run folder\n")

"""What is made of an evaluation's counts, and how its images are read, shared out and reported."""

import csv
import json

import numpy as np
import pytest

import neurosim
from neurosim.errors import DocumentError
from neurosim.evaluation import evaluator
from neurosim.evaluation.classification import confused, precision, recall, wilson
from neurosim.experiments.evaluate import evaluate
from neurosim.experiments.simulate import simulate
from neurosim.report.terminal.evaluation_summary import text
from neurosim.stimuli.dataset_stream import DatasetStream
from neurosim.stimuli.encode import encode

DIGITS = (1, 8, 8)
EVENTS = ("synaptic_event_conv", "synaptic_event_dense", "synaptic_event_graded")
FIGURES = ("confusion", "confusion_2", "activity", "activity_2")


@pytest.fixture(scope="module")
def digits():
    return evaluate("digits")


def integers(evaluated):
    """All counts of an evaluation, without times and places."""
    summary = evaluated.summary()
    del summary["wall"], summary["out_dir"]
    for result in summary["results"]:
        del result["cpu_ms_per_image"]
    return summary


def test_the_package_offers_it():
    assert neurosim.evaluate is evaluate


def test_an_evaluation_of_the_images_of_a_run_finds_what_the_run_finds():
    found, run = evaluate("digits", images=50, prove=0), simulate("digits", set={"schedules": ["layer_by_layer"]})
    kinds = {result.conversion.kind: result for result in run.record.results}
    assert [part.name for part in found.record.parts] == ["accumulate_fire", "if_qcfs"]
    for part in found.record.parts:
        counted, result = part.evaluation, kinds[part.conversion.kind]
        assert part.conversion == result.conversion
        assert (counted.judged, counted.correct) == (result.accuracy.images, result.accuracy.correct)
        assert counted.spikes_per_neuron == pytest.approx(result.activity.spikes_per_neuron, rel=1e-12)
        for layer in result.layers[1:]:
            own = counted.spikes[layer.number, : len(layer.spikes_by_step)] / 50
            assert own.tolist() == pytest.approx(list(layer.spikes_by_step), rel=1e-12)
        events = [count for name, count in result.counts_total.items() if name in EVENTS]
        assert counted.additions.sum() + counted.products.sum() == sum(events)


def test_all_held_back_digits_are_shown_and_the_quantised_network_answers_as_the_float_one_does(digits):
    found = digits.record
    assert (found.images, found.float_correct) == (400, 396)
    assert [(part.evaluation.correct, part.same) for part in found.parts] == [(396, 400), (392, 392)]
    assert [(part.agreement.images, part.agreement.mismatches) for part in found.parts] == [(2, 0), (2, 0)]
    assert found.parts[0].agreement.checked == 2 * (4 * 2560 + 10)


def test_processes_chunks_and_batches_change_nothing(digits, monkeypatch):
    monkeypatch.setattr("neurosim.stimuli.dataset_stream.CHUNK_BYTES", 4 * 64 * 150)
    monkeypatch.setattr(evaluator, "SHARD_BATCHES", 1)
    assert integers(evaluate("digits", processes=2)) == integers(digits)


def test_without_the_float_network_nothing_is_said_of_it():
    found = evaluate("digits", set={"compare": []}, images=20, prove=0, with_float=False)
    summary = found.summary()
    assert (summary["float"], summary["results"][0]["same_as_float"]) == (None, None)
    assert summary["results"][0]["event_driven"] is None
    assert "float" not in text(found.record)
    assert "event by event" not in text(found.record)


def test_what_is_shown_and_asked_decides_the_id():
    ids = {
        evaluate("digits", set={"compare": []}, prove=0, **asked).evaluation_id
        for asked in ({"images": 5}, {"images": 6}, {"images": 5, "seed": 2}, {"images": 5, "with_float": False})
    }
    assert len(ids) == 4
    again = evaluate("digits", set={"compare": []}, images=5, prove=1)
    assert again.evaluation_id in ids


def test_the_text_fits_and_says_the_interval(digits):
    for columns in (60, 80, 100, 140):
        assert max(map(len, text(digits.record, columns).splitlines())) <= columns
    assert "99.00 % (396 of 400), 95 % interval 97.46 to 99.61 %" in text(digits.record)


def test_the_folder_holds_everything_and_its_tables_add_up(digits, tmp_path):
    saved = digits.save(tmp_path / "kept")
    names = {path.relative_to(saved.folder).as_posix() for path in saved.folder.rglob("*") if path.is_file()}
    figures = {f"figures/{name}.{kind}" for name in FIGURES for kind in ("pdf", "png", "csv")}
    assert names == {"evaluation.json", "manifest.json", "confusion.csv", "activity.csv"} | figures
    stored = json.loads((saved.folder / "evaluation.json").read_text())
    assert stored == saved.summary()
    with (saved.folder / "confusion.csv").open(newline="") as file:
        cells = list(csv.DictReader(file))
    assert sum(int(row["images"]) for row in cells if row["result"] == "if_qcfs") == 400
    assert sum(int(row["images"]) for row in cells if row["label"] == row["answer"]) == 396 + 392
    with (saved.folder / "activity.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["result"] == "accumulate_fire"]
    by_step = sum(int(row["spikes"]) for row in rows if row["step"] != "all")
    assert by_step == sum(int(row["spikes"]) for row in rows if row["step"] == "all")
    assert by_step == stored["results"][0]["activity"]["spikes"]


def test_recall_precision_and_mistakes_are_those_of_the_matrix(digits):
    counted = digits.record.parts[0].evaluation
    assert counted.confusion.sum(axis=1).tolist() == [37, 38, 42, 44, 42, 42, 43, 33, 46, 33]
    assert list(recall(counted))[8] == 44 / 46
    assert next(precision(counted)) == 37 / 38
    assert confused(counted, 3) == [(2, 1, 1), (3, 9, 1), (8, 0, 1)]


@pytest.mark.parametrize(
    ("correct", "images", "low", "high"),
    [(0, 10, 0.0, 0.27753), (10, 10, 0.72247, 1.0), (81, 263, 0.2553, 0.3662), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_the_score_interval(correct, images, low, high):
    # The last two: R. G. Newcombe, Statistics in Medicine 17, 1998, table I, method 3.
    assert wilson(correct, images) == pytest.approx((low, high), abs=5e-5)


def test_the_images_of_a_showing_are_those_of_a_run_in_their_order(monkeypatch):
    monkeypatch.setattr("neurosim.stimuli.dataset_stream.CHUNK_BYTES", 4 * 64 * 7)
    options = {"zero_point": 3}
    showing = DatasetStream("digits", DIGITS, 5, options, wanted=20)
    chunks = list(showing.chunks())
    assert [len(chunk.images) for chunk in chunks] == [7, 7, 6]
    drawn = encode("digits", 20, DIGITS, 5, options)
    assert np.array_equal(np.concatenate([chunk.images for chunk in chunks]), drawn.images)
    assert np.array_equal(np.concatenate([chunk.labels for chunk in chunks]), drawn.labels)
    assert {(chunk.unit, chunk.max_code) for chunk in chunks} == {(drawn.unit, drawn.max_code)}


def test_all_images_of_an_npz_are_shown(tmp_path):
    x, y = np.arange(5 * 64, dtype=np.uint8).reshape(5, 8, 8), np.array([0, 1, 2, 3, 4])
    np.savez(tmp_path / "own.npz", x=x, y=y)
    showing = DatasetStream("npz", DIGITS, file=str(tmp_path / "own.npz"))
    assert (showing.images, showing.classes, showing.description) == (5, None, "own.npz")
    assert np.concatenate([chunk.labels for chunk in showing.chunks()]).tolist() == y.tolist()


def test_images_without_labels_are_refused():
    with pytest.raises(DocumentError, match=r"^stimulus photo: its images have no labels, so accuracy"):
        evaluate("digits", set={"stimulus": {"kind": "photo"}})


def test_more_images_than_there_are_are_refused():
    with pytest.raises(DocumentError, match=r"^wanted 401 images, the set has 400$"):
        evaluate("digits", images=401)


def test_files_that_are_not_there_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROSIM_DATA", "unset")
    with pytest.raises(DocumentError) as refused:
        evaluate("resnet20", set={"stimulus": {"kind": "cifar10"}}, data=tmp_path)
    assert "data cifar10: wanted test_batch.bin, or cifar10_jpeg.npz" in str(refused.value)
    assert f"{tmp_path} holds nothing" in str(refused.value)

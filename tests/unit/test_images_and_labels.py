"""Images, their scale and their labels are looked at before anything is simulated, by one rule for all sources."""

from __future__ import annotations

import os

import numpy as np
import pytest

from neurosim.datasets.dataset import dataset
from neurosim.errors import ConversionError, DocumentError
from neurosim.evaluation.counters import evaluate_codes
from neurosim.experiments import evaluate, simulate
from neurosim.simulation.observe import observe
from neurosim.stimuli.encode import encode
from neurosim.stimuli.stimulus import Stimulus
from tests.reference import data_files

DIGITS = (1, 8, 8)
COUNTS = np.random.default_rng(1).integers(0, 4, (6, 8, 8))
COUNTS[5, 0, 0] = 12


@pytest.fixture
def file(tmp_path):
    return tmp_path / "x.npz"


def shown(file, images=6, shape=DIGITS, **options):
    return encode("npz", images, shape, options=options, file=str(file))


def workload(file, images=6, **changes):
    stimulus = {"kind": "npz", "file": str(file), "images": images}
    return "digits", {"stimulus": stimulus, "compare": [], **changes}


def refused(call, *arguments, **options):
    with pytest.raises((DocumentError, ConversionError)) as caught:
        call(*arguments, **options)
    return str(caught.value)


@pytest.mark.parametrize("dtype", ["<u2", ">u2", ">i4", "<u8", ">u8", "i1", "<i8", ">i8"])
def test_the_same_numbers_in_any_type_are_the_same_images(file, dtype):
    np.savez(file, x=COUNTS.astype(dtype), y=np.arange(6, dtype=">i4"))
    found = shown(file)
    assert found.images.dtype == np.int32
    assert np.array_equal(found.images[..., 0], COUNTS)
    assert (found.unit, found.max_code, found.labels.dtype) == (1 / 12, 12, np.int64)


def test_truth_values_are_0_and_1(file):
    np.savez(file, x=COUNTS > 1)
    assert (shown(file).max_code, shown(file).unit, shown(file).images.dtype) == (1, 1.0, np.uint8)


@pytest.mark.parametrize("dtype", ["f2", "f4", ">f8", "c8", "U1"])
def test_images_that_are_no_whole_numbers_are_refused(file, dtype):
    np.savez(file, x=COUNTS.astype(dtype), y=np.zeros(6, int))
    said = f"{file}: x holds {np.dtype(dtype).newbyteorder('=')}, wanted integers; quantise it and give its 'unit'"
    assert refused(shown, file) == said
    assert refused(dataset("npz", {"file": str(file)}).read, "train") == said


def test_a_pixel_is_worth_the_same_however_many_images_are_shown(file):
    np.savez(file, x=COUNTS.astype(np.int16), y=np.arange(6) % 3)
    few, many = shown(file, 5), shown(file, 6)
    assert (few.unit, few.max_code) == (many.unit, many.max_code) == (1 / 12, 12)
    assert np.array_equal(few.images, many.images[:5])
    assert few.description == "x.npz, one step is 1/12, of the largest code in the file"
    train, test = (dataset("npz", {"file": str(file), "held_back": 0.5}).read(part) for part in ("train", "test"))
    assert {(part.unit, part.max_code) for part in (train, test)} == {(1 / 12, 12)}


def test_both_parts_of_a_file_have_one_scale(file):
    parts = {"x_train": COUNTS[:3].astype(">i2"), "x_test": COUNTS[3:].astype(">i2")}
    np.savez(file, **parts, y_train=np.arange(3), y_test=np.arange(3))
    train, test = (dataset("npz", {"file": str(file)}).read(part) for part in ("train", "test"))
    assert (train.max_code, test.max_code) == (12, 12)
    assert np.array_equal(test.images[..., 0], COUNTS[3:])


@pytest.mark.parametrize("extreme", [2**63 - 1, -(2**63), 2**31, -(2**31)])
def test_codes_beyond_32_bits_are_refused(file, extreme):
    np.savez(file, x=np.full((2, 8, 8), extreme), y=[0, 1])
    assert "beyond the codes of 32 bits" in refused(shown, file, 2)
    assert refused(shown, file, 2, max_code=100).endswith(f"x holds {abs(extreme)}, more than max_code 100")
    np.savez(file, x=np.full((2, 8, 8), 2**64 - 1, np.uint64))
    assert "beyond the codes of 32 bits" in refused(shown, file, 2)


def test_images_that_could_be_read_in_two_ways_ask_which_is_meant(file):
    x = data_files.pixels(4, 8, 8, 8)
    np.savez(file, x=x, y=np.zeros(4, int))
    question = f"{file}: x is 4 x 8 x 8 x 8: channels may come first or last; say 'channels_first: true' or 'false'"
    assert refused(shown, file, 4, (8, 8, 8)) == question
    assert refused(dataset("npz", {"file": str(file)}).read, "train") == question
    for first, wanted in ((True, x.transpose(0, 2, 3, 1)), (False, x)):
        options = {"file": str(file), "channels_first": first, "held_back": 0.25}
        assert np.array_equal(shown(file, 4, (8, 8, 8), channels_first=first).images, wanted)
        found = dataset("npz", options).read("train", np.arange).images
        rows = np.random.default_rng(1).permutation(4)[1:]
        assert np.array_equal(found, wanted[rows])


def test_a_layout_that_is_said_is_not_guessed(file):
    np.savez(file, x=data_files.pixels(4, 3, 8, 8))
    assert shown(file, 4, (3, 8, 8)).images.shape == (4, 8, 8, 3)
    assert "its images are 8 x 3 x 8, the network takes 3 x 8 x 8" in refused(
        shown, file, 4, (3, 8, 8), channels_first=False
    )


LABELS = {
    "fractions": (np.full(6, 0.5), "x.npz: y is 6 of float64, wanted one whole number for each image"),
    "not a number": (np.full(6, np.nan), "x.npz: y is 6 of float64, wanted one whole number for each image"),
    "one-hot": (np.eye(10, dtype=int)[:6], "6 x 10 of int64; where they are one-hot, save their argmax(axis=1)"),
    "too large": (np.array([0, 1, 2, 3, 4, 12]), "x.npz: labels: 12 is none of the network's 10 classes, 0 to 9"),
    "far too large": (np.full(6, 2**62), f"x.npz: labels: {2**62} is none of the network's 10 classes, 0 to 9"),
    "beyond int64": (np.full(6, 2**64 - 1, np.uint64), "is no"),
    "from 1": (
        np.array([1, 2, 3, 4, 5, 10]),
        "x.npz: labels: 10 is none of the network's 10 classes, 0 to 9; labels count from 0, and these seem to count "
        "from 1",
    ),
    "negative": (np.array([0, 1, 2, 3, 4, -2]), "x.npz: labels: -2 is none of the network's 10 classes, 0 to 9"),
    "none asked": (
        np.full(6, -1),
        "x.npz: labels: all are negative, so no answer is evaluated; leave labels out where they are not known",
    ),
    "too few": (np.arange(5), "x.npz: 5 labels for 6 images"),
    "one": (np.array(3), "x.npz: y is one number of int64, wanted one whole number for each image"),
}


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("images", [2, 6])
def test_labels_that_are_none_are_refused_before_anything_is_simulated(file, kind, images):
    labels, said = LABELS[kind]
    np.savez(file, x=data_files.pixels(6, 8, 8), y=labels)
    path, changes = workload(file, images)
    assert said in refused(simulate.prepare, path, changes)
    assert said in refused(evaluate.prepare, path, changes)


def test_a_file_named_among_the_options_is_shown_as_one_named_beside_them(file):
    np.savez(file, x=data_files.pixels(6, 8, 8), y=np.arange(6))
    beside = evaluate.prepare(*workload(file))
    among = evaluate.prepare("digits", {"stimulus": {"kind": "npz", "options": {"file": str(file)}}, "compare": []})
    first, second = (next(prepared.stream.chunks()) for prepared in (beside, among))
    assert np.array_equal(first.images, second.images)
    assert np.array_equal(first.labels, second.labels)


def test_a_data_set_of_more_classes_than_the_network_has_is_not_evaluated(tmp_path):
    data_files.write_records(tmp_path / "test.bin", data_files.pixels(4, 32, 32, 3), [0, 1, 2, 3], [0, 1, 2, 3])
    stimulus = {"kind": "cifar100", "options": {"data": str(tmp_path)}}
    said = refused(evaluate.prepare, "resnet20", {"stimulus": stimulus, "compare": []})
    assert said == "stimulus cifar100: its labels are of 100 classes, the network answers with 10"


@pytest.fixture(scope="module")
def digits():
    return simulate.prepare("digits", {"compare": [], "stimulus.images": 2})


def test_images_from_python_are_looked_at_too(digits):
    case, images = digits.cases[0], digits.stimulus.images
    wrong = [
        (images.transpose(0, 3, 1, 2), "their channels come first: images.transpose(0, 2, 3, 1)"),
        (images[..., 0], "images are 2 x 8 x 8, wanted n x rows x columns x channels"),
        (images[:0], "images are 0 x 8 x 8 x 1, wanted n x rows x columns x channels"),
        (images / 16, "images hold float64, wanted whole numbers; quantise them"),
        (images.astype(int) + 1, "images hold 17, more than the 16 that the network was made for"),
        (images[:, 1:], "images are 2 x 7 x 8 x 1, wanted n x 8 x 8 x 1"),
    ]
    for given, said in wrong:
        chip = digits.workload.chip
        found = refused(observe, case.network, chip, case.placement, case.schedule, given)
        assert found.startswith("input: images ")
        assert found.endswith(said)
        assert refused(evaluate_codes, case.network, given, [0, 1]).startswith("input: images ")
    for dtype in (">i4", ">u2", "<u8", "i1"):
        found = case.network.checked_images(images.astype(dtype))
        assert np.array_equal(found, images)
        assert found.dtype == np.int32


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unit": 1e-320}, "stimulus: unit: wanted a number from 1e-12 to 1e+12, found 1e-320"),
        ({"unit": float("nan")}, "stimulus: unit: wanted a number from 1e-12 to 1e+12, found nan"),
        ({"unit": (1.0, 2.0)}, "stimulus: 2 units for 1 channels"),
        ({"max_code": 0}, "stimulus: max_code: wanted a whole number from 1 to 2,147,483,647, found 0"),
        ({"max_code": 3}, "stimulus: images hold 12, more than the 3 that the network was made for"),
        ({"labels": np.zeros(6)}, "stimulus: labels are 6 of float64, wanted 6 whole numbers"),
        ({"labels": np.zeros(5, int)}, "stimulus: labels are 5 of int64, wanted 6 whole numbers"),
        ({"images": COUNTS}, "stimulus: images are 6 x 8 x 8, wanted n x rows x columns x channels"),
    ],
)
def test_a_stimulus_made_by_hand_is_looked_at(changes, said):
    fine = {"images": COUNTS[..., None], "labels": None, "unit": 1.0, "max_code": 12, "description": ""}
    assert refused(Stimulus, **{**fine, **changes}) == said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"unit": "x"}, "stimulus npz: unit: 'x' is not a number"),
        ({"unit": 1e-308}, "stimulus npz: unit: 1e-308 is out of range; wanted at least 1e-09"),
        ({"max_code": 2**40}, "max_code: 1099511627776 is out of range; wanted at most 2,147,483,647"),
        ({"max_code": 1.5}, "stimulus npz: max_code: 1.5 is not a whole number"),
        ({"deviation": 1e-320}, "deviation: 1e-320 is out of range; wanted at least 1e-06"),
        ({"deviation": float("inf")}, "deviation: inf is not a finite number"),
        ({"deviation": [[1], [1, 2]]}, "deviation.1: a list is not a number"),
        ({"zero_point": {"a": 1}}, "zero_point: a mapping is not a whole number or a list"),
        ({"zero_point": 2**70}, f"zero_point: {2**70} is out of range; wanted at most 2,147,483,647"),
    ],
)
def test_options_that_make_no_sense_are_refused_in_words(file, options, said):
    np.savez(file, x=COUNTS)
    assert refused(shown, file, **options).endswith(said)


def test_images_that_would_fill_the_memory_are_refused_before_they_are_made():
    said = refused(encode, "random", 10**7, (1, 28, 28))
    assert said.startswith("stimulus random: 10,000,000 images of 1 x 28 x 28 are 7,477 Mi pixels, at most 256 Mi")
    assert refused(encode, "random", 0, DIGITS) == "stimulus random: wanted at least one image, found images: 0"


def test_noise_is_what_it_was_however_much_is_drawn_at_a_time(monkeypatch):
    whole = encode("random", 3, (2, 9, 9), options={"density": 0.5}).images
    monkeypatch.setattr("neurosim.stimuli.random.DRAWN", 7)
    assert np.array_equal(encode("random", 3, (2, 9, 9), options={"density": 0.5}).images, whole)


def test_negative_codes_count_in_the_largest_one_behind_a_zero_point(file):
    np.savez(file, x=-COUNTS)
    assert shown(file, zero_point=3).max_code == 15


@pytest.mark.parametrize(("size", "said"), [((1, 99_999), "32 x 3,199,968 pixels"), ((30_000, 30_000), "more than")])
def test_a_picture_that_would_fill_the_memory_is_refused(tmp_path, size, said):
    path = tmp_path / "val" / "ant" / "x.ppm"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"P6\n%d %d\n255\n" % size + bytes(3 * 99_999))
    assert said in refused(dataset("image_folder", {"data": str(tmp_path), "size": 28}).read, "test")
    if size[0] > 1:
        assert refused(encode, "photo", 1, (3, 8, 8), file=str(path)) == (
            f"{path}: cannot be decoded: it has more than 67,108,864 pixels"
        )


def test_a_photograph_that_is_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert refused(encode, "photo", 1, (3, 8, 8), file=str(tmp_path / "pipe.png")).endswith("is not an ordinary file")


def test_a_label_that_would_need_as_many_classes_is_refused(file):
    np.savez(file, x=data_files.pixels(6, 8, 8), y=np.full(6, 2**62))
    said = refused(dataset("npz", {"file": str(file)}).read, "train")
    assert said == f"{file}: label {2**62}; a data set has at most 65,536 classes, from 0"
    wrong = refused(dataset, "npz", {"file": str(file), "seed": -1, "unit": "x"})
    assert wrong.splitlines() == [
        "data npz: seed: -1 is out of range; wanted at least 0",
        "data npz: unit: 'x' is not a number",
    ]

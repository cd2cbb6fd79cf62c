"""Every kind of stimulus gives integer images of the network's shape, or says why not."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from neurosim.datasets.dataset import PACKAGE as DATASETS
from neurosim.errors import DocumentError
from neurosim.plugins import known
from neurosim.stimuli.dataset_stimulus import stimulus_kinds
from neurosim.stimuli.dataset_stream import DatasetStream
from neurosim.stimuli.encode import encode
from neurosim.stimuli.stimulus import PACKAGE
from tests.reference import data_files


def refused(kind, shape=(3, 8, 8), images=1, file=None, **options):
    with pytest.raises(DocumentError) as caught:
        encode(kind, images, shape, options=options, file=file)
    return str(caught.value)


def test_the_kinds_are_the_files_of_their_folder_and_the_data_sets():
    images = {"cifar10", "cifar100", "digits", "fashion_mnist", "image_folder", "mnist", "npz", "photo", "random"}
    assert images <= set(stimulus_kinds())
    assert stimulus_kinds() == sorted({*known(PACKAGE), *known(DATASETS)})


OWN = '''
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from neurosim.datasets.dataset import everything, examples


@dataclass(frozen=True)
class OwnDataset:
    """Images of our own."""

    first: int = 0
    size: int = 2
    kind: ClassVar[str] = "own"

    def files(self, split):
        return [Path(__file__)]

    def read(self, split, pick=everything):
        codes = np.full((5, self.size, self.size, 1), self.first + (split == "train"), np.uint8)
        return examples(Path(__file__), codes, np.arange(5), tuple("abcde"), 255, "own", pick)
'''


def test_a_data_set_of_ones_own_is_a_stimulus_without_a_second_file(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(OWN)
    found = encode(str(path), 4, (1, 3, 3), seed=2, options={"first": 7})
    assert found.images.shape == (4, 3, 3, 1)  # its images are resampled to the network's size
    assert (found.images == 7).all()
    assert found.labels.tolist() == np.random.default_rng(2).permutation(5)[:4].tolist()
    stream = DatasetStream(str(path), (1, 3, 3), 2, {"first": 7})
    assert (stream.images, stream.classes) == (5, tuple("abcde"))
    assert refused(str(path), frist=1) == (f"stimulus {path}: frist: unknown option; did you mean 'first'?")


@pytest.mark.parametrize(
    ("kind", "said"),
    [("mnits", "mnist"), ("cifar_10", "cifar10"), ("fotho", None)],
)
def test_the_nearest_name_of_a_kind_may_be_that_of_a_data_set(kind, said):
    nearest = f"did you mean '{said}'?" if said else f"there are: {', '.join(stimulus_kinds())}"
    assert refused(kind) == f"unknown stimulus '{kind}'; {nearest}"


@pytest.mark.parametrize(
    ("kind", "shape"), [("photo", (3, 32, 32)), ("photo", (1, 9, 20)), ("random", (5, 3, 2)), ("digits", (1, 8, 8))]
)
def test_a_seed_fixes_every_image(kind, shape):
    first, again, other = (encode(kind, 4, shape, seed) for seed in (3, 3, 4))
    channels, rows, columns = shape
    assert first.images.shape == (4, rows, columns, channels)
    assert np.array_equal(first.images, again.images)
    assert not np.array_equal(first.images, other.images)
    assert 0 < first.images.max() <= first.max_code
    assert first.unit == 1 / first.max_code


def test_the_second_photograph_is_the_first_in_a_mirror_and_the_third_is_another_crop():
    images = encode("photo", 3, (3, 32, 32)).images
    assert np.array_equal(images[1], images[0][:, ::-1])
    assert not np.array_equal(images[2], images[0])
    assert encode("photo", 1, (3, 32, 32)).description == "grace_hopper.jpg: centred crop"


def test_a_photograph_of_ones_own_keeps_its_pixels(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "own.png")
    assert np.array_equal(encode("photo", 1, (3, 4, 6), file=str(tmp_path / "own.png")).images[0], pixels)


def test_noise_has_the_density_asked_for():
    images = encode("random", 1, (3, 100, 100), options={"density": 0.25}).images
    assert 0.23 < np.count_nonzero(images) / images.size < 0.27
    assert encode("random", 1, (3, 9, 9), options={"density": 0}).images.max() == 0


def test_digits_come_with_labels_and_without_repetition():
    digits = encode("digits", 400, (1, 8, 8))
    assert digits.max_code == 16
    assert np.unique(digits.labels).tolist() == list(range(10))
    assert len(np.unique(digits.images.reshape(400, -1), axis=0)) > 390


def test_a_zero_point_is_subtracted_by_the_host():
    plain, centred = (encode("random", 2, (2, 4, 4), options=options) for options in ({}, {"zero_point": [10, 200]}))
    assert np.array_equal(centred.images, plain.images.astype(int) - [10, 200])
    assert centred.max_code == 245


def test_normalised_pixels_are_a_zero_point_and_a_unit_for_each_channel():
    options = {"zero_point": [124, 116, 104], "deviation": [0.229, 0.224, 0.225]}
    found = encode("photo", 1, (3, 8, 8), options=options)
    real = found.images * np.array(found.unit)
    wanted = (encode("photo", 1, (3, 8, 8)).images / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    # The means are 123.7, 116.3 and 103.5 steps: each is rounded by at most half a step.
    assert np.abs(real - wanted).max() < 0.5 / 255 / 0.224


@pytest.mark.parametrize("layout", ["rows first", "channels first", "no channel"])
def test_an_npz_is_read_in_every_layout(tmp_path, layout):
    x = np.random.default_rng(1).integers(0, 256, (3, 4, 5, 1 if layout == "no channel" else 2), dtype=np.uint8)
    stored = {"rows first": x, "channels first": x.transpose(0, 3, 1, 2), "no channel": x[..., 0]}[layout]
    np.savez(tmp_path / "x.npz", x=stored, y=[7, 8, 9])
    found = encode("npz", 2, (x.shape[3], 4, 5), file=str(tmp_path / "x.npz"))
    assert np.array_equal(found.images, x[:2])
    assert found.labels.tolist() == [7, 8]
    assert (found.unit, found.max_code) == (1 / 255, 255)


def test_an_npz_may_say_what_a_step_is_worth(tmp_path):
    np.savez(tmp_path / "x.npz", x=np.full((1, 2, 2), -5))
    found = encode("npz", 1, (1, 2, 2), file=str(tmp_path / "x.npz"), options={"unit": 0.125, "max_code": 8})
    assert (found.unit, found.max_code, found.labels) == (0.125, 8, None)


DRAWN = [
    ("mnist", {}, (1, 28, 28)),
    ("fashion_mnist", {}, (1, 28, 28)),
    ("cifar10", {}, (3, 32, 32)),
    ("cifar100", {"labels": "coarse"}, (3, 32, 32)),
    ("image_folder", {}, (3, 14, 14)),
]


def write_test_part(folder, kind, images):
    """Ten images of a set, each with its number as its label; those of a folder have one colour, which is kept."""
    numbers = np.arange(10, dtype=np.uint8)
    match kind:
        case "cifar10":
            data_files.write_records(folder / "test_batch.bin", images, numbers)
        case "cifar100":
            data_files.write_records(folder / "test.bin", images, numbers, numbers + 50)
        case "image_folder":
            for number in numbers:
                path = folder / "val" / str(number) / "x.png"
                path.parent.mkdir(parents=True)
                path.write_bytes(data_files.png(images[number]))
        case _:
            data_files.write_idx(folder, "test", images[..., 0], numbers)


@pytest.mark.parametrize(("kind", "options", "shape"), DRAWN)
@pytest.mark.parametrize("named", [True, False])
def test_a_draw_of_a_data_set_is_the_seeds_permutation_of_its_test_part(
    tmp_path, monkeypatch, kind, options, shape, named
):
    images = np.random.default_rng(1).integers(0, 256, (10, *shape[1:], shape[0]), dtype=np.uint8)
    if kind == "image_folder":
        images[:] = images[:, :1, :1]
    write_test_part(tmp_path, kind, images)
    monkeypatch.setenv("NEUROSIM_DATA", str(tmp_path if not named else tmp_path / "nowhere"))
    found = encode(kind, 6, shape, seed=5, options={**options, **({"data": str(tmp_path)} if named else {})})
    rows = np.random.default_rng(5).permutation(10)[:6]
    assert found.labels.tolist() == rows.tolist()
    assert np.array_equal(found.images, images[rows])
    assert (found.unit, found.max_code) == (1 / 255, 255)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"kind": "phot"}, "unknown stimulus 'phot'; did you mean 'photo'?"),
        (
            {"kind": "photo", "shape": (2, 8, 8)},
            "stimulus photo: a photograph has 1 or 3 channels, the network takes 2",
        ),
        ({"kind": "photo", "size": 3}, "stimulus photo: size: unknown option; there are: file, zero_point, deviation"),
        (
            {"kind": "random", "file": "x"},
            "stimulus random: file: unknown option; there are: density, zero_point, deviation",
        ),
        ({"kind": "random", "density": 2}, "stimulus random: density: 2 is out of range; wanted at most 1.0"),
        ({"kind": "random", "zero_point": [1, 2]}, "zero_point: wanted 3 whole numbers from 0 to 255, found [1, 2]"),
        (
            {"kind": "random", "deviation": [1, 0, 1]},
            "stimulus random: deviation.1: 0 is out of range; wanted at least 1e-06",
        ),
        ({"kind": "digits"}, "stimulus digits: its images are 1 x 8 x 8, the network takes 3 x 8 x 8"),
        ({"kind": "digits", "images": 401}, "wanted 401 images, the set has 400"),
        ({"kind": "npz"}, "stimulus npz: file: missing"),
        (
            {"kind": "mnist", "data": "nowhere"},
            "data mnist: the folder nowhere does not exist; 'neurosim data get mnist --data nowhere' downloads its "
            "files, 'data' names the folder that holds them",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused(arguments, said):
    assert refused(**arguments) == said


def test_files_of_arrays_that_are_not_as_wanted_are_refused(tmp_path):
    path = str(tmp_path / "x.npz")
    np.savez(path, z=np.zeros(3))
    assert refused("npz", file=path) == f"{path}: no array 'x'; it has z"
    np.savez(path, x=np.zeros((1, 8, 8, 3)))
    assert refused("npz", file=path) == f"{path}: x holds float64, wanted integers; quantise it and give its 'unit'"
    np.savez(path, x=np.zeros((1, 8), int))
    assert (
        refused("npz", file=path) == f"{path}: x is 1 x 8, wanted n x rows x columns or n x rows x columns x channels"
    )
    np.savez(path, x=np.full((1, 8, 8, 3), 300))
    assert refused("npz", file=path, max_code=255) == f"{path}: x holds 300, more than max_code 255"
    assert refused("npz", file=path, images=2) == f"{path}: wanted 2 images, it has 1"
    np.savez(path, x=np.zeros((2, 8, 8, 3), int), y=np.zeros(3, int))
    assert refused("npz", file=path) == f"{path}: 3 labels for 2 images"
    nowhere = str(tmp_path / "no.npz")
    assert refused("npz", file=nowhere) == f"{nowhere}: no such file"

"""Every data set is read from the files that its publisher has, pixel by pixel and label by label."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neurosim.datasets.dataset import PACKAGE, dataset
from neurosim.plugins import known
from tests.reference import data_files
from tests.reference.data_files import pixels

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"


def test_the_kinds_are_the_files_of_their_folder():
    assert known(PACKAGE) == ["cifar10", "cifar100", "digits", "fashion_mnist", "image_folder", "mnist", "npz"]


@pytest.mark.parametrize("kind", ["mnist", "fashion_mnist"])
@pytest.mark.parametrize("place", [".", "mnist", "MNIST/raw"])
@pytest.mark.parametrize("compressed", [False, True])
def test_both_parts_of_mnist_and_its_like_are_read_from_idx_files(tmp_path, kind, place, compressed):
    if kind == "fashion_mnist":
        place = {".": ".", "mnist": "fashion_mnist", "MNIST/raw": "FashionMNIST/raw"}[place]
    for number, split in enumerate(("train", "test")):
        x, y = pixels(7, 28, 28, seed=number), np.arange(7, dtype=np.uint8) + number
        data_files.write_idx(tmp_path / place, split, x, y, compressed=compressed)
        found = dataset(kind, {"data": str(tmp_path)}).read(split)
        assert np.array_equal(found.images[..., 0], x)
        assert found.labels.tolist() == y.tolist()
        assert (found.labels.dtype, found.unit, found.max_code, len(found.classes)) == (np.int64, 1 / 255, 255, 10)


def test_mnist_is_read_from_an_npz(tmp_path):
    x, y = pixels(3, 28, 28), np.array([9, 0, 4])
    np.savez(tmp_path / "mnist.npz", x_train=x, y_train=y, x_test=x[:1], y_test=y[:1])
    assert np.array_equal(dataset("mnist", {"data": str(tmp_path)}).read("train").images[..., 0], x)
    assert dataset("mnist", {"data": str(tmp_path)}).read("test").labels.tolist() == [9]


def test_the_folder_of_its_own_is_looked_in_before_one_that_two_sets_could_mean(tmp_path):
    own, other = pixels(2, 28, 28, seed=1), pixels(2, 28, 28, seed=2)
    labels = np.array([0, 1], np.uint8)
    data_files.write_idx(tmp_path / "fashion_mnist", "test", own, labels)
    data_files.write_idx(tmp_path, "test", other, labels)
    assert np.array_equal(dataset("fashion_mnist", {"data": str(tmp_path)}).read("test").images[..., 0], own)
    assert np.array_equal(dataset("mnist", {"data": str(tmp_path)}).read("test").images[..., 0], other)


@pytest.mark.parametrize("place", [".", "cifar-10-batches-bin", "cifar10/cifar-10-batches-bin"])
def test_the_five_batches_of_cifar10_are_read_in_order(tmp_path, place):
    x, y = pixels(12, 32, 32, 3), np.arange(12, dtype=np.uint8) % 10
    for number in range(5):
        part = slice(2 * number, 2 * number + 2)
        data_files.write_records(tmp_path / place / f"data_batch_{number + 1}.bin", x[part], y[part])
    data_files.write_records(tmp_path / place / "test_batch.bin", x[10:], y[10:])
    train, test = (dataset("cifar10", {"data": str(tmp_path)}).read(split) for split in ("train", "test"))
    assert np.array_equal(train.images, x[:10])
    assert train.labels.tolist() == y[:10].tolist()
    assert np.array_equal(test.images, x[10:])
    assert (train.description, test.description) == ("CIFAR-10 training set", "CIFAR-10 test set")
    assert train.images.flags.c_contiguous


def test_the_copy_of_cifar10_is_read_from_its_joined_files(tmp_path):
    x, y = pixels(5, 32, 32, 3), [3, 1, 4, 1, 5]
    data_files.write_copy(tmp_path / "cifar10_jpeg.npz", x, y, [True, False, True, True, False])
    data = dataset("cifar10", {"data": str(tmp_path)})
    assert np.array_equal(data.read("train").images, x[[0, 2, 3]])
    assert data.read("test").labels.tolist() == [1, 5]
    assert data.read("test").description == "CIFAR-10 test set, a lossy JPEG copy"


def test_cifar100_has_fine_labels_and_coarse_ones(tmp_path):
    x, coarse, fine = pixels(3, 32, 32, 3), [19, 0, 4], [99, 0, 53]
    data_files.write_records(tmp_path / "cifar-100-binary" / "train.bin", x, coarse, fine)
    usual, other = (dataset("cifar100", {"data": str(tmp_path), **labels}) for labels in ({}, {"labels": "coarse"}))
    assert np.array_equal(usual.read("train").images, x)
    assert usual.read("train").labels.tolist() == fine
    assert other.read("train").labels.tolist() == coarse
    assert [usual.read("train").classes[label] for label in fine] == ["worm", "apple", "orange"]
    assert [other.read("train").classes[label] for label in coarse] == [
        "vehicles_2",
        "aquatic_mammals",
        "fruit_and_vegetables",
    ]


def test_the_names_of_cifar100_are_a_hundred_and_twenty_in_alphabetical_order():
    from neurosim.datasets.cifar100 import CLASSES

    assert {kind: len(set(names)) for kind, names in CLASSES.items()} == {"coarse": 20, "fine": 100}
    assert all(list(names) == sorted(names) for names in CLASSES.values())


def test_digits_are_split_as_the_shipped_network_was_trained():
    pytest.importorskip("sklearn", reason="scikit-learn, which has the digits to train on, is not installed")
    from sklearn.datasets import load_digits

    train, test = (dataset("digits").read(split) for split in ("train", "test"))
    rows = np.random.default_rng(1).permutation(1797)
    every = load_digits()
    assert np.array_equal(train.images[..., 0], every.images[rows[400:]])
    assert np.array_equal(train.labels, every.target[rows[400:]])
    assert np.array_equal(test.images[..., 0], every.images[rows[:400]])
    assert np.array_equal(test.labels, every.target[rows[:400]])
    assert (train.unit, train.max_code) == (1 / 16, 16)


@pytest.mark.parametrize("layout", ["channels last", "channels first", "no channel"])
def test_an_npz_of_ones_own_is_read_in_every_layout(tmp_path, layout):
    x = pixels(6, 4, 5, 1 if layout == "no channel" else 2)
    stored = {"channels last": x, "channels first": x.transpose(0, 3, 1, 2), "no channel": x[..., 0]}[layout]
    y = np.array([0, 1, 2, 0, 1, 2])
    np.savez(tmp_path / "own.npz", x_train=stored[:4], y_train=y[:4], x_test=stored[4:], y_test=y[4:])
    options = {"file": str(tmp_path / "own.npz"), "channels_first": layout == "channels first"}
    train, test = (dataset("npz", options).read(split) for split in ("train", "test"))
    assert np.array_equal(train.images, x[:4])
    assert np.array_equal(test.images, x[4:])
    assert (train.classes, test.classes, test.labels.tolist()) == (("0", "1", "2"), ("0", "1", "2"), [1, 2])


def test_an_npz_without_parts_is_split_by_its_seed(tmp_path):
    np.savez(tmp_path / "own.npz", x=np.arange(10, dtype=np.uint8).reshape(10, 1, 1), y=np.arange(10) % 2)

    def split(**options):
        data = dataset("npz", {"file": str(tmp_path / "own.npz"), **options})
        return [data.read(part).images.ravel().tolist() for part in ("train", "test")]

    train, test = split(held_back=0.3)
    assert (len(train), len(test)) == (7, 3)
    assert sorted(train + test) == list(range(10))
    assert split(held_back=0.3) == [train, test]
    assert split(held_back=0.3, seed=2) != [train, test]


def test_an_npz_may_name_its_classes_and_its_largest_code(tmp_path):
    arrays = {"x": np.array([[[0]], [[12]]]), "y": [0, 1], "classes": ["no", "yes"]}
    np.savez(tmp_path / "own.npz", **arrays)
    found = dataset("npz", {"file": str(tmp_path / "own.npz"), "max_code": 12, "held_back": 0.5}).read("train")
    assert (found.classes, found.max_code, found.unit) == (("no", "yes"), 12, 1 / 12)


@pytest.mark.parametrize("kind", ["cifar10", "cifar10 copy", "mnist"])
def test_picked_rows_are_those_of_the_whole_in_the_order_asked_for(tmp_path, kind):
    x, y = pixels(6, 32, 32, 3), np.arange(6, dtype=np.uint8)
    if kind == "cifar10":
        data_files.write_records(tmp_path / "test_batch.bin", x, y)
    elif kind == "cifar10 copy":
        data_files.write_copy(tmp_path / "cifar10_jpeg.npz", x, y, np.arange(6) < 0)
    else:
        data_files.write_idx(tmp_path, "test", pixels(6, 28, 28), y)
    data = dataset(kind.partition(" ")[0], {"data": str(tmp_path)})
    every = data.read("test")
    few = data.read("test", lambda images: np.array([images - 1, 0, 3]))
    assert np.array_equal(few.images, every.images[[5, 0, 3]])
    assert few.labels.tolist() == [5, 0, 3]


def test_a_broken_image_nobody_picks_is_not_decoded(tmp_path):
    x = pixels(3, 32, 32, 3)
    files = [data_files.png(x[0]), b"nothing of the kind", data_files.png(x[2])]
    spoilt = {"jpeg": np.frombuffer(b"".join(files), np.uint8), "offset": np.cumsum([0, *map(len, files)])}
    data_files.write_copy(tmp_path / "cifar10_jpeg.npz", x, [0, 1, 2], [False] * 3, **spoilt)
    found = dataset("cifar10", {"data": str(tmp_path)}).read("test", lambda _: np.array([2, 0]))
    assert np.array_equal(found.images, x[[2, 0]])


def test_a_folder_is_given_by_the_option_else_the_variable_else_the_cache(tmp_path, monkeypatch):
    labels = np.array([0], np.uint8)
    for number, name in enumerate(("option", "variable", "cache/neurosim/data")):
        data_files.write_idx(tmp_path / name, "test", np.full((1, 28, 28), number, np.uint8), labels)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("NEUROSIM_DATA", str(tmp_path / "variable"))
    assert dataset("mnist", {"data": str(tmp_path / "option")}).read("test").images.max() == 0
    assert dataset("mnist").read("test").images.max() == 1
    monkeypatch.delenv("NEUROSIM_DATA")
    assert dataset("mnist").read("test").images.max() == 2


def test_a_relative_cache_is_ignored_as_the_xdg_specification_wants(tmp_path, monkeypatch):
    from neurosim.datasets.locate import default_folder

    monkeypatch.delenv("NEUROSIM_DATA", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for cache in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", cache)
        assert default_folder() == tmp_path / ".cache" / "neurosim" / "data"


SEEN = [  # images and their mean, as ../shared/data/README.md has them, and classes of equal size
    ("fashion_mnist", "fashion_mnist.npz", 60000, 72.940),
    ("mnist", "mnist.npz", 60000, 33.318),
]


@pytest.mark.parametrize(("kind", "file", "images", "mean"), SEEN)
def test_the_development_data_is_read_whole(kind, file, images, mean):
    if not (SHARED / file).is_file():
        pytest.skip(f"development data not here: ../shared/data/{file}")
    found = dataset(kind, {"data": str(SHARED)}).read("train")
    assert (len(found.images), round(float(found.images.mean()), 3)) == (images, mean)
    assert np.unique(found.labels).tolist() == list(range(10))


def test_the_development_copy_of_cifar10_is_decoded_as_pillow_decodes_each_file():
    if not (SHARED / "cifar10_jpeg.npz").is_file():
        pytest.skip("development data not here: ../shared/data/cifar10_jpeg.npz")
    with np.load(SHARED / "cifar10_jpeg.npz", allow_pickle=False) as file:
        jpeg, offset, label, is_train = (file[name] for name in ("jpeg", "offset", "label", "is_train"))
    found = dataset("cifar10", {"data": str(SHARED)}).read("test", lambda images: np.arange(0, images, 500))
    for image, row, number in zip(found.images, np.flatnonzero(~is_train)[::500], found.labels, strict=True):
        decoded = Image.open(io.BytesIO(jpeg[offset[row] : offset[row + 1]].tobytes())).convert("RGB")
        assert np.array_equal(image, np.asarray(decoded))
        assert number == label[row]

"""Data that is missing or broken is refused by a message that names the file and what to do."""

import gzip
import hashlib

import numpy as np
import pytest

from neurosim.datasets.dataset import dataset
from neurosim.datasets.remote.remote_files import SOURCES, RemoteDataset, RemoteFile
from neurosim.errors import DocumentError
from tests.reference import data_files
from tests.reference.data_files import pixels

Y = np.arange(3, dtype=np.uint8)


def refused(kind, split="test", **options):
    with pytest.raises(DocumentError) as caught:
        dataset(kind, options).read(split)
    return str(caught.value)


def advice(kind, place):
    return f"'neurosim data get {kind} --data {place}' downloads its files, 'data' names the folder that holds them"


OPTIONS = [
    ("cifar10", {"dat": "x"}, "data cifar10: dat: unknown option; did you mean 'data'?"),
    ("digits", {"data": "x"}, "data digits: data: unknown option; there are none"),
    ("mnist", {"data": 3}, "data mnist: data: 3 is not a text"),
    ("npz", {"file": ["x"]}, "data npz: file: a list is not a text"),
    ("npz", {"file": "x", "seed": 1.5}, "data npz: seed: 1.5 is not a whole number"),
    ("npz", {"file": "x", "seed": True}, "data npz: seed: true is not a whole number"),
    ("npz", {"file": "x", "max_code": "255"}, "data npz: max_code: '255' is not a whole number"),
    ("npz", {"file": "x", "channels_first": 1}, "data npz: channels_first: 1 is not true or false"),
    ("cifar100", {"labels": None}, "data cifar100: labels: nothing is not a text"),
    ("npz", {}, "data npz: file: missing"),
    ("npz", {"file": "x.npz", "held_back": 1}, "data npz: held_back: 1 is out of range; wanted less than 1.0"),
    ("cifar100", {"labels": "corse"}, "data cifar100: unknown labels 'corse'; did you mean 'coarse'?"),
    ("image_folder", {"size": 0}, "data image_folder: size: 0 is out of range; wanted at least 1"),
    ("image_folder", {"per_class": 2.5}, "data image_folder: per_class: 2.5 is not a whole number"),
]


@pytest.mark.parametrize(("kind", "options", "said"), OPTIONS)
def test_a_wrong_option_is_refused(kind, options, said):
    assert refused(kind, **options) == said


def test_a_kind_that_is_not_there_is_told_the_nearest():
    assert refused("cifar11").endswith(" 'cifar11'; did you mean 'cifar10'?")


def test_a_folder_that_is_not_there_is_named_with_what_to_do(tmp_path, monkeypatch):
    nowhere, file = tmp_path / "nowhere", tmp_path / "file"
    file.touch()
    assert refused("mnist", data=str(nowhere)) == (
        f"data mnist: the folder {nowhere} does not exist; {advice('mnist', nowhere)}"
    )
    assert refused("mnist", data=str(file)) == f"data mnist: the folder {file} is no folder; {advice('mnist', file)}"
    monkeypatch.setenv("NEUROSIM_DATA", str(nowhere))
    assert refused("cifar10") == (
        f"data cifar10: the folder {nowhere} does not exist; 'neurosim data get cifar10' downloads its files, "
        "--data or NEUROSIM_DATA names a folder that holds them"
    )


def test_a_folder_without_the_files_is_told_what_is_wanted_and_what_is_there(tmp_path):
    advised = advice("cifar10", tmp_path)
    wanted = "data cifar10: wanted test_batch.bin, or cifar10_jpeg.npz"
    assert refused("cifar10", data=str(tmp_path)) == f"{wanted}; {tmp_path} holds nothing; {advised}"
    for number in range(10):
        (tmp_path / f"{number}.txt").touch()
    assert refused("cifar10", data=str(tmp_path)) == (
        f"{wanted}; {tmp_path} holds 0.txt, 1.txt, 2.txt, 3.txt, 4.txt, 5.txt, 6.txt, 7.txt, 2 more; {advised}"
    )


def test_the_batches_that_are_not_there_are_named(tmp_path):
    for number in (1, 3, 4):
        data_files.write_records(tmp_path / f"data_batch_{number}.bin", pixels(1, 32, 32, 3), [0])
    assert refused("cifar10", "train", data=str(tmp_path)) == (
        f"data cifar10: {tmp_path} lacks data_batch_2.bin, data_batch_5.bin; {advice('cifar10', tmp_path)}"
    )


def test_a_file_nobody_may_read_is_named(tmp_path, monkeypatch):
    def deny(path, *mode):
        raise PermissionError(13, "Permission denied")

    data_files.write_idx(tmp_path, "test", pixels(3, 28, 28), Y)
    monkeypatch.setattr("pathlib.Path.open", deny)  # a chmod does not stop root
    assert refused("mnist", data=str(tmp_path)) == (
        f"{tmp_path}/t10k-images-idx3-ubyte: cannot be read: Permission denied"
    )


def test_idx_files_that_are_cut_off_or_none_at_all_are_refused(tmp_path):
    data_files.write_idx(tmp_path, "test", pixels(3, 28, 28), Y)
    images = tmp_path / "t10k-images-idx3-ubyte"
    whole = images.read_bytes()
    images.write_bytes(whole[:-5])
    assert refused("mnist", data=str(tmp_path)) == f"{images}: holds 2,347 bytes, wanted 3 x 28 x 28 = 2,352"
    for broken in (b"", whole[:3], whole[:9], b"\0\0\x0d" + whole[3:]):
        images.write_bytes(broken)
        assert refused("mnist", data=str(tmp_path)) == f"{images}: not an IDX file of bytes"
    images.write_bytes(data_files.idx(pixels(3, 27, 28)))
    assert refused("mnist", data=str(tmp_path)) == f"{images}: holds uint8 of 3 x 27 x 28, wanted uint8 of n x 28 x 28"


def test_the_files_of_a_set_with_the_same_names_are_refused(tmp_path, monkeypatch):
    data_files.write_idx(tmp_path, "test", pixels(3, 28, 28), Y, compressed=True)
    labels = tmp_path / "t10k-labels-idx1-ubyte.gz"
    official = RemoteFile("https://nowhere/t10k-labels-idx1-ubyte.gz", hashlib.md5(labels.read_bytes()).hexdigest(), 1)
    monkeypatch.setitem(SOURCES, "fashion_mnist", RemoteDataset("", (official,), (), "", ""))
    assert refused("mnist", data=str(tmp_path)) == f"{labels}: this is a file of fashion_mnist, not of mnist"
    assert len(dataset("fashion_mnist", {"data": str(tmp_path)}).read("test").images) == 3


def test_a_gzip_file_that_is_cut_off_or_none_is_refused(tmp_path):
    data_files.write_idx(tmp_path, "test", pixels(3, 28, 28), Y, compressed=True)
    images = tmp_path / "t10k-images-idx3-ubyte.gz"
    whole = images.read_bytes()
    images.write_bytes(whole[:-20])
    assert refused("mnist", data=str(tmp_path)) == (
        f"{images}: truncated or not a gzip file: Compressed file ended before the end-of-stream marker was reached"
    )
    images.write_bytes(gzip.compress(b"other")[:-8] + whole[-8:])
    assert refused("mnist", data=str(tmp_path)).startswith(f"{images}: truncated or not a gzip file: CRC check failed")
    images.write_bytes(b"plain")
    assert refused("mnist", data=str(tmp_path)) == (
        f"{images}: truncated or not a gzip file: Not a gzipped file (b'pl')"
    )


def test_records_that_are_not_whole_are_refused(tmp_path):
    path = tmp_path / "test_batch.bin"
    for content in (b"", b"12345", bytes(2 * 3073 - 1)):
        path.write_bytes(content)
        assert refused("cifar10", data=str(tmp_path)) == f"{path}: not whole records of 3,073 bytes"


def test_labels_that_no_class_has_are_refused(tmp_path):
    data_files.write_records(tmp_path / "test_batch.bin", pixels(4, 32, 32, 3), [0, 10, 9, 255])
    assert refused("cifar10", data=str(tmp_path)) == (
        f"{tmp_path}: image 1 has label 10 and 1 more; the 10 classes are numbered 0 to 9"
    )
    data_files.write_idx(tmp_path, "test", pixels(3, 28, 28), np.array([0, 1, 77], np.uint8))
    assert refused("mnist", data=str(tmp_path)) == (
        f"{tmp_path}/t10k-labels-idx1-ubyte: image 2 has label 77; the 10 classes are numbered 0 to 9"
    )


def test_labels_that_are_not_one_for_each_image_are_refused(tmp_path):
    labels = tmp_path / "t10k-labels-idx1-ubyte"
    data_files.write_idx(tmp_path, "test", pixels(3, 28, 28), Y[:2])
    assert refused("mnist", data=str(tmp_path)) == f"{labels}: 2 labels for 3 images"
    data_files.write_idx(tmp_path, "test", pixels(0, 28, 28), Y[:0])
    assert refused("mnist", data=str(tmp_path)) == f"{labels}: it holds no images"
    np.savez(tmp_path / "mnist.npz", x_test=pixels(3, 28, 28), y_test=Y / 2)
    assert refused("mnist", data=str(tmp_path)) == (
        f"{tmp_path}/mnist.npz: labels are float64 of 3, wanted one whole number for each image"
    )


def test_an_npz_that_is_none_or_lacks_an_array_is_refused(tmp_path):
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=Y)
    assert refused("mnist", data=str(tmp_path)) == f"{path}: no array 'x_test'; it has x_train"
    path.write_bytes(path.read_bytes()[:-30])
    assert (
        refused("mnist", data=str(tmp_path)) == f"{path}: an .npz that is cut off or damaged; copy it or save it again"
    )
    np.savez(path, x_test=np.array([{"a": 1}], dtype=object), y_test=Y)
    assert refused("mnist", data=str(tmp_path)) == (
        f"{path}: array 'x_test' holds pickled objects, which could run any code; save plain arrays"
    )
    nowhere = tmp_path / "no.npz"
    assert refused("npz", file=str(nowhere)) == f"{nowhere}: no such file"


def test_a_pickle_is_never_opened(tmp_path):
    import pickle

    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was opened",))

    path = tmp_path / "own.npz"
    np.savez(path, x=np.array([Bomb()], dtype=object), y=Y[:1])
    pickled = "holds pickled objects, which could run any code; save plain arrays"
    assert refused("npz", file=str(path)) == f"{path}: array 'x' {pickled}"
    path.write_bytes(pickle.dumps(Bomb()))
    assert refused("npz", file=str(path)) == f"{path}: {pickled}"


def test_files_of_the_copy_that_cannot_be_decoded_are_all_numbered(tmp_path):
    x = pixels(4, 32, 32, 3)
    files = [data_files.png(x[0]), b"no image", data_files.png(x[2][:16]), data_files.png(x[3])[:-900]]
    spoilt = {"jpeg": np.frombuffer(b"".join(files), np.uint8), "offset": np.cumsum([0, *map(len, files)])}
    data_files.write_copy(tmp_path / "cifar10_jpeg.npz", x, [0, 1, 2, 3], [False] * 4, **spoilt)
    lines = refused("cifar10", data=str(tmp_path)).splitlines()
    path = tmp_path / "cifar10_jpeg.npz"
    assert [line.partition(" cannot")[0] for line in lines] == [f"{path}: image {number}" for number in (1, 2, 3)]
    assert lines[1] == f"{path}: image 2 cannot be decoded: it has 32 x 16 pixels"


@pytest.mark.parametrize("offset", [[0, 5, 5, 9], [0, 5, 3, 9], [-1, 2, 3, 9], [0, 1, 2, 10**9], [0.0, 1.0, 2.0, 3.0]])
def test_offsets_that_cannot_be_those_of_the_files_are_refused(tmp_path, offset):
    path = tmp_path / "cifar10_jpeg.npz"
    data_files.write_copy(path, pixels(3, 32, 32, 3), Y, [False] * 3, offset=np.array(offset))
    assert refused("cifar10", data=str(tmp_path)).startswith(f"{path}: its offsets are not those of 3 files in ")


OWN = [
    ({"z": Y}, {}, "wanted x_train, y_train, x_test, y_test, or x and y; it has z"),
    ({"x": np.zeros((3, 2, 2))}, {}, "x holds float64, wanted integers; quantise it and give its 'unit'"),
    ({"x": np.zeros((3, 2), int)}, {}, "x is 3 x 2, wanted n x rows x columns or n x rows x columns x channels"),
    ({"x": np.zeros((3, 2, 2), int)}, {}, "x holds int64; give its largest code as 'max_code'"),
    ({"x": np.full((3, 2, 2), 9)}, {"max_code": 8}, "x holds 9 to 9, wanted 0 to 8"),
    ({"x": np.full((3, 2, 2), -1)}, {"max_code": 8}, "x holds -1 to -1, wanted 0 to 8"),
    ({"y": np.array([0, 1, -1])}, {}, "image 2 has label -1; the 2 classes are numbered 0 to 1"),
    ({"y": np.array([0, 1])}, {}, "2 labels for 3 images"),
    ({"classes": ["a", "b"]}, {}, "image 2 has label 2; the 2 classes are numbered 0 to 1"),
    ({}, {"held_back": 0.1}, "0.1 of 3 images leaves one part empty"),
]


@pytest.mark.parametrize(("arrays", "options", "said"), OWN)
def test_an_npz_of_ones_own_that_is_not_as_wanted_is_refused(tmp_path, arrays, options, said):
    path = tmp_path / "own.npz"
    fine = {} if "z" in arrays else {"x": pixels(3, 2, 2), "y": Y}
    np.savez(path, **{**fine, **arrays})
    assert refused("npz", file=str(path), **options) == f"{path}: {said}"

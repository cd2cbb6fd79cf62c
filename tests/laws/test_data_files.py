"""A file of a data set is read back as it was written, and one that is spoilt is read or refused in words."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from neurosim.datasets.dataset import dataset
from neurosim.datasets.formats.idx import read_idx
from neurosim.errors import DocumentError
from tests.reference import data_files
from tests.reference.data_files import pixels

X, Y = pixels(2, 28, 28), np.array([0, 9], np.uint8)


def write_idx(folder):
    data_files.write_idx(folder, "test", X, Y)
    return folder / "t10k-images-idx3-ubyte"


def write_gzip(folder):
    data_files.write_idx(folder, "test", X, Y, compressed=True)
    return folder / "t10k-images-idx3-ubyte.gz"


def write_npz(folder):
    np.savez_compressed(folder / "mnist.npz", x_test=X, y_test=Y)
    return folder / "mnist.npz"


def write_copy(folder):
    data_files.write_copy(folder / "cifar10_jpeg.npz", pixels(2, 32, 32, 3), Y, [False, False])
    return folder / "cifar10_jpeg.npz"


def write_image(folder):
    path = folder / "val" / "ant" / "x.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(data_files.png(pixels(9, 9, 3)))
    return path


FORMS = [
    ("mnist", write_idx),
    ("mnist", write_gzip),
    ("mnist", write_npz),
    ("cifar10", write_copy),
    ("image_folder", write_image),
]


@given(st.sampled_from([1, 3]).flatmap(lambda sizes: arrays(np.uint8, array_shapes(min_dims=sizes, max_dims=sizes))))
def test_an_idx_file_gives_back_what_was_written(array):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data_files.idx(array))
        assert np.array_equal(read_idx(path), array)


@pytest.mark.parametrize(("kind", "write"), FORMS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    end=st.integers(0, 2**16),
    changes=st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=4),
)
@example(end=0, changes=[])
@example(end=3, changes=[])
def test_a_spoilt_file_is_read_or_refused_in_words(kind, write, end, changes):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write(folder)
        content = bytearray(path.read_bytes()[: end or None])
        for place, value in changes:
            content[place % len(content)] = value
        path.write_bytes(content)
        data, refusal = dataset(kind, {"data": name}), ""
        try:
            found = data.read("test")
        except DocumentError as error:
            refusal = str(error)
        if refusal:
            assert name in refusal
        else:
            assert len(found.images) == len(found.labels)
            assert 0 <= found.labels.min() <= found.labels.max() < len(found.classes)

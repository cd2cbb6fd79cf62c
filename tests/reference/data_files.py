"""Files of data sets, small, in the forms in which their publishers write them; made by other code than reads them."""

import gzip
import io
import struct
from pathlib import Path

import numpy as np
from PIL import Image


def pixels(*shape, seed=1):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def idx(array) -> bytes:
    """An IDX file of bytes."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_idx(folder: Path, split, images, labels, *, compressed=False):
    """The two IDX files of one part of a set."""
    prefix = {"train": "train", "test": "t10k"}[split]
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in ((f"{prefix}-images-idx3-ubyte", images), (f"{prefix}-labels-idx1-ubyte", labels)):
        if compressed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(idx(array)))
        else:
            (folder / name).write_bytes(idx(array))


def write_records(path: Path, images, *labels):
    """A file of the binary version of CIFAR: images (n, 32, 32, 3), the label bytes before each in turn."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for image, *known in zip(images, *labels, strict=True):
            file.write(bytes(known) + b"".join(image[..., channel].tobytes() for channel in range(3)))


def png(image) -> bytes:
    """An image without loss, so that pixels can be compared."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG")
    return stream.getvalue()


def write_copy(path: Path, images, labels, is_train, **spoilt):
    """The joined copy of CIFAR-10, its files without loss; arrays in ``spoilt`` take the place of its own."""
    files = [png(image) for image in images]
    arrays = {
        "jpeg": np.frombuffer(b"".join(files), np.uint8),
        "offset": np.cumsum([0, *map(len, files)]),
        "label": np.asarray(labels, np.uint8),
        "is_train": np.asarray(is_train, bool),
    }
    np.savez(path, **{**arrays, **spoilt})

"""IDX, the file format of MNIST and Fashion-MNIST, and the four files in which such a set is published."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurosim.datasets.dataset import LabelledImages, Pick, Split, examples
from neurosim.datasets.locate import find
from neurosim.datasets.remote.remote_files import SOURCES
from neurosim.errors import DocumentError
from neurosim.filesystem.array_file import read_arrays
from neurosim.filesystem.ordinary_file import read_bytes, read_decompressed

PREFIX = {"train": "train", "test": "t10k"}
SIZE = 28  # rows and columns


def find_set(kind: str, data: str | None, usual: tuple[str, ...], split: Split) -> list[Path]:
    """Return the files of one part: ``KIND.npz`` with x_train, y_train, x_test, y_test, or two official IDX files."""
    forms = ((f"{kind}.npz",), (f"{PREFIX[split]}-images-idx3-ubyte", f"{PREFIX[split]}-labels-idx1-ubyte"))
    files = find(kind, data, usual, forms)
    if files[-1].suffix == ".gz":
        _check_origin(kind, files[-1])
    return files


def _check_origin(kind: str, path: Path) -> None:
    """DocumentError where it is the official file of another set: names, shapes and types are the same."""
    checksum = hashlib.md5(read_bytes(path)).hexdigest()
    for other, source in SOURCES.items():
        if other != kind and checksum in (file.md5 for file in source.files):
            raise DocumentError(f"{path}: this is a file of {other}, not of {kind}")


def read_set(files: list[Path], name: str, classes: tuple[str, ...], split: Split, pick: Pick) -> LabelledImages:
    """Return one part of a set of 28 x 28 grey images."""
    if len(files) == 1:
        images, labels = read_arrays(files[0], (f"x_{split}", f"y_{split}"))
    else:
        images, labels = (read_idx(file) for file in files)
    if images.ndim != 3 or images.shape[1:] != (SIZE, SIZE) or images.dtype != np.uint8:
        shape = " x ".join(map(str, images.shape))
        raise DocumentError(f"{files[0]}: holds {images.dtype} of {shape}, wanted uint8 of n x {SIZE} x {SIZE}")
    part = {"train": "training", "test": "test"}[split]
    return examples(files[-1], images[..., None], labels, classes, 255, f"{name} {part} set", pick)


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read one IDX file: 0, 0, 8 (unsigned bytes), the number of sizes, the sizes (big-endian), the bytes."""
    raw = read_decompressed(path)
    # Type 8 is unsigned bytes; labels have one size, images three.
    if raw[:3] != b"\0\0\x08" or raw[3:4] not in (b"\1", b"\3") or len(raw) < 4 + 4 * raw[3]:
        raise DocumentError(f"{path}: not an IDX file of bytes")
    sizes = np.frombuffer(raw, ">u4", raw[3], 4).tolist()
    start = 4 + 4 * raw[3]
    if len(raw) - start != math.prod(sizes):
        shape = " x ".join(f"{size:,}" for size in sizes)
        raise DocumentError(f"{path}: holds {len(raw) - start:,} bytes, wanted {shape} = {math.prod(sizes):,}")
    return np.frombuffer(raw, np.uint8, offset=start).reshape(sizes).copy()

"""The file format of MNIST and of the sets made in its image."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.stimulus import folder
from neurosim.errors import DocumentError

IMAGES, LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


def test_set(data: str, npz: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the test images (n, rows, columns) and labels (n,) from a folder.

    It holds the two IDX files of the test set, compressed or not, or ``npz`` with arrays x_test and y_test.
    """
    place = folder(data, f"{IMAGES} and {LABELS}, or {npz}")
    if (place / npz).is_file():
        with np.load(place / npz, allow_pickle=False) as file:
            return file["x_test"], file["y_test"]
    return _read(place, IMAGES), _read(place, LABELS)


def _read(place: Path, name: str) -> NDArray[np.uint8]:
    """Read one IDX file: 0, 0, 8 (unsigned bytes), the number of sizes, the sizes (big-endian), the bytes."""
    for path in (place / name, place / f"{name}.gz"):
        if not path.is_file():
            continue
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if raw[:3] != b"\0\0\x08":
            raise DocumentError(f"{path}: not an IDX file of bytes")
        sizes = np.frombuffer(raw, ">u4", raw[3], 4)
        return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(sizes)
    raise DocumentError(f"{place}: no {name} and no {name}.gz")

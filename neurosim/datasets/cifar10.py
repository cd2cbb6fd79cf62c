"""32 x 32 colour images of ten classes.

Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from neurosim.datasets.dataset import LabelledImages, Pick, Shape, Split, check_labels, everything, examples
from neurosim.datasets.formats.cifar_records import read_records
from neurosim.datasets.formats.picture import PictureError, decode
from neurosim.datasets.locate import find
from neurosim.errors import DocumentError
from neurosim.filesystem.array_file import read_arrays

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
BATCHES = {"train": tuple(f"data_batch_{number}.bin" for number in range(1, 6)), "test": ("test_batch.bin",)}
USUAL = ("cifar-10-batches-bin", "cifar10/cifar-10-batches-bin", "cifar10")
COPY = "cifar10_jpeg.npz"


@dataclass(frozen=True)
class Cifar10Dataset:
    """CIFAR-10: colour images of 32 x 32 pixels in ten classes; ``data`` is the folder with its files or a JPEG copy.

    Parameters
    ----------
    data : str, optional
        Folder of the official binary version, or of ``cifar10_jpeg.npz``, a copy as JPEG files, with the arrays
        ``jpeg`` (bytes, all files joined), ``offset`` (n + 1 positions in them), ``label`` and ``is_train`` (n,).
        Without it the default data folder.
    """

    data: str | None = None
    kind: ClassVar[str] = "cifar10"
    shape: ClassVar[Shape] = (3, 32, 32)
    classes: ClassVar[int] = len(CLASSES)

    def files(self, split: Split) -> list[Path]:
        """Return the files of one part, or the copy."""
        return find(self.kind, self.data, USUAL, (BATCHES[split], (COPY,)))

    def read(self, split: Split, pick: Pick = everything) -> LabelledImages:
        """Return 50 000 training or 10 000 test images, codes 0 to 255; see :meth:`DatasetKind.read`."""
        files = self.files(split)
        name = f"CIFAR-10 {'training' if split == 'train' else 'test'} set"
        if files[0].name == COPY:
            return _read_copy(files[0], split, f"{name}, a lossy JPEG copy", pick)
        images, labels = read_records(files, labels=1)
        return examples(files[0].parent, images, labels[:, 0], CLASSES, 255, name, pick)


def _read_copy(path: Path, split: Split, name: str, pick: Pick) -> LabelledImages:
    jpeg, offset, label, is_train = read_arrays(path, ("jpeg", "offset", "label", "is_train"))
    if not all(array.ndim == 1 for array in (jpeg, offset, is_train)) or jpeg.dtype != np.uint8:
        raise DocumentError(f"{path}: wanted jpeg (bytes), offset (files + 1) and is_train (files), one row each")
    # offset[i] to offset[i + 1] are the bytes of file i: one more offset than files, rising, within the bytes.
    labels = check_labels(path, label, len(offset) - 1, CLASSES)
    bounded = offset.dtype.kind in "iu" and offset.ndim == 1 and (np.diff(offset.astype(np.int64)) > 0).all()
    if not bounded or offset[0] < 0 or offset[-1] > len(jpeg) or is_train.shape != labels.shape:
        raise DocumentError(f"{path}: its offsets are not those of {len(labels):,} files in {len(jpeg):,} bytes")
    rows = np.flatnonzero(is_train.astype(bool) == (split == "train"))
    if not len(rows):
        raise DocumentError(f"{path}: it holds no images of the part '{split}'")
    rows = rows[pick(len(rows))]
    images = _decode(path, jpeg, offset, rows)
    return LabelledImages(images, labels[rows], CLASSES, 1 / 255, 255, name)


def _decode(
    path: Path, jpeg: NDArray[np.uint8], offset: NDArray[np.integer], rows: NDArray[np.int64]
) -> NDArray[np.uint8]:
    images = np.empty((len(rows), 32, 32, 3), np.uint8)
    broken = []  # all of them, so that one report names every damaged image
    for image, row in zip(images, rows.tolist(), strict=True):
        try:
            picture = decode(jpeg[offset[row] : offset[row + 1]].tobytes(), "RGB")
            if picture.size != (32, 32):
                raise PictureError(f"it has {picture.width} x {picture.height} pixels")
            image[:] = np.asarray(picture)
        except PictureError as error:
            broken.append(f"{path}: image {row:,} cannot be decoded: {error}")
    if broken:
        raise DocumentError("\n".join(broken))
    return images

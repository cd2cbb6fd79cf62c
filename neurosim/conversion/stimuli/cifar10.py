"""The test images of CIFAR-10 (Krizhevsky 2009), from a folder of the user's."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from neurosim.conversion.stimulus import Shape, Stimulus, draw, folder
from neurosim.errors import DocumentError

FILES = "cifar-10-batches-bin/test_batch.bin (the binary version), test_batch.bin or cifar10_jpeg.npz"
RECORD = 1 + 3 * 32 * 32  # a label and a channels-first image


@dataclass(frozen=True)
class Cifar10:
    """A draw of test images; ``data`` is the folder with the binary version or with a JPEG copy."""

    data: str
    kind: ClassVar[str] = "cifar10"

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return a draw without repetition from the 10 000 test images."""
        place = folder(self.data, FILES)
        for name in ("cifar-10-batches-bin/test_batch.bin", "test_batch.bin"):
            if (place / name).is_file():
                codes, labels = _binary(place / name, images, random)
                return Stimulus(codes, labels, 1 / 255, 255, "CIFAR-10 test set")
        if (place / "cifar10_jpeg.npz").is_file():
            codes, labels = _jpeg(place / "cifar10_jpeg.npz", images, random)
            return Stimulus(codes, labels, 1 / 255, 255, "CIFAR-10 test set, a lossy JPEG copy")
        raise DocumentError(f"stimulus cifar10: {self.data} holds none of {FILES}")


def _binary(path: Path, images: int, random: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    content = np.fromfile(path, np.uint8)
    if content.size % RECORD:
        raise DocumentError(f"{path}: not whole records of {RECORD:,} bytes")
    records = content.reshape(-1, RECORD)
    records = records[draw(len(records), images, random)]
    return records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), records[:, 0].astype(np.int64)


def _jpeg(path: Path, images: int, random: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    with np.load(path, allow_pickle=False) as file:
        test = np.flatnonzero(~file["is_train"])
        rows = test[draw(len(test), images, random)]
        data, offset, labels = file["jpeg"], file["offset"], file["label"][rows]
    codes = [
        np.asarray(Image.open(io.BytesIO(data[offset[row] : offset[row + 1]].tobytes())).convert("RGB")) for row in rows
    ]
    return np.stack(codes), labels.astype(np.int64)

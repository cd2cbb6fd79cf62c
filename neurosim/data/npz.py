"""Any images in a file of arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Gt, Lt
from numpy.typing import NDArray

from neurosim.data.content import array_names, read_arrays
from neurosim.data.dataset import Examples, MaxCode, Pick, Rows, Seed, Split, Unit, check_labels, everything
from neurosim.errors import DocumentError

FOUR, TWO = ("x_train", "y_train", "x_test", "y_test"), ("x", "y")


@dataclass(frozen=True)
class Npz:
    """An ``.npz`` with x_train, y_train, x_test and y_test, or with x and y, of which a seeded draw is held back.

    x holds whole numbers from 0 to ``max_code`` (255 for uint8), (n, rows, columns) or (n, rows, columns, channels), or
    (n, channels, rows, columns) where ``channels_first``; one step is worth ``unit``, else 1 / ``max_code``. y is (n,).
    ``held_back`` is the share to measure on. An array ``classes`` names the classes.
    """

    file: str
    held_back: Annotated[float, Gt(0), Lt(1)] = 0.2
    seed: Seed = 1
    max_code: MaxCode | None = None
    unit: Unit | None = None
    channels_first: bool = False
    kind: ClassVar[str] = "npz"

    def __post_init__(self) -> None:
        if not isinstance(self.held_back, float | int) or not 0 < self.held_back < 1:
            raise DocumentError(f"data npz: 'held_back' is a share between 0 and 1, found {self.held_back!r}")

    def files(self, split: Split) -> list[Path]:
        """Return the file."""
        return [Path(self.file)]

    def read(self, split: Split, pick: Pick = everything) -> Examples:
        """Return one part."""
        path = Path(self.file)
        names = array_names(path)
        if set(FOUR) <= set(names):
            images, labels = read_arrays(path, (f"x_{split}", f"y_{split}"))
            others = read_arrays(path, ("y_train", "y_test"))
            rows = np.arange(len(images))
        elif set(TWO) <= set(names):
            images, labels = read_arrays(path, TWO)
            others = [labels]
            rows = self._part(split, len(images))
        else:
            raise DocumentError(f"{path}: wanted {', '.join(FOUR)}, or x and y; it has {', '.join(names) or 'none'}")
        classes = _classes(path, others, names)
        known = check_labels(path, labels, len(images), classes)
        images, top = self._codes(path, images)
        rows = rows[pick(len(rows))]
        part = {"train": "to train on", "test": "held back"}[split]
        return Examples(images[rows], known[rows], classes, self.unit or 1 / top, top, f"{path.name}, {part}")

    def _part(self, split: Split, images: int) -> Rows:
        held_back = round(images * self.held_back)
        rows = np.random.default_rng(self.seed).permutation(images)
        if not 0 < held_back < images:
            raise DocumentError(f"{self.file}: {self.held_back} of {images:,} images leaves one part empty")
        return rows[:held_back] if split == "test" else rows[held_back:]

    def _codes(self, path: Path, images: NDArray) -> tuple[NDArray[np.integer], int]:
        """Return the images with their channels last, and their largest code."""
        if images.dtype.kind not in "iu":
            raise DocumentError(f"{path}: x holds {images.dtype}, wanted integers; quantise it and give its 'unit'")
        if images.ndim not in (3, 4):
            shape = " x ".join(map(str, images.shape))
            raise DocumentError(f"{path}: x is {shape}, wanted n x rows x columns or n x rows x columns x channels")
        if self.max_code is None and images.dtype != np.uint8:
            raise DocumentError(f"{path}: x holds {images.dtype}; give its largest code as 'max_code'")
        top = self.max_code or 255
        if images.min() < 0 or images.max() > top:
            raise DocumentError(f"{path}: x holds {images.min()} to {images.max()}, wanted 0 to {top}")
        if images.ndim == 3:
            return images[..., None], top
        return (images.transpose(0, 2, 3, 1) if self.channels_first else images), top


def _classes(path: Path, labels: list[NDArray], names: list[str]) -> tuple[str, ...]:
    """Return the names that the file gives, else the numbers up to the largest label."""
    if "classes" in names:
        return tuple(map(str, read_arrays(path, ("classes",))[0].tolist()))
    largest = max((int(part.max()) for part in labels if part.size and part.dtype.kind in "iu"), default=0)
    return tuple(map(str, range(largest + 1)))

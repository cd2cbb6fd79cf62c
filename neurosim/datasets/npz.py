"""Any labelled images in an ``.npz`` file of arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Gt, Lt
from numpy.typing import NDArray

from neurosim.datasets import pixels
from neurosim.datasets.dataset import LabelledImages, MaxCode, Pick, Rows, Seed, Split, Unit, check_labels, everything
from neurosim.errors import DocumentError
from neurosim.filesystem.array_file import array_names, listed, read_arrays

FOUR, TWO = ("x_train", "y_train", "x_test", "y_test"), ("x", "y")
MOST_CLASSES = 2**16


@dataclass(frozen=True)
class NpzDataset:
    """An ``.npz`` with x_train, y_train, x_test and y_test, or with x and y, of which a seeded draw is the test set.

    x holds whole numbers from 0, (n, rows, columns), (n, rows, columns, channels) or (n, channels, rows, columns); y is
    (n,). An array ``classes`` names the classes.

    Parameters
    ----------
    file : str
        Path of the file.
    held_back : float
        Share of x that is the test set, above 0 and below 1.
    seed : int
        Of that draw.
    max_code : int, optional
        Largest code, by default 255 for uint8, 1 for truth values and else the largest in the file.
    unit : float, optional
        Real value of one step of a code, by default 1 / ``max_code``.
    channels_first : bool, optional
        Whether channels come before rows and columns; needed where the three sizes are equal.
    """

    file: str
    held_back: Annotated[float, Gt(0), Lt(1)] = 0.2
    seed: Seed = 1
    max_code: MaxCode | None = None
    unit: Unit | None = None
    channels_first: bool | None = None
    kind: ClassVar[str] = "npz"

    def __post_init__(self) -> None:
        if not isinstance(self.held_back, float | int) or not 0 < self.held_back < 1:
            raise DocumentError(f"data npz: 'held_back' is a share between 0 and 1, found {self.held_back!r}")
        if self.seed < 0:
            raise DocumentError(f"data npz: 'seed' is a whole number from 0, found {self.seed!r}")
        if self.max_code is not None:
            pixels.check_max_code("data npz: 'max_code'", self.max_code)
        if self.unit is not None:
            pixels.check_unit("data npz: 'unit'", self.unit)

    def files(self, split: Split) -> list[Path]:
        """Return the file."""
        return [Path(self.file)]

    def read(self, split: Split, pick: Pick = everything) -> LabelledImages:
        """Return one part; see :meth:`DatasetKind.read`."""
        path = Path(self.file)
        names = array_names(path)
        if set(FOUR) <= set(names):
            images, labels = read_arrays(path, (f"x_{split}", f"y_{split}"))
            all_labels = read_arrays(path, ("y_train", "y_test"))
        elif set(TWO) <= set(names):
            images, labels = read_arrays(path, TWO)
            all_labels = [labels]
        else:
            raise DocumentError(f"{path}: wanted {', '.join(FOUR)}, or x and y; it has {listed(names)}")
        channels_first = pixels.has_channels_first(path, images.shape, self.channels_first)
        classes = _classes(path, all_labels, names)
        checked = check_labels(path, labels, len(images), classes)
        # The scale is of the whole file, before any row is picked.
        top = self._largest(path, images, split, names)
        rows = np.arange(len(images)) if set(FOUR) <= set(names) else self._part(split, len(images))
        rows = rows[pick(len(rows))]
        part = {"train": "to train on", "test": "held back"}[split]
        codes, unit = pixels.channels_last(images[rows], channels_first), pixels.step("unit", self.unit, top)
        return LabelledImages(codes, checked[rows], classes, unit, top, f"{path.name}, {part}")

    def _part(self, split: Split, images: int) -> Rows:
        held_back = round(images * self.held_back)
        # One permutation for both parts, so that no image is in both.
        rows = np.random.default_rng(self.seed).permutation(images)
        if not 0 < held_back < images:
            raise DocumentError(f"{self.file}: {self.held_back} of {images:,} images leaves one part empty")
        return rows[:held_back] if split == "test" else rows[held_back:]

    def _largest(self, path: Path, images: NDArray[Any], split: Split, names: list[str]) -> int:
        """Return the largest code, the same for both parts; DocumentError where an image has a larger one."""
        others: list[NDArray[Any]] = []
        if self.max_code is None and images.dtype.kind in "iu" and images.dtype not in pixels.TOPS and FOUR[0] in names:
            others = read_arrays(path, ("x_test" if split == "train" else "x_train",))
        top = pixels.largest_code(path, images, self.max_code, others)
        if images.min() < 0 or images.max() > top:
            raise DocumentError(f"{path}: x holds {images.min()} to {images.max()}, wanted 0 to {top}")
        return top


def _classes(path: Path, labels: list[NDArray[Any]], names: list[str]) -> tuple[str, ...]:
    """Return the names of the classes in the file, else their numbers up to the largest label."""
    if "classes" in names:
        (class_names,) = read_arrays(path, ("classes",))
        if class_names.ndim != 1 or not 0 < len(class_names) <= MOST_CLASSES:
            raise DocumentError(
                f"{path}: classes is {pixels.size_text(class_names.shape)}, wanted one name for each class"
            )
        return tuple(map(str, class_names.tolist()))
    largest = max((int(part.max()) for part in labels if part.size and part.dtype.kind in "iu"), default=0)
    if largest >= MOST_CLASSES:
        raise DocumentError(f"{path}: label {largest}; a data set has at most {MOST_CLASSES:,} classes, from 0")
    return tuple(map(str, range(largest + 1)))

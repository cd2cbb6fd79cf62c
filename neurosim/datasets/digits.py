"""Handwritten digits of 8 x 8 grey pixels.

Alpaydin and Kaynak 1998, UCI Machine Learning Repository, doi 10.24432/C50P49, as scikit-learn has them.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from neurosim.datasets.dataset import LabelledImages, Pick, Shape, Split, everything, examples
from neurosim.errors import DocumentError
from neurosim.filesystem.array_file import read_arrays
from neurosim.plugins import data_folder, install_hint

CLASSES = tuple("0123456789")
LARGEST = 16  # the digits count dark pixels of 4 x 4 blocks
SEED, HELD_BACK = 1, 400


@dataclass(frozen=True)
class DigitsDataset:
    """The 1 797 digits of scikit-learn; ``workloads/data/digits_test.npz``, 400 of them, is what to measure on."""

    kind: ClassVar[str] = "digits"
    shape: ClassVar[Shape] = (1, 8, 8)
    classes: ClassVar[int] = len(CLASSES)

    def files(self, split: Split) -> list[Path]:
        """Return the shipped file, or that of scikit-learn."""
        if split == "test":
            return [data_folder("workloads") / "data" / "digits_test.npz"]
        package = importlib.util.find_spec("sklearn")  # found, not imported: that takes a second
        if package is None or package.origin is None:
            missing = "those to train on come with scikit-learn, which is not here"
            raise DocumentError(f"data digits: {missing}: {install_hint('train')}")
        return [Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"]

    def read(self, split: Split, pick: Pick = everything) -> LabelledImages:
        """Return 1 397 images to train on, which needs scikit-learn, or the 400 held back, codes 0 to 16."""
        (path,) = self.files(split)
        if split == "test":
            codes, labels = read_arrays(path, ("x", "y"))
            name = "optical digits, held back from training"
        else:
            from sklearn.datasets import load_digits

            found, name = load_digits(), "optical digits"
            kept = np.random.default_rng(SEED).permutation(len(found.target))[HELD_BACK:]
            codes, labels = found.images.astype(np.uint8)[kept], found.target[kept]
        return examples(path, codes[..., None], labels, CLASSES, LARGEST, name, pick)

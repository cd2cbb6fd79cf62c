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
SEED, TEST_IMAGES = 1, 400  # of the split into parts, which made ``workloads/data/digits_test.npz``


@dataclass(frozen=True)
class DigitsDataset:
    """Handwritten digits of 8 x 8 grey pixels: 1 397 training images, which need scikit-learn, and 400 test images."""

    kind: ClassVar[str] = "digits"
    shape: ClassVar[Shape] = (1, 8, 8)
    classes: ClassVar[int] = len(CLASSES)

    def files(self, split: Split) -> list[Path]:
        """Return the shipped file of test images, or scikit-learn's file of all."""
        if split == "test":
            return [data_folder("workloads") / "data" / "digits_test.npz"]
        package = importlib.util.find_spec("sklearn")  # found, not imported: that takes a second
        if package is None or package.origin is None:
            missing = "the training images come with scikit-learn, which is not installed"
            raise DocumentError(f"data digits: {missing}: {install_hint('train')}")
        return [Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"]

    def read(self, split: Split, pick: Pick = everything) -> LabelledImages:
        """Return 1 397 training images or the 400 held-out ones, codes 0 to 16; see :meth:`DatasetKind.read`."""
        (path,) = self.files(split)
        if split == "test":
            codes, labels = read_arrays(path, ("x", "y"))
            name = "optical digits, held back from training"
        else:
            from sklearn.datasets import load_digits

            # The split of scikit-learn's digits that trained the shipped ``digits_cnn``.
            digits, name = load_digits(), "optical digits"
            rows = np.random.default_rng(SEED).permutation(len(digits.target))[TEST_IMAGES:]
            codes, labels = digits.images.astype(np.uint8)[rows], digits.target[rows]
        return examples(path, codes[..., None], labels, CLASSES, LARGEST, name, pick)

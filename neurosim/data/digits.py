"""Optical digits: handwritten digits of 8 x 8 pixels (Alpaydin and Kaynak 1998, UCI, as scikit-learn has them)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.data.content import read_arrays
from neurosim.data.dataset import Examples, Pick, Split, everything, examples
from neurosim.errors import DocumentError
from neurosim.kinds import data_folder

CLASSES = tuple("0123456789")
LARGEST = 16  # the digits count dark pixels of 4 x 4 blocks
SEED, HELD_BACK = 1, 400


@dataclass(frozen=True)
class Digits:
    """The 1 797 digits of scikit-learn; ``workloads/data/digits_test.npz``, 400 of them, is what to measure on."""

    kind: ClassVar[str] = "digits"

    def read(self, split: Split, pick: Pick = everything) -> Examples:
        """Return 1 397 images to train on, which needs scikit-learn, or the 400 held back, codes 0 to 16."""
        if split == "test":
            path = data_folder("workloads") / "data" / "digits_test.npz"
            codes, labels = read_arrays(path, ("x", "y"))
            return examples(
                path, codes[..., None], labels, CLASSES, LARGEST, "optical digits, held back from training", pick
            )
        try:
            from sklearn import datasets
        except ImportError as error:
            raise DocumentError(
                'data digits: scikit-learn, which has those to train on, is not installed: pip install "neurosim-chip'
                '[train]"'
            ) from error
        found = datasets.load_digits()
        kept = np.random.default_rng(SEED).permutation(len(found.target))[HELD_BACK:]
        codes, labels = found.images.astype(np.uint8)[kept, ..., None], found.target[kept]
        return examples(data_folder("workloads"), codes, labels, CLASSES, LARGEST, "optical digits", pick)

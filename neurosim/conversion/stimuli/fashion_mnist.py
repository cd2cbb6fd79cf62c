"""The test images of Fashion-MNIST (Xiao et al. 2017, arXiv 1708.07747), from a folder of the user's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.conversion.idx import test_set
from neurosim.conversion.stimulus import Shape, Stimulus, draw


@dataclass(frozen=True)
class FashionMnist:
    """A draw of test images; ``data`` is the folder with the original IDX files or with ``fashion_mnist.npz``."""

    data: str
    kind: ClassVar[str] = "fashion_mnist"

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return a draw without repetition from the 10 000 test images."""
        codes, labels = test_set(self.data, "fashion_mnist.npz")
        rows = draw(len(codes), images, random)
        return Stimulus(codes[rows, ..., None], labels[rows].astype(np.int64), 1 / 255, 255, "Fashion-MNIST test set")

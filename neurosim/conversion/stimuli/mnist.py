"""The test images of MNIST (LeCun et al. 1998), from a folder of the user's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.conversion.idx import test_set
from neurosim.conversion.stimulus import Shape, Stimulus, draw


@dataclass(frozen=True)
class Mnist:
    """A draw of test images; ``data`` is the folder with the original IDX files or with ``mnist.npz``."""

    data: str
    kind: ClassVar[str] = "mnist"

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return a draw without repetition from the 10 000 test images."""
        codes, labels = test_set(self.data, "mnist.npz")
        rows = draw(len(codes), images, random)
        return Stimulus(codes[rows, ..., None], labels[rows].astype(np.int64), 1 / 255, 255, "MNIST test set")

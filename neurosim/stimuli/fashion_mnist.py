"""The test images of Fashion-MNIST (Xiao et al. 2017, arXiv 1708.07747)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.datasets import fashion_mnist
from neurosim.stimuli.stimulus import Shape, Stimulus, drawn


@dataclass(frozen=True)
class FashionMnistStimulus:
    """A draw of test images; ``data`` is the folder with the original IDX files or with ``fashion_mnist.npz``."""

    data: str | None = None
    kind: ClassVar[str] = "fashion_mnist"

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return a draw without repetition from the 10 000 test images."""
        return drawn(fashion_mnist.FashionMnistDataset(self.data), images, random)

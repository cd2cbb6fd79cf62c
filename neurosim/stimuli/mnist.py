"""The test images of MNIST (LeCun et al. 1998)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.datasets import mnist
from neurosim.stimuli.stimulus import Shape, Stimulus, drawn


@dataclass(frozen=True)
class MnistStimulus:
    """A draw of test images; ``data`` is the folder with the original IDX files or with ``mnist.npz``."""

    data: str | None = None
    kind: ClassVar[str] = "mnist"

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return a draw without repetition from the 10 000 test images."""
        return drawn(mnist.MnistDataset(self.data), images, random)

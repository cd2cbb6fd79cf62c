"""The test images of MNIST (LeCun et al. 1998)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.conversion.stimulus import Shape, Stimulus, drawn
from neurosim.data import mnist


@dataclass(frozen=True)
class Mnist:
    """A draw of test images; ``data`` is the folder with the original IDX files or with ``mnist.npz``."""

    data: str | None = None
    kind: ClassVar[str] = "mnist"

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return a draw without repetition from the 10 000 test images."""
        return drawn(mnist.Mnist(self.data), images, random)

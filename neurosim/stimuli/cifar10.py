"""The test images of CIFAR-10 (Krizhevsky 2009)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.datasets import cifar10
from neurosim.stimuli.stimulus import Shape, Stimulus, drawn


@dataclass(frozen=True)
class Cifar10Stimulus:
    """A draw of test images; ``data`` is the folder with the binary version or with a JPEG copy."""

    data: str | None = None
    kind: ClassVar[str] = "cifar10"

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return a draw without repetition from the 10 000 test images."""
        return drawn(cifar10.Cifar10Dataset(self.data), images, random)

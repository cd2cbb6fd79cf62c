"""The test images of CIFAR-100 (Krizhevsky 2009)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.datasets import cifar100
from neurosim.stimuli.stimulus import Shape, Stimulus, drawn


@dataclass(frozen=True)
class Cifar100Stimulus:
    """A draw of test images; ``data`` is the folder with the binary version, ``labels`` are fine or coarse."""

    data: str | None = None
    labels: str = "fine"
    kind: ClassVar[str] = "cifar100"

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return a draw without repetition from the 10 000 test images."""
        return drawn(cifar100.Cifar100Dataset(self.data, self.labels), images, random)

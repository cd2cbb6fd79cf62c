"""Handwritten digits of 28 x 28 grey pixels.

LeCun, Bottou, Bengio and Haffner 1998, "Gradient-based learning applied to document recognition".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from neurosim.datasets.dataset import LabelledImages, Pick, Shape, Split, everything
from neurosim.datasets.formats.idx import find_set, read_set

CLASSES = tuple("0123456789")
USUAL = ("mnist", "MNIST/raw")  # the second is torchvision's


@dataclass(frozen=True)
class MnistDataset:
    """The official IDX files, compressed or not, or ``mnist.npz``; ``data`` is the folder that holds either."""

    data: str | None = None
    kind: ClassVar[str] = "mnist"
    shape: ClassVar[Shape] = (1, 28, 28)
    classes: ClassVar[int] = len(CLASSES)

    def files(self, split: Split) -> list[Path]:
        """Return the files of one part."""
        return find_set(self.kind, self.data, USUAL, split)

    def read(self, split: Split, pick: Pick = everything) -> LabelledImages:
        """Return 60 000 images to train on or 10 000 to measure on, codes 0 to 255."""
        return read_set(self.files(split), "MNIST", CLASSES, split, pick)

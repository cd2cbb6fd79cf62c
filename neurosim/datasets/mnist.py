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
    """MNIST: handwritten digits in 28 x 28 grey pixels; ``data`` is the folder with its IDX files or ``mnist.npz``.

    Parameters
    ----------
    data : str, optional
        Folder of the official IDX files, compressed or not, or of ``mnist.npz`` with x_train, y_train, x_test and
        y_test. Without it the default data folder.
    """

    data: str | None = None
    kind: ClassVar[str] = "mnist"
    shape: ClassVar[Shape] = (1, 28, 28)
    classes: ClassVar[int] = len(CLASSES)

    def files(self, split: Split) -> list[Path]:
        """Return the files of one part."""
        return find_set(self.kind, self.data, USUAL, split)

    def read(self, split: Split, pick: Pick = everything) -> LabelledImages:
        """Return 60 000 training or 10 000 test images, codes 0 to 255; see :meth:`DatasetKind.read`."""
        return read_set(self.files(split), "MNIST", CLASSES, split, pick)

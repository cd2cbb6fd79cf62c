"""Articles of clothing in 28 x 28 grey pixels.

Xiao, Rasul and Vollgraf 2017, arXiv 1708.07747.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from neurosim.datasets.dataset import LabelledImages, Pick, Shape, Split, everything
from neurosim.datasets.formats.idx import find_set, read_set

CLASSES = (
    "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
USUAL = ("fashion_mnist", "FashionMNIST/raw")  # the second is torchvision's


@dataclass(frozen=True)
class FashionMnistDataset:
    """Fashion-MNIST: clothing in 28 x 28 grey pixels; ``data`` is the folder of its IDX files or npz.

    Parameters
    ----------
    data : str, optional
        Folder of the official IDX files, compressed or not, or of ``fashion_mnist.npz`` with x_train, y_train, x_test
        and y_test. Without it the default data folder.
    """

    data: str | None = None
    kind: ClassVar[str] = "fashion_mnist"
    shape: ClassVar[Shape] = (1, 28, 28)
    classes: ClassVar[int] = len(CLASSES)

    def files(self, split: Split) -> list[Path]:
        """Return the files of one part."""
        return find_set(self.kind, self.data, USUAL, split)

    def read(self, split: Split, pick: Pick = everything) -> LabelledImages:
        """Return 60 000 training or 10 000 test images, codes 0 to 255; see :meth:`DatasetKind.read`."""
        return read_set(self.files(split), "Fashion-MNIST", CLASSES, split, pick)

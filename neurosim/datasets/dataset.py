"""A data set: labelled images in two parts, a training set and a test set.

Each kind is one file of this package: a frozen dataclass whose fields are its options, with ``files(split)`` and
``read(split, pick)``. Its test part is a stimulus of the same name as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Protocol

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from neurosim.errors import DocumentError
from neurosim.plugins import known, made, resolve

PACKAGE = "neurosim.datasets"
MOST_IMAGES = 2**24  # of one set: ImageNet-21k has 14 million
Shape = tuple[int, int, int]  # channels, rows and columns of an image
Split = Literal["train", "test"]
Rows = NDArray[np.int64]
Labels = NDArray[np.int64]
Seed = Annotated[int, Ge(0), Le(2**63 - 1)]
MaxCode = Annotated[int, Ge(1), Le(2**31 - 1)]  # the largest code of a pixel
Unit = Annotated[float, Ge(1e-9), Le(1e9)]  # what one step of a code is worth
Pick = Callable[[int], Rows]  # from the number of images in a part to the rows to read


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """One part of a data set.

    Parameters
    ----------
    images : ndarray of int, (n, rows, columns, channels)
        Codes from 0 to ``max_code``.
    labels : ndarray of int64, (n,)
        Class of each image, from 0.
    classes : tuple of str
        Names of the classes, in the order of their numbers.
    unit : float
        Real value of one step of a code.
    max_code : int
        Largest code that an image may have.
    description : str
        The part in words, for the report.
    """

    images: NDArray[np.integer]
    labels: Labels
    classes: tuple[str, ...]
    unit: float
    max_code: int
    description: str


class DatasetKind(Protocol):
    """One kind of data set: a frozen dataclass whose fields are its options.

    A set whose images all have one shape has class attributes ``shape`` (channels, rows, columns) and ``classes``, the
    number of classes; messages then recommend it for a network of that input and output. One whose images are
    resampled has an option ``size``, rows and columns, which a stimulus sets to what the network takes.
    """

    kind: ClassVar[str]

    def files(self, split: Split) -> list[Path]:
        """Return the files or the folder that a part is read from.

        Parameters
        ----------
        split : {"train", "test"}
            The part.

        Returns
        -------
        list of Path
            They exist.

        Raises
        ------
        DocumentError
            Where they are not found, with where they were looked for.
        """

    def read(self, split: Split, pick: Pick = ...) -> LabelledImages:
        """Return one part, or some rows of it.

        Parameters
        ----------
        split : {"train", "test"}
            The part.
        pick : callable
            Takes the number of images in the part and returns the rows to read, int64, in the order wanted; called
            once. Without it all rows in the order of the files.

        Returns
        -------
        LabelledImages
            The rows, in the order of ``pick``.

        Raises
        ------
        DocumentError
            Where files are missing or broken, naming the file.
        """


def sets_for(shape: Shape, classes: int) -> list[str]:
    """Return the names of the data sets of an image ``shape`` and a number of ``classes``."""

    def suits(kind: type[DatasetKind]) -> bool:
        return (getattr(kind, "shape", None), getattr(kind, "classes", None)) == (shape, classes)

    return [kind for kind in known(PACKAGE) if suits(resolve(PACKAGE, kind))]


def everything(images: int) -> Rows:
    """Pick all rows, in the order of the files."""
    return np.arange(images)


def dataset(kind: str, options: Mapping[str, Any] | None = None) -> DatasetKind:
    """Return a data set.

    Parameters
    ----------
    kind : str
        Name of a data set, or the path of a ``.py`` file that holds one.
    options : mapping, optional
        Its options.

    Returns
    -------
    DatasetKind
        The data set, nothing of which has been read.

    Raises
    ------
    DocumentError
        For a wrong kind, and for every wrong option, with the nearest name.
    """
    instance: DatasetKind = made(resolve(PACKAGE, kind), f"data {kind}", options or {})
    return instance


def examples(
    path: Path,
    images: NDArray[np.integer],
    labels: NDArray[np.integer],
    classes: tuple[str, ...],
    max_code: int,
    description: str,
    pick: Pick,
) -> LabelledImages:
    """Return the rows that ``pick`` chooses of images and labels at ``path``, one step of a code worth 1 / max_code.

    DocumentError where there is not one label for each image, or a label is no class.
    """
    rows = pick(len(images))
    checked = check_labels(path, labels, len(images), classes)
    # All rows in order need no copy, which for a training set is hundreds of megabytes.
    if len(rows) != len(images) or not np.array_equal(rows, np.arange(len(images))):
        images, checked = images[rows], checked[rows]
    return LabelledImages(images, checked, classes, 1 / max_code, max_code, description)


def check_labels(path: Path, labels: NDArray[Any], images: int, classes: tuple[str, ...]) -> Labels:
    """Return labels as int64; DocumentError where there is not one for each image, or a label is no class."""
    if labels.dtype.kind not in "iu" or labels.ndim != 1:
        shape = " x ".join(map(str, labels.shape))
        raise DocumentError(f"{path}: labels are {labels.dtype} of {shape}, wanted one whole number for each image")
    if len(labels) != images:
        raise DocumentError(f"{path}: {len(labels):,} labels for {images:,} images")
    if not images:
        raise DocumentError(f"{path}: it holds no images")
    if images > MOST_IMAGES:
        raise DocumentError(f"{path}: {images:,} images, at most {MOST_IMAGES:,} are read")
    outside = np.flatnonzero((labels < 0) | (labels >= len(classes)))
    if len(outside):
        more = f" and {len(outside) - 1:,} more" if len(outside) > 1 else ""
        raise DocumentError(
            f"{path}: image {outside[0]:,} has label {labels[outside[0]]}{more}; the {len(classes)} classes are "
            f"numbered 0 to {len(classes) - 1}"
        )
    return labels.astype(np.int64)

"""A data set: labelled images in two parts, one to train on and one to measure on.

Each kind is one file of this package: a frozen dataclass whose fields are its options, with ``read(split)``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Protocol, get_args, get_type_hints

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from neurosim.errors import DocumentError
from neurosim.messages import suggest
from neurosim.plugins import known, resolve

PACKAGE = "neurosim.datasets"
MOST_IMAGES = 2**24  # of one set
Shape = tuple[int, int, int]  # channels, rows and columns of an image
Split = Literal["train", "test"]
Rows = NDArray[np.int64]
Seed = Annotated[int, Ge(0), Le(2**63 - 1)]
MaxCode = Annotated[int, Ge(1), Le(2**31 - 1)]  # the largest code of a pixel
Unit = Annotated[float, Ge(1e-9), Le(1e9)]  # what one step of a code is worth
PLAIN = {str: "text", int: "a whole number", float: "a number", bool: "true or false", type(None): "nothing"}
Pick = Callable[[int], Rows]  # from the number of images that there are to the rows that are wanted


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """One part of a data set.

    ``images`` is (n, rows, columns, channels) of integer codes from 0 to ``max_code``, of which one step is worth
    ``unit``; ``labels`` is (n,) int64 from 0, ``classes`` their names in that order.
    """

    images: NDArray[np.integer]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    unit: float
    max_code: int
    description: str


class DatasetKind(Protocol):
    """One kind of data set.

    One of which all images have the same ``shape`` and ``classes`` says so in attributes of these names, and is then
    named to whoever has a network for them.
    """

    kind: ClassVar[str]

    def files(self, split: Split) -> list[Path]:
        """Return the files or the folder that a part is read from; DocumentError where they are not there."""

    def read(self, split: Split, pick: Pick = ...) -> LabelledImages:
        """Return one part, or the rows of it that ``pick`` returns, in its order.

        DocumentError where the files are missing or broken, naming the file.
        """


def sets_for(shape: Shape, classes: int) -> list[str]:
    """Return the data sets whose images and classes are those of a network, by name."""

    def suits(kind: type[DatasetKind]) -> bool:
        return (getattr(kind, "shape", None), getattr(kind, "classes", None)) == (shape, classes)

    return [kind for kind in known(PACKAGE) if suits(resolve(PACKAGE, kind))]


def everything(images: int) -> Rows:
    """Pick all rows, in the order of the files."""
    return np.arange(images)


def dataset(kind: str, options: Mapping[str, Any] | None = None) -> DatasetKind:
    """Return the data set of one kind with its options; a wrong kind or option is a DocumentError."""
    cls = resolve(PACKAGE, kind)
    chosen = dict(options or {})
    check_options(f"data {kind}", cls, chosen)
    made: DatasetKind = cls(**chosen)
    return made


def check_options(what: str, cls: type, chosen: Mapping[str, Any], others: Sequence[str] = ()) -> None:
    """DocumentError where ``chosen`` are no options of a kind: their names, and plain types as its fields have them.

    ``others`` are names that are known besides, for the message.
    """
    known = {field.name: field for field in dataclasses.fields(cls)}
    hints = get_type_hints(cls)
    for name, value in chosen.items():
        if name not in known:
            names = [*known, *others]
            nearest = suggest(name, names) or (f"; there are: {', '.join(names)}" if names else "; it has none")
            raise DocumentError(f"{what}: unknown option '{name}'{nearest}")
        if not _fits(value, hints[name]):
            raise DocumentError(f"{what}: '{name}' is {_named(hints[name])}, found {value!r}")
    for name, field in known.items():
        if name not in chosen and field.default is dataclasses.MISSING:
            raise DocumentError(f"{what}: it needs '{name}'")


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value is of a plain type or of one of several; what is no plain type is the kind's own to check."""
    plain = [kind for kind in get_args(hint) or (hint,) if kind in PLAIN]
    if isinstance(value, bool) or not plain:
        return bool in plain or not plain
    return isinstance(value, tuple(plain)) or (float in plain and isinstance(value, int))


def _named(hint: Any) -> str:
    return " or ".join(PLAIN[kind] for kind in get_args(hint) or (hint,) if kind in PLAIN and kind is not type(None))


def examples(
    path: Path,
    images: NDArray[np.integer],
    labels: NDArray[np.integer],
    classes: tuple[str, ...],
    max_code: int,
    description: str,
    pick: Pick,
) -> LabelledImages:
    """Return the rows picked of a file's images and labels, whole steps of ``1 / max_code``.

    DocumentError where the labels at ``path`` are not one for each image and each of a class.
    """
    rows = pick(len(images))
    known = check_labels(path, labels, len(images), classes)
    if len(rows) != len(images) or not np.array_equal(rows, np.arange(len(images))):
        images, known = images[rows], known[rows]
    return LabelledImages(images, known, classes, 1 / max_code, max_code, description)


def check_labels(path: Path, labels: NDArray, images: int, classes: tuple[str, ...]) -> NDArray[np.int64]:
    """Return labels as int64; DocumentError where they are not one for each image and each of a class."""
    if labels.dtype.kind not in "iu" or labels.ndim != 1:
        shape = " x ".join(map(str, labels.shape))
        raise DocumentError(f"{path}: labels are {labels.dtype} of {shape}, wanted one whole number for each image")
    if len(labels) != images:
        raise DocumentError(f"{path}: {len(labels):,} labels for {images:,} images")
    if not images:
        raise DocumentError(f"{path}: it holds no images")
    if images > MOST_IMAGES:
        raise DocumentError(f"{path}: {images:,} images, at most {MOST_IMAGES:,} are read")
    wrong = np.flatnonzero((labels < 0) | (labels >= len(classes)))
    if len(wrong):
        more = f" and {len(wrong) - 1:,} more" if len(wrong) > 1 else ""
        raise DocumentError(
            f"{path}: image {wrong[0]:,} has label {labels[wrong[0]]}{more}; the {len(classes)} classes are numbered "
            f"0 to {len(classes) - 1}"
        )
    return labels.astype(np.int64)

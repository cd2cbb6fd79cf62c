"""A data set: labelled images in two parts, one to train on and one to measure on.

Each kind is one file of this package: a frozen dataclass whose fields are its options, with ``read(split)``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import DocumentError
from neurosim.kinds import resolve, suggest

PACKAGE = "neurosim.data"
Split = Literal["train", "test"]


@dataclass(frozen=True, eq=False)
class Examples:
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
    """One kind of data set."""

    kind: ClassVar[str]

    def read(self, split: Split) -> Examples:
        """Return one part; DocumentError where its files are missing or broken, naming the file."""


def dataset(kind: str, options: Mapping[str, Any] | None = None) -> DatasetKind:
    """Return the data set of one kind with its options; a wrong kind or option is a DocumentError."""
    cls = resolve(PACKAGE, kind)
    chosen = dict(options or {})
    known = {field.name: field for field in dataclasses.fields(cls)}
    for name in chosen:
        if name not in known:
            nearest = suggest(name, known) or f"; there are: {', '.join(known)}"
            raise DocumentError(f"data {kind}: unknown option '{name}'{nearest}")
    for name, field in known.items():
        if name not in chosen and field.default is dataclasses.MISSING:
            raise DocumentError(f"data {kind}: it needs '{name}'")
    made: DatasetKind = cls(**chosen)
    return made

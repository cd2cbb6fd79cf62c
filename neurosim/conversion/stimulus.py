"""What the network is shown: images as integer codes.

Each kind of stimulus is one file of ``conversion/stimuli``: a frozen dataclass whose fields are its options, with
``read(images, shape, random)``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import DocumentError
from neurosim.kinds import resolve, suggest

PACKAGE = "neurosim.conversion.stimuli"
Shape = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Stimulus:
    """Images as a spiking network's host sends them.

    ``images`` is (n, rows, columns, channels) of integer codes up to ``max_code`` in magnitude, of which one step is
    worth ``unit``; ``labels`` is (n,) int64 or None where nobody knows.
    """

    images: NDArray[np.integer]
    labels: NDArray[np.int64] | None
    unit: float
    max_code: int
    description: str


class StimulusKind(Protocol):
    """One kind of stimulus."""

    kind: ClassVar[str]

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return that many images of ``shape`` (channels, rows, columns); DocumentError if it cannot."""


def encode(
    kind: str,
    images: int,
    shape: Shape,
    seed: int = 1,
    options: Mapping[str, Any] | None = None,
    file: str | None = None,
) -> Stimulus:
    """Return ``images`` images of one kind for a network that takes ``shape`` (channels, rows, columns).

    ``options`` are those of the kind and, for every kind, ``zero_point``: integers, one per channel, that the host
    subtracts before anything is padded (conversion.md 3.3). ``file`` is for the kinds that read one.
    A wrong kind, option, file or shape is a DocumentError.
    """
    chosen = dict(options or {})
    zero_point = chosen.pop("zero_point", None)
    if file is not None:
        chosen["file"] = file
    cls = resolve(PACKAGE, kind)
    known = {field.name: field for field in dataclasses.fields(cls)}
    for name in chosen:
        if name not in known:
            names = [*known, "zero_point"]
            nearest = suggest(name, names) or f"; there are: {', '.join(names)}"
            raise DocumentError(f"stimulus {kind}: unknown option '{name}'{nearest}")
    for name, field in known.items():
        if name not in chosen and field.default is dataclasses.MISSING:
            raise DocumentError(f"stimulus {kind}: it needs '{name}'")
    try:
        stimulus: Stimulus = cls(**chosen).read(images, shape, np.random.default_rng(seed))
    except (TypeError, ValueError, OSError) as error:
        raise DocumentError(f"stimulus {kind}: {error}") from error
    channels, rows, columns = shape
    found = stimulus.images.shape
    if found[1:] != (rows, columns, channels):
        has = " x ".join(map(str, (found[3], *found[1:3])))
        raise DocumentError(f"stimulus {kind}: its images are {has}, the network takes {channels} x {rows} x {columns}")
    return stimulus if zero_point is None else _centred(stimulus, zero_point)


def _centred(stimulus: Stimulus, zero_point: Any) -> Stimulus:
    channels, top = stimulus.images.shape[3], stimulus.max_code
    points = np.atleast_1d(np.asarray(zero_point))
    if (
        points.dtype.kind not in "iu"
        or points.shape not in ((1,), (channels,))
        or points.min() < 0
        or points.max() > top
    ):
        raise DocumentError(f"zero_point: wanted {channels} whole numbers from 0 to {top}, found {zero_point}")
    images = stimulus.images.astype(np.int32) - points
    largest = int(max(points.max(), top - points.min()))
    return dataclasses.replace(stimulus, images=images, max_code=largest)


def folder(data: str, wanted: str) -> Path:
    """Return the path of a data folder; DocumentError if there is none."""
    path = Path(data)
    if not path.is_dir():
        raise DocumentError(f"data: no folder '{data}'; give the folder that holds {wanted}")
    return path


def draw(available: int, number: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return ``number`` of ``available`` rows without repetition; DocumentError if there are fewer."""
    if number > available:
        raise DocumentError(f"wanted {number:,} images, the set has {available:,}")
    return random.permutation(available)[:number]

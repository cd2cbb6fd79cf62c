"""What the network is shown: images as integer codes.

Each kind of stimulus is one file of ``conversion/stimuli``: a frozen dataclass whose fields are its options, with
``read(images, shape, random)``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from neurosim.data.dataset import DatasetKind
from neurosim.errors import DocumentError
from neurosim.kinds import resolve, suggest

PACKAGE = "neurosim.conversion.stimuli"
NORMALISATION = ("zero_point", "deviation")  # options of every kind
Shape = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Stimulus:
    """Images as a spiking network's host sends them.

    ``images`` is (n, rows, columns, channels) of integer codes up to ``max_code`` in magnitude, of which one step is
    worth ``unit``, one number or one per channel; ``labels`` is (n,) int64 or None where nobody knows. For a network
    whose output is a map they are (n, positions), negative where none is asked.
    """

    images: NDArray[np.integer]
    labels: NDArray[np.int64] | None
    unit: float | tuple[float, ...]
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

    ``options`` are those of the kind and, for a network trained on normalised images, ``zero_point``, the channel means
    in whole steps, which the host subtracts before anything is padded, and ``deviation``, what real pixels were divided
    by (conversion.md 3.3). ``file`` is for the kinds that read one.
    A wrong kind, option, file or shape is a DocumentError.
    """
    chosen = dict(options or {})
    normalisation = {name: chosen.pop(name, None) for name in NORMALISATION}
    if file is not None:
        chosen["file"] = file
    cls = resolve(PACKAGE, kind)
    known = {field.name: field for field in dataclasses.fields(cls)}
    for name in chosen:
        if name not in known:
            names = [*known, *NORMALISATION]
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
    return normalised(stimulus, **normalisation)


def normalised(stimulus: Stimulus, zero_point: Any, deviation: Any) -> Stimulus:
    """Return ``stimulus`` as the host sends it to a network that was trained on normalised images; see ``encode``."""
    channels, top, unit = stimulus.images.shape[3], stimulus.max_code, stimulus.unit
    if deviation is not None:
        parts = np.atleast_1d(np.asarray(deviation))
        if parts.dtype.kind not in "iuf" or parts.shape not in ((1,), (channels,)) or not parts.min() > 0:
            raise DocumentError(f"deviation: wanted {channels} positive numbers, found {deviation}")
        unit = tuple(np.broadcast_to(stimulus.unit / parts, channels).tolist())
    if zero_point is None:
        return dataclasses.replace(stimulus, unit=unit)
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
    return dataclasses.replace(stimulus, images=images, max_code=largest, unit=unit)


def drawn(dataset: DatasetKind, images: int, random: np.random.Generator) -> Stimulus:
    """Return a draw from what a data set has to measure on."""
    found = dataset.read("test", lambda available: draw(available, images, random))
    return Stimulus(found.images, found.labels, found.unit, found.max_code, found.description)


def draw(available: int, number: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return ``number`` of ``available`` rows without repetition; DocumentError if there are fewer."""
    if number > available:
        raise DocumentError(f"wanted {number:,} images, the set has {available:,}")
    return random.permutation(available)[:number]

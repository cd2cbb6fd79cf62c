"""What the network is shown: images as integer codes.

Each kind of stimulus is one file of ``conversion/stimuli``: a frozen dataclass whose fields are its options, with
``read(images, shape, random)``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from neurosim.datasets.dataset import DatasetKind, check_options
from neurosim.datasets.image_codes import checked_images
from neurosim.datasets.pixels import LARGEST_UNIT, SMALLEST_UNIT, check_max_code, check_unit, magnitude, shown
from neurosim.errors import ConversionError, DocumentError
from neurosim.plugins import resolve

PACKAGE = "neurosim.stimuli"
NORMALISATION = ("zero_point", "deviation")  # options of every kind
LARGEST_PIXELS = 2**28  # of one stimulus: 1 GiB once they are normalised
Shape = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Stimulus:
    """Images as a spiking network's host sends them.

    ``images`` is (n, rows, columns, channels) of integer codes up to ``max_code`` in magnitude, of which one step is
    worth ``unit``, one number or one per channel; ``labels`` is (n,) int64 or None where nobody knows. For a network
    whose output is a map they are (n, positions), negative where none is asked. Images that are none, or have codes
    beyond ``max_code``, are a ConversionError; other integers are kept as int32, in this machine's byte order.
    ``every_label`` are those of images that are not shown, too, where they come from one file: all of them must make
    sense.
    """

    images: NDArray[np.integer]
    labels: NDArray[np.int64] | None
    unit: float | tuple[float, ...]
    max_code: int
    description: str
    every_label: NDArray[np.integer] | None = None

    def __post_init__(self) -> None:
        top = check_max_code("stimulus: max_code", self.max_code)
        object.__setattr__(self, "images", checked_images(self.images, largest=top, node="stimulus"))
        channels = self.images.shape[3]
        units = self.unit if isinstance(self.unit, tuple) else (self.unit,)
        if len(units) not in (1, channels):
            raise ConversionError(f"stimulus: {len(units)} units for {channels} channels")
        for unit in units:
            check_unit("stimulus: unit", unit)
        if self.labels is not None:
            labels = np.asarray(self.labels)
            if labels.dtype.kind not in "iu" or labels.ndim not in (1, 2) or len(labels) != len(self.images):
                has = f"{shown(labels.shape)} of {labels.dtype}"
                raise ConversionError(f"stimulus: labels are {has}, wanted {len(self.images):,} whole numbers")
            if labels.dtype == np.uint64 and magnitude(labels) >= 2**63:
                raise ConversionError(f"stimulus: label {int(labels.max())} is no class of any network")
            object.__setattr__(self, "labels", labels.astype(np.int64, copy=False))


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
    check_options(f"stimulus {kind}", cls, chosen, NORMALISATION)
    if images < 1:
        raise DocumentError(f"stimulus {kind}: wanted at least one image, found images: {images}")
    if images * prod(shape) > LARGEST_PIXELS:
        size = " x ".join(f"{length:,}" for length in shape)
        raise DocumentError(
            f"stimulus {kind}: {images:,} images of {size} are {images * prod(shape) / 2**20:,.0f} Mi pixels, at most "
            f"{LARGEST_PIXELS // 2**20} Mi are shown at once; take fewer images"
        )
    try:
        stimulus: Stimulus = cls(**chosen).read(images, shape, np.random.default_rng(seed))
    except (TypeError, ValueError, OSError, MemoryError) as error:
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
        parts = _numbers(deviation, channels, "iuf")
        if parts is None or not parts.min() > 0:
            raise DocumentError(f"deviation: wanted {channels} positive numbers, found {deviation}")
        if not SMALLEST_UNIT <= parts.min() <= parts.max() <= LARGEST_UNIT:
            raise DocumentError(
                f"deviation: wanted numbers from {SMALLEST_UNIT:g} to {LARGEST_UNIT:g}, found {deviation}"
            )
        unit = tuple(np.broadcast_to(stimulus.unit / parts, channels).tolist())
        for value in unit:
            check_unit(f"deviation {deviation}: what one step is worth", value)
    if zero_point is None:
        return dataclasses.replace(stimulus, unit=unit)
    points = _numbers(zero_point, channels, "iu")
    if points is None or points.min() < 0 or points.max() > top:
        raise DocumentError(f"zero_point: wanted {channels} whole numbers from 0 to {top}, found {zero_point}")
    lowest = -top if stimulus.images.min() < 0 else 0
    largest = int(max(points.max() - lowest, top - points.min()))
    check_max_code("zero_point: the largest code", largest)
    images = stimulus.images.astype(np.int32) - points.astype(np.int32)
    return dataclasses.replace(stimulus, images=images, max_code=largest, unit=unit)


def _numbers(value: Any, channels: int, kinds: str) -> NDArray | None:
    """Return an option that is one number or one a channel as an array, None where it is anything else."""
    try:
        found = np.atleast_1d(np.asarray(value))
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.dtype.kind in kinds and found.shape in ((1,), (channels,)) else None


def drawn(dataset: DatasetKind, images: int, random: np.random.Generator) -> Stimulus:
    """Return a draw from what a data set has to measure on."""
    found = dataset.read("test", lambda available: draw(available, images, random))
    return Stimulus(found.images, found.labels, found.unit, found.max_code, found.description)


def draw(available: int, number: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return ``number`` of ``available`` rows without repetition; DocumentError if there are fewer."""
    if number > available:
        raise DocumentError(f"wanted {number:,} images, the set has {available:,}")
    return random.permutation(available)[:number]

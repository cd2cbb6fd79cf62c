"""A stimulus: the images that a network is shown, as integer codes, and what a kind of stimulus has to provide.

Each kind is one file of this package: a frozen dataclass whose fields are its options, with ``read(images, shape,
random)``. The test part of every data set is a stimulus without a file here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Protocol

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from neurosim.datasets.pixels import (
    LARGEST_UNIT,
    SMALLEST_UNIT,
    check_max_code,
    check_unit,
    checked_images,
    magnitude,
    size_text,
)
from neurosim.errors import ConversionError, DocumentError

PACKAGE = "neurosim.stimuli"
Point = Annotated[int, Ge(0), Le(2**31 - 1)]
Deviation = Annotated[float, Ge(1e-6), Le(1e6)]
NORMALISATION: Mapping[str, Any] = {
    "zero_point": Point | tuple[Point, ...] | None,
    "deviation": Deviation | tuple[Deviation, ...] | None,
}
"""Options of every stimulus, and their types: how the host normalises what it sends."""
Shape = tuple[int, int, int]  # channels, rows, columns


@dataclass(frozen=True, eq=False)
class Stimulus:
    """Images as a spiking network's host sends them.

    Parameters
    ----------
    images : ndarray of int, (n, rows, columns, channels)
        Codes up to ``max_code`` in magnitude. uint8, int32 and int64 are kept, other integers become int32, all in
        this machine's byte order.
    labels : ndarray of int64, (n,), or None
        Class of each image; None where it is not known. For a network whose output is a map (n, positions), negative
        at positions that are not evaluated.
    unit : float or tuple of float
        Real value of one step of a code, for all channels or for each.
    max_code : int
        Largest magnitude that a code may have, 1 to 2^31 - 1.
    description : str
        The images in words, for the report.
    every_label : ndarray of int, optional
        All labels of the file that the images come from, those of other images included: all must be valid classes.

    Raises
    ------
    ConversionError
        Where images are not such codes, or labels and units are not one for each image and channel.
    """

    images: NDArray[np.integer]
    labels: NDArray[np.int64] | None
    unit: float | tuple[float, ...]
    max_code: int
    description: str
    every_label: NDArray[np.integer] | None = None

    def __post_init__(self) -> None:
        top = check_max_code("stimulus: max_code", self.max_code)
        # Frozen: the checked arrays replace those that were given.
        object.__setattr__(self, "images", checked_images(self.images, largest=top, node="stimulus"))
        channels = self.images.shape[3]
        units = self.unit if isinstance(self.unit, tuple) else (self.unit,)
        if len(units) not in (1, channels):
            raise ConversionError(f"stimulus: {len(units)} units for {channels} channels")
        for unit in units:
            check_unit("stimulus: unit", unit)
        if self.labels is not None:
            object.__setattr__(self, "labels", _int64_labels(np.asarray(self.labels), len(self.images)))


def _int64_labels(labels: NDArray[Any], images: int) -> NDArray[np.int64]:
    if labels.dtype.kind not in "iu" or labels.ndim not in (1, 2) or len(labels) != images:
        has = f"{size_text(labels.shape)} of {labels.dtype}"
        raise ConversionError(f"stimulus: labels are {has}, wanted {images:,} whole numbers")
    if labels.dtype == np.uint64 and magnitude(labels) >= 2**63:  # no int64, which the cast would make negative
        raise ConversionError(f"stimulus: label {int(labels.max())} is no class of any network")
    return labels.astype(np.int64, copy=False)


class StimulusKind(Protocol):
    """One kind of stimulus: a frozen dataclass whose fields are its options.

    A kind that shows a file of its own where the workload names none has a static method ``own_file() -> Path``, so
    that the file is hashed into the run's id.
    """

    kind: ClassVar[str]

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return images for a network.

        Parameters
        ----------
        images : int
            Number of images, from 1.
        shape : tuple of int
            (channels, rows, columns) that the network takes.
        random : numpy.random.Generator
            The only source of chance, seeded by the workload.

        Returns
        -------
        Stimulus
            So many images of that shape.

        Raises
        ------
        DocumentError
            Where it has no such images.
        """


def normalised(stimulus: Stimulus, zero_point: Any, deviation: Any) -> Stimulus:
    """Return a stimulus as the host sends it to a network that was trained on normalised images.

    Parameters
    ----------
    stimulus : Stimulus
        Images that are not normalised.
    zero_point : int, sequence of int or None
        Mean of all channels or of each, in whole steps of a code, which the host subtracts.
    deviation : float, sequence of float or None
        What real pixels were divided by in training; it divides the unit.

    Returns
    -------
    Stimulus
        int32 codes where a zero point was subtracted, else the same codes.

    Raises
    ------
    DocumentError
        Where an option is neither one such number nor one for each channel.
    """
    channels, unit = stimulus.images.shape[3], stimulus.unit
    if deviation is not None:
        deviations = _by_channel(deviation, channels, "iuf")
        if deviations is None or not deviations.min() > 0:
            raise DocumentError(f"deviation: wanted {channels} positive numbers, found {deviation}")
        if not SMALLEST_UNIT <= deviations.min() <= deviations.max() <= LARGEST_UNIT:
            raise DocumentError(
                f"deviation: wanted numbers from {SMALLEST_UNIT:g} to {LARGEST_UNIT:g}, found {deviation}"
            )
        # The deviation is a property of weights in training; here it scales the unit and no pixel is divided.
        unit = tuple(np.broadcast_to(stimulus.unit / deviations, channels).tolist())
        for value in unit:
            check_unit(f"deviation {deviation}: what one step is worth", value)
    if zero_point is None:
        return dataclasses.replace(stimulus, unit=unit)
    images, max_code = _centred(stimulus, zero_point)
    return dataclasses.replace(stimulus, images=images, max_code=max_code, unit=unit)


def _centred(stimulus: Stimulus, zero_point: Any) -> tuple[NDArray[np.int32], int]:
    """Return codes less their zero point, and the largest magnitude that such codes may have."""
    channels, top = stimulus.images.shape[3], stimulus.max_code
    points = _by_channel(zero_point, channels, "iu")
    if points is None or points.min() < 0 or points.max() > top:
        raise DocumentError(f"zero_point: wanted {channels} whole numbers from 0 to {top}, found {zero_point}")
    # Codes less their zero point lie between lowest - max(points) and top - min(points).
    lowest = -top if stimulus.images.min() < 0 else 0
    largest = int(max(points.max() - lowest, top - points.min()))
    check_max_code("zero_point: the largest code", largest)
    return stimulus.images.astype(np.int32) - points.astype(np.int32), largest


def _by_channel(value: Any, channels: int, kinds: str) -> NDArray[Any] | None:
    """Return an option that is one number or one for each channel as an array, None where it is anything else."""
    try:
        numbers = np.atleast_1d(np.asarray(value))
    except (ValueError, TypeError, OverflowError):
        return None
    return numbers if numbers.dtype.kind in kinds and numbers.shape in ((1,), (channels,)) else None


def check_shape(label: str, size: tuple[int, ...], shape: Shape) -> None:
    """DocumentError, beginning with ``label``, where images (n, rows, columns, channels) are not of ``shape``."""
    channels, rows, columns = shape
    if size[1:] != (rows, columns, channels):
        has = " x ".join(map(str, (size[3], *size[1:3])))
        raise DocumentError(f"{label}: its images are {has}, the network takes {channels} x {rows} x {columns}")


def draw(available: int, number: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Return ``number`` of ``available`` rows without repetition; DocumentError if there are fewer."""
    if number > available:
        raise DocumentError(f"wanted {number:,} images, the set has {available:,}")
    # A permutation of all, so that a longer draw begins with a shorter one.
    return random.permutation(available)[:number]

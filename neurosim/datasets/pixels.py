"""Pixels as integer codes: their layout, type and scale, by one rule for data sets, stimuli and networks.

A pixel's value never depends on how many images are read: the largest code is the option ``max_code``, else that of
the type (255 of uint8, 1 of truth values), else the largest in the whole array. Images are (n, rows, columns),
(n, rows, columns, channels), or (n, channels, rows, columns) with ``channels_first``; where rows, columns and channels
are equal in number, both layouts are possible and the option has to say which is meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import ConversionError, DocumentError

LARGEST_CODE = 2**31 - 1
"""Codes are stored as int32, with a sign."""

SMALLEST_UNIT, LARGEST_UNIT = 1e-12, 1e12
"""Real value of one step of a code; outside this range weights of 32 bits cannot make up for it."""

KERNEL_TYPES = (np.dtype(np.uint8), np.dtype(np.int32), np.dtype(np.int64))  # that the kernels are compiled for
TOPS = {np.dtype(np.uint8): 255, np.dtype(np.bool_): 1}


def check_unit(what: str, unit: Any) -> float:
    """Return the real value of one step as a float; DocumentError where it is not a number in range."""
    if isinstance(unit, bool) or not isinstance(unit, int | float) or not SMALLEST_UNIT <= unit <= LARGEST_UNIT:
        raise DocumentError(f"{what}: wanted a number from {SMALLEST_UNIT:g} to {LARGEST_UNIT:g}, found {unit!r}")
    return float(unit)


def check_max_code(what: str, top: Any) -> int:
    """Return a largest code; DocumentError where it is not a whole number in range."""
    if isinstance(top, bool) or not isinstance(top, int) or not 1 <= top <= LARGEST_CODE:
        raise DocumentError(f"{what}: wanted a whole number from 1 to {LARGEST_CODE:,}, found {top!r}")
    return top


def size_text(shape: tuple[int, ...]) -> str:
    """Return the sizes of an array as ``3 x 8 x 8``, for messages."""
    return " x ".join(map(str, shape)) or "one number"


def largest_code(path: Path, images: NDArray[Any], max_code: int | None, others: Sequence[NDArray[Any]] = ()) -> int:
    """Return the largest code that images may have; DocumentError where they are not integer codes.

    ``others`` are further images of the same file, which have the same scale.
    """
    if images.dtype.kind not in "iub":
        raise DocumentError(f"{path}: x holds {images.dtype}, wanted integers; quantise it and give its 'unit'")
    if not all(images.shape):
        raise DocumentError(f"{path}: x is {size_text(images.shape)}: no images")
    if max_code is not None:
        return check_max_code(f"{path}: max_code", max_code)
    top = TOPS.get(images.dtype) or max(map(magnitude, (images, *others)))
    if top == 0:
        raise DocumentError(f"{path}: x holds {images.dtype}; give its largest code as 'max_code'")
    if top > LARGEST_CODE:
        raise DocumentError(
            f"{path}: x holds {images.min()} to {images.max()}, beyond the codes of 32 bits that a host sends"
        )
    return top


def magnitude(array: NDArray[Any]) -> int:
    """Return the largest magnitude in an array of integers, 0 for any other."""
    if not array.size or array.dtype.kind not in "iub":
        return 0
    # In Python's integers: the magnitude of the smallest int64 is no int64.
    return max(abs(int(array.min())), abs(int(array.max())))


def has_channels_first(path: Path, shape: tuple[int, ...], channels_first: bool | None) -> bool:
    """Whether images have channels before rows and columns; DocumentError where both layouts are possible."""
    if len(shape) not in (3, 4):
        raise DocumentError(
            f"{path}: x is {size_text(shape)}, wanted n x rows x columns or n x rows x columns x channels"
        )
    if len(shape) == 4 and channels_first is None and 1 < shape[1] == shape[2] == shape[3]:
        raise DocumentError(
            f"{path}: x is {size_text(shape)}: channels may come first or last; say 'channels_first: true' or 'false'"
        )
    return bool(channels_first) and len(shape) == 4


def channels_last(images: NDArray[Any], channels_first: bool) -> NDArray[np.integer]:
    """Return images as (n, rows, columns, channels), uint8 as they are and all others as int32."""
    if images.ndim == 3:
        images = images[..., None]
    elif channels_first:
        images = images.transpose(0, 2, 3, 1)
    dtype = np.uint8 if images.dtype.kind == "b" or images.dtype == np.uint8 else np.int32
    return np.ascontiguousarray(images, dtype)


def step(what: str, unit: Any, top: int) -> float:
    """Return the real value of one step: ``unit`` where it is given, else 1 / ``top``."""
    return 1 / top if unit is None else check_unit(what, unit)


def checked_images(
    images: Any, shape: tuple[int, int, int] | None = None, largest: int = LARGEST_CODE, node: str = "images"
) -> NDArray[np.integer]:
    """Return images as codes of a type that the kernels take, in this machine's byte order.

    Parameters
    ----------
    images : array_like of int, (n, rows, columns, channels)
        Any integer type, or truth values.
    shape : tuple of int, optional
        (channels, rows, columns) that the network takes.
    largest : int
        Largest magnitude that a code may have.
    node : str
        Name of the network's input, with which an error begins.

    Returns
    -------
    ndarray, (n, rows, columns, channels)
        uint8, int32 and int64 as they are, truth values as uint8, others as int32.

    Raises
    ------
    ConversionError
        Where they are anything else.
    """
    codes = np.asarray(images)
    if codes.dtype.kind not in "iub":
        raise ConversionError(f"{node}: images hold {codes.dtype}, wanted whole numbers; quantise them")
    if codes.ndim != 4 or not all(codes.shape):
        raise ConversionError(f"{node}: images are {size_text(codes.shape)}, wanted n x rows x columns x channels")
    if shape is not None:
        channels, rows, columns = shape
        if codes.shape[1:] != (rows, columns, channels):
            first = "; their channels come first: images.transpose(0, 2, 3, 1)" if codes.shape[1:] == shape else ""
            raise ConversionError(
                f"{node}: images are {size_text(codes.shape)}, wanted n x {rows} x {columns} x {channels}{first}"
            )
    if (top := magnitude(codes)) > largest:
        raise ConversionError(f"{node}: images hold {top:,}, more than the {largest:,} that the network was made for")
    if codes.dtype in KERNEL_TYPES and codes.dtype.isnative:
        return codes
    return codes.astype(np.uint8 if codes.dtype.kind == "b" else np.int32)

"""Pixels of a file of one's own: whole numbers, their layout and their scale, by one rule for whoever reads them.

A pixel's value never depends on how many images are shown: the largest code is the option ``max_code``, else that of
the type (255 of uint8, 1 of truth values), else the largest in the whole array. Images are (n, rows, columns),
(n, rows, columns, channels), or (n, channels, rows, columns) where ``channels_first``; where rows, columns and channels
are as many, both readings are possible and the option has to say which is meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import DocumentError

LARGEST_CODE = 2**31 - 1
"""Codes are kept as int32, with a sign."""

SMALLEST_UNIT, LARGEST_UNIT = 1e-12, 1e12
"""What one step of a pixel may be worth: beyond, weights of 32 bits say nothing of it."""

TOPS = {np.dtype(np.uint8): 255, np.dtype(np.bool_): 1}


def check_unit(what: str, unit: Any) -> float:
    """Return what one step is worth as a number; DocumentError where it is no reasonable one."""
    if isinstance(unit, bool) or not isinstance(unit, int | float) or not SMALLEST_UNIT <= unit <= LARGEST_UNIT:
        raise DocumentError(f"{what}: wanted a number from {SMALLEST_UNIT:g} to {LARGEST_UNIT:g}, found {unit!r}")
    return float(unit)


def check_max_code(what: str, top: Any) -> int:
    """Return a largest code; DocumentError where it is none that an image may have."""
    if isinstance(top, bool) or not isinstance(top, int) or not 1 <= top <= LARGEST_CODE:
        raise DocumentError(f"{what}: wanted a whole number from 1 to {LARGEST_CODE:,}, found {top!r}")
    return top


def shown(shape: tuple[int, ...]) -> str:
    """Return the sizes of an array as people write them."""
    return " x ".join(map(str, shape)) or "one number"


def largest_code(path: Path, images: NDArray, max_code: int | None, others: Sequence[NDArray] = ()) -> int:
    """Return the largest code that images may have; DocumentError where they are no codes.

    ``others`` are further images of the same file, which share their scale.
    """
    if images.dtype.kind not in "iub":
        raise DocumentError(f"{path}: x holds {images.dtype}, wanted integers; quantise it and give its 'unit'")
    if not all(images.shape):
        raise DocumentError(f"{path}: x is {shown(images.shape)}: no images")
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


def magnitude(array: NDArray) -> int:
    """Return the largest magnitude of whole numbers, of any width."""
    if not array.size or array.dtype.kind not in "iub":
        return 0
    return max(abs(int(array.min())), abs(int(array.max())))


def has_channels_first(path: Path, shape: tuple[int, ...], channels_first: bool | None) -> bool:
    """Whether an array of images has its channels before rows and columns; DocumentError where it could be both."""
    if len(shape) not in (3, 4):
        raise DocumentError(f"{path}: x is {shown(shape)}, wanted n x rows x columns or n x rows x columns x channels")
    if len(shape) == 4 and channels_first is None and 1 < shape[1] == shape[2] == shape[3]:
        raise DocumentError(
            f"{path}: x is {shown(shape)}: channels may come first or last; say 'channels_first: true' or 'false'"
        )
    return bool(channels_first) and len(shape) == 4


def channels_last(images: NDArray, channels_first: bool) -> NDArray[np.integer]:
    """Return images as (n, rows, columns, channels), uint8 as they are and all others as int32."""
    if images.ndim == 3:
        images = images[..., None]
    elif channels_first:
        images = images.transpose(0, 2, 3, 1)
    kept = np.uint8 if images.dtype.kind == "b" or images.dtype == np.uint8 else np.int32
    return np.ascontiguousarray(images, kept)


def step(what: str, unit: Any, top: int) -> float:
    """Return what one step is worth: ``unit`` where it is given, else one part of the largest code."""
    return 1 / top if unit is None else check_unit(what, unit)

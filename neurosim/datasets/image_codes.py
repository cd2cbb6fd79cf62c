"""Images as a host sends them: integer codes, (n, rows, columns, channels)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.datasets.pixels import LARGEST_CODE, magnitude, size_text
from neurosim.errors import ConversionError

KERNEL_TYPES = (np.dtype(np.uint8), np.dtype(np.int32), np.dtype(np.int64))  # that the kernels are compiled for


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

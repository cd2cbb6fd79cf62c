"""Images as a host sends them: integer codes, rows, columns and channels in this order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.datasets.pixels import LARGEST_CODE, magnitude, shown
from neurosim.errors import ConversionError

KEPT = (np.dtype(np.uint8), np.dtype(np.int32), np.dtype(np.int64))  # the simulator's kernels are made for these


def checked_images(
    images: Any, shape: tuple[int, int, int] | None = None, largest: int = LARGEST_CODE, node: str = "images"
) -> NDArray[np.integer]:
    """Return images (n, rows, columns, channels) of whole numbers, in this machine's byte order.

    ``shape`` (channels, rows, columns), where given, is what the network takes, and ``largest`` the largest magnitude
    of a code. ConversionError, beginning with ``node``, where they are anything else.
    """
    found = np.asarray(images)
    if found.dtype.kind not in "iub":
        raise ConversionError(f"{node}: images hold {found.dtype}, wanted whole numbers; quantise them")
    if found.ndim != 4 or not all(found.shape):
        raise ConversionError(f"{node}: images are {shown(found.shape)}, wanted n x rows x columns x channels")
    if shape is not None:
        channels, rows, columns = shape
        if found.shape[1:] != (rows, columns, channels):
            first = "; their channels come first: images.transpose(0, 2, 3, 1)" if found.shape[1:] == shape else ""
            raise ConversionError(
                f"{node}: images are {shown(found.shape)}, wanted n x {rows} x {columns} x {channels}{first}"
            )
    if (top := magnitude(found)) > largest:
        raise ConversionError(f"{node}: images hold {top:,}, more than the {largest:,} that the network was made for")
    if found.dtype in KEPT and found.dtype.isnative:
        return found
    return found.astype(np.uint8 if found.dtype.kind == "b" else np.int32)

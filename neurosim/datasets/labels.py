"""Labels of images: the class that a network should answer, as whole numbers from 0."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import DocumentError

FROM_ONE = "; labels count from 0, and these seem to count from 1"
ONE_HOT = "; where they are one-hot, save their argmax(axis=1)"
UNKNOWN = "; leave labels out where they are not known"


def checked_labels(
    labels: NDArray[Any] | Sequence[int] | None, images: int, shape: tuple[int, int, int]
) -> NDArray[np.int64]:
    """Return labels in the form in which answers are compared with them.

    Parameters
    ----------
    labels : ndarray or sequence of int
        (images,), or (images, positions) where the output is a map: then -1 at positions that are not evaluated.
    images : int
        Number of images.
    shape : tuple of int
        (classes, rows, columns) of the network's output.

    Returns
    -------
    ndarray of int64, (images, positions)
        Read-only.

    Raises
    ------
    DocumentError
        Where they do not fit the network, or no position is evaluated.
    """
    given, (classes, *map_size) = np.asarray(labels), shape
    positions = prod(map_size)
    if given.shape not in {(images, positions), (images,)} or given.dtype.kind not in "iu":
        has = " x ".join(map(str, given.shape))
        wanted = f"{images:,}" if positions == 1 else f"{images:,} x {positions:,}"
        hint = ONE_HOT if given.shape == (images, classes) else ""
        raise DocumentError(f"labels: wanted {wanted} whole numbers, found {has or 'one'} of {given.dtype}{hint}")
    if images == 0:
        raise DocumentError("labels: no images to evaluate")
    if (given < 0).all():
        raise DocumentError(f"labels: all are negative, so no answer is evaluated{UNKNOWN}")
    # -1 marks positions that are not evaluated, which only a map has.
    outside = given[(given < (0 if positions == 1 else -1)) | (given >= classes)]
    if outside.size:
        hint = FROM_ONE if given.min() == 1 and given.max() == classes else ""
        raise DocumentError(
            f"labels: {int(outside[0])} is none of the network's {classes} classes, 0 to {classes - 1}{hint}"
        )
    return np.broadcast_to(given.astype(np.int64).reshape(images, -1), (images, positions))

"""Labels of images: what a network should have answered, as whole numbers from 0."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import DocumentError

FROM_ONE = "; labels count from 0, and these seem to count from 1"
ONE_HOT = "; where they are one-hot, save their argmax(axis=1)"
UNKNOWN = "; leave the labels out where nobody knows them"


def checked_labels(
    labels: NDArray | Sequence[int] | None, images: int, shape: tuple[int, int, int]
) -> NDArray[np.int64]:
    """Return ``labels`` as (images, positions) int64 for a network whose output has ``shape``: classes, rows, columns.

    A label is a number of a class; where the output is a map of several positions, one of -1 is not asked.
    DocumentError where they do not fit the network, or ask nothing.
    """
    found, (classes, *positions) = np.asarray(labels), shape
    often = prod(positions)
    if found.shape not in {(images, often), (images,)} or found.dtype.kind not in "iu":
        has = " x ".join(map(str, found.shape))
        wanted = f"{images:,}" if often == 1 else f"{images:,} x {often:,}"
        hint = ONE_HOT if found.shape == (images, classes) else ""
        raise DocumentError(f"labels: wanted {wanted} whole numbers, found {has or 'one'} of {found.dtype}{hint}")
    if images == 0:
        raise DocumentError("labels: no images to evaluate")
    if (found < 0).all():
        raise DocumentError(f"labels: all are negative, so no answer is asked{UNKNOWN}")
    outside = found[(found < (0 if often == 1 else -1)) | (found >= classes)]
    if outside.size:
        hint = FROM_ONE if found.min() == 1 and found.max() == classes else ""
        raise DocumentError(
            f"labels: {int(outside[0])} is none of the network's {classes} classes, 0 to {classes - 1}{hint}"
        )
    return np.broadcast_to(found.astype(np.int64).reshape(images, -1), (images, often))

"""Records of the CIFAR sets' binary version: label bytes, then 32 x 32 pixels of red, of green and of blue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import DocumentError
from neurosim.filesystem.ordinary_file import read_decompressed

PIXELS = 3 * 32 * 32


def read_records(files: Sequence[Path], labels: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return images (n, 32, 32, 3) and the ``labels`` label bytes of each, (n, labels), of files joined in order."""
    size = labels + PIXELS
    parts = []  # one array of whole records a file
    for path in files:
        content = np.frombuffer(read_decompressed(path), np.uint8)
        if not content.size or content.size % size:
            raise DocumentError(f"{path}: not whole records of {size:,} bytes")
        parts.append(content.reshape(-1, size))
    records = np.concatenate(parts)
    # From channels first, as published, to channels last, as all images are here.
    images = records[:, labels:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), records[:, :labels]

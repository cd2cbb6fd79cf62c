"""Images from a file of arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from zipfile import BadZipFile

import numpy as np

from neurosim.conversion.stimulus import Shape, Stimulus
from neurosim.errors import DocumentError


@dataclass(frozen=True)
class Npz:
    """The first images of an ``.npz`` with ``x`` and perhaps labels ``y`` (n,).

    ``x`` holds integers, (n, rows, columns), (n, rows, columns, channels) or (n, channels, rows, columns). One step of
    them is worth ``unit``, by default one part of the largest code of their type.
    """

    file: str
    unit: float | None = None
    max_code: int | None = None
    kind: ClassVar[str] = "npz"

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return the file's first images."""
        try:
            with np.load(self.file, allow_pickle=False) as arrays:
                if "x" not in arrays:
                    raise DocumentError(f"{self.file}: no array 'x'; it has {', '.join(arrays.files) or 'none'}")
                x, labels = arrays["x"], arrays.get("y")
        except (BadZipFile, ValueError, AttributeError) as error:
            raise DocumentError(f"{self.file}: not an .npz of plain arrays: {error}") from error
        if x.dtype.kind not in "iu":
            raise DocumentError(f"{self.file}: x holds {x.dtype}, wanted integers; quantise it and give its 'unit'")
        if len(x) < images:
            raise DocumentError(f"{self.file}: wanted {images:,} images, it has {len(x):,}")
        x = x[:images]
        channels, rows, columns = shape
        if x.shape[1:] == (channels, rows, columns):
            x = x.transpose(0, 2, 3, 1)
        elif x.shape[1:] == (rows, columns) and channels == 1:
            x = x[..., None]
        if x.ndim != 4:
            raise DocumentError(f"{self.file}: x is {' x '.join(map(str, x.shape))}, wanted n images")
        largest = int(np.abs(x.astype(np.int64)).max(initial=1))
        top = self.max_code or max(largest, 255 if x.dtype == np.uint8 else 1)
        if largest > top:
            raise DocumentError(f"{self.file}: x holds {largest}, more than max_code {top}")
        known = None if labels is None else labels[:images].astype(np.int64)
        return Stimulus(x, known, self.unit or 1 / top, top, Path(self.file).name)

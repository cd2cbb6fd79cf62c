"""Images from a file of arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from neurosim.conversion.stimulus import Shape, Stimulus
from neurosim.data.content import array_names, read_arrays
from neurosim.data.dataset import MaxCode, Unit
from neurosim.errors import DocumentError


@dataclass(frozen=True)
class Npz:
    """The first images of an ``.npz`` with ``x`` and perhaps labels ``y`` (n,).

    ``x`` holds integers, (n, rows, columns), (n, rows, columns, channels) or (n, channels, rows, columns). One step of
    them is worth ``unit``, by default one part of the largest code of their type.
    """

    file: str
    unit: Unit | None = None
    max_code: MaxCode | None = None
    kind: ClassVar[str] = "npz"

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return the file's first images."""
        path = Path(self.file)
        known = read_arrays(path, ("y",))[0].astype(np.int64) if "y" in array_names(path) else None
        (x,) = read_arrays(path, ("x",))
        if x.dtype.kind not in "iu":
            raise DocumentError(f"{self.file}: x holds {x.dtype}, wanted integers; quantise it and give its 'unit'")
        if len(x) < images:
            raise DocumentError(f"{self.file}: wanted {images:,} images, it has {len(x):,}")
        if known is not None and len(known) != len(x):
            raise DocumentError(f"{self.file}: {len(known):,} labels for {len(x):,} images")
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
        return Stimulus(x, known if known is None else known[:images], self.unit or 1 / top, top, path.name)

"""Bars: each class is a bright row of a dark image."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Le

from neurosim.datasets.dataset import LabelledImages, Pick, Split, everything


@dataclass(frozen=True)
class SampleBars:
    """Bars: ``rows`` classes, each a bright row of a dark image."""

    rows: Annotated[int, Ge(1), Le(64)] = 8
    kind: ClassVar[str] = "sample_bars"

    def files(self, split: Split) -> list[Path]:
        """Return no file: the images are made."""
        return []

    def read(self, split: Split, pick: Pick = everything) -> LabelledImages:
        """Return one image of each class."""
        images = (255 * np.eye(self.rows, dtype=np.uint8))[:, :, None, None].repeat(self.rows, axis=2)
        rows = pick(self.rows)
        classes = tuple(f"row {row}" for row in range(self.rows))
        return LabelledImages(images[rows], np.arange(self.rows)[rows], classes, 1 / 255, 255, "bars")

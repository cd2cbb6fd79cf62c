"""Handwritten digits of 8 x 8 pixels that the shipped ``digits_cnn`` was not trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.conversion.stimulus import Shape, Stimulus, draw
from neurosim.kinds import data_folder

LARGEST = 16  # the digits count dark pixels of 4 x 4 blocks


@dataclass(frozen=True)
class Digits:
    """The held-back images of ``workloads/data/digits_test.npz``, codes 0 to 16 (source and licence: its README)."""

    kind: ClassVar[str] = "digits"

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return a draw from the held-back digits."""
        with np.load(data_folder("workloads") / "data" / "digits_test.npz", allow_pickle=False) as file:
            codes, labels = file["x"], file["y"].astype(np.int64)
        rows = draw(len(codes), images, random)
        return Stimulus(
            codes[rows, ..., None], labels[rows], 1 / LARGEST, LARGEST, "optical digits, held back from training"
        )

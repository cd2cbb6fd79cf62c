"""Handwritten digits of 8 x 8 pixels that the shipped ``digits_cnn`` was not trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.datasets import digits
from neurosim.stimuli.stimulus import Shape, Stimulus, drawn


@dataclass(frozen=True)
class DigitsStimulus:
    """The held-back images of ``workloads/data/digits_test.npz``, codes 0 to 16 (source and licence: its README)."""

    kind: ClassVar[str] = "digits"

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return a draw from the held-back digits."""
        return drawn(digits.DigitsDataset(), images, random)

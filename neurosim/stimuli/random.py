"""Noise: independent uniform pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Le

from neurosim.errors import DocumentError
from neurosim.stimuli.stimulus import Shape, Stimulus

DRAWN = 2**22  # pixels that one call of the generator draws


@dataclass(frozen=True)
class RandomStimulus:
    """Uniform codes 0 to 255; all but a share ``density`` of the pixels are set to 0.

    Parameters
    ----------
    density : float
        Share of the pixels that keep their code, 0 to 1.
    """

    density: Annotated[float, Ge(0), Le(1)] = 1.0
    kind: ClassVar[str] = "random"

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return noise, without labels; see :meth:`~neurosim.stimuli.stimulus.StimulusKind.read`."""
        if not 0 <= self.density <= 1:
            raise DocumentError(f"stimulus random: density is a share from 0 to 1, found {self.density}")
        channels, rows, columns = shape
        size = (images, rows, columns, channels)
        codes = random.integers(0, 256, size, dtype=np.uint8)
        flat = codes.reshape(-1)
        # The same numbers as in one draw, whose float64 would take eight times the memory of the codes.
        for start in range(0, flat.size, DRAWN):
            part = flat[start : start + DRAWN]
            part[random.random(part.size) >= self.density] = 0
        return Stimulus(codes, None, 1 / 255, 255, f"noise, density {self.density:g}")

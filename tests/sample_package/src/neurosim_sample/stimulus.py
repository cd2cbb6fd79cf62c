"""A chequered board."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Le

from neurosim.stimuli.stimulus import Shape, Stimulus


@dataclass(frozen=True)
class SampleChecks:
    """A chequered board with fields of ``side`` pixels, each image shifted by one."""

    side: Annotated[int, Ge(1), Le(1024)] = 2
    kind: ClassVar[str] = "sample_checks"

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return the boards."""
        channels, rows, columns = shape
        across = (np.arange(columns) + np.arange(images)[:, None]) // self.side
        fields = (np.arange(rows)[:, None] // self.side + across[:, None, :]) % 2
        codes = np.broadcast_to(255 * fields[..., None], (images, rows, columns, channels)).astype(np.uint8)
        return Stimulus(codes, None, 1 / 255, 255, f"boards with fields of {self.side} pixels")

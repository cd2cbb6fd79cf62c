"""Images to measure on, in folders named after their classes, as ImageNet is usually kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.datasets import image_folder
from neurosim.stimuli.stimulus import Shape, Stimulus, drawn


@dataclass(frozen=True)
class ImageFolderStimulus:
    """A draw of the files ``val/CLASS/*`` in the folder ``data``, resampled and cropped to the network's size."""

    data: str | None = None
    kind: ClassVar[str] = "image_folder"

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return a draw without repetition, in colour."""
        return drawn(image_folder.ImageFolderDataset(self.data, shape[1]), images, random)

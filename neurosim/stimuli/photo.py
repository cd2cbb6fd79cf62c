"""A photograph: the portrait of Grace Hopper that matplotlib ships as sample data (public domain, US Navy)."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

from neurosim.datasets.formats.picture import read_picture
from neurosim.errors import DocumentError
from neurosim.stimuli.stimulus import Shape, Stimulus


@dataclass(frozen=True)
class PhotoStimulus:
    """Image 1 is the photograph's largest centred crop, image 2 its mirror image, further ones random crops.

    A random crop is at least half as high as the photograph and mirrored half the time.

    Parameters
    ----------
    file : str, optional
        Path of another photograph.
    """

    file: str | None = None
    kind: ClassVar[str] = "photo"

    @staticmethod
    def own_file() -> Path:
        """Return the path of the photograph that is shown where no other is named."""
        return _portrait()

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return crops, resampled to the network's size, in colour for 3 channels and grey for 1, without labels."""
        channels, rows, columns = shape
        if channels not in (1, 3):
            raise DocumentError(f"stimulus photo: a photograph has 1 or 3 channels, the network takes {channels}")
        path = Path(self.file) if self.file else _portrait()
        photograph = read_picture(path, "RGB" if channels == 3 else "L")
        largest = min(photograph.width / columns, photograph.height / rows)
        crops = []
        # The first two crops draw nothing, so that they are the same for every seed.
        for number in range(images):
            scale = largest if number < 2 else largest * random.uniform(0.5, 1.0)
            width, height = scale * columns, scale * rows
            across, down = (0.5, 0.5) if number < 2 else random.random(2)
            left, top = across * (photograph.width - width), down * (photograph.height - height)
            crop = photograph.resize((columns, rows), Image.Resampling.BOX, (left, top, left + width, top + height))
            mirrored = number == 1 or (number > 1 and random.random() < 0.5)
            codes = np.asarray(crop, np.uint8).reshape(rows, columns, channels)
            crops.append(codes[:, ::-1] if mirrored else codes)
        names = ("centred crop", "its mirror image", "random crops")
        description = f"{path.name}: {', '.join(names[:images])}"
        return Stimulus(np.stack(crops), None, 1 / 255, 255, description)


def _portrait() -> Path:
    package = importlib.util.find_spec("matplotlib")  # found, not imported: drawing is for report/ alone
    if package is None or package.origin is None:
        raise DocumentError("stimulus photo: matplotlib, whose sample photograph it is, is not installed")
    path = Path(package.origin).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg"
    if not path.is_file():
        raise DocumentError("stimulus photo: this matplotlib comes without its sample photograph; give a 'file'")
    return path

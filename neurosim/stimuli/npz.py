"""Images from an ``.npz`` file of arrays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neurosim.datasets import pixels
from neurosim.datasets.dataset import MaxCode, Unit
from neurosim.errors import DocumentError
from neurosim.filesystem.array_file import array_names, read_arrays
from neurosim.stimuli.stimulus import Shape, Stimulus


@dataclass(frozen=True)
class NpzStimulus:
    """The first images of an ``.npz`` with ``x`` and perhaps labels ``y`` (n,).

    Parameters
    ----------
    file : str
        Path of the file. ``x`` holds whole numbers, (n, rows, columns), (n, rows, columns, channels) or (n, channels,
        rows, columns).
    unit : float, optional
        Real value of one step of a code, by default 1 / ``max_code``.
    max_code : int, optional
        Largest code, by default 255 for uint8, 1 for truth values and else the largest magnitude in the whole file,
        however many images are shown.
    channels_first : bool, optional
        Which of the two layouts with channels is meant, where both are possible.
    """

    file: str
    unit: Unit | None = None
    max_code: MaxCode | None = None
    channels_first: bool | None = None
    kind: ClassVar[str] = "npz"

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return the file's first images; see :meth:`~neurosim.stimuli.stimulus.StimulusKind.read`."""
        path = Path(self.file)
        x, *labels = read_arrays(path, ("x", "y") if "y" in array_names(path) else ("x",))
        if x.ndim == 0 or len(x) < images:
            raise DocumentError(f"{self.file}: wanted {images:,} images, it has {len(x) if x.ndim else 0:,}")
        every_label = labels[0] if labels else None
        if every_label is not None:
            _check_labels(path, every_label, len(x))
        channels_first = self._channels_first(path, x.shape, shape)
        # Of the whole file, so that a pixel's value does not depend on the number of images.
        top = pixels.largest_code(path, x, self.max_code)
        if (largest := pixels.magnitude(x)) > top:
            raise DocumentError(f"{self.file}: x holds {largest}, more than max_code {top}")
        part = x if len(x) == images else x[:images].copy()  # a copy, or the whole file would stay in memory
        codes = pixels.channels_last(part, channels_first)
        unit = pixels.step("stimulus npz: 'unit'", self.unit, top)
        inferred = self.unit is None and self.max_code is None and x.dtype not in pixels.TOPS
        scale = f", one step is 1/{top}, of the largest code in the file" if inferred else ""
        shown_labels = None if every_label is None else every_label[:images]
        return Stimulus(codes, shown_labels, unit, top, f"{path.name}{scale}", every_label)

    def _channels_first(self, path: Path, size: tuple[int, ...], shape: Shape) -> bool:
        """Whether the channels come first: as the options say, or as only one reading is of the network's shape."""
        if self.channels_first is None and len(size) == 4 and size[1:] == shape and len(set(shape)) > 1:
            return True
        return pixels.has_channels_first(path, size, self.channels_first)


def _check_labels(path: Path, labels: NDArray[Any], images: int) -> None:
    """DocumentError where labels are not whole numbers, one for each image or one for each of its positions."""
    if labels.ndim not in (1, 2) or labels.dtype.kind not in "iu":
        raise DocumentError(
            f"{path}: y is {pixels.size_text(labels.shape)} of {labels.dtype}, wanted one whole number for each image"
        )
    if len(labels) != images:
        raise DocumentError(f"{path}: {len(labels):,} labels for {images:,} images")

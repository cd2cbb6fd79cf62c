"""A showing: all labelled images of a stimulus, in chunks, so that memory does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.datasets.dataset import PACKAGE, LabelledImages, dataset
from neurosim.datasets.labels import checked_labels
from neurosim.errors import DocumentError
from neurosim.filesystem.array_file import array_shape
from neurosim.plugins import known
from neurosim.stimuli.stimulus import NORMALISATION, Shape, Stimulus, draw, encode, normalised

CHUNK_BYTES = 64 * 2**20  # of images as int32, in which a normalised one is shown


@dataclass(frozen=True)
class DatasetStream:
    """The images of one kind of stimulus for a network that takes ``shape`` (channels, rows, columns).

    Those of a data set are its test images, in the order in which a run with this ``seed`` draws them; all of them, or
    the first ``wanted``. Those of ``npz`` are all in the file. ``options`` are those of the stimulus.
    """

    kind: str
    shape: Shape
    seed: int = 1
    options: Mapping[str, Any] | None = None
    file: str | None = None
    wanted: int | None = None

    @property
    def is_data_set(self) -> bool:
        """Whether there is a data set of this kind, which can be read a part at a time."""
        return self.kind != "npz" and self.kind in known(PACKAGE) and self.file is None

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The rows of the data set, in the order in which they are shown; DocumentError where there are too few."""
        available = self._probed[0]
        return draw(available, available if self.wanted is None else self.wanted, np.random.default_rng(self.seed))

    @cached_property
    def images(self) -> int:
        """How many images are shown; DocumentError where that cannot be, or nobody knows their labels."""
        return len(self.rows) if self.is_data_set else len(self._whole.images)

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The names of the classes, where the data set has them."""
        return self._probed[1].classes if self.is_data_set else None

    @property
    def description(self) -> str:
        """What is shown, in words."""
        return self._probed[1].description if self.is_data_set else self._whole.description

    def chunks(self) -> Iterator[Stimulus]:
        """Yield all images with their labels, as many at a time as ``CHUNK_BYTES`` hold."""
        size = max(1, CHUNK_BYTES // (4 * prod(self.shape)))
        for start in range(0, self.images, size):
            part = slice(start, start + size)
            if self.is_data_set:
                yield self._encoded(self._read(lambda _, part=part: self.rows[part]))
            else:
                whole = self._whole
                assert whole.labels is not None
                yield replace(whole, images=whole.images[part], labels=whole.labels[part])

    @cached_property
    def _probed(self) -> tuple[int, LabelledImages]:
        """The number of images that there are, and examples without any, which have all else."""
        found: list[int] = []

        def nothing(available: int) -> NDArray[np.int64]:
            found.append(available)
            return np.arange(0)

        examples = self._read(nothing)
        return found[0], examples

    def _read(self, pick: Any) -> LabelledImages:
        options = {name: value for name, value in (self.options or {}).items() if name not in NORMALISATION}
        return dataset(self.kind, options).read("test", pick)

    def _encoded(self, examples: LabelledImages) -> Stimulus:
        """Return examples as the host sends them."""
        channels, rows, columns = self.shape
        if examples.images.shape[1:] != (rows, columns, channels):
            has = " x ".join(map(str, (examples.images.shape[3], *examples.images.shape[1:3])))
            wanted = " x ".join(map(str, self.shape))
            raise DocumentError(f"stimulus {self.kind}: its images are {has}, the network takes {wanted}")
        shown = Stimulus(examples.images, examples.labels, examples.unit, examples.max_code, examples.description)
        chosen = self.options or {}
        return normalised(shown, chosen.get("zero_point"), chosen.get("deviation"))

    @cached_property
    def _whole(self) -> Stimulus:
        """The stimulus of a kind that is no data set, in one piece."""
        images = self.wanted or (self._stored if self.kind == "npz" else 1)
        stimulus = encode(self.kind, images, self.shape, self.seed, self.options, self.file)
        if stimulus.labels is None:
            sets = ", ".join(sorted(known(PACKAGE)))
            raise DocumentError(
                f"stimulus {self.kind}: its images have no labels, so accuracy cannot be measured; take one of {sets}"
            )
        return stimulus

    def check_labels(self, shape: Shape) -> None:
        """DocumentError where labels are not those of a network whose output has ``shape``, before anything is shown.

        Of a data set, whose labels are its classes', the classes are looked at.
        """
        if not self.is_data_set:
            checked_labels(self._whole.labels, len(self._whole.images), shape)
        elif self.classes is not None and len(self.classes) > shape[0]:
            raise DocumentError(
                f"stimulus {self.kind}: its labels are of {len(self.classes)} classes, the network answers with "
                f"{shape[0]}"
            )

    @property
    def _stored(self) -> int:
        """The number of images in the file of an ``npz`` stimulus."""
        shape = array_shape(Path(self.file or str((self.options or {}).get("file", ""))), "x")
        return shape[0] if shape else 0

"""A stream of a stimulus's labelled images in chunks, so that memory does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.datasets.dataset import PACKAGE as DATASETS
from neurosim.datasets.dataset import LabelledImages, Pick, dataset
from neurosim.datasets.labels import checked_labels
from neurosim.errors import DocumentError
from neurosim.filesystem.array_file import array_shape
from neurosim.plugins import known
from neurosim.stimuli.dataset_stimulus import is_dataset, resampled_options, stimulus_class
from neurosim.stimuli.encode import encode
from neurosim.stimuli.stimulus import NORMALISATION, Shape, Stimulus, check_shape, draw, normalised

CHUNK_BYTES = 64 * 2**20  # of images as int32, the type of normalised ones


@dataclass(frozen=True)
class DatasetStream:
    """The labelled images of one kind of stimulus, for a network to be evaluated on.

    Of a data set they are its test part, in the order in which a run with the same seed draws them; of ``npz`` all
    images of the file.

    Parameters
    ----------
    kind : str
        Kind of stimulus.
    shape : tuple of int
        (channels, rows, columns) that the network takes.
    seed : int
        Of the order of a data set's images.
    options : mapping, optional
        Options of the stimulus, ``zero_point`` and ``deviation`` included.
    file : str, optional
        For kinds that read one.
    wanted : int, optional
        Only the first so many images; without it all.
    """

    kind: str
    shape: Shape
    seed: int = 1
    options: Mapping[str, Any] | None = None
    file: str | None = None
    wanted: int | None = None

    @cached_property
    def is_data_set(self) -> bool:
        """Whether the images are those of a data set, which is read a chunk at a time."""
        return self.file is None and is_dataset(stimulus_class(self.kind))

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Rows of the data set in the order of the stream; DocumentError where there are too few."""
        available = self._without_images[0]
        return draw(available, available if self.wanted is None else self.wanted, np.random.default_rng(self.seed))

    @cached_property
    def images(self) -> int:
        """Number of images; DocumentError where they cannot be read, or have no labels."""
        return len(self.rows) if self.is_data_set else len(self._whole.images)

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Names of the classes, where the data set has them."""
        return self._without_images[1].classes if self.is_data_set else None

    @property
    def description(self) -> str:
        """The images in words."""
        return self._without_images[1].description if self.is_data_set else self._whole.description

    def chunks(self) -> Iterator[Stimulus]:
        """Yield all images with their labels, as many at a time as ``CHUNK_BYTES`` hold."""
        # int32 pixels; at least one image, however large.
        size = max(1, CHUNK_BYTES // (4 * prod(self.shape)))
        for start in range(0, self.images, size):
            # Rows of a data set are read chunk by chunk; any other stimulus is in memory already.
            if self.is_data_set:
                chosen = self.rows[start : start + size]
                yield self._encoded(self._read(_rows(chosen)))
            else:
                whole, part = self._whole, slice(start, start + size)
                assert whole.labels is not None
                yield replace(whole, images=whole.images[part], labels=whole.labels[part])

    def check_labels(self, shape: Shape) -> None:
        """DocumentError where labels do not fit a network whose output has ``shape``, before any image is evaluated.

        Labels of a data set are numbers of its classes, so that their number is enough to know.
        """
        if not self.is_data_set:
            checked_labels(self._whole.labels, len(self._whole.images), shape)
        elif self.classes is not None and len(self.classes) > shape[0]:
            raise DocumentError(
                f"stimulus {self.kind}: its labels are of {len(self.classes)} classes, the network answers with "
                f"{shape[0]}"
            )

    @cached_property
    def _without_images(self) -> tuple[int, LabelledImages]:
        """The number of images in the test part, and the part without any image: its classes and description."""
        available: list[int] = []

        def none_of(images: int) -> NDArray[np.int64]:
            available.append(images)
            return np.arange(0)

        examples = self._read(none_of)
        return available[0], examples  # the part was opened, but no image decoded

    def _read(self, pick: Pick) -> LabelledImages:
        options = {name: value for name, value in (self.options or {}).items() if name not in NORMALISATION}
        sized = resampled_options(stimulus_class(self.kind), options, self.shape)
        return dataset(self.kind, sized).read("test", pick)

    def _encoded(self, examples: LabelledImages) -> Stimulus:
        """Return examples as the host sends them."""
        check_shape(f"stimulus {self.kind}", examples.images.shape, self.shape)
        plain = Stimulus(examples.images, examples.labels, examples.unit, examples.max_code, examples.description)
        chosen = self.options or {}
        return normalised(plain, **{name: chosen.get(name) for name in NORMALISATION})

    @cached_property
    def _whole(self) -> Stimulus:
        """The stimulus of a kind that is no data set, in one piece."""
        images = self.wanted or (self._stored if self.kind == "npz" else 1)
        stimulus = encode(self.kind, images, self.shape, self.seed, self.options, self.file)
        if stimulus.labels is None:
            sets = ", ".join(known(DATASETS))
            raise DocumentError(
                f"stimulus {self.kind}: its images have no labels, so accuracy cannot be measured; take one of {sets}"
            )
        return stimulus

    @property
    def _stored(self) -> int:
        """Number of images in the file of an ``npz`` stimulus."""
        shape = array_shape(Path(self.file or str((self.options or {}).get("file", ""))), "x")
        return shape[0] if shape else 0


def _rows(chosen: NDArray[np.int64]) -> Pick:
    """Return what picks these rows, however many there are."""
    return lambda available: chosen

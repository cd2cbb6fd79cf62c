"""The test part of a data set as a stimulus: every data set plug-in is a stimulus of the same name.

A stimulus file of that name takes precedence: ``npz`` shows the first images of a file, not a draw of its test part.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.datasets.dataset import PACKAGE as DATASETS
from neurosim.datasets.dataset import DatasetKind
from neurosim.errors import DocumentError
from neurosim.plugins import known, resolve, unknown
from neurosim.stimuli.stimulus import PACKAGE, Shape, Stimulus, draw

SIZE = "size"  # the option of a data set whose images are resampled: their rows and columns


@dataclass(frozen=True)
class DatasetStimulus:
    """A draw without repetition from the test part of a data set.

    Parameters
    ----------
    dataset : DatasetKind
        The data set, with its options.
    """

    dataset: DatasetKind

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return the drawn images with their labels.

        Parameters
        ----------
        images : int
            Number of images.
        shape : tuple of int
            (channels, rows, columns) that the network takes; a data set has the shape it has.
        random : numpy.random.Generator
            Its next permutation of the test part is the order of the draw.

        Returns
        -------
        Stimulus
            The images of the draw, in its order.

        Raises
        ------
        DocumentError
            Where files are missing or broken, or the test part has fewer images.
        """
        examples = self.dataset.read("test", lambda available: draw(available, images, random))
        return Stimulus(examples.images, examples.labels, examples.unit, examples.max_code, examples.description)


def stimulus_kinds() -> list[str]:
    """Return the names of all kinds of stimulus, those of data sets among them, sorted."""
    return sorted({*known(PACKAGE), *known(DATASETS)})


def stimulus_class(kind: str) -> Any:
    """Return the class whose fields are the options of a kind of stimulus: its own, or that of the data set.

    Parameters
    ----------
    kind : str
        A name, or the path of a user's own ``.py`` file, which holds a stimulus or a data set.

    Returns
    -------
    type
        A class of :class:`~neurosim.stimuli.stimulus.StimulusKind` or of
        :class:`~neurosim.datasets.dataset.DatasetKind`.

    Raises
    ------
    DocumentError
        Where there is no such kind, with the nearest name.
    """
    # A stimulus of its own goes before a data set of the same name.
    if kind.endswith(".py") or kind in known(PACKAGE):
        return resolve(PACKAGE, kind)
    if kind in known(DATASETS):
        return resolve(DATASETS, kind)
    raise DocumentError(unknown(PACKAGE.rpartition(".")[2], kind, stimulus_kinds()))


def is_dataset(cls: Any) -> bool:
    """Return whether the class of a kind of stimulus is that of a data set: only these name the files of a part."""
    return callable(getattr(cls, "files", None))


def resampled_options(cls: Any, options: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """Return the options of a data set, with the size that a network of this input ``shape`` takes unless they say."""
    names = [field.name for field in dataclasses.fields(cls)]
    return {SIZE: shape[1], **options} if SIZE in names else dict(options)

"""The images on which clip values are measured: a draw from the training part of a data set, never its test part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurosim.datasets.dataset import dataset
from neurosim.stimuli.stimulus import NORMALISATION, Shape, Stimulus, check_shape, draw, normalised


def calibration_set(
    kind: str,
    images: int,
    shape: Shape,
    seed: int = 1,
    options: Mapping[str, Any] | None = None,
    stimulus: Mapping[str, Any] | None = None,
) -> Stimulus:
    """Return a draw without repetition from the training part of a data set.

    Parameters
    ----------
    kind : str
        Kind of data set.
    images : int
        Number of images.
    shape : tuple of int
        (channels, rows, columns) that the network takes.
    seed : int
        Of the draw.
    options : mapping, optional
        Options of the data set.
    stimulus : mapping, optional
        Options of the workload's stimulus, of which ``zero_point`` and ``deviation`` apply here as well: the host
        normalises every image alike.

    Returns
    -------
    Stimulus
        The images as the host sends them.

    Raises
    ------
    DocumentError
        For a wrong kind, option, number or shape.
    """
    random = np.random.default_rng(seed)
    examples = dataset(kind, options).read("train", lambda available: draw(available, images, random))
    check_shape(f"calibration {kind}", examples.images.shape, shape)
    plain = Stimulus(examples.images, examples.labels, examples.unit, examples.max_code, examples.description)
    chosen = stimulus or {}
    return normalised(plain, **{name: chosen.get(name) for name in NORMALISATION})

"""The images on which clip values are measured: some of those that a data set has to train on, never of the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurosim.datasets.dataset import dataset
from neurosim.errors import DocumentError
from neurosim.stimuli.stimulus import NORMALISATION, Shape, Stimulus, draw, normalised


def calibration_set(
    kind: str,
    images: int,
    shape: Shape,
    seed: int = 1,
    options: Mapping[str, Any] | None = None,
    stimulus: Mapping[str, Any] | None = None,
) -> Stimulus:
    """Return a draw without repetition from the training part of a data set, for a network that takes ``shape``.

    ``options`` are those of the data set. Of ``stimulus``, the options of what the network is shown, ``zero_point`` and
    ``deviation`` apply: the host sends every image alike. A wrong kind, option, number or shape is a DocumentError.
    """
    random = np.random.default_rng(seed)
    found = dataset(kind, options).read("train", lambda available: draw(available, images, random))
    channels, rows, columns = shape
    if found.images.shape[1:] != (rows, columns, channels):
        has = " x ".join(map(str, (found.images.shape[3], *found.images.shape[1:3])))
        raise DocumentError(
            f"calibration {kind}: its images are {has}, the network takes {channels} x {rows} x {columns}"
        )
    shown = Stimulus(found.images, found.labels, found.unit, found.max_code, found.description)
    chosen = stimulus or {}
    return normalised(shown, **{name: chosen.get(name) for name in NORMALISATION})

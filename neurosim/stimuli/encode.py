"""Images of any kind of stimulus, encoded for a network: drawn, checked and normalised."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from neurosim.errors import DocumentError
from neurosim.plugins import made
from neurosim.stimuli.dataset_stimulus import DatasetStimulus, is_dataset, resampled_options, stimulus_class
from neurosim.stimuli.stimulus import NORMALISATION, Shape, Stimulus, check_shape, normalised

LARGEST_PIXELS = 2**28  # of one stimulus: 1 GiB once they are normalised to int32


def encode(
    kind: str,
    images: int,
    shape: Shape,
    seed: int = 1,
    options: Mapping[str, Any] | None = None,
    file: str | None = None,
) -> Stimulus:
    """Return images of one kind of stimulus as the host sends them.

    Parameters
    ----------
    kind : str
        Name of a kind of stimulus or of a data set, whose test part it then is, or the path of a ``.py`` file.
    images : int
        Number of images, from 1.
    shape : tuple of int
        (channels, rows, columns) of the network's input.
    seed : int
        Of whatever the kind draws.
    options : mapping, optional
        Options of the kind, and, for a network trained on normalised images, ``zero_point``, the channel means in whole
        steps, which the host subtracts before anything is padded, and ``deviation``, what real pixels were divided by
        (conversion.md 3.3).
    file : str, optional
        For the kinds that read one.

    Returns
    -------
    Stimulus
        Integer codes (images, rows, columns, channels), their unit and their labels.

    Raises
    ------
    DocumentError
        For a wrong kind, option, file or shape.
    """
    chosen = {**(options or {}), **({} if file is None else {"file": file})}
    cls = stimulus_class(kind)
    # Before anything is read: a wrong number would fill the memory.
    _check_number(kind, images, shape)
    if is_dataset(cls):
        chosen = resampled_options(cls, chosen, shape)
    instance = made(cls, f"stimulus {kind}", chosen, beside=NORMALISATION)
    source = DatasetStimulus(instance) if is_dataset(cls) else instance
    try:
        stimulus: Stimulus = source.read(images, shape, np.random.default_rng(seed))
    except (TypeError, ValueError, OSError, MemoryError) as error:
        raise DocumentError(f"stimulus {kind}: {error}") from error
    check_shape(f"stimulus {kind}", stimulus.images.shape, shape)
    return normalised(stimulus, **{name: chosen.get(name) for name in NORMALISATION})


def _check_number(kind: str, images: int, shape: Shape) -> None:
    """DocumentError where there are no images, or more than memory should hold at once."""
    if images < 1:
        raise DocumentError(f"stimulus {kind}: wanted at least one image, found images: {images}")
    if images * prod(shape) > LARGEST_PIXELS:
        size = " x ".join(f"{length:,}" for length in shape)
        raise DocumentError(
            f"stimulus {kind}: {images:,} images of {size} are {images * prod(shape) / 2**20:,.0f} Mi pixels, at most "
            f"{LARGEST_PIXELS // 2**20} Mi are shown at once; take fewer images"
        )

"""Augmentation: images shifted, mirrored and cut out at random."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurosim.training.recipe import Augmentation


def vary(images: NDArray[np.uint8], augmentation: Augmentation, random: np.random.Generator) -> NDArray[np.uint8]:
    """Return ``images`` (n, rows, columns, channels), each shifted, mirrored and cut out independently."""
    n, rows, columns, _ = images.shape
    row, column = np.arange(rows)[None], np.arange(columns)[None]
    if augmentation.mirror:
        mirrored = random.random((n, 1)) < 0.5
        column = np.where(mirrored, columns - 1 - column, column)
    if augmentation.shift:
        down, right = random.integers(2 * augmentation.shift + 1, size=(2, n, 1))
        row, column = row + down, column + right
        size = augmentation.shift
        images = np.pad(images, ((0, 0), (size, size), (size, size), (0, 0)))
    varied = images[np.arange(n)[:, None, None], row[:, :, None], np.broadcast_to(column, (n, columns))[:, None, :]]
    if augmentation.cutout:
        top, left = random.integers(rows, size=(n, 1)), random.integers(columns, size=(n, 1))
        before, after = augmentation.cutout // 2, augmentation.cutout - augmentation.cutout // 2
        hidden_rows = (np.arange(rows) >= top - before) & (np.arange(rows) < top + after)
        hidden_columns = (np.arange(columns) >= left - before) & (np.arange(columns) < left + after)
        varied[hidden_rows[:, :, None] & hidden_columns[:, None, :]] = 0
    return varied


def crop(images: NDArray[np.uint8], side: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """Return a square of ``side`` pixels of each of ``images`` (n, rows, columns, channels), at a random place."""
    n, rows, columns, _ = images.shape
    row = random.integers(rows - side + 1, size=(n, 1)) + np.arange(side)
    column = random.integers(columns - side + 1, size=(n, 1)) + np.arange(side)
    cropped: NDArray[np.uint8] = images[np.arange(n)[:, None, None], row[:, :, None], column[:, None, :]]
    return cropped

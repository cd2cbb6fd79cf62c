"""Sizes of maps, and the windows that slide over them.

Shapes are (channels, rows, columns), as people write them; pairs are (rows, columns).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pair = tuple[int, int]
Shape = tuple[int, int, int]
Array = NDArray[np.floating]


def by(sizes: tuple[int, ...]) -> str:
    """Return sizes as people write them: ``3 x 8 x 8``."""
    return " x ".join(map(str, sizes))


def window_positions(shape: Shape, kernel: Pair, stride: Pair, padding: Pair) -> Pair:
    """Return the number of window positions along rows and columns; none is a ValueError."""
    rows, columns = ((shape[1 + i] + 2 * padding[i] - kernel[i]) // stride[i] + 1 for i in range(2))
    if min(rows, columns) < 1:
        raise ValueError(f"a {by(kernel)} window does not fit a {by(shape[1:])} map with padding {by(padding)}")
    return rows, columns


def windows(x: Array, kernel: Pair, stride: Pair, padding: Pair, fill: float = 0.0) -> Array:
    """Return a view (n, channels, rows, columns, kernel rows, kernel columns) of the padded map."""
    pad = ((0, 0), (0, 0), *((size, size) for size in padding))
    padded = np.pad(x, pad, constant_values=fill) if any(padding) else x
    view: Array = np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=(2, 3))
    return view[:, :, :: stride[0], :: stride[1]]


def by_channel(values: Array, x: Array) -> Array:
    """Return ``values`` (channels,) in the float type of ``x``, to be broadcast over (n, channels, rows, columns)."""
    return values.astype(x.dtype).reshape(-1, 1, 1)

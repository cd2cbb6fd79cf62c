"""Input currents of a whole batch of images through one projection, as one matrix product of integers.

Integers are multiplied as floating-point numbers of a type that holds every partial sum exactly, which is several
times as fast; how many of a layer's neurons spiked makes no difference to the time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.projections.graph_window import GraphWindow
from neurosim.conversion.projections.projection import Projection, Window
from neurosim.errors import CountOverflowError

LARGEST_SUM = 2**62  # what int64 holds with room for a bias


class IntegerProjection:
    """One projection, prepared for batches of spikes or codes (n, rows, columns, channels)."""

    def __init__(self, synapses: Projection) -> None:
        self.synapses = synapses
        weights = np.abs(synapses.weights.astype(np.int64))
        self._reach = int(weights.sum(axis=(0, 1, 2)).max() if synapses.is_stored else weights)
        self._reach *= synapses.window.reach if isinstance(synapses.window, GraphWindow) else 1
        self._weights: dict[Any, NDArray[Any]] = {}

    def currents(self, codes: NDArray[np.integer[Any]], largest: int) -> NDArray[Any]:
        """Return the input currents (n, rows, columns, channels) of ``codes``, none beyond ``largest`` in magnitude.

        The values are whole numbers, in a floating-point type where that is exact and else in int64.
        CountOverflowError where even that is not.
        """
        synapses, pool = self.synapses, self.synapses.pool
        window = synapses.window
        largest *= 1 if pool is None else pool.kernel[0] * pool.kernel[1]
        exact = exact_type(largest * max(self._reach, 1))
        codes = codes.astype(exact, copy=False)
        if pool is not None:
            codes = _sum_pool(codes, pool)
        if not synapses.is_stored:
            return self._identity(codes)
        weights = self._weights.setdefault(exact, synapses.weights.astype(exact))
        if isinstance(window, GraphWindow):
            return _neighbours(codes, weights, window)
        if 1 < synapses.groups == codes.shape[3]:
            return _depthwise(codes, weights, window)
        return _grouped(codes, weights, window, synapses.groups)

    def _identity(self, codes: NDArray[Any]) -> NDArray[Any]:
        """Scale, subsample and move channels."""
        synapses = self.synapses
        (row_stride, column_stride), first = synapses.window.stride, synapses.channel_offset
        strided = codes[:, ::row_stride, ::column_stride]
        moved = np.zeros((*strided.shape[:3], synapses.shape[0]), codes.dtype)
        np.multiply(strided, codes.dtype.type(synapses.weights), out=moved[..., first : first + codes.shape[3]])
        return moved


def exact_type(largest: int) -> Any:
    """Return the fastest type that holds whole numbers up to ``largest`` exactly."""
    if largest >= LARGEST_SUM:
        raise CountOverflowError(f"sums up to {largest:,} leave int64")
    return np.float32 if largest < 2**24 else np.float64 if largest < 2**53 else np.int64


def _windows(codes: NDArray[Any], window: Window) -> NDArray[Any]:
    """Return a view (n, rows, columns, channels, kernel rows, kernel columns) of the zero-padded maps."""
    if any(window.padding):
        codes = np.pad(codes, ((0, 0), *((size, size) for size in window.padding), (0, 0)))
    view = np.lib.stride_tricks.sliding_window_view(codes, window.kernel, axis=(1, 2))
    return view[:, :: window.stride[0], :: window.stride[1]]


def _sum_pool(codes: NDArray[Any], pool: Window) -> NDArray[Any]:
    """Add up windows, one place of the window after the other."""
    windows = _windows(codes, pool)
    total = windows[..., 0, 0].copy()
    for place in range(1, pool.kernel[0] * pool.kernel[1]):
        total += windows[..., place // pool.kernel[1], place % pool.kernel[1]]
    return total


def _depthwise(codes: NDArray[Any], weights: NDArray[Any], window: Window) -> NDArray[Any]:
    """Multiply each channel by its own weights, one place of the window after the other."""
    windows, channels = _windows(codes, window), codes.shape[3]
    total = np.zeros((*windows.shape[:4], weights.shape[3] // channels), codes.dtype)
    for row, column in np.ndindex(*window.kernel):
        total += windows[..., row, column, None] * weights[row, column].reshape(channels, -1)
    return total.reshape(*windows.shape[:3], -1)


def _grouped(codes: NDArray[Any], weights: NDArray[Any], window: Window, groups: int) -> NDArray[Any]:
    """Multiply group by group; an ordinary convolution is one group."""
    parts = zip(np.split(codes, groups, axis=3), np.split(weights, groups, axis=3), strict=True)
    fan_in = int(np.prod(weights.shape[:3]))
    products = [
        _windows(part, window).transpose(0, 1, 2, 4, 5, 3).reshape(-1, fan_in) @ own.reshape(fan_in, -1)
        for part, own in parts
    ]
    together = products[0] if groups == 1 else np.concatenate(products, axis=1)
    return together.reshape(len(codes), *window.output(*codes.shape[1:3]), -1)


def _neighbours(codes: NDArray[Any], weights: NDArray[Any], window: GraphWindow) -> NDArray[Any]:
    """Multiply the codes of each node (n, nodes, 1, channels), then sum over the neighbours of each."""
    n, nodes, _, channels = codes.shape
    products = codes.reshape(n * nodes, channels) @ weights.reshape(channels, -1)
    messages = products.reshape(n, nodes, -1).transpose(1, 0, 2)
    return window.neighbours.gather(messages, window.weights.astype(codes.dtype)).transpose(1, 0, 2)[:, :, None]

"""Currents: what a whole batch of images brings through one bundle of synapses, as one matrix product.

Integers are multiplied as floating-point numbers of a type that holds every partial sum exactly, which is several
times as fast; how many of a layer's neurons spiked makes no difference to the time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.synapses import Synapses, Window
from neurosim.errors import CountOverflowError

LARGEST_SUM = 2**62  # what int64 holds with room for a bias


class Bundle:
    """One bundle of synapses, ready for batches of spikes or codes (n, rows, columns, channels)."""

    def __init__(self, synapses: Synapses) -> None:
        self.synapses = synapses
        weights = np.abs(synapses.weights.astype(np.int64))
        self._reach = int(weights.sum(axis=(0, 1, 2)).max() if synapses.is_stored else weights)
        self._weights: dict[Any, NDArray] = {}

    def currents(self, codes: NDArray[np.integer], largest: int) -> NDArray:
        """Return what ``codes``, none beyond ``largest`` in magnitude, bring: (n, rows, columns, channels).

        The values are whole numbers, in a floating-point type where that is exact and else in int64.
        CountOverflowError where even that is not.
        """
        synapses, pool = self.synapses, self.synapses.pool
        largest *= 1 if pool is None else pool.kernel[0] * pool.kernel[1]
        exact = exact_type(largest * max(self._reach, 1))
        codes = codes.astype(exact, copy=False)
        if pool is not None:
            codes = _sum_pool(codes, pool)
        if not synapses.is_stored:
            return self._identity(codes)
        weights = self._weights.setdefault(exact, synapses.weights.astype(exact))
        if synapses.groups == codes.shape[3]:
            return _depthwise(codes, weights, synapses.window)
        if synapses.groups > 1:
            return _grouped(codes, weights, synapses)
        rows, columns = synapses.window.output(*codes.shape[1:3])
        patches = _windows(codes, synapses.window).transpose(0, 1, 2, 4, 5, 3)
        products = patches.reshape(-1, synapses.fan_in) @ weights.reshape(synapses.fan_in, -1)
        return products.reshape(len(codes), rows, columns, -1)

    def _identity(self, codes: NDArray) -> NDArray:
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


def _windows(codes: NDArray, window: Window) -> NDArray:
    """Return a view (n, rows, columns, channels, kernel rows, kernel columns) of the zero-padded maps."""
    if any(window.padding):
        codes = np.pad(codes, ((0, 0), *((size, size) for size in window.padding), (0, 0)))
    view = np.lib.stride_tricks.sliding_window_view(codes, window.kernel, axis=(1, 2))
    return view[:, :: window.stride[0], :: window.stride[1]]


def _sum_pool(codes: NDArray, pool: Window) -> NDArray:
    """Add up windows, one place of the window after the other."""
    windows = _windows(codes, pool)
    total = windows[..., 0, 0].copy()
    for place in range(1, pool.kernel[0] * pool.kernel[1]):
        total += windows[..., place // pool.kernel[1], place % pool.kernel[1]]
    return total


def _depthwise(codes: NDArray, weights: NDArray, window: Window) -> NDArray:
    """Multiply each channel by its own weights, one place of the window after the other."""
    windows, channels = _windows(codes, window), codes.shape[3]
    total = np.zeros((*windows.shape[:4], weights.shape[3] // channels), codes.dtype)
    for row, column in np.ndindex(*window.kernel):
        total += windows[..., row, column, None] * weights[row, column].reshape(channels, -1)
    return total.reshape(*windows.shape[:3], -1)


def _grouped(codes: NDArray, weights: NDArray, synapses: Synapses) -> NDArray:
    """Multiply group by group."""
    groups = synapses.groups
    parts = zip(np.split(codes, groups, axis=3), np.split(weights, groups, axis=3), strict=True)
    products = [
        _windows(part, synapses.window).transpose(0, 1, 2, 4, 5, 3).reshape(-1, synapses.fan_in)
        @ own.reshape(synapses.fan_in, -1)
        for part, own in parts
    ]
    rows, columns = synapses.window.output(*codes.shape[1:3])
    return np.concatenate(products, axis=1).reshape(len(codes), rows, columns, -1)

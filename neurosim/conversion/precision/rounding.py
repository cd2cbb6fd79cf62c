"""Real weights rounded to integers, a block at a time.

A network for ImageNet has a hundred million weights: the only array of that size that is made are the integers
themselves, in the memory order of the kernels that read them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.projections.real_projection import RealProjection

BLOCK, BLOCK_CHANNELS = 1 << 15, 64  # weights, and least channels, of a block: 256 KiB of float64 stay in the cache


class Rounding:
    """The weights of one layer, rounded at one exponent after the other.

    ``q`` is the threshold at exponent 0, the least common multiple of the projections' gains.

    Parameters
    ----------
    projections : sequence of RealProjection
        The projections into the layer.
    unit : float
        Real value of the threshold.
    weight_bits : int
        Signed width of weights, which chooses their type.
    """

    def __init__(self, projections: Sequence[RealProjection], unit: float, weight_bits: int) -> None:
        self.projections = projections
        # An average over ``gain`` taps is an integer sum: q divided by each gain is a whole factor of its weights.
        self.q = math.lcm(*(projection.gain for projection in projections))
        self._factors = [(projection.unit / unit, self.q // projection.gain) for projection in projections]
        dtype = np.int8 if weight_bits <= 8 else np.int16 if weight_bits <= 16 else np.int32
        self._whole = [np.empty(projection.weights.shape, dtype) for projection in projections]

    @property
    def largest(self) -> float:
        """Largest magnitude of the stored weights at exponent 0, not rounded; identities excepted."""
        largest_magnitudes = [
            max(float(projection.weights.max()), -float(projection.weights.min())) * factor * times
            for projection, (factor, times) in zip(self.projections, self._factors, strict=True)
            if projection.weights.ndim
        ]
        return max(largest_magnitudes, default=0.0)

    def at(self, exponent: int) -> tuple[list[NDArray[np.integer] | int], list[NDArray[np.float64]]]:
        """Return integer weights and the sums of their magnitudes (channels,), () for an identity, of each projection.

        The next call overwrites the weights, which must fit their type at that exponent.
        """
        weights: list[NDArray[np.integer] | int] = []
        sums: list[NDArray[np.float64]] = []
        for projection, (factor, times), whole in zip(self.projections, self._factors, self._whole, strict=True):
            if projection.weights.ndim:
                weights.append(whole)
                sums.append(round_by_block(projection.weights, factor, times * 2.0**exponent, whole))
            else:
                weights.append(round(float(projection.weights) * factor * times * 2.0**exponent))
                sums.append(np.array(abs(weights[-1]), np.float64))
        return weights, sums


def round_by_block(
    weights: NDArray[np.floating], factor: float, times: float, whole: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Write ``weights`` x factor x times, rounded in float64, to ``whole``; return sums of magnitudes (channels,).

    Both are (kernel rows, kernel columns, source channels / groups, channels).
    """
    real, rounded = weights.transpose(3, 2, 0, 1), whole.transpose(3, 2, 0, 1)  # views in memory order
    sums = np.zeros(len(real))
    for channels, block in blocks(real.shape):
        # In float64 whatever the type of the weights, so that rounding does not depend on it.
        product = np.multiply(real[block], factor, dtype=np.float64)
        product *= times
        np.rint(product, out=product)
        rounded[block] = product
        sums[channels] += np.abs(product, out=product).sum(axis=(1, 2, 3))
    return sums


def blocks(shape: tuple[int, ...]) -> Iterator[tuple[slice, tuple[slice, slice]]]:
    """Yield blocks of weights (channels, source channels, ...) as slices, each behind that of its channels."""
    channels, sources, *kernel = shape
    # Blocks of whole kernels, contiguous in memory along the channels.
    by_sources = min(sources, max(1, BLOCK // (BLOCK_CHANNELS * math.prod(kernel))))
    by_channels = max(BLOCK_CHANNELS, BLOCK // (by_sources * math.prod(kernel)))
    for channel in range(0, channels, by_channels):
        part = slice(channel, channel + by_channels)
        for source in range(0, sources, by_sources):
            yield part, (part, slice(source, source + by_sources))


def at_least(weights: NDArray[np.integer], magnitude: int) -> int:
    """Return how many integer weights have at least that magnitude."""
    flat = weights.reshape(-1)
    # A million at a time: the comparison makes two arrays of truth values.
    parts = (flat[start : start + (1 << 20)] for start in range(0, flat.size, 1 << 20))
    return sum(int(np.count_nonzero((part >= magnitude) | (part <= -magnitude))) for part in parts)


def magnitudes(weights: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the sums of the magnitudes of integer weights, (channels,), or () for an identity."""
    if not weights.ndim:
        return np.abs(weights.astype(np.float64))
    by_channel = weights.transpose(3, 2, 0, 1)
    sums = np.zeros(len(by_channel))
    for channels, block in blocks(by_channel.shape):
        sums[channels] += np.abs(by_channel[block].astype(np.float64)).sum(axis=(1, 2, 3))
    return sums

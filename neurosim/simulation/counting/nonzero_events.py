"""Synaptic events whose weight is not zero: the additions of a chip that skips stored zeros."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.core.accumulate_kernels import accumulate, accumulate_neighbours, collect
from neurosim.chip.core.neuron_unit import sum_in_partitions
from neurosim.conversion.projections.graph_window import GraphWindow
from neurosim.conversion.projections.projection import POINT, Projection
from neurosim.kernels import kernel

Array = NDArray[np.int64]
Counts = NDArray[np.int32]


def count_nonzero(synapses: Projection, spikes: NDArray[np.integer[Any]], partitions: Array, graded: bool) -> Array:
    """Return (partitions,) int64: the non-zero events of ``spikes`` at each of the ``partitions`` (n, 6) of a
    destination.

    ``spikes`` (rows, columns, channels) are so many events each, or one if ``graded``.
    """
    window = synapses.window
    if synapses.groups > 1 or isinstance(window, GraphWindow):
        return follow(synapses, spikes, partitions, graded)
    ones = (spikes != 0 if graded else spikes).astype(np.int32)
    if synapses.pool is not None:
        pool = synapses.pool
        ones = sum_windows(ones, *pool.output(*ones.shape[:2]), *pool.kernel, *pool.stride, *pool.padding)
    cuts, ranges = np.unique(partitions[:, 4], return_inverse=True)
    return count_dense(
        ones, synapses.nonzero(tuple(cuts.tolist())), ranges, partitions, *window.stride, *window.padding
    )


def count_events(synapses: Projection, spikes: NDArray[np.integer[Any]], partitions: Array, graded: bool) -> Array:
    """Return (partitions,) int64: all events, stored zeros and registers included."""
    ones = (spikes != 0 if graded else spikes).astype(np.int64)
    reached = np.einsum("yp,yxk,xq->pqk", synapses.rows, ones @ synapses.channels, synapses.columns, optimize=True)
    return sum_in_partitions(reached, partitions)


def follow(synapses: Projection, spikes: NDArray[np.integer[Any]], partitions: Array, graded: bool) -> Array:
    """Return (partitions,) int64: the non-zero events of any projection, each spike adding 1 per non-zero weight."""
    ones, pool, window = (spikes != 0).astype(np.uint8) if graded else spikes, synapses.pool or POINT, synapses.window
    stored = (synapses.weights != 0).astype(np.int32)
    counts = np.zeros((int(partitions[:, 1].max()), int(partitions[:, 3].max()), stored.shape[3]), np.int32)
    events = collect(ones, pool.kernel, pool.stride, pool.padding)
    if isinstance(window, GraphWindow):
        has_weight = (window.weights != 0).astype(np.int64)
        accumulate_neighbours(counts, events, stored, window.neighbours.first, window.neighbours.source, has_weight)
    else:
        accumulate(counts, events, stored, window.stride, window.padding, synapses.groups)
    return sum_in_partitions(counts, partitions)


@kernel
def sum_windows(
    spike_map: Counts,
    rows: int,
    columns: int,
    kernel_y: int,
    kernel_x: int,
    stride_y: int,
    stride_x: int,
    pad_y: int,
    pad_x: int,
) -> Counts:
    """Return (rows, columns, channels) int32: the sums of a pool's windows over ``spike_map`` (int32).

    rows, columns : positions of the window; kernel, stride, pad : the window, by axis
    """
    height, width, channels = spike_map.shape
    sums = np.zeros((rows, columns, channels), np.int32)
    for row in range(rows):
        for column in range(columns):
            for y in range(max(row * stride_y - pad_y, 0), min(row * stride_y - pad_y + kernel_y, height)):
                for x in range(max(column * stride_x - pad_x, 0), min(column * stride_x - pad_x + kernel_x, width)):
                    # Padding holds no spikes: the window is clipped to the map.
                    total, values = sums[row, column], spike_map[y, x]
                    for channel in range(channels):
                        total[channel] += values[channel]
    return sums


@kernel
def count_dense(
    spike_map: Counts,
    nonzero: Counts,
    ranges: Array,
    partitions: Array,
    stride_y: int,
    stride_x: int,
    pad_y: int,
    pad_x: int,
) -> Array:
    """Count, for the positions of each partition, how often each channel spiked under each place of the kernel.

    spike_map  : (rows, columns, channels) int32
    nonzero    : (ranges, kernel rows, kernel columns, channels) int32; non-zero weights of a range of outputs
    ranges     : (partitions,) int64; each partition's entry of ``nonzero``
    partitions : (n, 6) int64
    stride, pad : of the convolution, by axis
    Returns (partitions,) int64: these counts times the partition's non-zero weights.
    """
    height, width, channels = spike_map.shape
    kernel_y, kernel_x = nonzero.shape[1:3]
    spiked = np.zeros((kernel_y, kernel_x, channels), np.int32)
    totals = np.zeros(len(partitions), np.int64)
    for partition in range(len(partitions)):
        y0, y1, x0, x1 = partitions[partition, :4]
        if (
            partition == 0 or (partitions[partition, :4] != partitions[partition - 1, :4]).any()
        ):  # else counted for the partition before
            spiked[:] = 0
            for row in range(y0, y1):
                for i in range(max(pad_y - row * stride_y, 0), min(height + pad_y - row * stride_y, kernel_y)):
                    y = row * stride_y - pad_y + i
                    for column in range(x0, x1):
                        before = column * stride_x - pad_x
                        for j in range(max(-before, 0), min(width - before, kernel_x)):
                            sums, spikes = spiked[i, j], spike_map[y, before + j]
                            for channel in range(channels):
                                sums[channel] += spikes[channel]
        # Spikes under a place of the kernel, times the outputs of this core that have a weight there.
        total = np.int64(0)
        for i in range(kernel_y):
            for j in range(kernel_x):
                sums, weights = spiked[i, j], nonzero[ranges[partition], i, j]
                for channel in range(channels):
                    total += np.int64(sums[channel]) * np.int64(weights[channel])
        totals[partition] = total
    return totals

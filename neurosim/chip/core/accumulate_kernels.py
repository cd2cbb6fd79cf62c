"""Accumulate: the synapse unit adds the weight row of every input that spiked.

Maps are (rows, columns, channels). The input of a kernel is an event list: for every position of the (pooled) source
map, the channels that spiked there and, for graded values, by how much. A sum pool merely joins the lists of its
window, so a pooled spike drives its synapses like any other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurosim.kernels import kernel


@dataclass(frozen=True, eq=False)
class Events:
    """Events by position: those of position p (row-major) are ``first[p]`` to ``first[p + 1]``.

    ``channel`` is int32, ``amount`` int64 or None where every event is a spike; ``shape`` is (rows, columns).
    """

    shape: tuple[int, int]
    first: NDArray[np.int64]
    channel: NDArray[np.int32]
    amount: NDArray[np.int64] | None


def collect(
    plane: NDArray[np.integer],
    kernel: tuple[int, int] = (1, 1),
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
    graded: bool = False,
) -> Events:
    """Return the events of ``plane`` (rows, columns, channels), joined over the windows of a sum pool.

    An entry is one event of that amount if ``graded``, else so many spikes.
    """
    rows, columns = (
        (size + 2 * pad - extent) // step + 1
        for size, extent, step, pad in zip(plane.shape[:2], kernel, stride, padding, strict=True)
    )
    values = plane.view(np.uint8) if plane.dtype == np.bool_ else plane
    geometry = (rows, columns, *kernel, *stride, *padding)
    first, channel, amount = join_events(np.ascontiguousarray(values), *geometry, graded)
    return Events((rows, columns), first, channel, amount if graded else None)


@kernel
def join_events(plane, rows, columns, kernel_y, kernel_x, stride_y, stride_x, pad_y, pad_x, graded=False):
    """List the non-zero entries of ``plane`` (rows, columns, channels) in each window position.

    An entry is listed once if ``graded``, else as often as it says (which is then unsigned).
    Returns first (positions + 1,) int64, channel (n,) int32, amount (n,) int64.
    """
    height, width, channels = plane.shape
    covers = ((kernel_y + stride_y - 1) // stride_y) * ((kernel_x + stride_x - 1) // stride_x)
    active = 0
    for value in plane.ravel():
        active += int(value != 0) if graded else int(value)
    first = np.empty(rows * columns + 1, np.int64)
    channel = np.empty(active * covers, np.int32)
    amount = np.empty(active * covers, np.int64)
    n = 0
    for row in range(rows):
        for column in range(columns):
            first[row * columns + column] = n
            for y in range(max(row * stride_y - pad_y, 0), min(row * stride_y - pad_y + kernel_y, height)):
                for x in range(max(column * stride_x - pad_x, 0), min(column * stride_x - pad_x + kernel_x, width)):
                    values = plane[y, x]
                    for c in range(channels):
                        if values[c] == 0:
                            continue
                        for _ in range(1 if graded else values[c]):
                            channel[n] = c
                            amount[n] = values[c]
                            n += 1
    first[rows * columns] = n
    return first, channel[:n], amount[:n]


def accumulate(
    inbox: NDArray[np.integer],
    events: Events,
    weights: NDArray[np.integer],
    stride: tuple[int, int],
    padding: tuple[int, int],
    groups: int,
) -> None:
    """Add to ``inbox`` (rows, columns, channels), in place, what ``events`` bring through ``weights``.

    ``weights`` is (kernel rows, kernel columns, source channels / groups, channels).
    """
    arguments = (inbox, *events.shape, events.first, events.channel)
    geometry = (weights, *stride, *padding)
    if events.amount is not None:
        add_products(*arguments, events.amount, *geometry, groups)
    elif groups == 1:
        add_rows(*arguments, *geometry)
    else:
        add_grouped_rows(*arguments, *geometry, groups)


def accumulate_neighbours(
    inbox: NDArray[np.integer],
    events: Events,
    weights: NDArray[np.integer],
    first: NDArray[np.int64],
    source: NDArray[np.int64],
    edge_weights: NDArray[np.int64],
) -> None:
    """Add to ``inbox`` (nodes, 1, channels), in place, what ``events`` bring through ``weights`` and a graph's edges.

    The core does it spike by spike; here the spikes of a node are added up once for all that read it, which makes the
    same integers.
    """
    messages = np.zeros_like(inbox)
    accumulate(messages, events, weights, (1, 1), (0, 0), 1)
    add_neighbours(inbox, messages, first, source, edge_weights)


@kernel
def add_rows(inbox, height, width, first, channel, weights, stride_y, stride_x, pad_y, pad_x):
    """Gather: for each destination position, add the weight rows of the spikes in its window, four at a time."""
    rows, columns, outputs = inbox.shape
    kernel_y, kernel_x = weights.shape[:2]
    for row in range(rows):
        for column in range(columns):
            sums = inbox[row, column]
            for i in range(kernel_y):
                y = row * stride_y - pad_y + i
                if y < 0 or y >= height:
                    continue
                for j in range(kernel_x):
                    x = column * stride_x - pad_x + j
                    if x < 0 or x >= width:
                        continue
                    rows_of = weights[i, j]
                    event = first[y * width + x]
                    last = first[y * width + x + 1]
                    while event + 4 <= last:
                        a, b = rows_of[channel[event]], rows_of[channel[event + 1]]
                        c, d = rows_of[channel[event + 2]], rows_of[channel[event + 3]]
                        for k in range(outputs):
                            sums[k] += np.int64(a[k]) + np.int64(b[k]) + np.int64(c[k]) + np.int64(d[k])
                        event += 4
                    while event < last:
                        a = rows_of[channel[event]]
                        for k in range(outputs):
                            sums[k] += a[k]
                        event += 1


@kernel
def add_grouped_rows(inbox, height, width, first, channel, weights, stride_y, stride_x, pad_y, pad_x, groups):
    """Gather for grouped convolution: a spike reaches only the channels of its own group."""
    rows, columns, outputs = inbox.shape
    kernel_y, kernel_x, inputs = weights.shape[:3]
    width_out = outputs // groups
    for row in range(rows):
        for column in range(columns):
            sums = inbox[row, column]
            for i in range(kernel_y):
                y = row * stride_y - pad_y + i
                if y < 0 or y >= height:
                    continue
                for j in range(kernel_x):
                    x = column * stride_x - pad_x + j
                    if x < 0 or x >= width:
                        continue
                    for event in range(first[y * width + x], first[y * width + x + 1]):
                        group, source = divmod(channel[event], inputs)
                        for k in range(group * width_out, (group + 1) * width_out):
                            sums[k] += weights[i, j, source, k]


@kernel
def add_products(inbox, height, width, first, channel, amount, weights, stride_y, stride_x, pad_y, pad_x, groups):
    """Gather for graded inputs: add weight times amount."""
    rows, columns, outputs = inbox.shape
    kernel_y, kernel_x, inputs = weights.shape[:3]
    width_out = outputs // groups
    for row in range(rows):
        for column in range(columns):
            sums = inbox[row, column]
            for i in range(kernel_y):
                y = row * stride_y - pad_y + i
                if y < 0 or y >= height:
                    continue
                for j in range(kernel_x):
                    x = column * stride_x - pad_x + j
                    if x < 0 or x >= width:
                        continue
                    for event in range(first[y * width + x], first[y * width + x + 1]):
                        group, source = divmod(channel[event], inputs)
                        for k in range(group * width_out, (group + 1) * width_out):
                            sums[k] += weights[i, j, source, k] * amount[event]


@kernel
def add_neighbours(inbox, messages, first, source, weights):
    """Gather on a graph: add to each node what its neighbours' spikes bring, weighted by their edges.

    inbox    : (nodes, 1, channels) int32 or int64, modified
    messages : (nodes, 1, channels) of the same type, what the spikes of one node bring to each node that reads it
    first    : (nodes + 1,) int64; the neighbours of node v are entries ``first[v]`` to ``first[v + 1]``
    source   : (entries,) int64, the neighbour
    weights  : (entries,) int64
    """
    nodes, _, channels = inbox.shape
    for node in range(nodes):
        for entry in range(first[node], first[node + 1]):
            message = messages[source[entry], 0]
            for channel in range(channels):
                inbox[node, 0, channel] += weights[entry] * message[channel]


@kernel
def add_identity(inbox, height, width, first, channel, weight, stride_y, stride_x, offset):
    """Gather for a residual: every spike adds one and the same weight to its own neuron."""
    rows, columns, _ = inbox.shape
    for row in range(rows):
        for column in range(columns):
            position = row * stride_y * width + column * stride_x
            for event in range(first[position], first[position + 1]):
                inbox[row, column, channel[event] + offset] += weight


@kernel
def scatter(inbox, height, width, first, channel, weights, stride_y, stride_x, pad_y, pad_x, groups):
    """Reference in the hardware's order: each spike in turn visits its synapses. Returns the additions done."""
    rows, columns, outputs = inbox.shape
    kernel_y, kernel_x, inputs = weights.shape[:3]
    width_out = outputs // groups
    additions = 0
    for y in range(height):
        for x in range(width):
            for event in range(first[y * width + x], first[y * width + x + 1]):
                group, source = divmod(channel[event], inputs)
                for i in range(kernel_y):
                    for j in range(kernel_x):
                        row, row_rest = divmod(y + pad_y - i, stride_y)
                        column, column_rest = divmod(x + pad_x - j, stride_x)
                        inside = 0 <= row < rows and 0 <= column < columns
                        if not inside or row_rest != 0 or column_rest != 0:
                            continue
                        for k in range(group * width_out, (group + 1) * width_out):
                            inbox[row, column, k] += weights[i, j, source, k]
                            additions += 1
    return additions

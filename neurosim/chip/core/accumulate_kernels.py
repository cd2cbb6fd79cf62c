"""The accumulate stage of the synapse unit: every input event adds its row of weights to the input accumulators.

Maps are (rows, columns, channels). The input of a kernel is an event list: for every position of the (pooled) source
map, the channels that spiked there and, for graded values, by how much. A sum pool only joins the lists of its window,
so a pooled spike drives its synapses like any other.

The gather kernels visit the accumulators of a position once and add all events of its window, which makes the same
integers as the hardware's order, spike by spike (``scatter``), and is faster on a CPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.kernels import kernel

Array = NDArray[np.int64]
Integers = NDArray[np.integer[Any]]
Channels = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Events:
    """The events of one spike map by position: those of position p (row-major) are ``first[p]`` to ``first[p + 1]``.

    Attributes
    ----------
    shape : (int, int)
        Rows and columns of positions.
    first : (positions + 1,) int64
    channel : (events,) int32
        Source channel of each event.
    amount : (events,) int64 or None
        Value of each graded event; None where every event is a spike.
    """

    shape: tuple[int, int]
    first: Array
    channel: Channels
    amount: Array | None


def collect(
    spike_map: Integers | NDArray[np.bool_],
    kernel: tuple[int, int] = (1, 1),
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
    graded: bool = False,
) -> Events:
    """Return the events of a spike map, joined over the windows of a sum pool.

    Parameters
    ----------
    spike_map : (rows, columns, channels) integers or bool
        Spikes, pixels or graded values of one time step.
    kernel, stride, padding : (int, int)
        Window of the pool, rows and columns; (1, 1), (1, 1), (0, 0) is none.
    graded : bool
        Whether an entry is one event of that amount; else it is so many spikes.
    """
    rows, columns = (
        (size + 2 * pad - extent) // step + 1
        for size, extent, step, pad in zip(spike_map.shape[:2], kernel, stride, padding, strict=True)
    )
    values = spike_map.view(np.uint8) if spike_map.dtype == np.bool_ else spike_map
    geometry = (rows, columns, *kernel, *stride, *padding)
    first, channel, amount = join_events(np.ascontiguousarray(values), *geometry, graded)
    return Events((rows, columns), first, channel, amount if graded else None)


@kernel
def join_events(
    spike_map: Integers,
    rows: int,
    columns: int,
    kernel_y: int,
    kernel_x: int,
    stride_y: int,
    stride_x: int,
    pad_y: int,
    pad_x: int,
    graded: bool = False,
) -> tuple[Array, Channels, Array]:
    """List the non-zero entries of ``spike_map`` (rows, columns, channels) in each window position.

    rows, columns    : positions of the window
    kernel, stride, pad : the window, by axis
    graded           : an entry is listed once; else as often as it says, and is unsigned

    Returns first (positions + 1,) int64, channel (n,) int32, amount (n,) int64.
    """
    height, width, channels = spike_map.shape
    # Windows overlap: an entry lies in at most ceil(kernel / stride) of them along each axis, which bounds the list.
    covers = ((kernel_y + stride_y - 1) // stride_y) * ((kernel_x + stride_x - 1) // stride_x)
    active = 0
    for value in spike_map.ravel():
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
                    # Window clipped to the map: padding holds no events.
                    values = spike_map[y, x]
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
    input_accumulator: Integers,
    events: Events,
    weights: Integers,
    stride: tuple[int, int],
    padding: tuple[int, int],
    groups: int,
) -> None:
    """Add the weights of ``events`` to the input accumulators of a layer, in place.

    Parameters
    ----------
    input_accumulator : (rows, columns, channels) int32 or int64
        Modified.
    events : Events
        Events of the source map, pooled.
    weights : (kernel rows, kernel columns, source channels / groups, channels) integers
    stride, padding : (int, int)
        Of the convolution, rows and columns.
    groups : int
        Groups of channels that do not mix.
    """
    arguments = (input_accumulator, *events.shape, events.first, events.channel)
    geometry = (weights, *stride, *padding)
    if events.amount is not None:
        add_products(*arguments, events.amount, *geometry, groups)
    elif groups == 1:
        add_rows(*arguments, *geometry)
    else:
        add_grouped_rows(*arguments, *geometry, groups)


def accumulate_neighbours(
    input_accumulator: Integers,
    events: Events,
    weights: Integers,
    first: Array,
    source: Array,
    edge_weights: Array,
) -> None:
    """Add the weights of ``events`` along a graph's edges to ``input_accumulator`` (nodes, 1, channels), in place.

    The core does it spike by spike; here the spikes of a node are added up once for all its readers, which makes the
    same integers.
    """
    messages = np.zeros_like(input_accumulator)
    accumulate(messages, events, weights, (1, 1), (0, 0), 1)
    add_neighbours(input_accumulator, messages, first, source, edge_weights)


@kernel
def add_rows(
    input_accumulator: Integers,
    height: int,
    width: int,
    first: Array,
    channel: Channels,
    weights: Integers,
    stride_y: int,
    stride_x: int,
    pad_y: int,
    pad_x: int,
) -> None:
    """Gather: for each destination position, add the weight rows of the spikes in its window, four at a time.

    input_accumulator : (rows, columns, outputs) int32 or int64, modified
    height, width     : positions of the (pooled) source map
    first, channel    : its events by position (:class:`Events`)
    weights           : (kernel rows, kernel columns, inputs, outputs)
    stride, pad       : of the window, by axis
    """
    rows, columns, outputs = input_accumulator.shape
    kernel_y, kernel_x = weights.shape[:2]
    for row in range(rows):
        for column in range(columns):
            sums = input_accumulator[row, column]
            for i in range(kernel_y):
                y = row * stride_y - pad_y + i
                if y < 0 or y >= height:
                    continue
                for j in range(kernel_x):
                    x = column * stride_x - pad_x + j
                    if x < 0 or x >= width:
                        continue
                    # Weight fetch: the row of each event's channel at this place of the kernel.
                    rows_of = weights[i, j]
                    event = first[y * width + x]
                    last = first[y * width + x + 1]
                    # Four events a turn: each accumulator is loaded and stored once for four additions.
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
def add_grouped_rows(
    input_accumulator: Integers,
    height: int,
    width: int,
    first: Array,
    channel: Channels,
    weights: Integers,
    stride_y: int,
    stride_x: int,
    pad_y: int,
    pad_x: int,
    groups: int,
) -> None:
    """Gather for grouped convolution: a spike reaches only the channels of its own group.

    Arguments as of ``add_rows``; ``weights`` has inputs / groups source channels.
    """
    rows, columns, outputs = input_accumulator.shape
    kernel_y, kernel_x, inputs = weights.shape[:3]
    width_out = outputs // groups
    for row in range(rows):
        for column in range(columns):
            sums = input_accumulator[row, column]
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
def add_products(
    input_accumulator: Integers,
    height: int,
    width: int,
    first: Array,
    channel: Channels,
    amount: Array,
    weights: Integers,
    stride_y: int,
    stride_x: int,
    pad_y: int,
    pad_x: int,
    groups: int,
) -> None:
    """Gather for graded inputs: add weight times amount.

    Arguments as of ``add_grouped_rows``; ``amount`` (events,) int64 is the value of each event.
    """
    rows, columns, outputs = input_accumulator.shape
    kernel_y, kernel_x, inputs = weights.shape[:3]
    width_out = outputs // groups
    for row in range(rows):
        for column in range(columns):
            sums = input_accumulator[row, column]
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
                            # Multi-bit input: the synapse unit multiplies before it adds.
                            sums[k] += weights[i, j, source, k] * amount[event]


@kernel
def add_neighbours(
    input_accumulator: Integers, messages: Integers, first: Array, source: Array, weights: Array
) -> None:
    """Gather on a graph: add to each node the messages of its neighbours, weighted by the edges.

    input_accumulator : (nodes, 1, channels) int32 or int64, modified
    messages : (nodes, 1, channels) of the same type, the weights summed over the spikes of one node
    first    : (nodes + 1,) int64; the neighbours of node v are entries ``first[v]`` to ``first[v + 1]``
    source   : (entries,) int64, the neighbour
    weights  : (entries,) int64
    """
    nodes, _, channels = input_accumulator.shape
    for node in range(nodes):
        for entry in range(first[node], first[node + 1]):
            # One edge: the neighbour's summed weights, times the weight of the edge.
            message = messages[source[entry], 0]
            for channel in range(channels):
                input_accumulator[node, 0, channel] += weights[entry] * message[channel]


@kernel
def add_identity(
    input_accumulator: Integers,
    height: int,
    width: int,
    first: Array,
    channel: Channels,
    weight: int | np.integer[Any],
    stride_y: int,
    stride_x: int,
    offset: int,
) -> None:
    """Gather for a residual: every spike adds one and the same weight to its own neuron.

    Arguments as of ``add_rows``; ``weight`` is held in a register, ``offset`` is the first output channel.
    """
    rows, columns, _ = input_accumulator.shape
    for row in range(rows):
        for column in range(columns):
            position = row * stride_y * width + column * stride_x
            for event in range(first[position], first[position + 1]):
                input_accumulator[row, column, channel[event] + offset] += weight


@kernel
def scatter(
    input_accumulator: Integers,
    height: int,
    width: int,
    first: Array,
    channel: Channels,
    weights: Integers,
    stride_y: int,
    stride_x: int,
    pad_y: int,
    pad_x: int,
    groups: int,
) -> int:
    """Reference in the hardware's order: each spike in turn visits its synapses. Returns the additions done.

    Arguments as of ``add_grouped_rows``.
    """
    rows, columns, outputs = input_accumulator.shape
    kernel_y, kernel_x, inputs = weights.shape[:3]
    width_out = outputs // groups
    additions = 0
    for y in range(height):
        for x in range(width):
            for event in range(first[y * width + x], first[y * width + x + 1]):
                group, source = divmod(channel[event], inputs)
                for i in range(kernel_y):
                    for j in range(kernel_x):
                        # The destination whose window has the spike at (i, j); none where the stride skips it.
                        row, row_rest = divmod(y + pad_y - i, stride_y)
                        column, column_rest = divmod(x + pad_x - j, stride_x)
                        inside = 0 <= row < rows and 0 <= column < columns
                        if not inside or row_rest != 0 or column_rest != 0:
                            continue
                        for k in range(group * width_out, (group + 1) * width_out):
                            input_accumulator[row, column, k] += weights[i, j, source, k]
                            additions += 1
    return additions

"""Fire: a scan of the cores' neurons turns spikes into packets, one for each destination core.

The scan takes ``lanes`` neurons at a time in the order row, column, channel. A group takes the ticks that its neurons
need, then sends its packets ``axon_out_ticks`` apart before the next group starts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Paths:
    """The ways from one layer to the boxes of its destinations, route after route; all int64.

    A spike at (row, column, channel) reaches ``rows[row, i] * columns[column, j] * channels[channel, k]`` synapses
    in box (i, j, k) of route r, for i in ``extents[r, 0]`` to ``extents[r, 1]``, j in ``extents[r, 2]`` to
    ``extents[r, 3]``, k in ``extents[r, 4]`` to ``extents[r, 5]``. ``endpoints`` lists the boxes' endpoints, route
    after route, each in row-major order from ``starts[r]``.
    """

    rows: Array
    columns: Array
    channels: Array
    extents: Array
    endpoints: Array
    starts: Array


def join_paths(reaches: list[tuple[Array, Array, Array]], endpoints: list[Array], shape: tuple[int, int, int]) -> Paths:
    """Join routes, given as (rows, columns, channels) matrices and their boxes' endpoints, into :class:`Paths`.

    ``shape`` is the source map (rows, columns, channels), needed where there is no route at all.
    """
    joined, cuts = [], []
    for axis, size in enumerate(shape):
        matrices = [np.zeros((size, 0), np.int64), *(reach[axis] for reach in reaches)]
        joined.append(np.ascontiguousarray(np.concatenate(matrices, axis=1)))
        cuts.append(np.cumsum([matrix.shape[1] for matrix in matrices]))
    extents = np.stack([part for cut in cuts for part in (cut[:-1], cut[1:])], axis=1).astype(np.int64)
    flat = [np.zeros(0, np.int64), *(points.ravel().astype(np.int64) for points in endpoints)]
    starts = np.cumsum([len(points) for points in flat])[:-1].astype(np.int64)
    rows, columns, channels = joined
    return Paths(rows, columns, channels, extents, np.concatenate(flat), starts)


@dataclass(frozen=True, eq=False)
class Emission:
    """What one scan of a layer sends; ticks are int64, from the start of the scan.

    Packets ``first[b]`` to ``first[b + 1]`` leave the layer's box b in this order: ``destination`` endpoint (int32),
    ``route`` number within the layer's paths (int16), ``fan_out`` synapses reached (int32), ``inject_ticks`` if nothing
    stalls. ``scan_ticks`` (boxes,) is how long each box's scan takes if nothing stalls.
    """

    first: Array
    destination: NDArray[np.int32]
    route: NDArray[np.int16]
    fan_out: NDArray[np.int32]
    inject_ticks: Array
    scan_ticks: Array

    @property
    def packets(self) -> Array:
        """(boxes,) int64: packets that each box sends."""
        return np.diff(self.first)


def fire(
    spikes: NDArray[np.integer],
    active: NDArray[np.bool_],
    boxes: Array,
    group_ticks: Array,
    axon_out_ticks: int,
    paths: Paths,
    is_unary: bool = False,
) -> Emission:
    """Scan ``boxes`` (n, 6) of ``spikes`` (rows, columns, channels; 0 is silent) and return the packets.

    A neuron sends one packet to each destination core, or with ``is_unary`` as many as its entry says, one destination
    after the other. ``active`` has the shape of ``spikes``; ``group_ticks`` is (2, lanes + 1): the ticks of a group by
    whether any of its neurons is active and by how many of them spiked.
    """
    spikes = np.ascontiguousarray(spikes if is_unary else (spikes != 0).view(np.uint8))
    ways = (paths.rows, paths.columns, paths.channels, paths.extents)
    counted = count_packets(spikes, boxes, *ways)
    first = np.concatenate([np.zeros(1, np.int64), np.cumsum(counted)])
    destination, route, fan_out, inject_ticks = (
        np.empty(first[-1], dtype) for dtype in (np.int32, np.int16, np.int32, np.int64)
    )
    scan_ticks = np.zeros(len(boxes), np.int64)
    send_packets(
        spikes,
        active,
        boxes,
        group_ticks,
        axon_out_ticks,
        *ways,
        paths.endpoints,
        paths.starts,
        first,
        destination,
        route,
        fan_out,
        inject_ticks,
        scan_ticks,
    )
    return Emission(first, destination, route, fan_out, inject_ticks, scan_ticks)


@numba.njit(cache=True, nogil=True)
def count_packets(spikes, boxes, rows, columns, channels, extents):
    """Return (boxes,) int64: the packets that each box will send.

    spikes : (rows, columns, channels) unsigned; how many to each destination
    """
    counted = np.zeros(len(boxes), np.int64)
    for route in range(len(extents)):
        i0, i1, j0, j1, k0, k1 = extents[route]
        row_tiles, column_tiles = tiles_reached(rows, i0, i1), tiles_reached(columns, j0, j1)
        channel_tiles = tiles_reached(channels, k0, k1)
        for box in range(len(boxes)):
            for row in range(boxes[box, 0], boxes[box, 1]):
                for column in range(boxes[box, 2], boxes[box, 3]):
                    sent = 0
                    for channel in range(boxes[box, 4], boxes[box, 5]):
                        sent += np.int64(spikes[row, column, channel]) * channel_tiles[channel]
                    counted[box] += sent * row_tiles[row] * column_tiles[column]
    return counted


@numba.njit(cache=True, nogil=True)
def tiles_reached(reach, begin, end):
    """Return (sources,) int64: how many of the tiles ``begin`` to ``end`` each row of ``reach`` has synapses in."""
    reached = np.zeros(len(reach), np.int64)
    for source in range(len(reach)):
        for tile in range(begin, end):
            reached[source] += reach[source, tile] != 0
    return reached


@numba.njit(cache=True, nogil=True)
def send_packets(
    spikes,
    active,
    boxes,
    group_ticks,
    axon_out_ticks,
    rows,
    columns,
    channels,
    extents,
    endpoints,
    starts,
    first,
    destination,
    route_of,
    fan_out,
    inject_ticks,
    scan_ticks,
):
    """Fill the arrays of an :class:`Emission`, box by box; ``first`` is given, the rest is written."""
    lanes = group_ticks.shape[1] - 1
    group = np.empty((lanes, 3), np.int64)
    for box in range(len(boxes)):
        y0, y1, x0, x1, c0, c1 = boxes[box]
        packet = first[box]
        now = 0
        in_group = spiking = any_active = 0
        left = (y1 - y0) * (x1 - x0) * (c1 - c0)
        for row in range(y0, y1):
            for column in range(x0, x1):
                for channel in range(c0, c1):
                    any_active |= active[row, column, channel]
                    if spikes[row, column, channel] != 0:
                        group[spiking, 0], group[spiking, 1], group[spiking, 2] = row, column, channel
                        spiking += 1
                    in_group += 1
                    left -= 1
                    if in_group < lanes and left > 0:
                        continue
                    now += group_ticks[any_active, spiking]
                    for member in range(spiking):
                        y, x, c = group[member]
                        for route in range(len(extents)):
                            i0, i1, j0, j1, k0, k1 = extents[route]
                            for i in range(i0, i1):
                                if rows[y, i] == 0:
                                    continue
                                for j in range(j0, j1):
                                    taps = rows[y, i] * columns[x, j]
                                    if taps == 0:
                                        continue
                                    place = starts[route] + ((i - i0) * (j1 - j0) + j - j0) * (k1 - k0)
                                    for k in range(k0, k1):
                                        if channels[c, k] == 0:
                                            continue
                                        for _ in range(spikes[y, x, c]):
                                            destination[packet] = endpoints[place + k - k0]
                                            route_of[packet] = route
                                            fan_out[packet] = taps * channels[c, k]
                                            inject_ticks[packet] = now
                                            now += axon_out_ticks
                                            packet += 1
                    in_group = spiking = any_active = 0
        scan_ticks[box] = now

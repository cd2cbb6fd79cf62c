"""Volley: what one scan of a layer sends, summed up for each way without listing the packets.

A *way* leads from a box of the layer to a box of a destination. Neighbouring spikes at one position, in channels that
reach the same synapses, go the same ways with the same fan-out: such a run is added up at once. So the cost is that of
looking at the neurons, hardly that of the packets, of which there are many for each of them.
:func:`neurosim.chip.fire.fire` lists the same packets one by one, where it matters when each of them goes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from neurosim.chip.fire import Paths

Array = NDArray[np.int64]
PACKETS, SYNAPSES, WORDS, WORK, FIRST, LAST, DONE, LONGEST = range(8)


@dataclass(frozen=True, eq=False)
class Ways:
    """The ways out of a layer's boxes, box by box, and for each in the order in which a spike takes them; all int64.

    Way w leads from ``box[w]`` by ``route[w]`` to ``endpoint[w]``; those of box b are ``begin[b]`` to ``begin[b + 1]``.
    A box may reach the tiles ``spans[b, r]`` (boxes, routes, 6) of route r, from-to by row, column and channel; its
    first way there is ``first[b, r]``. Channel c reaches the same synapses as all from channel ``alike[c]`` on.
    """

    box: Array
    route: Array
    endpoint: Array
    begin: Array
    spans: Array
    first: Array
    alike: Array


def lay_ways(boxes: Array, paths: Paths) -> Ways:
    """Return the ways from ``boxes`` (n, 6) of a layer along its ``paths``."""
    spans = np.zeros((len(boxes), len(paths.extents), 6), np.int64)
    for axis, reach in enumerate((paths.rows, paths.columns, paths.channels)):
        reached = np.concatenate([np.zeros((1, reach.shape[1]), np.int64), (reach != 0).cumsum(axis=0)])
        in_box = (reached[boxes[:, 2 * axis + 1]] - reached[boxes[:, 2 * axis]]).astype(np.bool_)
        for route, (low, high) in enumerate(paths.extents[:, 2 * axis : 2 * axis + 2].tolist()):
            own = in_box[:, low:high]
            if own.size:
                span = np.stack([low + own.argmax(axis=1), high - own[:, ::-1].argmax(axis=1)], axis=1)
                spans[:, route, 2 * axis : 2 * axis + 2] = span * own.any(axis=1)[:, None]
    sizes = spans[:, :, 1::2] - spans[:, :, ::2]
    often = sizes.prod(axis=2)
    ends = often.cumsum()
    first = ends.reshape(often.shape) - often
    box, route = np.repeat(np.indices(often.shape).reshape(2, -1), often.ravel(), axis=1)
    place: Array = np.arange(len(box)) - first[box, route]
    tile = np.empty((3, len(box)), np.int64)
    for axis in (2, 1, 0):
        place, tile[axis] = np.divmod(place, sizes[box, route, axis])
    extents = paths.extents[route]
    i, j, k = (tile + spans[box, route, ::2].T) - extents[:, ::2].T
    across, deep = extents[:, 3] - extents[:, 2], extents[:, 5] - extents[:, 4]
    endpoint = paths.endpoints[paths.starts[route] + (i * across + j) * deep + k]
    begin = np.concatenate([np.zeros(1, np.int64), often.sum(axis=1).cumsum()])
    alike = np.arange(len(paths.channels))
    alike[1:] *= (paths.channels[1:] != paths.channels[:-1]).any(axis=1)
    return Ways(box, route, endpoint, begin, spans, first, np.maximum.accumulate(alike))


@dataclass(frozen=True, eq=False)
class Volley:
    """What one scan sends, by way; ticks are from the start of the scan if nothing stalls.

    ``sums`` is (8, ways) int64: ``PACKETS``, ``SYNAPSES`` reached, ``WORDS`` fetched for them, ``WORK`` the ticks of
    fetching and adding, the tick at which the ``FIRST`` and the ``LAST`` packet is sent, the largest sum of a packet's
    tick and its work (``DONE``), the ``LONGEST`` work. ``scan_ticks`` (boxes,) is how long each box's scan takes.
    """

    ways: Ways
    sums: Array
    scan_ticks: Array

    def by_box(self, counts: Array) -> Array:
        """Return (boxes,) int64: the sum of ``counts`` (ways,) over the ways out of each box."""
        total = np.concatenate([np.zeros(1, np.int64), counts.cumsum()])
        return total[self.ways.begin[1:]] - total[self.ways.begin[:-1]]


def volley(
    spikes: NDArray[np.integer],
    active: NDArray[np.bool_],
    boxes: Array,
    group_ticks: Array,
    axon_out_ticks: int,
    paths: Paths,
    is_unary: bool,
    ways: Ways,
    words_of: Array,
    work_of: Array,
) -> Volley:
    """Scan ``boxes`` as :func:`neurosim.chip.fire.fire` does, whose arguments the first ones are.

    ``words_of`` and ``work_of`` (routes, largest fan-out + 1) are words and ticks for a packet of a route that reaches
    so many synapses.
    """
    spikes = np.ascontiguousarray(spikes if is_unary else (spikes != 0).view(np.uint8))
    sums, scan_ticks = np.zeros((len(ways.box), 8), np.int64), np.zeros(len(boxes), np.int64)
    sum_up(
        spikes,
        active,
        boxes,
        group_ticks,
        axon_out_ticks,
        paths.rows,
        paths.columns,
        paths.channels,
        ways.alike,
        ways.spans,
        ways.first,
        words_of,
        work_of,
        sums,
        scan_ticks,
    )
    return Volley(ways, sums.T, scan_ticks)


@numba.njit(cache=True, nogil=True)
def sum_up(
    spikes,
    active,
    boxes,
    group_ticks,
    axon_out_ticks,
    rows,
    columns,
    channels,
    alike,
    spans,
    first,
    words_of,
    work_of,
    sums,
    scan_ticks,
):
    """Fill ``sums`` (ways, 8) and ``scan_ticks`` of a :class:`Volley`, zeros before."""
    lanes = group_ticks.shape[1] - 1
    silent = (-1, -1, -1, np.int64(0))  # a run's row, column, channel, packets of a spike to each destination
    group = [silent for _ in range(lanes)]
    taken = np.empty((len(sums), 4), np.int64)
    for box in range(len(boxes)):
        y0, y1, x0, x1, c0, c1 = boxes[box]
        now = began = ended = length = ways = 0  # of the run: its first and its last tick, its spikes and their ways
        run = silent
        in_group = spiking = any_active = 0
        left = (y1 - y0) * (x1 - x0) * (c1 - c0)
        for row in range(y0, y1):
            for column in range(x0, x1):
                times, stirred = spikes[row, column], active[row, column]
                for channel in range(c0, c1):
                    any_active |= stirred[channel]
                    if times[channel] != 0:
                        group[spiking] = (row, column, alike[channel], np.int64(times[channel]))
                        spiking += 1
                    in_group += 1
                    left -= 1
                    if in_group < lanes and left > 0:
                        continue
                    now += group_ticks[any_active, spiking]
                    for member in range(spiking):
                        if group[member] != run:
                            add_run(length, run[3], began, ended, axon_out_ticks, taken[:ways], sums)
                            run, length, began = group[member], 0, now
                            ways = take_ways(
                                run[0],
                                run[1],
                                run[2],
                                box,
                                rows,
                                columns,
                                channels,
                                spans,
                                first,
                                words_of,
                                work_of,
                                taken,
                            )
                        length += 1
                        ended = now
                        now += ways * run[3] * axon_out_ticks
                    in_group = spiking = any_active = 0
        add_run(length, run[3], began, ended, axon_out_ticks, taken[:ways], sums)
        scan_ticks[box] = now


@numba.njit(cache=True, nogil=True)
def take_ways(row, column, channel, box, rows, columns, channels, spans, first, words_of, work_of, taken):
    """Write the ways of a spike into ``taken`` (n, 4), each with synapses, words and work, and return how many."""
    ways = 0
    for route in range(spans.shape[1]):
        i0, i1, j0, j1, k0, k1 = spans[box, route]
        for i in range(i0, i1):
            for j in range(j0, j1):
                taps = rows[row, i] * columns[column, j]
                if taps == 0:
                    continue
                place = first[box, route] + ((i - i0) * (j1 - j0) + j - j0) * (k1 - k0)
                for k in range(k0, k1):
                    synapses = taps * channels[channel, k]
                    if synapses > 0:
                        taken[ways, 0], taken[ways, 1] = place + k - k0, synapses
                        taken[ways, 2], taken[ways, 3] = words_of[route, synapses], work_of[route, synapses]
                        ways += 1
    return ways


@numba.njit(cache=True, nogil=True)
def add_run(spikes, times, began, ended, gap, taken, sums):
    """Add a run of ``spikes``, the first at tick ``began`` and the last at ``ended``, to the sums of the ways taken.

    A spike sends ``times`` packets over each of its ways in turn, ``gap`` ticks apart.
    """
    packets = spikes * times
    for turn in range(len(taken)):
        way, synapses, words, work = taken[turn]
        own, last = sums[way], ended + ((turn + 1) * times - 1) * gap
        if own[PACKETS] == 0:
            own[FIRST] = began + turn * times * gap
        own[PACKETS] += packets
        own[SYNAPSES] += packets * synapses
        own[WORDS] += packets * words
        own[WORK] += packets * work
        own[LAST] = last
        own[DONE] = max(own[DONE], last + work)
        own[LONGEST] = max(own[LONGEST], work)

"""Volley: the packets of one scan of a layer, summed up for each way or listed one by one.

Neighbouring spikes at one position, in channels that reach the same synapses, go the same ways with the same fan-out:
such a *run* is taken at once. So the cost of the sums is that of looking at the spikes, hardly that of the packets, of
which there are many for each of them; the list is for where it matters when each packet goes. A spike's packets are
sent one after the other, way by way, after its group.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.core.fan_out import FanOut, PacketFlows
from neurosim.chip.core.neuron_scan import SpikeTimes
from neurosim.kernels import kernel

Array = NDArray[np.int64]
Walk = tuple[Array, NDArray[np.int32], Array, Array, Array, Array, Array, Array, Array, Array, Array]
PACKETS, SYNAPSES, WORDS, WORK, FIRST, LAST, DONE = range(7)


@dataclass(frozen=True, eq=False)
class PacketSums:
    """What one scan sends, by way; ticks are from the start of the scan if nothing stalls.

    ``sums`` is (7, ways) int64: ``PACKETS``, ``SYNAPSES`` reached, ``WORDS`` fetched for them, ``WORK`` the ticks of
    fetching and adding, the tick at which the ``FIRST`` and the ``LAST`` packet is sent, the largest sum of a packet's
    tick and its work (``DONE``). ``scan_ticks`` (boxes,) is how long each box's scan takes.
    """

    ways: PacketFlows
    sums: Array
    scan_ticks: Array

    def by_box(self, counts: Array) -> Array:
        """Return (boxes,) int64: the sum of ``counts`` (ways,) over the ways out of each box."""
        total = np.concatenate([np.zeros(1, np.int64), counts.cumsum()])
        return total[self.ways.begin[1:]] - total[self.ways.begin[:-1]]


@dataclass(frozen=True, eq=False)
class PacketList:
    """The packets of one scan, one by one; ticks are int64, from the start of the scan.

    Packets ``first[b]`` to ``first[b + 1]`` leave the layer's box b in this order: ``destination`` endpoint (int32),
    ``route`` number within the layer's paths (int16), its ``reach`` (int32, see
    :class:`neurosim.chip.core.fan_out.FanOut`), ``inject_ticks`` if nothing stalls.
    """

    first: Array
    destination: NDArray[np.int32]
    route: NDArray[np.int16]
    reach: NDArray[np.int32]
    inject_ticks: Array

    @property
    def packets(self) -> Array:
        """(boxes,) int64: packets that each box sends."""
        return np.diff(self.first)


def packet_sums(
    firing: SpikeTimes, gap_ticks: int, paths: FanOut, ways: PacketFlows, words_of: Array, work_of: Array
) -> PacketSums:
    """Return the sums of the packets that the spikes of a scan send ``gap_ticks`` apart.

    ``words_of`` and ``work_of`` (routes, largest reach + 1) are words and ticks for a packet of a route, by its reach.
    """
    sums, scan_ticks = np.zeros((len(ways.box), 7), np.int64), firing.scan_ticks.copy()
    sum_up(*walk(firing, paths, ways), firing.ticks, gap_ticks, words_of, work_of, paths.radix, sums, scan_ticks)
    return PacketSums(ways, sums.T, scan_ticks)


def packet_list(firing: SpikeTimes, gap_ticks: int, paths: FanOut, ways: PacketFlows) -> PacketList:
    """Return the packets that the spikes of a scan send ``gap_ticks`` apart."""
    walked = walk(firing, paths, ways)
    counted = count_packets(*walked, len(ways.box))
    first = np.concatenate([np.zeros(1, np.int64), np.cumsum(counted)])
    destination, route, reach, inject_ticks = (
        np.empty(first[-1], dtype) for dtype in (np.int32, np.int16, np.int32, np.int64)
    )
    packets = (first, destination, route, reach, inject_ticks)
    list_packets(*walked, firing.ticks, gap_ticks, ways.endpoint, *packets)
    return PacketList(*packets)


def walk(firing: SpikeTimes, paths: FanOut, ways: PacketFlows) -> Walk:
    """Return what every kernel goes through: the spikes, how far each reaches, and the ways out of its box."""
    reach = (paths.rows, paths.columns, paths.channels)
    return (
        firing.first,
        firing.spikes,
        *reach,
        ways.alike,
        ways.spans,
        ways.first,
        paths.begin,
        paths.unit,
        paths.extents,
    )


@kernel
def sum_up(
    first,
    spikes,
    rows,
    columns,
    channels,
    alike,
    spans,
    first_way,
    projections,
    unit,
    extents,
    ticks,
    gap_ticks,
    words_of,
    work_of,
    radix,
    sums,
    scan_ticks,
):
    """Fill ``sums`` (ways, 7) of a :class:`PacketSums`, zeros before, and add the sending to ``scan_ticks``."""
    taken = np.empty((len(sums), 3), np.int64)
    for box in range(len(first) - 1):
        sent = 0
        begin = first[box]
        while begin < first[box + 1]:
            row, column, channel, times = spikes[begin]
            end = end_run(spikes, begin, first[box + 1], alike)
            ways = take_flows(
                row, column, channel, box, rows, columns, channels, spans, first_way, projections, unit, extents, taken
            )
            packets = (end - begin) * times
            began = ticks[begin] + sent * gap_ticks
            ended = ticks[end - 1] + (sent + (packets - times) * ways) * gap_ticks  # when its last spike begins to send
            for turn in range(ways):
                way, route, reach = taken[turn]
                work = work_of[route, reach]
                own, last = sums[way], ended + ((turn + 1) * times - 1) * gap_ticks
                if own[PACKETS] == 0:
                    own[FIRST] = began + turn * times * gap_ticks
                own[PACKETS] += packets
                own[SYNAPSES] += packets * (reach // radix[route] + reach % radix[route])
                own[WORDS] += packets * words_of[route, reach]
                own[WORK] += packets * work
                own[LAST] = last
                own[DONE] = max(own[DONE], last + work)
            sent += packets * ways
            begin = end
        scan_ticks[box] += sent * gap_ticks


@kernel
def count_packets(first, spikes, rows, columns, channels, alike, spans, first_way, projections, unit, extents, most):
    """Return (boxes,) int64: the packets of each box, of which a spike goes at ``most`` so many ways."""
    taken = np.empty((most, 3), np.int64)
    counted = np.zeros(len(first) - 1, np.int64)
    for box in range(len(first) - 1):
        begin = first[box]
        while begin < first[box + 1]:
            row, column, channel, times = spikes[begin]
            end = end_run(spikes, begin, first[box + 1], alike)
            ways = take_flows(
                row, column, channel, box, rows, columns, channels, spans, first_way, projections, unit, extents, taken
            )
            counted[box] += (end - begin) * times * ways
            begin = end
    return counted


@kernel
def list_packets(
    first,
    spikes,
    rows,
    columns,
    channels,
    alike,
    spans,
    first_way,
    projections,
    unit,
    extents,
    ticks,
    gap_ticks,
    endpoint,
    first_packet,
    destination,
    route_of,
    reach_of,
    inject_ticks,
):
    """Fill the arrays of an :class:`PacketList`; ``first_packet`` is given, the rest is written."""
    taken = np.empty((len(endpoint), 3), np.int64)
    packet = 0
    for box in range(len(first) - 1):
        begin = first[box]
        while begin < first[box + 1]:
            row, column, channel, times = spikes[begin]
            end = end_run(spikes, begin, first[box + 1], alike)
            ways = take_flows(
                row, column, channel, box, rows, columns, channels, spans, first_way, projections, unit, extents, taken
            )
            for spike in range(begin, end):
                for turn in range(ways):
                    way, route, reach = taken[turn]
                    for _ in range(times):
                        destination[packet] = endpoint[way]
                        route_of[packet] = route
                        reach_of[packet] = reach
                        inject_ticks[packet] = ticks[spike] + (packet - first_packet[box]) * gap_ticks
                        packet += 1
            begin = end


@kernel
def end_run(spikes, begin, last, alike):
    """Return where the run ends, before ``last``, that begins with spike ``begin``."""
    row, column, channel, times = spikes[begin]
    end = begin + 1
    while (
        end < last
        and spikes[end, 0] == row
        and spikes[end, 1] == column
        and alike[spikes[end, 2]] == alike[channel]
        and spikes[end, 3] == times
    ):
        end += 1
    return end


@kernel
def take_flows(row, column, channel, box, rows, columns, channels, spans, first_way, projections, unit, extents, taken):
    """Write the ways of a spike into ``taken`` (n, 3), each with its route and reach, and return how many."""
    ways = 0
    for route in range(spans.shape[1]):
        i0, i1, j0, j1, k0, k1 = spans[box, route]
        begin, end = projections[route], projections[route + 1]
        for i in range(i0, i1):
            for j in range(j0, j1):
                taps = rows[row, i] * columns[column, j]
                if taps == 0 and end - begin == 1:
                    continue
                place = first_way[box, route] + ((i - i0) * (j1 - j0) + j - j0) * (k1 - k0)
                for k in range(k0, k1):
                    reach = taps * channels[channel, k] * unit[begin]
                    for other in range(begin + 1, end):
                        y, x, c = (
                            i - extents[begin, 0] + extents[other, 0],
                            j - extents[begin, 2] + extents[other, 2],
                            k - extents[begin, 4] + extents[other, 4],
                        )
                        reach += rows[row, y] * columns[column, x] * channels[channel, c] * unit[other]
                    if reach > 0:
                        taken[ways, 0], taken[ways, 1], taken[ways, 2] = place + k - k0, route, reach
                        ways += 1
    return ways

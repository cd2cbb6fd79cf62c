"""The packets of one scan of a layer, summed up by flow or listed one by one.

Neighbouring spikes at one position, in channels that reach the same synapses, take the same flows with the same
fan-out: such a *run* is handled at once. So the sums cost about as much as a look at every spike, not at every packet,
of which each spike sends many; the list is for where it matters when each packet goes. A spike's packets are sent one
after the other, flow by flow, after its group.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.core.fan_out import FanOut, PacketFlows
from neurosim.chip.core.neuron_scan import SpikeTimes
from neurosim.kernels import kernel

Array = NDArray[np.int64]
Spikes = NDArray[np.int32]  # (n, 4): row, column, channel, packets to each destination
Walk = tuple[Array, NDArray[np.int32], Array, Array, Array, Array, Array, Array, Array, Array, Array]
PACKETS, SYNAPSES, WORDS, WORK, FIRST, LAST, DONE = range(7)


@dataclass(frozen=True, eq=False)
class PacketSums:
    """What one scan sends, by flow; ticks are from the start of the scan if nothing stalls.

    ``sums`` is (7, flows) int64: ``PACKETS``, ``SYNAPSES`` reached, ``WORDS`` fetched for them, ``WORK`` the ticks of
    fetching and adding, the tick at which the ``FIRST`` and the ``LAST`` packet is sent, the largest sum of a packet's
    tick and its work (``DONE``). ``scan_ticks`` (partitions,) is how long each partition's scan takes.
    """

    flows: PacketFlows
    sums: Array
    scan_ticks: Array

    def by_partition(self, counts: Array) -> Array:
        """Return (partitions,) int64: the sum of ``counts`` (flows,) over the flows out of each partition."""
        total = np.concatenate([np.zeros(1, np.int64), counts.cumsum()])
        by_partition: Array = total[self.flows.begin[1:]] - total[self.flows.begin[:-1]]
        return by_partition


@dataclass(frozen=True, eq=False)
class PacketList:
    """The packets of one scan, one by one; ticks are int64, from the start of the scan.

    Packets ``first[p]`` to ``first[p + 1]`` leave the layer's partition p in this order: ``destination`` endpoint
    (int32), ``route`` number within the layer's fan-out (int16), its ``reach`` (int32, see
    :class:`neurosim.chip.core.fan_out.FanOut`), ``inject_ticks`` if nothing stalls.
    """

    first: Array
    destination: NDArray[np.int32]
    route: NDArray[np.int16]
    reach: NDArray[np.int32]
    inject_ticks: Array

    @property
    def packets(self) -> Array:
        """(partitions,) int64: packets that each partition sends."""
        return np.diff(self.first)


def packet_sums(
    times: SpikeTimes, gap_ticks: int, fan_out: FanOut, flows: PacketFlows, words_of: Array, work_of: Array
) -> PacketSums:
    """Return the sums of the packets that the spikes of a scan send ``gap_ticks`` apart.

    ``words_of`` and ``work_of`` (routes, largest reach + 1) are words and ticks for a packet of a route, by its reach.
    """
    sums, scan_ticks = np.zeros((len(flows.partition), 7), np.int64), times.scan_ticks.copy()
    sum_up(walk_of(times, fan_out, flows), times.ticks, gap_ticks, words_of, work_of, fan_out.radix, sums, scan_ticks)
    return PacketSums(flows, sums.T, scan_ticks)


def packet_list(times: SpikeTimes, gap_ticks: int, fan_out: FanOut, flows: PacketFlows) -> PacketList:
    """Return the packets that the spikes of a scan send ``gap_ticks`` apart."""
    walked = walk_of(times, fan_out, flows)
    counted = count_packets(walked, len(flows.partition))
    first = np.concatenate([np.zeros(1, np.int64), np.cumsum(counted)])
    destination, route, reach, inject_ticks = (
        np.empty(first[-1], dtype) for dtype in (np.int32, np.int16, np.int32, np.int64)
    )
    packets = (first, destination, route, reach, inject_ticks)
    list_packets(walked, times.ticks, gap_ticks, flows.endpoint, *packets)
    return PacketList(*packets)


def walk_of(times: SpikeTimes, fan_out: FanOut, flows: PacketFlows) -> Walk:
    """Return the arguments that all kernels share: the spikes, how far each reaches, the flows out of its partition."""
    reach = (fan_out.rows, fan_out.columns, fan_out.channels)
    return (
        times.first,
        times.spikes,
        *reach,
        flows.alike,
        flows.spans,
        flows.first,
        fan_out.begin,
        fan_out.unit,
        fan_out.extents,
    )


@kernel
def sum_up(
    walk: Walk,
    ticks: Array,
    gap_ticks: int,
    words_of: Array,
    work_of: Array,
    radix: Array,
    sums: Array,
    scan_ticks: Array,
) -> None:
    """Fill the sums of a :class:`PacketSums`.

    walk : of :func:`walk_of`
    ticks     : (spikes,) int64; when the group of a spike has been scanned
    gap_ticks : between two packets of a partition
    words_of, work_of : (routes, largest reach + 1) int64; words and ticks of a packet
    radix     : (routes,) int64; see :class:`neurosim.chip.core.fan_out.FanOut`
    sums      : (flows, 7) int64, zeros, written
    scan_ticks : (partitions,) int64, modified; the time of sending is added
    """
    first, spikes, rows, columns, channels, alike, spans, first_flow, projections, unit, extents = walk
    taken = np.empty((len(sums), 3), np.int64)
    for partition in range(len(first) - 1):
        sent = 0
        begin = first[partition]
        while begin < first[partition + 1]:
            times = spikes[begin, 3]
            end = end_run(spikes, begin, first[partition + 1], alike)
            flows = take_flows(
                spikes, begin, partition, rows, columns, channels, spans, first_flow, projections, unit, extents, taken
            )
            packets = (end - begin) * times
            began = ticks[begin] + sent * gap_ticks
            # When the last spike of the run begins to send.
            ended = ticks[end - 1] + (sent + (packets - times) * flows) * gap_ticks
            for turn in range(flows):
                flow, route, reach = taken[turn]
                # The partition sends flow by flow: this one begins after turn * times packets of each spike.
                work = work_of[route, reach]
                own, last = sums[flow], ended + ((turn + 1) * times - 1) * gap_ticks
                if own[PACKETS] == 0:
                    own[FIRST] = began + turn * times * gap_ticks
                own[PACKETS] += packets
                # A reach is registers * radix + stored synapses: both digits are synapses.
                own[SYNAPSES] += packets * (reach // radix[route] + reach % radix[route])
                own[WORDS] += packets * words_of[route, reach]
                own[WORK] += packets * work
                own[LAST] = last
                own[DONE] = max(own[DONE], last + work)
            sent += packets * flows
            begin = end
        # Serial unicast: the scan waits while its packets leave, one every gap_ticks.
        scan_ticks[partition] += sent * gap_ticks


@kernel
def count_packets(
    walk: Walk,
    most: int,
) -> Array:
    """Return (partitions,) int64: the packets of each partition.

    walk : of :func:`walk_of`
    most : flows that one spike takes at most
    """
    first, spikes, rows, columns, channels, alike, spans, first_flow, projections, unit, extents = walk
    taken = np.empty((most, 3), np.int64)
    counted = np.zeros(len(first) - 1, np.int64)
    for partition in range(len(first) - 1):
        begin = first[partition]
        while begin < first[partition + 1]:
            times = spikes[begin, 3]
            end = end_run(spikes, begin, first[partition + 1], alike)
            flows = take_flows(
                spikes, begin, partition, rows, columns, channels, spans, first_flow, projections, unit, extents, taken
            )
            counted[partition] += (end - begin) * times * flows
            begin = end
    return counted


@kernel
def list_packets(
    walk: Walk,
    ticks: Array,
    gap_ticks: int,
    endpoint: Array,
    first_packet: Array,
    destination: NDArray[np.int32],
    route_of: NDArray[np.int16],
    reach_of: NDArray[np.int32],
    inject_ticks: Array,
) -> None:
    """Fill the arrays of a :class:`PacketList`.

    walk : of :func:`walk_of`
    ticks     : (spikes,) int64; when the group of a spike has been scanned
    gap_ticks : between two packets of a partition
    endpoint  : (flows,) int64; where each flow leads
    first_packet : (partitions + 1,) int64
    destination to inject_ticks : (packets,), written
    """
    first, spikes, rows, columns, channels, alike, spans, first_flow, projections, unit, extents = walk
    taken = np.empty((len(endpoint), 3), np.int64)
    packet = 0
    for partition in range(len(first) - 1):
        begin = first[partition]
        while begin < first[partition + 1]:
            times = spikes[begin, 3]
            end = end_run(spikes, begin, first[partition + 1], alike)
            flows = take_flows(
                spikes, begin, partition, rows, columns, channels, spans, first_flow, projections, unit, extents, taken
            )
            for spike in range(begin, end):
                for turn in range(flows):
                    flow, route, reach = taken[turn]
                    for _ in range(times):
                        destination[packet] = endpoint[flow]
                        route_of[packet] = route
                        reach_of[packet] = reach
                        inject_ticks[packet] = ticks[spike] + (packet - first_packet[partition]) * gap_ticks
                        packet += 1
            begin = end


@kernel
def end_run(spikes: Spikes, begin: int, last: int, alike: Array) -> int:
    """Return the end, at most ``last``, of the run of like spikes that begins with spike ``begin``."""
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
def take_flows(
    spikes: Spikes,
    spike: int,
    partition: int,
    rows: Array,
    columns: Array,
    channels: Array,
    spans: Array,
    first_flow: Array,
    projections: Array,
    unit: Array,
    extents: Array,
    taken: Array,
) -> int:
    """Write the flows of a spike, with route and reach, into ``taken`` (n, 3), and return how many there are."""
    row, column, channel, _ = spikes[spike]
    flows = 0
    for route in range(spans.shape[1]):
        i0, i1, j0, j1, k0, k1 = spans[partition, route]
        begin, end = projections[route], projections[route + 1]
        for i in range(i0, i1):
            for j in range(j0, j1):
                taps = rows[row, i] * columns[column, j]
                # A convolution reaches a tile through the taps of both axes, a product; no tap, no packet.
                if taps == 0 and end - begin == 1:
                    continue
                place = first_flow[partition, route] + ((i - i0) * (j1 - j0) + j - j0) * (k1 - k0)
                for k in range(k0, k1):
                    reach = taps * channels[channel, k] * unit[begin]
                    # Further projections of the route share its packet: their synapses add to the reach.
                    for other in range(begin + 1, end):
                        y, x, c = (
                            i - extents[begin, 0] + extents[other, 0],
                            j - extents[begin, 2] + extents[other, 2],
                            k - extents[begin, 4] + extents[other, 4],
                        )
                        reach += rows[row, y] * columns[column, x] * channels[channel, c] * unit[other]
                    if reach > 0:
                        taken[flows, 0], taken[flows, 1], taken[flows, 2] = place + k - k0, route, reach
                        flows += 1
    return flows

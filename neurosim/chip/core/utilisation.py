"""How a core spends its time: its two units work in parallel.

A core is *busy* while either unit works, *stalled* while its neuron unit waits for room in the output FIFO and its
synapse unit has nothing to do, and *waiting* otherwise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.noc.packets import Traffic, Transit
from neurosim.kernels import kernel

Array = NDArray[np.int64]
Numbers = NDArray[np.int32]
Mask = NDArray[np.bool_]


def occupancy(
    transit: Transit, traffic: Traffic, begin_ticks: Array, scan_ticks: Array, services: Array
) -> tuple[Array, Array]:
    """Return the busy and the stalled ticks of every core in one phase.

    Parameters
    ----------
    transit : Transit
        What the NoC did with the packets.
    traffic : Traffic
        The packets. The synapse unit replays stored spikes until it is ready, and serves packets after that. They may
        be left out where no core is sent any while it scans, and none stalls.
    begin_ticks : (endpoints,) int64
        Start-of-step update of the neuron unit, for which the synapse unit waits.
    scan_ticks : (endpoints,) int64
        The neuron unit's scan after that, without stalls; a scan of 0 ticks may send, and stall, as well.
    services : (endpoints,) int64
        Ticks of serving the packets, in all.

    Returns
    -------
    busy, stalled : (endpoints,) int64
        Ticks; a core that stalls is busy while its synapse unit works.
    """
    ready = traffic.ready_ticks
    source_end = begin_ticks + scan_ticks + transit.stall_ticks
    serving = np.maximum(ready - begin_ticks, 0) + services
    busy, stalled = source_end - transit.stall_ticks + serving, transit.stall_ticks.copy()
    # Times matter only where both units worked; the packets of such endpoints are looked at one by one.
    both = (serving > 0) & (source_end > begin_ticks)
    if not both.any():
        return busy, stalled
    count_once(
        traffic.first,
        traffic.inject_ticks,
        transit.entry_ticks,
        traffic.destination,
        traffic.service_ticks,
        transit.done_ticks,
        ready,
        begin_ticks,
        source_end,
        both,
        busy,
        stalled,
    )
    return busy, stalled


@kernel
def count_once(
    first: Array,
    inject: Array,
    entry: Array,
    destination: Numbers,
    service: Array,
    done: Array,
    ready: Array,
    begin_ticks: Array,
    source_end: Array,
    both: Mask,
    busy: Array,
    stalled: Array,
) -> None:
    """Take the ticks in which both units of a core worked, or one while the other stalled, from its sums.

    first to done : the packets (:class:`Traffic`, :class:`Transit`)
    ready, begin_ticks : (endpoints,) int64; when the synapse unit has replayed, and has begun to
    source_end : (endpoints,) int64; when the neuron unit has finished
    both : (endpoints,) bool; where both units may have worked
    busy, stalled : (endpoints,) int64, modified
    """
    first_served, order = by_destination(destination, both)
    for endpoint in range(len(ready)):
        if not both[endpoint]:
            continue
        packets = order[first_served[endpoint] : first_served[endpoint + 1]]
        starts, ends = serve_intervals(packets, service, done, begin_ticks[endpoint], ready[endpoint])
        # Both busy counts once; a stall in which the synapse unit works is no stall.
        within_scan = overlap(starts, ends, np.array([0]), source_end[endpoint : endpoint + 1])
        gap_starts, gap_ends = stall_intervals(first[endpoint], first[endpoint + 1], inject, entry)
        within_stall = overlap(starts, ends, gap_starts, gap_ends)
        busy[endpoint] -= within_scan - within_stall
        stalled[endpoint] -= within_stall


@kernel
def by_destination(destination: Numbers, chosen: Mask) -> tuple[Array, Numbers]:
    """Return first (endpoints + 1,) int64 and order (n,) int32: packets first[e] to first[e + 1] of it go to e.

    Only packets to endpoints that are ``chosen`` (endpoints,) bool are in it.
    """
    first = np.zeros(len(chosen) + 1, np.int64)
    for packet in range(len(destination)):
        first[destination[packet] + 1] += chosen[destination[packet]]
    for endpoint in range(len(chosen)):
        first[endpoint + 1] += first[endpoint]
    # Counting sort: the order of the packets is kept within each endpoint.
    at = first[:-1].copy()
    order = np.empty(first[-1], np.int32)
    for packet in range(len(destination)):
        if chosen[destination[packet]]:
            order[at[destination[packet]]] = packet
            at[destination[packet]] += 1
    return first, order


@kernel
def serve_intervals(packets: Numbers, service: Array, done: Array, begin_ticks: int, ready: int) -> tuple[Array, Array]:
    """Return the (starts, ends) of the synapse unit's work: the replay, then its packets in order of service."""
    # By start, not by end: a service of 0 ticks ends together with the one before it.
    by_start = packets[np.argsort(done[packets] - service[packets], kind="mergesort")]
    starts = np.empty(len(packets) + 1, np.int64)
    ends = np.empty(len(packets) + 1, np.int64)
    starts[0], ends[0] = begin_ticks, max(ready, begin_ticks)
    for place in range(len(packets)):
        ends[place + 1] = done[by_start[place]]
        starts[place + 1] = ends[place + 1] - service[by_start[place]]
    return starts, ends


@kernel
def stall_intervals(begin: int, end: int, inject: Array, entry: Array) -> tuple[Array, Array]:
    """Return the (starts, ends) of one source's waits for room in its output FIFO; its packets are begin to end."""
    starts = np.empty(end - begin, np.int64)
    ends = np.empty(end - begin, np.int64)
    for place in range(end - begin):
        packet = begin + place
        # A packet was due as long after the one before it entered as their inject ticks lie apart.
        due = inject[packet] if place == 0 else entry[packet - 1] + inject[packet] - inject[packet - 1]
        starts[place], ends[place] = due, entry[packet]
    return starts, ends


@kernel
def overlap(starts: Array, ends: Array, other_starts: Array, other_ends: Array) -> int:
    """Return the ticks common to two lists of disjoint intervals, each in order of time."""
    # Sweep over both lists; the interval that ends first is passed.
    common = place = other = 0
    while place < len(starts) and other < len(other_starts):
        common += max(min(ends[place], other_ends[other]) - max(starts[place], other_starts[other]), 0)
        if ends[place] < other_ends[other]:
            place += 1
        else:
            other += 1
    return common

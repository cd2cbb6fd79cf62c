"""A core: two units that work in parallel, and how its time is spent.

A core is *busy* while either unit works, *stalled* while its neuron unit waits for room in the output FIFO and its
synapse unit has nothing to do, and *waiting* otherwise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.noc.packets import Traffic, Transit
from neurosim.kernels import kernel

Array = NDArray[np.int64]


def occupancy(
    transit: Transit, traffic: Traffic, opening: Array, scanning: Array, services: Array
) -> tuple[Array, Array]:
    """Return (busy, stalled) for one phase; all are (endpoints,) int64 ticks.

    traffic  : the packets; the synapse unit replays stored spikes until it is ready, and serves them after that. They
               may be left out where no core is sent any while it scans, and none stalls
    opening  : the neuron unit opens a step, the synapse unit waits
    scanning : ticks of the neuron unit's scan after that, without stalls; one of 0 ticks may send, and stall, as well
    services : ticks of serving the packets, in all
    """
    ready = traffic.ready_ticks
    source_end = opening + scanning + transit.stall_ticks
    serving = np.maximum(ready - opening, 0) + services
    busy, stalled = source_end - transit.stall_ticks + serving, transit.stall_ticks.copy()
    # Only where both units worked does it matter when; the packets of such endpoints are looked at one by one.
    both = (serving > 0) & (source_end > opening)
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
        opening,
        source_end,
        both,
        busy,
        stalled,
    )
    return busy, stalled


@kernel
def count_once(first, inject, entry, destination, service, done, ready, opening, source_end, both, busy, stalled):
    """Take the ticks in which both units of a core worked, or one while the other stalled, from its sums.

    source_end : (endpoints,) int64; when the neuron unit is through
    both : (endpoints,) bool; where that may be so
    busy, stalled : (endpoints,) int64, modified
    """
    first_served, order = by_destination(destination, both)
    for endpoint in range(len(ready)):
        if not both[endpoint]:
            continue
        packets = order[first_served[endpoint] : first_served[endpoint + 1]]
        starts, ends = serve_intervals(packets, service, done, opening[endpoint], ready[endpoint])
        within_scan = overlap(starts, ends, np.array([0]), source_end[endpoint : endpoint + 1])
        gap_starts, gap_ends = stall_intervals(first[endpoint], first[endpoint + 1], inject, entry)
        within_stall = overlap(starts, ends, gap_starts, gap_ends)
        busy[endpoint] -= within_scan - within_stall
        stalled[endpoint] -= within_stall


@kernel
def by_destination(destination, wanted):
    """Return first (endpoints + 1,) int64 and order (n,) int32: packets first[e] to first[e + 1] of it go to e.

    Only packets to endpoints that are ``wanted`` (endpoints,) bool are in it.
    """
    first = np.zeros(len(wanted) + 1, np.int64)
    for packet in range(len(destination)):
        first[destination[packet] + 1] += wanted[destination[packet]]
    for endpoint in range(len(wanted)):
        first[endpoint + 1] += first[endpoint]
    at = first[:-1].copy()
    order = np.empty(first[-1], np.int32)
    for packet in range(len(destination)):
        if wanted[destination[packet]]:
            order[at[destination[packet]]] = packet
            at[destination[packet]] += 1
    return first, order


@kernel
def serve_intervals(packets, service, done, opening, ready):
    """Return the (starts, ends) of what the synapse unit did: the replay, then its packets in order of service."""
    # By start, not by end: a service of 0 ticks ends together with the one before it.
    by_start = packets[np.argsort(done[packets] - service[packets], kind="mergesort")]
    starts = np.empty(len(packets) + 1, np.int64)
    ends = np.empty(len(packets) + 1, np.int64)
    starts[0], ends[0] = opening, max(ready, opening)
    for place in range(len(packets)):
        ends[place + 1] = done[by_start[place]]
        starts[place + 1] = ends[place + 1] - service[by_start[place]]
    return starts, ends


@kernel
def stall_intervals(begin, end, inject, entry):
    """Return the (starts, ends) of the waits of one source for room in its output FIFO."""
    starts = np.empty(end - begin, np.int64)
    ends = np.empty(end - begin, np.int64)
    for place in range(end - begin):
        packet = begin + place
        wanted = inject[packet] if place == 0 else entry[packet - 1] + inject[packet] - inject[packet - 1]
        starts[place], ends[place] = wanted, entry[packet]
    return starts, ends


@kernel
def overlap(starts, ends, other_starts, other_ends):
    """Return the ticks common to two lists of disjoint intervals, each in order of time."""
    common = place = other = 0
    while place < len(starts) and other < len(other_starts):
        common += max(min(ends[place], other_ends[other]) - max(starts[place], other_starts[other]), 0)
        if ends[place] < other_ends[other]:
            place += 1
        else:
            other += 1
    return common

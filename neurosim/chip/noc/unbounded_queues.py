"""The NoC with unbounded queues: every packet, every link, no back-pressure.

Every output port is a server that grants one packet per ``link_ticks``, first come first served; packets that become
ready at the same tick go in the order of their numbers. A source sends one packet per tick (per ``link_ticks`` if
``grant_occupies`` is ``both``) and is never stalled; arrivals are served as with finite queues. XY routes make the
links acyclic: first the rows, in both directions, then the columns. Along a row or column a link's packets are those
that stayed on the line after the link before it, merged with those that join here; one pass merges them and finds
their grants by Lindley's recursion, grant = max(ready, grant before + link_ticks). So the cost is that of the hops,
and of sorting the packets by tick three times.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.noc.packets import EAST, NORTH, SOUTH, WEST, Traffic, Transit, transit
from neurosim.chip.spec import MeshSpec
from neurosim.kernels import kernel

Ticks = NDArray[np.int64]
Numbers = NDArray[np.int32]  # of packets, or places on a line
FOLLOWS_PACKETS = True


def carry(mesh: MeshSpec, traffic: Traffic) -> Transit:
    """Send every packet of ``traffic`` through ``mesh`` as if no queue were ever full.

    Parameters
    ----------
    mesh : MeshSpec
        Its queue depths do not matter.
    traffic : Traffic

    Returns
    -------
    Transit
        Nothing stalls.
    """
    y, x = np.divmod(np.arange(len(traffic.ready_ticks), dtype=np.int32) // (mesh.cores_per_tile + 1), mesh.width)
    from_y, from_x = (np.repeat(place, np.diff(traffic.first)) for place in (y, x))
    to_y, to_x = y[traffic.destination], x[traffic.destination]
    links = np.zeros((mesh.height, mesh.width, 4), np.int64)

    ready = np.zeros(traffic.packets, np.int64)  # at the router that the packet has come to
    _leave(traffic.first, traffic.inject_ticks, mesh.input_ticks, ready)
    grant = ready.copy()

    def travel(direction: int, line: NDArray[np.int32], start: NDArray[np.int32], stop: NDArray[np.int32]) -> None:
        lines, length = (mesh.height, mesh.width) if direction in (EAST, WEST) else (mesh.width, mesh.height)
        crossed = np.zeros((lines, length), np.int64)
        hop = mesh.hop_ew_ticks if direction in (EAST, WEST) else mesh.hop_ns_ticks
        _travel(order, line, start, stop, ready, hop, mesh.link_ticks, crossed)
        along = crossed if direction in (EAST, NORTH) else crossed[:, ::-1]
        links[:, :, direction] = along if direction in (EAST, WEST) else along.T

    last_x, last_y = mesh.width - 1, mesh.height - 1
    order = _by_tick(ready)
    travel(EAST, from_y, from_x, to_x)
    travel(WEST, from_y, last_x - from_x, last_x - to_x)
    order = _by_tick(ready)
    travel(NORTH, to_x, from_y, to_y)
    travel(SOUTH, to_x, last_y - from_y, last_y - to_y)

    arrival, done = np.zeros((2, traffic.packets), np.int64)
    finish = np.array(traffic.ready_ticks, np.int64)
    packets = (_by_tick(ready), traffic.destination, traffic.service_ticks)
    _arrive(*packets, ready, mesh.local_ticks, mesh.link_ticks, arrival, done, finish)
    return transit(
        mesh,
        traffic,
        links.reshape(mesh.tiles, 4),
        entry_ticks=traffic.inject_ticks.view(),
        grant_ticks=grant,
        arrival_ticks=arrival,
        done_ticks=done,
        stall_ticks=np.zeros(len(finish), np.int64),
        finish_ticks=finish,
    )


@kernel
def _leave(first: Ticks, inject: Ticks, source_ticks: int, ready: Ticks) -> None:
    """Find when each packet leaves its source.

    first : (endpoints + 1,) int64; inject : (n,) int64; ready : (n,) int64, written
    """
    for source in range(len(first) - 1):
        earliest = 0
        for packet in range(first[source], first[source + 1]):
            ready[packet] = max(inject[packet], earliest)
            earliest = ready[packet] + source_ticks


@kernel
def _by_tick(ready: Ticks) -> Numbers:
    """Return (n,) int32: the packets by ready tick, ties by number."""
    packets = len(ready)
    if packets == 0:
        return np.empty(0, np.int32)
    lowest = ready.min()
    ticks = ready.max() - lowest + 1
    if ticks > 8 * packets:  # few packets over a long time: then counting takes longer than comparing
        return np.argsort(ready, kind="mergesort").astype(np.int32)
    # Counting sort: one bin a tick, filled in the order of the numbers, so that ties keep it.
    at = np.zeros(ticks + 1, np.int32)
    for packet in range(packets):
        at[ready[packet] - lowest + 1] += 1
    for tick in range(ticks):
        at[tick + 1] += at[tick]
    order = np.empty(packets, np.int32)
    for packet in range(packets):
        tick = ready[packet] - lowest
        order[at[tick]] = packet
        at[tick] += 1
    return order


@kernel
def _by_start(
    packets: Numbers, line: Numbers, start: Numbers, stop: Numbers, lines: int, length: int
) -> tuple[Ticks, Numbers]:
    """Return first (lines * length + 1,) int64 and joining (n,) int32: the packets that start at each position.

    Those that start at [line * length + position] are joining[first[...]] to its next entry, in the order of
    ``packets``; only packets that move are in it.
    """
    first = np.zeros(lines * length + 1, np.int64)
    for packet in range(len(packets)):
        first[line[packet] * length + start[packet] + 1] += start[packet] < stop[packet]
    first = np.cumsum(first)
    joining = np.empty(first[-1], np.int32)
    at = first.copy()
    for packet in packets:
        if start[packet] < stop[packet]:
            place = line[packet] * length + start[packet]
            joining[at[place]] = packet
            at[place] += 1
    return first, joining


@kernel
def _travel(
    packets: Numbers,
    line: Numbers,
    start: Numbers,
    stop: Numbers,
    ready: Ticks,
    hop_ticks: int,
    link_ticks: int,
    crossed: Ticks,
) -> None:
    """Move packets along parallel lines, each from its start to its stop.

    packets : (n,) int32; by ready tick, ties by number
    line, start, stop : (n,) int32; those with start < stop move
    ready   : (n,) int64, modified; in: at the start, out: at the stop
    crossed : (lines, length) int64, zeros, written; packets over the link from each position to the next
    """
    lines, length = crossed.shape
    first, joining = _by_start(packets, line, start, stop, lines, length)
    most = 0
    for row in range(lines):
        most = max(most, first[(row + 1) * length] - first[row * length])
    # Those still on the line, and those after the next link: numbers, ready ticks and stops side by side, because
    # looking these up packet by packet takes several times as long as all the rest.
    number, tick, end = np.empty((2, most), np.int32), np.empty((2, most), np.int64), np.empty((2, most), np.int32)
    for row in range(lines):
        here, there, stayed = 0, 1, 0
        for position in range(length - 1):
            a, b = 0, first[row * length + position]
            b_end = first[row * length + position + 1]
            crossed[row, position] = stayed + b_end - b
            moved = 0
            earliest = 0
            # Merge by ready tick, ties by number: packets that came over the link before, and those that join here.
            while a < stayed or b < b_end:
                take_joining = a == stayed
                if a < stayed and b < b_end:
                    new, old_tick = joining[b], tick[here, a]
                    take_joining = ready[new] < old_tick or (ready[new] == old_tick and new < number[here, a])
                if take_joining:
                    packet = joining[b]
                    came, goal = ready[packet], stop[packet]
                    b += 1
                else:
                    packet, came, goal = number[here, a], tick[here, a], end[here, a]
                    a += 1
                # Lindley's recursion: a link grants when the packet is there and link_ticks after its last grant.
                grant = max(came, earliest)
                earliest = grant + link_ticks
                # Straight on to the next link, or off the line: into a column, or at the destination's tile.
                if goal > position + 1:
                    number[there, moved], tick[there, moved], end[there, moved] = packet, grant + hop_ticks, goal
                    moved += 1
                else:
                    ready[packet] = grant + hop_ticks
            here, there, stayed = there, here, moved


@kernel
def _arrive(
    packets: Numbers,
    destination: Numbers,
    service: Ticks,
    ready: Ticks,
    local_ticks: int,
    link_ticks: int,
    arrival: Ticks,
    done: Ticks,
    finish: Ticks,
) -> None:
    """Hand every packet to its endpoint and serve it there.

    packets : (n,) int32; by ready tick, ties by number
    destination : (n,) int32; service, ready : (n,) int64
    arrival, done : (n,) int64, written
    finish  : (endpoints,) int64, modified; in: ready ticks, out: finish ticks
    """
    earliest = np.zeros(len(finish), np.int64)
    for packet in packets:
        endpoint = destination[packet]
        # Ejection port, then the synapse unit: each first come, first served.
        grant = max(ready[packet], earliest[endpoint])
        earliest[endpoint] = grant + link_ticks
        arrival[packet] = grant + local_ticks
        done[packet] = max(arrival[packet], finish[endpoint]) + service[packet]
        finish[endpoint] = done[packet]

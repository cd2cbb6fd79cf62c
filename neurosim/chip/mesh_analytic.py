"""A lower bound on the time of a phase, without following any packet: injection, busiest link, busiest core.

No mesh that keeps the rules of :mod:`neurosim.chip.router` is quicker, with queues of any depth. How much slower the
exact mesh is, the bound does not say: label it as a bound wherever it is shown.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from neurosim.chip.router import EAST, NORTH, SOUTH, WEST, Traffic, Transit, transit
from neurosim.chip.spec import Mesh

Array = NDArray[np.int64]


def carry(mesh: Mesh, traffic: Traffic) -> Transit:
    """Bound the phase from below.

    ``elapsed_ticks`` is the largest of: the last packet's zero-load done tick; for each source, its first injection,
    one packet per tick (``link_ticks`` if grants occupy inputs) and the way into a core; for each link, one packet per
    ``link_ticks``, its hop and the way into a core; for each endpoint, the services of all its packets after it is
    ready and the first can be there, which is its entry of ``finish_ticks``. Entry, grant, arrival and done ticks are
    those of a packet alone on the mesh; nothing stalls.
    """
    tile = np.arange(len(traffic.ready_ticks)) // (mesh.cores_per_tile + 1)
    y, x = np.divmod(tile, mesh.width)
    arrival, done = np.empty((2, traffic.packets), np.int64)
    ends = np.zeros((mesh.height, mesh.width, 4), np.int64)
    finish, served_ticks = _travel_alone(
        traffic.first,
        traffic.destination,
        traffic.inject_ticks,
        traffic.service_ticks,
        traffic.ready_ticks,
        x,
        y,
        mesh.hop_ew_ticks,
        mesh.hop_ns_ticks,
        mesh.local_ticks,
        ends,
        arrival,
        done,
    )
    links = _link_packets(ends).reshape(mesh.tiles, 4)
    inject = traffic.inject_ticks.view()  # which may be made read-only
    return transit(
        mesh,
        traffic,
        links,
        elapsed_ticks=max(int(served_ticks), _injection_ticks(mesh, traffic), _link_ticks(mesh, links)),
        entry_ticks=inject,
        grant_ticks=inject,
        arrival_ticks=arrival,
        done_ticks=done,
        stall_ticks=np.zeros(len(finish), np.int64),
        finish_ticks=finish,
    )


@numba.njit(cache=True, nogil=True)
def _travel_alone(
    first, destination, inject, service, ready, x, y, hop_ew_ticks, hop_ns_ticks, local_ticks, ends, arrival, done
):
    """Send every packet as if it were alone, and every endpoint's packets through it one after the other.

    x, y : (endpoints,) int64; of the endpoint's tile
    ends : (height, width, 4) int64, zeros, written; by direction, ways that start at a tile less those that end there
    arrival, done : (n,) int64, written
    Returns finish (endpoints,) int64, and the tick at which the last of the endpoints with packets is done.
    """
    endpoints = len(ready)
    never = np.iinfo(np.int64).max
    earliest = np.full(endpoints, never)
    services = np.zeros(endpoints, np.int64)
    finish = ready.copy()
    # Of one source: how many packets it sends to each endpoint, how long they travel, and which endpoints these are.
    sent, way_ticks, reached = np.zeros((3, endpoints), np.int64)
    for source in range(endpoints):
        from_x, from_y = x[source], y[source]
        ways = 0
        for packet in range(first[source], first[source + 1]):
            to = destination[packet]
            if sent[to] == 0:
                reached[ways] = to
                ways += 1
                east_west, north_south = abs(x[to] - from_x), abs(y[to] - from_y)
                way_ticks[to] = east_west * hop_ew_ticks + north_south * hop_ns_ticks + local_ticks
            sent[to] += 1
            tick = inject[packet] + way_ticks[to]
            arrival[packet] = tick
            done[packet] = max(tick, ready[to]) + service[packet]
            earliest[to] = min(earliest[to], tick)
            services[to] += service[packet]
            finish[to] = max(finish[to], done[packet])
        for way in range(ways):
            to = reached[way]
            to_x, to_y = x[to], y[to]
            if to_x != from_x:
                direction = EAST if to_x > from_x else WEST
                ends[from_y, from_x, direction] += sent[to]
                ends[from_y, to_x, direction] -= sent[to]
            if to_y != from_y:
                direction = NORTH if to_y > from_y else SOUTH
                ends[from_y, to_x, direction] += sent[to]
                ends[to_y, to_x, direction] -= sent[to]
            sent[to] = 0
    last = 0
    for endpoint in range(endpoints):
        if earliest[endpoint] < never:
            after_another = max(earliest[endpoint], ready[endpoint]) + services[endpoint]
            finish[endpoint] = max(finish[endpoint], after_another)
            last = max(last, finish[endpoint])
    return finish, last


def _injection_ticks(mesh: Mesh, traffic: Traffic) -> int:
    source_ticks = mesh.link_ticks if mesh.grant_occupies == "both" else 1
    counts = np.diff(traffic.first)
    sends = counts > 0
    starts = traffic.inject_ticks[traffic.first[:-1][sends]]
    return int((starts + (counts[sends] - 1) * source_ticks + mesh.local_ticks).max(initial=0))


def _link_ticks(mesh: Mesh, links: Array) -> int:
    hop = np.array([mesh.hop_ew_ticks, mesh.hop_ew_ticks, mesh.hop_ns_ticks, mesh.hop_ns_ticks])
    return int(np.where(links > 0, (links - 1) * mesh.link_ticks + hop + mesh.local_ticks, 0).max())


def _link_packets(ends: Array) -> Array:
    """Packets over every outgoing link, (height, width, 4) int64, from how many more ways start than end at a tile."""
    links = np.empty_like(ends)
    links[:, :, EAST] = ends[:, :, EAST].cumsum(axis=1)
    links[:, :, WEST] = ends[:, ::-1, WEST].cumsum(axis=1)[:, ::-1]
    links[:, :, NORTH] = ends[:, :, NORTH].cumsum(axis=0)
    links[:, :, SOUTH] = ends[::-1, :, SOUTH].cumsum(axis=0)[::-1]
    return links

"""A lower bound on the time of a phase, from sums over its packets: injection, busiest link, busiest core.

No NoC that keeps the rules of :mod:`neurosim.chip.noc.packets` is faster, with queues of any depth. How much slower the
cycle-accurate one is, the bound does not say: label it as a bound wherever it is shown.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.noc.packets import EAST, NORTH, SOUTH, WEST, Traffic, TrafficSums, Transit, check_mesh
from neurosim.chip.spec import MeshSpec
from neurosim.kernels import kernel

Array = NDArray[np.int64]
FOLLOWS_PACKETS = False


def bound(mesh: MeshSpec, sums: TrafficSums, followed: Traffic) -> Transit:
    """Bound a phase from below by sums over its packets.

    ``elapsed_ticks`` is the largest of: the last packet's zero-load done tick; for each source, its first injection,
    one packet per tick (``link_ticks`` if grants occupy inputs) and ``local_ticks``; for each link, one packet per
    ``link_ticks``, its hop and ``local_ticks``; for each endpoint, the services of all its packets once it is ready
    and the first can have arrived, which is its entry of ``finish_ticks``. Nothing stalls.

    Parameters
    ----------
    mesh : MeshSpec
        Size and delays (ticks); queue depths do not matter.
    sums : TrafficSums
        The packets of the phase by flow.
    followed : Traffic
        The ready ticks, and as many of the packets as are to be followed one by one: their entry, grant, arrival and
        done ticks are those of a packet alone on the mesh.

    Returns
    -------
    Transit
        A bound: no tick of the real NoC is earlier.

    Raises
    ------
    DocumentError
        For a mesh that cannot be built.
    """
    check_mesh(mesh)
    links = np.zeros((mesh.tiles, 4), np.int64)
    finish, elapsed, within_tile, begun, sent = _travel(
        sums.source,
        sums.destination,
        sums.packets,
        sums.first_ticks,
        sums.done_ticks,
        sums.service_ticks,
        followed.ready_ticks,
        mesh.width,
        mesh.cores_per_tile + 1,
        mesh.hop_ew_ticks,
        mesh.hop_ns_ticks,
        mesh.local_ticks,
        links,
    )
    delays = (mesh.hop_ew_ticks, mesh.hop_ns_ticks, mesh.local_ticks, mesh.link_ticks, mesh.input_ticks)
    elapsed = max(elapsed, _injection_and_links(begun, sent, links, *delays))
    inject, arrival, done = _alone(mesh, followed)
    return Transit(
        entry_ticks=inject,
        grant_ticks=inject,
        arrival_ticks=arrival,
        done_ticks=done,
        stall_ticks=np.zeros(len(finish), np.int64),
        finish_ticks=finish,
        link_packets=links,
        packets=int(sums.packets.sum()),
        within_tile=int(within_tile),
        elapsed_ticks=int(elapsed),
    )


def _alone(mesh: MeshSpec, traffic: Traffic) -> tuple[Array, Array, Array]:
    """Return when each packet, alone on the mesh, is injected, has arrived and has been served; each (n,) int64."""
    y, x = np.divmod(np.arange(len(traffic.ready_ticks)) // (mesh.cores_per_tile + 1), mesh.width)
    source, destination = traffic.source, traffic.destination
    hops_ew, hops_ns = (np.abs(place[destination] - place[source]) for place in (x, y))
    arrival = traffic.inject_ticks + hops_ew * mesh.hop_ew_ticks + hops_ns * mesh.hop_ns_ticks + mesh.local_ticks
    done = np.maximum(arrival, traffic.ready_ticks[destination]) + traffic.service_ticks
    return traffic.inject_ticks.view(), arrival, done  # a view, which may be made read-only


@kernel
def _travel(
    source: Array,
    destination: Array,
    packets: Array,
    first: Array,
    done: Array,
    service: Array,
    ready: Array,
    width: int,
    locals_: int,
    hop_ew_ticks: int,
    hop_ns_ticks: int,
    local_ticks: int,
    links: Array,
) -> tuple[Array, int, int, Array, Array]:
    """Send each flow's packets as if they were alone, and every endpoint's packets through it one after the other.

    source to service : (flows,) int64; the columns of a :class:`TrafficSums`
    ready    : (endpoints,) int64; an endpoint serves nothing before
    width    : tiles along x; ``locals_`` : endpoints of a tile
    hop_ew_ticks to local_ticks : delays of the mesh
    links    : (tiles, 4) int64, zeros, written; packets over every outgoing link
    Returns finish (endpoints,) int64, the last of them, the packets that stay within a tile, and by source the first
    injection and the number of packets, (endpoints,) int64 each.
    """
    endpoints = len(ready)
    never = np.iinfo(np.int64).max
    begun, earliest = np.full(endpoints, never), np.full(endpoints, never)
    sent, services = np.zeros(endpoints, np.int64), np.zeros(endpoints, np.int64)
    finish = ready.copy()
    within_tile = elapsed = 0
    for flow in range(len(source)):
        if packets[flow] == 0:
            continue
        start, end = source[flow], destination[flow]
        # Zero load: XY distance at the delay of each hop, then into the core.
        y, x = divmod(start // locals_, width)
        to_y, to_x = divmod(end // locals_, width)
        path_ticks = abs(to_x - x) * hop_ew_ticks + abs(to_y - y) * hop_ns_ticks + local_ticks
        begun[start] = min(begun[start], first[flow])
        sent[start] += packets[flow]
        earliest[end] = min(earliest[end], first[flow] + path_ticks)
        services[end] += service[flow]
        finish[end] = max(finish[end], done[flow] + path_ticks)
        if x == to_x and y == to_y:
            within_tile += packets[flow]
        # XY route, x first: every link on it carries all packets of the flow.
        while x != to_x:
            links[x + width * y, EAST if to_x > x else WEST] += packets[flow]
            x += 1 if to_x > x else -1
        while y != to_y:
            links[x + width * y, NORTH if to_y > y else SOUTH] += packets[flow]
            y += 1 if to_y > y else -1
    # Service bound of each core: all its packets one after the other, once it is ready and the first has arrived.
    for endpoint in range(endpoints):
        if earliest[endpoint] < never:
            after_another = max(earliest[endpoint], ready[endpoint]) + services[endpoint]
            finish[endpoint] = max(finish[endpoint], after_another)
            elapsed = max(elapsed, finish[endpoint])
    return finish, elapsed, within_tile, begun, sent


@kernel
def _injection_and_links(
    begun: Array,
    sent: Array,
    links: Array,
    hop_ew_ticks: int,
    hop_ns_ticks: int,
    local_ticks: int,
    link_ticks: int,
    source_ticks: int,
) -> int:
    """Return the bound of the busiest source and the busiest link, in ticks.

    begun, sent : (endpoints,) int64; first injection and number of packets of each source
    links : (tiles, 4) int64; packets over every outgoing link
    """
    elapsed = 0
    # Injection bound of each source: one packet per source_ticks, the last one still has to enter a core.
    for endpoint in range(len(sent)):
        if sent[endpoint] > 0:
            elapsed = max(elapsed, begun[endpoint] + (sent[endpoint] - 1) * source_ticks + local_ticks)
    # Bandwidth bound of each link: one packet per link_ticks, the last one still has its hop to make.
    for tile in range(len(links)):
        for direction in range(4):
            if links[tile, direction] > 0:
                hop_ticks = hop_ew_ticks if direction < NORTH else hop_ns_ticks
                elapsed = max(elapsed, (links[tile, direction] - 1) * link_ticks + hop_ticks + local_ticks)
    return elapsed

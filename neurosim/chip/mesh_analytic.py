"""A lower bound on the time of a phase, without following any packet: injection, busiest link, busiest core.

No mesh that keeps the rules of :mod:`neurosim.chip.router` is quicker, with queues of any depth. How much slower the
exact mesh is, the bound does not say: label it as a bound wherever it is shown.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.router import EAST, NORTH, SOUTH, WEST, Traffic, Transit, transit
from neurosim.chip.spec import Mesh

Integers = NDArray[np.int32]


def carry(mesh: Mesh, traffic: Traffic) -> Transit:
    """Bound the phase from below.

    ``elapsed_ticks`` is the largest of: the last packet's zero-load done tick; for each source, its first injection,
    one packet per tick (``link_ticks`` if grants occupy inputs) and the way into a core; for each link, one packet per
    ``link_ticks``, its hop and the way into a core; for each endpoint, the services of all its packets after it is
    ready and the first can be there, which is its entry of ``finish_ticks``. Entry, grant, arrival and done ticks are
    those of a packet alone on the mesh; nothing stalls.
    """
    locals_ = mesh.cores_per_tile + 1
    from_y, from_x = np.divmod(traffic.source // locals_, mesh.width)
    to_y, to_x = np.divmod(traffic.destination // np.int32(locals_), mesh.width)
    ways = mesh.hop_ew_ticks * np.abs(to_x - from_x) + mesh.hop_ns_ticks * np.abs(to_y - from_y)
    inject = np.array(traffic.inject_ticks, np.int64)
    arrival = inject + ways + mesh.local_ticks
    done = np.maximum(arrival, traffic.ready_ticks[traffic.destination]) + traffic.service_ticks

    links = _link_packets(mesh, from_x, from_y, to_x, to_y)
    finish = _finish_ticks(traffic, arrival, done)
    bounds = [done.max(initial=0), _injection_ticks(mesh, traffic), _link_ticks(mesh, links)]
    bounds += [finish[traffic.destination].max(initial=0)]
    return transit(
        mesh,
        traffic,
        links,
        elapsed_ticks=int(max(bounds)),
        entry_ticks=inject,
        grant_ticks=inject.copy(),
        arrival_ticks=arrival,
        done_ticks=done,
        stall_ticks=np.zeros(len(finish), np.int64),
        finish_ticks=finish,
    )


def _injection_ticks(mesh: Mesh, traffic: Traffic) -> int:
    source_ticks = mesh.link_ticks if mesh.grant_occupies == "both" else 1
    counts = np.diff(traffic.first)
    sends = counts > 0
    starts = traffic.inject_ticks[traffic.first[:-1][sends]]
    return int((starts + (counts[sends] - 1) * source_ticks + mesh.local_ticks).max(initial=0))


def _link_ticks(mesh: Mesh, links: NDArray[np.int64]) -> int:
    hop = np.array([mesh.hop_ew_ticks, mesh.hop_ew_ticks, mesh.hop_ns_ticks, mesh.hop_ns_ticks])
    return int(np.where(links > 0, (links - 1) * mesh.link_ticks + hop + mesh.local_ticks, 0).max())


def _finish_ticks(traffic: Traffic, arrival: NDArray[np.int64], done: NDArray[np.int64]) -> NDArray[np.int64]:
    """When each endpoint can be done at the earliest, (endpoints,) int64."""
    endpoints = len(traffic.ready_ticks)
    earliest = np.full(endpoints, np.iinfo(np.int64).max)
    np.minimum.at(earliest, traffic.destination, arrival)
    served = np.bincount(traffic.destination, minlength=endpoints) > 0
    services = np.zeros(endpoints, np.int64)
    np.add.at(services, traffic.destination, traffic.service_ticks)
    finish = np.array(traffic.ready_ticks, np.int64)
    finish[served] = np.maximum(earliest, finish)[served] + services[served]
    np.maximum.at(finish, traffic.destination, done)
    return finish


def _link_packets(mesh: Mesh, from_x: Integers, from_y: Integers, to_x: Integers, to_y: Integers) -> NDArray[np.int64]:
    """Packets over every outgoing link, (tiles, 4) int64: each way adds 1 at its start and takes it at its end."""
    links = np.zeros((mesh.height, mesh.width, 4), np.int64)
    for direction, ways in ((EAST, to_x > from_x), (WEST, to_x < from_x)):
        np.add.at(links[:, :, direction], (from_y[ways], from_x[ways]), 1)
        np.add.at(links[:, :, direction], (from_y[ways], to_x[ways]), -1)
    for direction, ways in ((NORTH, to_y > from_y), (SOUTH, to_y < from_y)):
        np.add.at(links[:, :, direction], (from_y[ways], to_x[ways]), 1)
        np.add.at(links[:, :, direction], (to_y[ways], to_x[ways]), -1)
    links[:, :, EAST] = links[:, :, EAST].cumsum(axis=1)
    links[:, :, WEST] = links[:, ::-1, WEST].cumsum(axis=1)[:, ::-1]
    links[:, :, NORTH] = links[:, :, NORTH].cumsum(axis=0)
    links[:, :, SOUTH] = links[::-1, :, SOUTH].cumsum(axis=0)[::-1]
    return links.reshape(mesh.tiles, 4)

"""The NoC, a mesh between the cores: its rules, the packets that enter it and what it did with them.

**Endpoints.** A tile has ``cores_per_tile + 1`` local ports: slots ``0 .. cores_per_tile-1`` are its cores, the last
slot is a host port. Tile = x + width*y, endpoint = tile * (cores_per_tile + 1) + slot. An endpoint has an output
FIFO (``output_depth`` packets, 0 = unbounded), from which its packets enter the router in order, and an ejection
queue (``ejection_depth`` packets), which it serves one packet at a time, in the order of arrival.

**Routers.** Ports: 0 E (x+1), 1 W (x-1), 2 N (y+1), 3 S (y-1), 4 + slot local. Mesh input i is a FIFO of
``buffer_depth`` fed by the neighbour in direction i. XY routing: x first, then y, then the local port.

**A tick** has two phases: all routers decide from the state at the start of the tick, then all grants are applied.

* An input offers its head packet, to the one output that XY names, from the packet's ready tick on. With
  ``grant_occupies: both`` it offers nothing for ``link_ticks`` after a grant, else for one tick.
* An output that was not granted in the last ``link_ticks`` and whose queue beyond has room grants one offer.
* *Tie rule.* One round-robin pointer per output, 0 at first; the winner is the first offer in the cyclic order
  pointer, pointer + 1, ... over all inputs. A grant moves the pointer to winner + 1; nothing else moves it.
* A grant at tick t takes the packet from its input and makes it ready at the next router at t + hop, or lets it
  arrive at the core at t + ``local_ticks``. Its slot in the queue beyond is taken from tick t on.
* A FIFO slot is free again ``credit_ticks`` after its packet was granted onwards, and at least one tick after, since
  no router sees what another does in the same tick; an ejection slot, ``credit_ticks`` after the core was *done*
  with its packet. A busy core thus pushes back into the mesh.

XY routing into sinks that always drain cannot deadlock.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import cast

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.spec import LARGEST_SIDE, MOST_CORES_PER_TILE, MeshSpec
from neurosim.errors import DocumentError
from neurosim.kernels import kernel
from neurosim.plugins import resolve

PACKAGE = "neurosim.chip.noc"
NocModel = str
"""A fidelity of the NoC: ``cycle_accurate``, ``unbounded_queues``, ``lower_bound`` or the name of a plug-in."""
ALIASES: dict[str, NocModel] = {"exact": "cycle_accurate", "infinite": "unbounded_queues", "analytic": "lower_bound"}
"""Names that workloads of model version 4 and before gave the models; still accepted wherever a model is named."""
EAST, WEST, NORTH, SOUTH, LOCAL = range(5)
Ticks = NDArray[np.int64]

_LEAST = {"width": 1, "height": 1, "cores_per_tile": 1, "hop_ew_ticks": 1, "hop_ns_ticks": 1, "local_ticks": 0,
          "credit_ticks": 0, "buffer_depth": 1, "ejection_depth": 1, "output_depth": 0, "link_ticks": 1}  # fmt: skip
_MOST = {"width": LARGEST_SIDE, "height": LARGEST_SIDE, "cores_per_tile": MOST_CORES_PER_TILE}


@dataclass(frozen=True, eq=False)
class Traffic:
    """Packets of one phase, grouped by source endpoint, in the order each source sends them.

    first         : (endpoints + 1,) int64; packets first[e] .. first[e+1]-1 belong to source endpoint e
    destination   : (n,) int32; endpoint
    inject_ticks  : (n,) int64, >= 0 and non-decreasing per source; tick at which the packet would enter its
                    source's output FIFO if that were never full
    service_ticks : (n,) int64, >= 0; time its destination needs for it
    ready_ticks   : (endpoints,) int64, >= 0; an endpoint serves nothing before this tick
    """

    first: NDArray[np.int64]
    destination: NDArray[np.int32]
    inject_ticks: NDArray[np.int64]
    service_ticks: NDArray[np.int64]
    ready_ticks: NDArray[np.int64]

    @classmethod
    def none(cls, ready_ticks: NDArray[np.int64]) -> Traffic:
        """Return no packets at all, between endpoints that are ready at ``ready_ticks``."""
        ticks = np.zeros(0, np.int64)
        return cls(np.zeros(len(ready_ticks) + 1, np.int64), np.zeros(0, np.int32), ticks, ticks, ready_ticks)

    @property
    def packets(self) -> int:
        """Number of packets."""
        return len(self.destination)

    @property
    def source(self) -> NDArray[np.int32]:
        """Source endpoint of every packet, (n,) int32."""
        return np.repeat(np.arange(len(self.first) - 1, dtype=np.int32), np.diff(self.first))


@dataclass(frozen=True, eq=False)
class TrafficSums:
    """The packets of one phase, summed up by flow: from one source endpoint to one destination; all (flows,) int64.

    ``packets`` may be 0, and several flows may share their endpoints. ``first_ticks`` is when the first packet is
    injected, ``done_ticks`` the largest sum of a packet's inject and service ticks, ``service_ticks`` the sum of all
    services.
    """

    source: NDArray[np.int64]
    destination: NDArray[np.int64]
    packets: NDArray[np.int64]
    first_ticks: NDArray[np.int64]
    done_ticks: NDArray[np.int64]
    service_ticks: NDArray[np.int64]

    def services(self, endpoints: int) -> NDArray[np.int64]:
        """Return (endpoints,) int64: the service ticks of all packets to each endpoint."""
        services = np.zeros(endpoints, np.int64)
        np.add.at(services, self.destination, self.service_ticks)
        return services


@dataclass(frozen=True, eq=False)
class Transit:
    """What the NoC did with the packets of one phase; ticks count from its start, arrays are read-only.

    n is the number of packets that were followed one by one, 0 where they were only added up.

    entry_ticks   : (n,) int64; the packet entered its source's output FIFO
    grant_ticks   : (n,) int64; it left that FIFO for the router
    arrival_ticks : (n,) int64; it reached its destination endpoint
    done_ticks    : (n,) int64; that endpoint had served it
    stall_ticks   : (endpoints,) int64; by which the source's sending was delayed in all, its output FIFO being full
    finish_ticks  : (endpoints,) int64; done tick of the last packet served, ready_ticks where there was none
    link_packets  : (tiles, 4) int64; packets over each outgoing link E, W, N, S
    packets       : all of them, followed or not
    within_tile   : packets whose source and destination share a tile
    elapsed_ticks : last done tick, 0 without packets
    """

    entry_ticks: NDArray[np.int64]
    grant_ticks: NDArray[np.int64]
    arrival_ticks: NDArray[np.int64]
    done_ticks: NDArray[np.int64]
    stall_ticks: NDArray[np.int64]
    finish_ticks: NDArray[np.int64]
    link_packets: NDArray[np.int64]
    packets: int
    within_tile: int
    elapsed_ticks: int

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def hops_ew(self) -> int:
        """Hops of all packets from tile to tile, east or west."""
        return int(self.link_packets[:, :2].sum())

    @property
    def hops_ns(self) -> int:
        """Hops of all packets from tile to tile, north or south."""
        return int(self.link_packets[:, 2:].sum())

    @property
    def routers(self) -> int:
        """Router passages: one for each packet, and one more for each hop."""
        return self.packets + int(self.link_packets.sum())


def canonical_model(name: str) -> NocModel:
    """Return the NoC model of a ``name`` or alias; a name that is neither is returned as it is.

    The one place that knows the aliases: whoever takes a model from a user or a caller passes it through here.
    """
    return ALIASES.get(name, name)


def carry(mesh: MeshSpec, traffic: Traffic, model: str = "cycle_accurate") -> Transit:
    """Carry the packets of one phase through the mesh, by a model that follows each of them.

    Parameters
    ----------
    mesh : MeshSpec
        Size, delays (ticks) and queue depths (packets) of the mesh.
    traffic : Traffic
        The packets of the phase, by source endpoint.
    model : str
        ``cycle_accurate`` follows packets through every router (:mod:`neurosim.chip.noc.cycle_accurate`),
        ``unbounded_queues`` through queues that never fill (:mod:`neurosim.chip.noc.unbounded_queues`).

    Returns
    -------
    Transit
        When each packet moved, and what it did to links and endpoints; ticks from the start of the phase.

    Raises
    ------
    DocumentError
        For a mesh that cannot be built.
    ValueError
        For traffic that does not fit the mesh.
    """
    check_mesh(mesh)
    check_traffic(mesh, traffic)
    transit: Transit = noc_module(canonical_model(model)).carry(mesh, traffic)
    return transit


def noc_module(model: NocModel) -> ModuleType:
    """Return the module of a ``model``, whose ``FOLLOWS_PACKETS`` says what it works with.

    It has ``carry(mesh, traffic)`` if it does, else ``bound(mesh, sums, followed)``; both return a :class:`Transit`.
    """
    return cast(ModuleType, resolve(PACKAGE, model))


def transit(mesh: MeshSpec, traffic: Traffic, link_packets: NDArray[np.int64], **ticks: NDArray[np.int64]) -> Transit:
    """Return the Transit of packets that were followed one by one, with the counts that follow from them."""
    return Transit(
        link_packets=link_packets,
        packets=traffic.packets,
        within_tile=count_within_tile(traffic.first, traffic.destination, mesh.cores_per_tile + 1),
        elapsed_ticks=int(ticks["done_ticks"].max(initial=0)),
        **ticks,
    )


def check_mesh(mesh: MeshSpec) -> None:
    """Raise DocumentError, naming every field of ``mesh`` that is out of range."""
    problems = [
        f"mesh.{field}: {getattr(mesh, field):,} is less than {least:,}"
        for field, least in _LEAST.items()
        if getattr(mesh, field) < least
    ]
    problems += [
        f"mesh.{field}: {getattr(mesh, field):,} is more than {most:,}"
        for field, most in _MOST.items()
        if getattr(mesh, field) > most
    ]
    if problems:
        raise DocumentError("\n".join(problems))


def check_traffic(mesh: MeshSpec, traffic: Traffic) -> None:
    """Raise ValueError if ``traffic`` names endpoints that ``mesh`` lacks, or a source goes back in time."""
    endpoints = mesh.tiles * (mesh.cores_per_tile + 1)
    first, packets = traffic.first, traffic.packets
    if len(first) != endpoints + 1 or len(traffic.ready_ticks) != endpoints:
        raise ValueError(f"traffic of {len(first) - 1:,} endpoints on a mesh of {endpoints:,}")
    if first[0] != 0 or first[-1] != packets or (np.diff(first) < 0).any():
        raise ValueError(f"first must rise from 0 to the {packets:,} packets")
    if len(traffic.inject_ticks) != packets or len(traffic.service_ticks) != packets:
        raise ValueError(f"{packets:,} packets need as many inject and service ticks")
    if packets >= 2**31:
        raise ValueError(f"{packets:,} packets in one phase; the mesh numbers them with 31 bits")
    outside, negative, back = find_misplaced(
        first, traffic.destination, traffic.inject_ticks, traffic.service_ticks, traffic.ready_ticks
    )
    if outside:
        raise ValueError(f"a destination is not one of the {endpoints:,} endpoints")
    if negative:
        raise ValueError("ticks must not be negative")
    if back:
        raise ValueError("inject ticks of a source must not decrease")


@kernel
def find_misplaced(
    first: Ticks, destination: NDArray[np.int32], inject: Ticks, service: Ticks, ready: Ticks
) -> tuple[bool, bool, bool]:
    """Return whether any destination is no endpoint, any tick is negative, and any source goes back in time."""
    outside = negative = back = False
    for endpoint in range(len(ready)):
        negative |= ready[endpoint] < 0
        # A source injects in the order of its packets: the router never has to look behind the head of its FIFO.
        before = inject[first[endpoint]] if first[endpoint] < first[endpoint + 1] else 0
        for packet in range(first[endpoint], first[endpoint + 1]):
            outside |= destination[packet] < 0 or destination[packet] >= len(ready)
            negative |= inject[packet] < 0 or service[packet] < 0
            back |= inject[packet] < before
            before = inject[packet]
    return outside, negative, back


@kernel
def count_within_tile(first: Ticks, destination: NDArray[np.int32], locals_: int) -> int:
    """Return how many packets stay within the tile that they come from; a tile has ``locals_`` endpoints."""
    count = 0
    # Endpoints of a tile are consecutive, so all of its packets lie in one range.
    for tile in range((len(first) - 1) // locals_):
        begin, end = tile * locals_, (tile + 1) * locals_
        for packet in range(first[begin], first[end]):
            count += begin <= destination[packet] < end
    return count

"""The state of the routers of the cycle-accurate NoC: ports, queues and the time wheel, as tuples of flat arrays.

The kernels of :mod:`neurosim.chip.noc.cycle_accurate` work on these. Numba does not see a change of this file when it
decides whether cached code is stale: change ``NEVER`` or a field here only together with the kernels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.noc.packets import LOCAL, Traffic
from neurosim.chip.spec import MeshSpec

NEVER = 2**62  # later than any tick of a phase, and still an int64 after a delay is added
FIFO_BYTES, EJECTION_BYTES = 17, 8  # a slot of a router input: tick, word, output (8 + 8 + 1); of a core: tick

Ticks = NDArray[np.int64]
Integers = NDArray[np.int32]
PortNumbers = NDArray[np.int8]


class RouterGrid(NamedTuple):
    """Sizes and delays of the mesh; (4,) and (tiles,) arrays are int64."""

    tiles: int
    ports: int
    locals: int
    depth: int
    ejection_depth: int
    output_depth: int
    local_ticks: int
    fifo_credit_ticks: int  # at least 1: no router sees what another does in the same tick
    ejection_credit_ticks: int
    output_ticks: int  # least time between two grants of an output
    input_ticks: int  # ... of a mesh input
    source_ticks: int  # ... of a source
    hop_ticks: Ticks  # by direction
    step: Ticks  # tile number of the neighbour minus this tile's own, by direction
    x: Ticks
    y: Ticks


class Ports(NamedTuple):
    """Both sides of every port, [router * ports + port]."""

    head_tick: Ticks  # the input's head packet is on offer from then on; NEVER: there is none
    rest_tick: Ticks  # the input offers nothing before
    open_tick: Ticks  # the output grants nothing before; NEVER: not until its full FIFO is popped
    link_tick: Ticks  # ... even if there is room
    head_output: PortNumbers  # the output that the head asks for
    pointer: PortNumbers  # of the output's round robin
    waiting: Ticks  # (tiles,) bits: outputs with an offer and a full FIFO, to be woken when a slot is freed
    offers: Ticks  # (ports,) bits: inputs that offer to this output, during a visit


class Fifos(NamedTuple):
    """The queue of every mesh input, [router * 4 + input]; its slots, [(router * 4 + input) * depth + slot]."""

    head: Integers
    tail: Integers
    held: Integers
    tick: Ticks  # from then on the slot's packet is ready or, without one, the slot is free
    word: Ticks
    output: PortNumbers  # port that the packet will ask for


class Endpoints(NamedTuple):
    """The queues at both ends, [endpoint]."""

    word: Ticks  # x << 32 | y << 44 | slot << 56 of the endpoint; with a packet's number, that packet's word
    ahead: Ticks  # packet at the head of the output FIFO
    last: Ticks  # one past the source's last packet
    stall_ticks: Ticks
    finish_ticks: Ticks
    tail: Integers  # of the ejection queue
    free_tick: Ticks  # [endpoint * ejection_depth + slot]; known as soon as the slot is taken


class Packets(NamedTuple):
    """Destination and ticks of each packet, [packet]."""

    destination: Integers
    service_ticks: Ticks
    entry_ticks: Ticks  # inject ticks until the source gets there
    grant_ticks: Ticks
    arrival_ticks: Ticks
    done_ticks: Ticks


class TimeWheel(NamedTuple):
    """Which routers to visit when: a page of PAGE ticks, and one alarm per router for everything later.

    The earliest alarm is enough: a visit looks at all inputs and asks for the next visit itself.
    """

    page: Ticks  # (PAGE, words) bits: routers to visit
    filled: Ticks  # (PAGE / 64,) bits: ticks with any
    alarm: Ticks  # (tiles,)


def queue_bytes(mesh: MeshSpec, packets: int) -> int:
    """Return the host memory in bytes for all queues of ``mesh`` in a phase of so many ``packets``."""
    fifos = mesh.tiles * 4 * _slots(mesh.buffer_depth, packets) * FIFO_BYTES
    return fifos + mesh.tiles * (mesh.cores_per_tile + 1) * _slots(mesh.ejection_depth, packets) * EJECTION_BYTES


def _slots(depth: int, packets: int) -> int:
    """Return the slots of a queue worth simulating: with one more than there are packets it never fills."""
    return min(depth, packets + 1)


def router_grid(mesh: MeshSpec, source_gap_ticks: int, packets: int) -> RouterGrid:
    """Return the sizes and delays of a mesh through which so many ``packets`` go."""
    return RouterGrid(
        tiles=mesh.tiles,
        ports=LOCAL + mesh.cores_per_tile + 1,
        locals=mesh.cores_per_tile + 1,
        depth=_slots(mesh.buffer_depth, packets),
        ejection_depth=_slots(mesh.ejection_depth, packets),
        output_depth=mesh.output_depth,
        local_ticks=mesh.local_ticks,
        fifo_credit_ticks=max(mesh.credit_ticks, 1),
        ejection_credit_ticks=mesh.credit_ticks,
        output_ticks=mesh.link_ticks,
        input_ticks=mesh.input_ticks,
        source_ticks=max(mesh.input_ticks, source_gap_ticks),
        hop_ticks=np.array([mesh.hop_ew_ticks, mesh.hop_ew_ticks, mesh.hop_ns_ticks, mesh.hop_ns_ticks]),
        step=np.array([1, -1, mesh.width, -mesh.width]),
        x=np.arange(mesh.tiles) % mesh.width,
        y=np.arange(mesh.tiles) // mesh.width,
    )


def router_ports(grid: RouterGrid) -> Ports:
    """Return the ports of all routers: nothing on offer, every output open."""
    ports = grid.tiles * grid.ports
    head, rest, open_tick, link = np.zeros((4, ports), np.int64)
    head[:] = NEVER
    output, pointer = np.zeros((2, ports), np.int8)
    waiting, offers = np.zeros(grid.tiles, np.int64), np.zeros(grid.ports, np.int64)
    return Ports(head, rest, open_tick, link, output, pointer, waiting, offers)


def router_fifos(grid: RouterGrid) -> Fifos:
    """Return the queues of all router inputs, empty."""
    head, tail, held = np.zeros((3, grid.tiles * 4), np.int32)
    tick, word = np.zeros((2, grid.tiles * 4 * grid.depth), np.int64)
    return Fifos(head, tail, held, tick, word, np.zeros(len(tick), np.int8))


def endpoint_queues(traffic: Traffic, grid: RouterGrid) -> Endpoints:
    """Return the queues at both ends: each source at its first packet, each core ready to serve."""
    tile, slot = np.divmod(np.arange(grid.tiles * grid.locals), grid.locals)
    return Endpoints(
        word=grid.x[tile] << 32 | grid.y[tile] << 44 | slot << 56,
        ahead=np.array(traffic.first[:-1], np.int64),
        last=np.array(traffic.first[1:], np.int64),
        stall_ticks=np.zeros(len(tile), np.int64),
        finish_ticks=np.array(traffic.ready_ticks, np.int64),
        tail=np.zeros(len(tile), np.int32),
        free_tick=np.zeros(len(tile) * grid.ejection_depth, np.int64),
    )

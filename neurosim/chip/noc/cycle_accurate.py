"""The exact mesh: every packet through every router, with finite queues.

The rules are those of :mod:`neurosim.chip.noc.packets`. No router is visited without cause: a time wheel holds, for
each tick, the routers to be woken. Whatever a grant at tick t changes elsewhere carries a tick later than t (from when
a packet is ready, from when a slot is free), so grants are applied at once and the order of visits within a tick cannot
be seen: one pass has the effect of the two phases.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
from llvmlite import ir
from numba.extending import intrinsic
from numpy.typing import NDArray

from neurosim.chip.noc.packets import LOCAL, Traffic, Transit, transit
from neurosim.chip.spec import MeshSpec
from neurosim.kernels import kernel

FOLLOWS_PACKETS = True
NEVER = 2**62
PAGE_BITS = 9
PAGE = 1 << PAGE_BITS  # ticks on the face of the clock
NUMBER = 2**32 - 1  # the low half of a packet's word
FIFO_BYTES, EJECTION_BYTES = 17, 8  # of a slot: tick, word and output of a mesh input's, tick of a core's

Ticks = NDArray[np.int64]
Integers = NDArray[np.int32]
PortNumbers = NDArray[np.int8]


class RouterGrid(NamedTuple):
    """The mesh in numbers; (4,) and (tiles,) arrays are int64."""

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
    step: Ticks  # tile number of the neighbour minus one's own, by direction
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
    waiting: Ticks  # (tiles,) bits: outputs with an offer and a full FIFO, which a pop has to wake
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
    """What is known of each packet, [packet]."""

    destination: Integers
    service_ticks: Ticks
    entry_ticks: Ticks  # inject ticks until the source gets there
    grant_ticks: Ticks
    arrival_ticks: Ticks
    done_ticks: Ticks


class TimeWheel(NamedTuple):
    """Which routers to visit when: a face of PAGE ticks, and one alarm per router for all that is beyond.

    One alarm is enough, the earliest: a visit looks at all inputs and asks for the next one.
    """

    page: Ticks  # (PAGE, words) bits: routers to visit
    filled: Ticks  # (PAGE / 64,) bits: ticks with any
    alarm: Ticks  # (tiles,)


def carry(mesh: MeshSpec, traffic: Traffic, source_gap_ticks: int = 1) -> Transit:
    """Follow every packet of ``traffic`` through ``mesh``.

    ``source_gap_ticks`` is the least time between two grants of one source; injection ticks normally say it all.
    """
    grid = _grid(mesh, source_gap_ticks, traffic.packets)
    ends = _endpoints(traffic, grid)
    packets = Packets(
        np.array(traffic.destination, np.int32),
        np.array(traffic.service_ticks, np.int64),
        np.array(traffic.inject_ticks, np.int64),
        *np.zeros((3, traffic.packets), np.int64),
    )
    page = np.zeros((PAGE, (mesh.tiles + 63) // 64), np.int64)
    clock = TimeWheel(page, np.zeros(PAGE // 64, np.int64), np.full(mesh.tiles, NEVER))
    links = np.zeros((mesh.tiles, 4), np.int64)
    _run(grid, _ports(grid), _fifos(grid), ends, packets, clock, links)
    return transit(
        mesh,
        traffic,
        links,
        entry_ticks=packets.entry_ticks,
        grant_ticks=packets.grant_ticks,
        arrival_ticks=packets.arrival_ticks,
        done_ticks=packets.done_ticks,
        stall_ticks=ends.stall_ticks,
        finish_ticks=ends.finish_ticks,
    )


def queue_bytes(mesh: MeshSpec, packets: int) -> int:
    """Return the bytes that all queues of ``mesh`` take while a phase of so many ``packets`` is followed."""
    fifos = mesh.tiles * 4 * _depth(mesh.buffer_depth, packets) * FIFO_BYTES
    return fifos + mesh.tiles * (mesh.cores_per_tile + 1) * _depth(mesh.ejection_depth, packets) * EJECTION_BYTES


def _depth(depth: int, packets: int) -> int:
    """Return the slots of a queue that can matter: one more than there are packets is never taken twice."""
    return min(depth, packets + 1)


def _grid(mesh: MeshSpec, source_gap_ticks: int, packets: int) -> RouterGrid:
    return RouterGrid(
        tiles=mesh.tiles,
        ports=LOCAL + mesh.cores_per_tile + 1,
        locals=mesh.cores_per_tile + 1,
        depth=_depth(mesh.buffer_depth, packets),
        ejection_depth=_depth(mesh.ejection_depth, packets),
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


def _ports(grid: RouterGrid) -> Ports:
    ports = grid.tiles * grid.ports
    head, rest, opening, link = np.zeros((4, ports), np.int64)
    head[:] = NEVER
    output, pointer = np.zeros((2, ports), np.int8)
    waiting, offers = np.zeros(grid.tiles, np.int64), np.zeros(grid.ports, np.int64)
    return Ports(head, rest, opening, link, output, pointer, waiting, offers)


def _fifos(grid: RouterGrid) -> Fifos:
    head, tail, held = np.zeros((3, grid.tiles * 4), np.int32)
    tick, word = np.zeros((2, grid.tiles * 4 * grid.depth), np.int64)
    return Fifos(head, tail, held, tick, word, np.zeros(len(tick), np.int8))


def _endpoints(traffic: Traffic, grid: RouterGrid) -> Endpoints:
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


def _count_trailing_zeros(typing_context, word):
    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return numba.int64(numba.int64), generate


# The kernel creates no array, so it needs no reference counts; without them arrays in tuples pass for free (15 x).
_kernel: Any = kernel(_nrt=False)
_inlined: Any = kernel(_nrt=False, forceinline=True)
_lowest: Any = intrinsic(_count_trailing_zeros)  # position of the lowest bit of an int64 that is not 0


@_kernel
def _run(grid, ports, fifos, ends, packets, clock, links):
    """Start the sources, then turn the clock until it is empty."""
    for endpoint in range(grid.tiles * grid.locals):
        router = endpoint // grid.locals
        port = router * grid.ports + LOCAL + endpoint - router * grid.locals
        _show_next(router, port, endpoint, 0, grid, ports, ends, packets)
        clock.alarm[router] = min(clock.alarm[router], ports.head_tick[port])
    while True:
        earliest = NEVER
        for router in range(grid.tiles):
            earliest = min(earliest, clock.alarm[router])
        if earliest == NEVER:
            break
        page_start = earliest >> PAGE_BITS << PAGE_BITS
        for router in range(grid.tiles):
            tick = clock.alarm[router]
            if tick < page_start + PAGE:
                clock.alarm[router] = NEVER
                _wake(router, tick, page_start, clock)
        for part in range(PAGE // 64):
            while clock.filled[part] != 0:
                bit = _lowest(clock.filled[part])
                clock.filled[part] ^= 1 << bit
                hand = part * 64 + bit
                for block in range(clock.page.shape[1]):
                    routers = clock.page[hand, block]
                    clock.page[hand, block] = 0
                    while routers != 0:
                        bit = _lowest(routers)
                        routers ^= 1 << bit
                        router = block * 64 + bit
                        _visit(router, page_start + hand, grid, ports, fifos, ends, packets, clock, links)


@_inlined
def _wake(router, tick, now, clock):
    """Have ``router`` visited at ``tick``."""
    if tick >> PAGE_BITS == now >> PAGE_BITS:
        hand = tick & (PAGE - 1)
        clock.page[hand, router >> 6] |= 1 << (router & 63)
        clock.filled[hand >> 6] |= 1 << (hand & 63)
    elif tick < clock.alarm[router]:
        clock.alarm[router] = tick


@_inlined
def _visit(router, now, grid, ports, fifos, ends, packets, clock, links):
    """Let every output of ``router`` grant what it can at tick ``now``, and ask for the next visit."""
    base = router * grid.ports
    next_tick = NEVER
    asked = 0
    for i in range(grid.ports):
        tick = ports.head_tick[base + i]
        if tick <= now:
            output = ports.head_output[base + i]
            ports.offers[output] |= 1 << i
            asked |= 1 << output
        elif tick < next_tick:
            next_tick = tick

    while asked != 0:
        output = _lowest(asked)
        asked ^= 1 << output
        out = base + output
        offers = ports.offers[output]
        ports.offers[output] = 0
        if ports.open_tick[out] <= now:
            from_pointer = offers >> ports.pointer[out] << ports.pointer[out]
            winner = _lowest(from_pointer if from_pointer != 0 else offers)
            ports.pointer[out] = winner + 1
            offers ^= 1 << winner
            if winner < LOCAL:
                word = _pop(router, winner, now, grid, ports, fifos, clock)
            else:
                word = _send(router, winner, now, grid, ports, ends, packets)
            next_tick = min(next_tick, ports.head_tick[base + winner])
            if output < LOCAL:
                _push(router, output, word, now, grid, ports, fifos, clock)
                links[router, output] += 1
            else:
                _eject(router, output, word, now, grid, ports, ends, packets)
        if offers != 0:
            if ports.open_tick[out] == NEVER:
                ports.waiting[router] |= 1 << output
            else:
                next_tick = min(next_tick, ports.open_tick[out])

    if next_tick != NEVER:
        _wake(router, next_tick, now, clock)


@_inlined
def _pop(router, side, now, grid, ports, fifos, clock):
    """Take the head packet of a mesh input; returns its word."""
    queue = router * 4 + side
    port = router * grid.ports + side
    at = queue * grid.depth + fifos.head[queue]
    word = fifos.word[at]
    fifos.tick[at] = now + grid.fifo_credit_ticks
    if fifos.held[queue] == grid.depth:
        feeder = router + grid.step[side]
        feed = feeder * grid.ports + (side ^ 1)
        ports.open_tick[feed] = max(ports.link_tick[feed], fifos.tick[at])
        if (ports.waiting[feeder] >> (side ^ 1)) & 1:
            ports.waiting[feeder] ^= 1 << (side ^ 1)
            _wake(feeder, ports.open_tick[feed], now, clock)
    fifos.held[queue] -= 1
    fifos.head[queue] = fifos.head[queue] + 1 if fifos.head[queue] + 1 < grid.depth else 0
    ports.rest_tick[port] = now + grid.input_ticks
    ports.head_tick[port] = NEVER
    if fifos.held[queue] > 0:
        at = queue * grid.depth + fifos.head[queue]
        ports.head_tick[port] = max(fifos.tick[at], ports.rest_tick[port])
        ports.head_output[port] = fifos.output[at]
    return word


@_inlined
def _send(router, side, now, grid, ports, ends, packets):
    """Take the head packet of a source, let another into its output FIFO; returns the word of the former."""
    endpoint = router * grid.locals + side - LOCAL
    packet = ends.ahead[endpoint]
    packets.grant_ticks[packet] = now
    entering = packet + grid.output_depth
    if grid.output_depth > 0 and entering < ends.last[endpoint]:
        due = packets.entry_ticks[entering] + ends.stall_ticks[endpoint]
        packets.entry_ticks[entering] = max(due, now)
        ends.stall_ticks[endpoint] += packets.entry_ticks[entering] - due
    ends.ahead[endpoint] = packet + 1
    port = router * grid.ports + side
    _show_next(router, port, endpoint, now + grid.source_ticks, grid, ports, ends, packets)
    return ends.word[packets.destination[packet]] | packet


@_inlined
def _show_next(router, port, endpoint, earliest, grid, ports, ends, packets):
    """Offer the next packet of a source, not before ``earliest``."""
    packet = ends.ahead[endpoint]
    ports.head_tick[port] = NEVER
    if packet < ends.last[endpoint]:
        ports.head_tick[port] = max(packets.entry_ticks[packet], earliest)
        ports.head_output[port] = _route(ends.word[packets.destination[packet]], router, grid)


@_inlined
def _push(router, direction, word, now, grid, ports, fifos, clock):
    """Put a packet into the FIFO of the neighbour, and see whether there is room for another."""
    neighbour = router + grid.step[direction]
    side = direction ^ 1
    queue = neighbour * 4 + side
    at = queue * grid.depth + fifos.tail[queue]
    fifos.word[at] = word
    fifos.tick[at] = now + grid.hop_ticks[direction]
    fifos.output[at] = _route(word, neighbour, grid)
    fifos.held[queue] += 1
    fifos.tail[queue] = fifos.tail[queue] + 1 if fifos.tail[queue] + 1 < grid.depth else 0
    if fifos.held[queue] == 1:
        port = neighbour * grid.ports + side
        ports.head_tick[port] = max(fifos.tick[at], ports.rest_tick[port])
        ports.head_output[port] = fifos.output[at]
        _wake(neighbour, ports.head_tick[port], now, clock)
    out = router * grid.ports + direction
    ports.link_tick[out] = now + grid.output_ticks
    ports.open_tick[out] = NEVER
    if fifos.held[queue] < grid.depth:
        ports.open_tick[out] = max(ports.link_tick[out], fifos.tick[queue * grid.depth + fifos.tail[queue]])


@_inlined
def _eject(router, output, word, now, grid, ports, ends, packets):
    """Let a packet arrive at its endpoint, which serves it when it can, and see when a slot is free again."""
    endpoint = router * grid.locals + output - LOCAL
    packet = word & NUMBER
    arrival = now + grid.local_ticks
    done = max(arrival, ends.finish_ticks[endpoint]) + packets.service_ticks[packet]
    packets.arrival_ticks[packet] = arrival
    packets.done_ticks[packet] = done
    ends.finish_ticks[endpoint] = done
    queue = endpoint * grid.ejection_depth
    ends.free_tick[queue + ends.tail[endpoint]] = done + grid.ejection_credit_ticks
    ends.tail[endpoint] = ends.tail[endpoint] + 1 if ends.tail[endpoint] + 1 < grid.ejection_depth else 0
    out = router * grid.ports + output
    ports.open_tick[out] = max(now + grid.output_ticks, ends.free_tick[queue + ends.tail[endpoint]])


@_inlined
def _route(word, router, grid):
    """Output port that XY names, at ``router``, for the packet of this word."""
    east = ((word >> 32) & 0xFFF) - grid.x[router]
    if east != 0:
        return 0 if east > 0 else 1
    north = ((word >> 44) & 0xFFF) - grid.y[router]
    if north != 0:
        return 2 if north > 0 else 3
    return LOCAL + (word >> 56)

"""The cycle-accurate NoC: every packet through every router, with finite queues.

The rules are those of :mod:`neurosim.chip.noc.packets`. No router is visited without cause: a time wheel holds the
routers to be woken in each tick. Whatever a grant at tick t changes elsewhere takes effect later than t (a packet's
ready tick, a slot's free tick), so grants are applied at once and the order of visits within a tick has no effect: one
pass does the work of the two phases.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numba
import numpy as np
from llvmlite import ir
from numba.extending import intrinsic
from numpy.typing import NDArray

from neurosim.chip.noc.packets import LOCAL, Traffic, Transit, transit
from neurosim.chip.noc.router_state import (
    NEVER,
    Endpoints,
    Fifos,
    Packets,
    Ports,
    RouterGrid,
    TimeWheel,
    endpoint_queues,
    router_fifos,
    router_grid,
    router_ports,
)
from neurosim.chip.spec import MeshSpec
from neurosim.kernels import kernel

FOLLOWS_PACKETS = True
PAGE_BITS = 9
PAGE = 1 << PAGE_BITS  # ticks that the time wheel holds at once
NUMBER = 2**32 - 1  # the low half of a packet's word

Ticks = NDArray[np.int64]


def carry(mesh: MeshSpec, traffic: Traffic, source_gap_ticks: int = 1) -> Transit:
    """Follow every packet of ``traffic`` through ``mesh``.

    Parameters
    ----------
    mesh : MeshSpec
        Size, delays (ticks) and queue depths (packets).
    traffic : Traffic
        The packets of one phase.
    source_gap_ticks : int
        Least time between two grants of one source; 1 where injection ticks alone space the packets.

    Returns
    -------
    Transit
        Ticks of every packet, stalls of the sources, packets over each link.
    """
    grid = router_grid(mesh, source_gap_ticks, traffic.packets)
    ends = endpoint_queues(traffic, grid)
    packets = Packets(
        np.array(traffic.destination, np.int32),
        np.array(traffic.service_ticks, np.int64),
        np.array(traffic.inject_ticks, np.int64),
        *np.zeros((3, traffic.packets), np.int64),
    )
    page = np.zeros((PAGE, (mesh.tiles + 63) // 64), np.int64)
    wheel = TimeWheel(page, np.zeros(PAGE // 64, np.int64), np.full(mesh.tiles, NEVER))
    links = np.zeros((mesh.tiles, 4), np.int64)
    _run(grid, router_ports(grid), router_fifos(grid), ends, packets, wheel, links)
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


def _count_trailing_zeros(typing_context: Any, word: Any) -> tuple[Any, Callable[..., Any]]:
    """Make numba's ``_lowest`` out of the processor's own instruction."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return numba.int64(numba.int64), generate


# The kernels create no array, so they need no reference counts; without them arrays in tuples pass for free (15 x).
_kernel = kernel(_nrt=False)
_inlined = kernel(_nrt=False, forceinline=True)
# Position of the lowest set bit of an int64 that is not 0.
_lowest = cast(Callable[[int], int], intrinsic(_count_trailing_zeros))


@_kernel
def _run(
    grid: RouterGrid, ports: Ports, fifos: Fifos, ends: Endpoints, packets: Packets, wheel: TimeWheel, links: Ticks
) -> None:
    """Start the sources, then turn the time wheel until it is empty."""
    for endpoint in range(grid.tiles * grid.locals):
        router = endpoint // grid.locals
        port = router * grid.ports + LOCAL + endpoint - router * grid.locals
        _offer_next(router, port, endpoint, 0, grid, ports, ends, packets)
        wheel.alarm[router] = min(wheel.alarm[router], ports.head_tick[port])
    while True:
        # Next page of the wheel: the one with the earliest alarm, so that idle time costs nothing.
        earliest = NEVER
        for router in range(grid.tiles):
            earliest = min(earliest, wheel.alarm[router])
        if earliest == NEVER:
            break
        page_start = earliest >> PAGE_BITS << PAGE_BITS
        for router in range(grid.tiles):
            tick = wheel.alarm[router]
            if tick < page_start + PAGE:
                wheel.alarm[router] = NEVER
                _wake(router, tick, page_start, wheel)
        # Tick by tick, router by router, by the lowest set bit; a visit may set later bits of this page.
        for part in range(PAGE // 64):
            while wheel.filled[part] != 0:
                bit = _lowest(wheel.filled[part])
                wheel.filled[part] ^= 1 << bit
                hand = part * 64 + bit
                for block in range(wheel.page.shape[1]):
                    routers = wheel.page[hand, block]
                    wheel.page[hand, block] = 0
                    while routers != 0:
                        bit = _lowest(routers)
                        routers ^= 1 << bit
                        router = block * 64 + bit
                        _visit(router, page_start + hand, grid, ports, fifos, ends, packets, wheel, links)


@_inlined
def _wake(router: int, tick: int, now: int, wheel: TimeWheel) -> None:
    """Have ``router`` visited at ``tick``."""
    # This page: a bit for the tick and the router. Later pages: only the earliest wake-up of each router is kept.
    if tick >> PAGE_BITS == now >> PAGE_BITS:
        hand = tick & (PAGE - 1)
        wheel.page[hand, router >> 6] |= 1 << (router & 63)
        wheel.filled[hand >> 6] |= 1 << (hand & 63)
    elif tick < wheel.alarm[router]:
        wheel.alarm[router] = tick


@_inlined
def _visit(
    router: int,
    now: int,
    grid: RouterGrid,
    ports: Ports,
    fifos: Fifos,
    ends: Endpoints,
    packets: Packets,
    wheel: TimeWheel,
    links: Ticks,
) -> None:
    """Let every output of ``router`` grant what it can at tick ``now``, and ask for the next visit."""
    base = router * grid.ports
    next_tick = NEVER
    asked = 0
    # Request: every input whose head packet is ready asks for its one output.
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
            # Round-robin arbitration: the first offer at or behind the pointer, else the first of all.
            from_pointer = offers >> ports.pointer[out] << ports.pointer[out]
            winner = _lowest(from_pointer if from_pointer != 0 else offers)
            ports.pointer[out] = winner + 1
            offers ^= 1 << winner
            if winner < LOCAL:
                word = _pop(router, winner, now, grid, ports, fifos, wheel)
            else:
                word = _send(router, winner, now, grid, ports, ends, packets)
            next_tick = min(next_tick, ports.head_tick[base + winner])
            # Switch traversal: over a link into the neighbour's FIFO, or down into a core.
            if output < LOCAL:
                _push(router, output, word, now, grid, ports, fifos, wheel)
                links[router, output] += 1
            else:
                _eject(router, output, word, now, grid, ports, ends, packets)
        # Offers left over wait for the output: until it may grant again, or for a credit of the full FIFO beyond.
        if offers != 0:
            if ports.open_tick[out] == NEVER:
                ports.waiting[router] |= 1 << output
            else:
                next_tick = min(next_tick, ports.open_tick[out])

    if next_tick != NEVER:
        _wake(router, next_tick, now, wheel)


@_inlined
def _pop(router: int, side: int, now: int, grid: RouterGrid, ports: Ports, fifos: Fifos, wheel: TimeWheel) -> int:
    """Take the head packet of a mesh input; returns its word."""
    queue = router * 4 + side
    port = router * grid.ports + side
    at = queue * grid.depth + fifos.head[queue]
    word: int = fifos.word[at]
    # Credit: the slot is free again after fifo_credit_ticks; a full FIFO had closed the feeding output until now.
    fifos.tick[at] = now + grid.fifo_credit_ticks
    if fifos.held[queue] == grid.depth:
        feeder = router + grid.step[side]
        feed = feeder * grid.ports + (side ^ 1)
        ports.open_tick[feed] = max(ports.link_tick[feed], fifos.tick[at])
        if (ports.waiting[feeder] >> (side ^ 1)) & 1:
            ports.waiting[feeder] ^= 1 << (side ^ 1)
            _wake(feeder, ports.open_tick[feed], now, wheel)
    fifos.held[queue] -= 1
    fifos.head[queue] = fifos.head[queue] + 1 if fifos.head[queue] + 1 < grid.depth else 0
    # The next packet becomes head of the FIFO; the input offers it when its own grant interval is over.
    ports.rest_tick[port] = now + grid.input_ticks
    ports.head_tick[port] = NEVER
    if fifos.held[queue] > 0:
        at = queue * grid.depth + fifos.head[queue]
        ports.head_tick[port] = max(fifos.tick[at], ports.rest_tick[port])
        ports.head_output[port] = fifos.output[at]
    return word


@_inlined
def _send(router: int, side: int, now: int, grid: RouterGrid, ports: Ports, ends: Endpoints, packets: Packets) -> int:
    """Take the head packet of a source and let another into its output FIFO; returns the word of the former."""
    endpoint = router * grid.locals + side - LOCAL
    packet = ends.ahead[endpoint]
    packets.grant_ticks[packet] = now
    # Back-pressure on the scan: the packet output_depth behind enters only now, and delays all after it as much.
    entering = packet + grid.output_depth
    if grid.output_depth > 0 and entering < ends.last[endpoint]:
        due = packets.entry_ticks[entering] + ends.stall_ticks[endpoint]
        packets.entry_ticks[entering] = max(due, now)
        ends.stall_ticks[endpoint] += packets.entry_ticks[entering] - due
    ends.ahead[endpoint] = packet + 1
    port = router * grid.ports + side
    _offer_next(router, port, endpoint, now + grid.source_ticks, grid, ports, ends, packets)
    word: int = ends.word[packets.destination[packet]] | packet
    return word


@_inlined
def _offer_next(
    router: int,
    port: int,
    endpoint: int,
    earliest: int,
    grid: RouterGrid,
    ports: Ports,
    ends: Endpoints,
    packets: Packets,
) -> None:
    """Offer the next packet of a source, not before ``earliest``."""
    packet = ends.ahead[endpoint]
    ports.head_tick[port] = NEVER
    if packet < ends.last[endpoint]:
        ports.head_tick[port] = max(packets.entry_ticks[packet], earliest)
        ports.head_output[port] = _route(ends.word[packets.destination[packet]], router, grid)


@_inlined
def _push(
    router: int, direction: int, word: int, now: int, grid: RouterGrid, ports: Ports, fifos: Fifos, wheel: TimeWheel
) -> None:
    """Put a packet into the FIFO of the neighbour, and close the output if that leaves no room."""
    neighbour = router + grid.step[direction]
    side = direction ^ 1  # E <-> W and N <-> S: the neighbour's input that faces this output
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
        _wake(neighbour, ports.head_tick[port], now, wheel)
    # The link is taken for output_ticks; the output stays closed until the FIFO beyond has a free slot.
    out = router * grid.ports + direction
    ports.link_tick[out] = now + grid.output_ticks
    ports.open_tick[out] = NEVER
    if fifos.held[queue] < grid.depth:
        ports.open_tick[out] = max(ports.link_tick[out], fifos.tick[queue * grid.depth + fifos.tail[queue]])


@_inlined
def _eject(
    router: int, output: int, word: int, now: int, grid: RouterGrid, ports: Ports, ends: Endpoints, packets: Packets
) -> None:
    """Deliver a packet to its endpoint, which serves it in turn, and note when its slot is free again."""
    endpoint = router * grid.locals + output - LOCAL
    packet = word & NUMBER
    # The synapse unit serves packets in the order of arrival, one at a time.
    arrival = now + grid.local_ticks
    done = max(arrival, ends.finish_ticks[endpoint]) + packets.service_ticks[packet]
    packets.arrival_ticks[packet] = arrival
    packets.done_ticks[packet] = done
    ends.finish_ticks[endpoint] = done
    queue = endpoint * grid.ejection_depth
    ends.free_tick[queue + ends.tail[endpoint]] = done + grid.ejection_credit_ticks
    ends.tail[endpoint] = ends.tail[endpoint] + 1 if ends.tail[endpoint] + 1 < grid.ejection_depth else 0
    # Back-pressure of a busy core: the output grants again once the oldest ejection slot is free.
    out = router * grid.ports + output
    ports.open_tick[out] = max(now + grid.output_ticks, ends.free_tick[queue + ends.tail[endpoint]])


@_inlined
def _route(word: int, router: int, grid: RouterGrid) -> int:
    """Return the output port of XY routing at ``router`` for this packet word: x first, then y, then the core."""
    east = ((word >> 32) & 0xFFF) - grid.x[router]
    if east != 0:
        return 0 if east > 0 else 1
    north = ((word >> 44) & 0xFFF) - grid.y[router]
    if north != 0:
        return 2 if north > 0 else 3
    return LOCAL + (word >> 56)

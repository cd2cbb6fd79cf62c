"""The exact mesh: every packet through every router, with finite queues.

The rules are those of :mod:`neurosim.chip.router`. No router is visited without cause: a clock holds, for each tick,
the routers to be woken. Whatever a grant at tick t changes elsewhere carries a tick later than t (a packet's ready
tick, the tick at which a slot is free), so grants are applied at once and the order of visits within a tick cannot
be seen: one pass has the effect of the two phases.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.extending import intrinsic

from neurosim.chip.router import Traffic, Transit
from neurosim.chip.spec import Mesh

NEVER = 2**62
PAGE = 512  # ticks; the clock face. Wake-ups beyond it wait as one alarm per router
ID = (
    2**32 - 1
)  # low half of a packet's word: its number; then x, y (12 bits each) and slot of its destination


def carry(mesh: Mesh, traffic: Traffic, source_gap_ticks: int = 1) -> Transit:
    """Follow every packet of ``traffic`` through ``mesh``.

    ``source_gap_ticks`` is the least time between two grants of one source; the injection ticks normally say it all.
    """
    locals_ = mesh.cores_per_tile + 1
    endpoints = mesh.tiles * locals_
    packets = traffic.packets
    tile, slot = np.divmod(np.arange(endpoints, dtype=np.int64), locals_)
    place = (tile % mesh.width) << 32 | (tile // mesh.width) << 44 | slot << 56

    entry = np.array(traffic.inject_ticks, dtype=np.int64)
    grant, arrival, done = (np.zeros(packets, np.int64) for _ in range(3))
    finish = np.array(traffic.ready_ticks, dtype=np.int64)
    stall = np.zeros(endpoints, np.int64)
    link_packets = np.zeros((mesh.tiles, 4), np.int64)
    within_tile = 0
    if packets:
        within_tile = _run(
            mesh.width,
            mesh.height,
            locals_,
            mesh.hop_ew_ticks,
            mesh.hop_ns_ticks,
            mesh.local_ticks,
            mesh.credit_ticks,
            mesh.buffer_depth,
            mesh.ejection_depth,
            mesh.output_depth,
            mesh.link_ticks,
            max(source_gap_ticks, mesh.link_ticks if mesh.grant_occupies == "both" else 1),
            mesh.link_ticks if mesh.grant_occupies == "both" else 1,
            np.array(traffic.first, dtype=np.int64),
            place,
            np.array(traffic.destination, dtype=np.int32),
            np.array(traffic.service_ticks, dtype=np.int64),
            entry,
            grant,
            arrival,
            done,
            finish,
            stall,
            link_packets,
        )
    hops_ew = int(link_packets[:, :2].sum())
    hops_ns = int(link_packets[:, 2:].sum())
    return Transit(
        entry_ticks=entry,
        grant_ticks=grant,
        arrival_ticks=arrival,
        done_ticks=done,
        stall_ticks=stall,
        finish_ticks=finish,
        link_packets=link_packets,
        hops_ew=hops_ew,
        hops_ns=hops_ns,
        within_tile=int(within_tile),
        routers=packets + hops_ew + hops_ns,
        elapsed_ticks=int(done.max()) if packets else 0,
    )


def _count_trailing_zeros(typing_context, word):
    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return numba.int64(numba.int64), generate


_lowest: Any = intrinsic(_count_trailing_zeros)  # position of the lowest bit of an int64 that is not 0


@numba.njit(cache=True, nogil=True)
def _route(word, x, y):
    """Output port that XY names for a packet at (x, y)."""
    east = ((word >> 32) & 0xFFF) - x
    if east != 0:
        return 0 if east > 0 else 1
    north = ((word >> 44) & 0xFFF) - y
    if north != 0:
        return 2 if north > 0 else 3
    return 4 + (word >> 56)


@numba.njit(cache=True, nogil=True)
def _wake(router, tick, page_start, page, filled, alarm):  # noqa: PLR0917
    """Have ``router`` visited at ``tick``: on the clock face if it is there, else by its alarm.

    One alarm per router is enough, its earliest: a visit looks at all inputs and asks for the next wake-up.
    """
    hand = tick - page_start
    if hand < PAGE:
        page[hand, router >> 6] |= 1 << (router & 63)
        filled[hand >> 6] |= 1 << (hand & 63)
    elif tick < alarm[router]:
        alarm[router] = tick


@numba.njit(cache=True, nogil=True)
def _run(  # noqa: PLR0917
    width,
    height,
    locals_,
    hop_ew,
    hop_ns,
    local,
    credit,
    depth,
    ejection_depth,
    output_depth,
    output_ticks,
    source_ticks,
    input_ticks,
    first,
    place,
    destination,
    service,
    entry,
    grant,
    arrival,
    done,
    finish,
    stall,
    link_packets,
):
    """Run until no packet is left; returns the packets that stayed within their tile.

    output_ticks, input_ticks, source_ticks : least ticks between two grants of an output, mesh input, source
    place       : (endpoints,) int64; x << 32 | y << 44 | slot << 56
    entry       : (n,) int64, in: inject ticks, out: entry ticks
    grant, arrival, done : (n,) int64, written
    finish      : (endpoints,) int64, in: ready ticks, out: finish ticks
    stall       : (endpoints,) int64, zeros, written
    link_packets: (tiles, 4) int64, zeros, written
    """
    tiles = width * height
    ports = 4 + locals_
    slot_credit = max(credit, 1)  # FIFO: a router does not see what another does in the same tick
    within_tile = 0

    # Per port, [router * ports + port]: the input's head packet, and the output's next chance to grant.
    head_tick = np.full(tiles * ports, NEVER, np.int64)  # from when the head is on offer; NEVER: no packet
    head_output = np.zeros(tiles * ports, np.int8)
    rest_tick = np.zeros(tiles * ports, np.int64)  # the input offers nothing before this tick
    open_tick = np.zeros(
        tiles * ports, np.int64
    )  # the output grants nothing before; NEVER: until a slot is left
    link_tick = np.zeros(tiles * ports, np.int64)  # the output grants nothing before, even with room
    pointer = np.zeros(tiles * ports, np.int8)
    waiting = np.zeros(tiles, np.int64)  # bits: outputs with an offer whose FIFO beyond is full

    # Mesh FIFOs, [router * 4 + input]. A slot's tick: its packet is ready, or it is free, from then on.
    head = np.zeros(tiles * 4, np.int32)
    tail = np.zeros(tiles * 4, np.int32)
    held = np.zeros(tiles * 4, np.int32)
    slot_tick = np.zeros(tiles * 4 * depth, np.int64)
    slot_word = np.zeros(tiles * 4 * depth, np.int64)
    slot_output = np.zeros(tiles * 4 * depth, np.int8)

    # Ejection queues, [endpoint]: the tick from which each slot is free is known as soon as it is taken.
    eject_tail = np.zeros(tiles * locals_, np.int32)
    eject_tick = np.zeros(tiles * locals_ * ejection_depth, np.int64)

    step = np.array([1, -1, width, -width])
    hop = np.array([hop_ew, hop_ew, hop_ns, hop_ns])
    offers = np.zeros(ports, np.int64)  # bits: inputs that offer to this output

    page_start = 0
    page = np.zeros((PAGE, (tiles + 63) >> 6), np.int64)
    filled = np.zeros(PAGE >> 6, np.int64)
    alarm = np.full(tiles, NEVER, np.int64)

    # The source queues: packet number `ahead` is the head.
    ahead = first[:-1].copy()
    for endpoint in range(tiles * locals_):
        packet = ahead[endpoint]
        if packet < first[endpoint + 1]:
            router = endpoint // locals_
            port = router * ports + 4 + endpoint - router * locals_
            head_tick[port] = entry[packet]
            head_output[port] = _route(place[destination[packet]], router % width, router // width)
            alarm[router] = min(alarm[router], entry[packet])

    while True:
        page_start = alarm.min()
        if page_start == NEVER:
            break
        for router in range(tiles):
            tick = alarm[router]
            if tick - page_start < PAGE:
                alarm[router] = NEVER
                _wake(router, tick, page_start, page, filled, alarm)
        for quarter in range(PAGE >> 6):
            while filled[quarter] != 0:
                bit = _lowest(filled[quarter])
                filled[quarter] ^= 1 << bit
                hand = quarter * 64 + bit
                now = page_start + hand
                for block in range(page.shape[1]):
                    while page[hand, block] != 0:
                        bit = _lowest(page[hand, block])
                        page[hand, block] ^= 1 << bit
                        router = block * 64 + bit

                        # What is on offer, and to whom
                        base = router * ports
                        next_tick = NEVER
                        asked = 0
                        for i in range(ports):
                            tick = head_tick[base + i]
                            if tick <= now:
                                output = head_output[base + i]
                                offers[output] |= 1 << i
                                asked |= 1 << output
                            elif tick < next_tick:
                                next_tick = tick

                        while asked != 0:
                            o = _lowest(asked)
                            asked ^= 1 << o
                            candidates = offers[o]
                            offers[o] = 0
                            out = base + o
                            if open_tick[out] > now:
                                if open_tick[out] == NEVER:
                                    waiting[router] |= 1 << o
                                elif open_tick[out] < next_tick:
                                    next_tick = open_tick[out]
                                continue

                            later = candidates >> pointer[out] << pointer[out]
                            i = _lowest(later if later != 0 else candidates)
                            pointer[out] = i + 1
                            candidates ^= 1 << i

                            # Take the packet from its input, and show the next one
                            if i < 4:
                                queue = router * 4 + i
                                at = queue * depth + head[queue]
                                word = slot_word[at]
                                slot_tick[at] = now + slot_credit
                                if held[queue] == depth:
                                    feeder = router + step[i]
                                    feed = feeder * ports + (i ^ 1)
                                    open_tick[feed] = max(link_tick[feed], now + slot_credit)
                                    if (waiting[feeder] >> (i ^ 1)) & 1:
                                        waiting[feeder] ^= 1 << (i ^ 1)
                                        _wake(feeder, open_tick[feed], page_start, page, filled, alarm)
                                held[queue] -= 1
                                head[queue] = head[queue] + 1 if head[queue] + 1 < depth else 0
                                rest_tick[base + i] = now + input_ticks
                                if held[queue] > 0:
                                    at = queue * depth + head[queue]
                                    head_tick[base + i] = max(slot_tick[at], now + input_ticks)
                                    head_output[base + i] = slot_output[at]
                                else:
                                    head_tick[base + i] = NEVER
                            else:
                                endpoint = router * locals_ + i - 4
                                packet = ahead[endpoint]
                                word = place[destination[packet]] | packet
                                grant[packet] = now
                                if output_depth > 0 and packet + output_depth < first[endpoint + 1]:
                                    entering = packet + output_depth
                                    due = entry[entering] + stall[endpoint]
                                    entry[entering] = max(due, now)
                                    stall[endpoint] += entry[entering] - due
                                packet += 1
                                ahead[endpoint] = packet
                                if packet < first[endpoint + 1]:
                                    head_tick[base + i] = max(entry[packet], now + source_ticks)
                                    head_output[base + i] = _route(
                                        place[destination[packet]], router % width, router // width
                                    )
                                else:
                                    head_tick[base + i] = NEVER
                            next_tick = min(next_tick, head_tick[base + i])

                            # Put it into the queue beyond
                            if o < 4:
                                link_packets[router, o] += 1
                                neighbour = router + step[o]
                                queue = neighbour * 4 + (o ^ 1)
                                at = queue * depth + tail[queue]
                                output = _route(word, neighbour % width, neighbour // width)
                                slot_word[at] = word
                                slot_tick[at] = now + hop[o]
                                slot_output[at] = output
                                held[queue] += 1
                                tail[queue] = tail[queue] + 1 if tail[queue] + 1 < depth else 0
                                if held[queue] == 1:
                                    port = neighbour * ports + (o ^ 1)
                                    head_tick[port] = max(now + hop[o], rest_tick[port])
                                    head_output[port] = output
                                    _wake(neighbour, head_tick[port], page_start, page, filled, alarm)
                                link_tick[out] = now + output_ticks
                                if held[queue] < depth:
                                    room = slot_tick[queue * depth + tail[queue]]
                                    open_tick[out] = max(now + output_ticks, room)
                                else:
                                    open_tick[out] = NEVER
                            else:
                                endpoint = router * locals_ + o - 4
                                packet = word & ID
                                within_tile += i >= 4
                                arrival[packet] = now + local
                                done[packet] = max(now + local, finish[endpoint]) + service[packet]
                                finish[endpoint] = done[packet]
                                eject_tick[endpoint * ejection_depth + eject_tail[endpoint]] = (
                                    done[packet] + credit
                                )
                                turn = eject_tail[endpoint] + 1
                                eject_tail[endpoint] = turn if turn < ejection_depth else 0
                                room = eject_tick[endpoint * ejection_depth + eject_tail[endpoint]]
                                open_tick[out] = max(now + output_ticks, room)

                            if candidates != 0:
                                if open_tick[out] == NEVER:
                                    waiting[router] |= 1 << o
                                else:
                                    next_tick = min(next_tick, open_tick[out])

                        if next_tick != NEVER:
                            _wake(router, next_tick, page_start, page, filled, alarm)
    return within_tile

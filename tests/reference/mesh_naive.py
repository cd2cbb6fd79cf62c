"""The mesh by the book: every router is visited at every tick, in two phases, in plain Python.

The oracle of `exact`; nothing here is clever, and nothing is shared with the kernel.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque

from neurosim.chip.noc.packets import Traffic
from neurosim.chip.spec import MeshSpec


def output_for(x: int, y: int, to_x: int, to_y: int, to_slot: int) -> int:
    if to_x > x:
        return 0
    if to_x < x:
        return 1
    if to_y > y:
        return 2
    if to_y < y:
        return 3
    return 4 + to_slot


def carry(mesh: MeshSpec, traffic: Traffic, source_gap_ticks: int = 1) -> dict[str, object]:
    locals_ = mesh.cores_per_tile + 1
    ports = 4 + locals_
    endpoints = mesh.tiles * locals_
    n = traffic.packets
    first = traffic.first.tolist()
    destination = traffic.destination.tolist()
    inject = traffic.inject_ticks.tolist()
    service = traffic.service_ticks.tolist()
    ready = traffic.ready_ticks.tolist()
    both = mesh.grant_occupies == "both"

    entry, grant, arrival, done = [-1] * n, [-1] * n, [-1] * n, [-1] * n
    finish = list(ready)
    links = [[0] * 4 for _ in range(mesh.tiles)]
    # Mesh inputs: (packet, ready tick), head first
    fifo: dict[tuple[int, int], deque[tuple[int, int]]]
    fifo = {(tile, port): deque() for tile in range(mesh.tiles) for port in range(4)}
    pushed = {(tile, port): 0 for tile in range(mesh.tiles) for port in range(ports)}  # beyond an output
    popped: dict[tuple[int, int], list[int]] = {key: [] for key in pushed}  # ticks, beyond an output
    pointer = dict.fromkeys(pushed, 0)
    granted_output = dict.fromkeys(pushed, -(10**9))
    granted_input = dict.fromkeys(pushed, -(10**9))
    sent = first[:-1]

    def neighbour(tile: int, port: int) -> int:
        return tile + (1, -1, mesh.width, -mesh.width)[port]

    def on_offer(tile: int, port: int, now: int) -> int | None:
        if both and now - granted_input[tile, port] < mesh.link_ticks:
            return None
        if port < 4:
            queue = fifo[tile, port]
            return queue[0][0] if queue and queue[0][1] <= now else None
        endpoint = tile * locals_ + port - 4
        packet = sent[endpoint]
        if packet == first[endpoint + 1]:
            return None
        if entry[packet] < 0:
            entry[packet] = inject[packet]
            if packet > first[endpoint]:
                entry[packet] = entry[packet - 1] + inject[packet] - inject[packet - 1]
            if mesh.output_depth and packet - mesh.output_depth >= first[endpoint]:
                entry[packet] = max(entry[packet], grant[packet - mesh.output_depth])
        return packet if now >= max(entry[packet], granted_input[tile, port] + source_gap_ticks) else None

    def has_room(tile: int, port: int, now: int) -> bool:
        if port < 4:  # a pop of this tick is not part of the state at its start
            back = bisect_right(popped[tile, port], min(now - mesh.credit_ticks, now - 1))
            return pushed[tile, port] - back < mesh.buffer_depth
        back = bisect_right(popped[tile, port], now - mesh.credit_ticks)
        return pushed[tile, port] - back < mesh.ejection_depth

    now, arrived = 0, 0
    while arrived < n:
        grants = []
        for tile in range(mesh.tiles):
            y, x = divmod(tile, mesh.width)
            asked: dict[int, dict[int, int]] = {}
            for port in range(ports):
                packet = on_offer(tile, port, now)
                if packet is not None:
                    to_tile, to_slot = divmod(destination[packet], locals_)
                    to_y, to_x = divmod(to_tile, mesh.width)
                    asked.setdefault(output_for(x, y, to_x, to_y, to_slot), {})[port] = packet
            for output, offers in asked.items():
                if now - granted_output[tile, output] < mesh.link_ticks or not has_room(tile, output, now):
                    continue
                order = [(pointer[tile, output] + k) % ports for k in range(ports)]
                winner = next(port for port in order if port in offers)
                grants.append((tile, winner, output, offers[winner]))
        for tile, port, output, packet in grants:
            pointer[tile, output] = (port + 1) % ports
            granted_output[tile, output] = granted_input[tile, port] = now
            pushed[tile, output] += 1
            if port < 4:
                fifo[tile, port].popleft()
                popped[neighbour(tile, port), port ^ 1].append(now)
            else:
                grant[packet] = now
                sent[tile * locals_ + port - 4] += 1
            if output < 4:
                hop = mesh.hop_ew_ticks if output < 2 else mesh.hop_ns_ticks
                fifo[neighbour(tile, output), output ^ 1].append((packet, now + hop))
                links[tile][output] += 1
            else:
                endpoint = tile * locals_ + output - 4
                arrival[packet] = now + mesh.local_ticks
                done[packet] = finish[endpoint] = max(arrival[packet], finish[endpoint]) + service[packet]
                popped[tile, output].append(done[packet])
                arrived += 1
        now += 1

    last = [first[e + 1] - 1 if first[e + 1] > first[e] else None for e in range(endpoints)]
    return {
        "entry_ticks": entry,
        "grant_ticks": grant,
        "arrival_ticks": arrival,
        "done_ticks": done,
        "stall_ticks": [0 if packet is None else entry[packet] - inject[packet] for packet in last],
        "finish_ticks": finish,
        "link_packets": links,
        "elapsed_ticks": max(done, default=0),
    }

"""The bound of `analytic`, packet by packet: what each resource needs at least if everything else costs nothing."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from neurosim.chip.noc.packets import Traffic
from neurosim.chip.spec import MeshSpec


def carry(mesh: MeshSpec, traffic: Traffic) -> dict[str, Any]:
    """Return the ticks by name, and ``links``: packets by (tile, direction), directions being E, W, N, S."""
    locals_ = mesh.cores_per_tile + 1
    arrival, done, bounds = [], [], [0]
    links: dict[tuple[int, int], int] = defaultdict(int)
    here: dict[int, list[int]] = defaultdict(list)
    for source in range(len(traffic.first) - 1):
        packets = range(traffic.first[source], traffic.first[source + 1])
        for packet in packets:
            end = int(traffic.destination[packet])
            tick = int(traffic.inject_ticks[packet])
            (y, x), (to_y, to_x) = (divmod(endpoint // locals_, mesh.width) for endpoint in (source, end))
            while (x, y) != (to_x, to_y):
                direction = (0 if to_x > x else 1) if x != to_x else (2 if to_y > y else 3)
                links[x + mesh.width * y, direction] += 1
                tick += mesh.hop_ew_ticks if direction < 2 else mesh.hop_ns_ticks
                x, y = x + (1, -1, 0, 0)[direction], y + (0, 0, 1, -1)[direction]
            arrival.append(tick + mesh.local_ticks)
            done.append(max(arrival[-1], int(traffic.ready_ticks[end])) + int(traffic.service_ticks[packet]))
            here[end].append(packet)
        if packets:
            gap = mesh.link_ticks if mesh.grant_occupies == "both" else 1
            bounds.append(int(traffic.inject_ticks[packets[0]]) + gap * (len(packets) - 1) + mesh.local_ticks)
    finish = [int(tick) for tick in traffic.ready_ticks]
    for end, packets in here.items():
        begin = max(min(arrival[packet] for packet in packets), finish[end])
        services = sum(int(traffic.service_ticks[packet]) for packet in packets)
        finish[end] = max(begin + services, *(done[packet] for packet in packets))
        bounds.append(finish[end])
    for (_, direction), count in links.items():
        hop = mesh.hop_ew_ticks if direction < 2 else mesh.hop_ns_ticks
        bounds.append((count - 1) * mesh.link_ticks + hop + mesh.local_ticks)
    return {
        "arrival_ticks": arrival, "done_ticks": done, "finish_ticks": finish, "elapsed_ticks": max(bounds),
        "links": dict(links),
    }  # fmt: skip

"""The mesh with unbounded queues, packet by packet, in SimPy: callbacks only, priority = packet number.

The oracle of `infinite`: an event is a packet that is ready at a router; events of one tick run in the order of the
packet numbers, so whoever comes first finds the output free first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import simpy

from neurosim.chip.noc.packets import Traffic
from neurosim.chip.spec import MeshSpec


def carry(mesh: MeshSpec, traffic: Traffic) -> dict[str, object]:
    locals_ = mesh.cores_per_tile + 1
    destination = traffic.destination.tolist()
    service = traffic.service_ticks.tolist()
    n = traffic.packets
    grant, arrival, done = [0] * n, [0] * n, [0] * n
    finish = traffic.ready_ticks.tolist()
    free: defaultdict[object, int] = defaultdict(int)
    links = [[0] * 4 for _ in range(mesh.tiles)]
    env = simpy.Environment()

    def at(tick: int, packet: int, action: Callable[..., None], *arguments: int) -> None:
        event = simpy.Event(env)
        event._ok, event._value = True, None
        event.callbacks.append(lambda _: action(packet, *arguments))
        env.schedule(event, priority=packet, delay=tick - env.now)  # type: ignore[arg-type]

    def pass_through(port: object, ticks: int) -> int:
        granted = max(int(env.now), free[port])
        free[port] = granted + ticks
        return granted

    def send(packet: int, source: int) -> None:
        ticks = mesh.link_ticks if mesh.grant_occupies == "both" else 1
        grant[packet] = pass_through(("source", source), ticks)
        at(grant[packet], packet, reach, source // locals_)

    def reach(packet: int, tile: int) -> None:
        to = destination[packet] // locals_
        (y, x), (to_y, to_x) = divmod(tile, mesh.width), divmod(to, mesh.width)
        if x != to_x:
            direction, step, hop = (0, 1, mesh.hop_ew_ticks) if to_x > x else (1, -1, mesh.hop_ew_ticks)
        elif y != to_y:
            direction, step, hop = (
                (2, mesh.width, mesh.hop_ns_ticks) if to_y > y else (3, -mesh.width, mesh.hop_ns_ticks)
            )
        else:
            granted = pass_through(("core", destination[packet]), mesh.link_ticks)
            at(granted + mesh.local_ticks, packet, arrive)
            return
        links[tile][direction] += 1
        at(pass_through((tile, direction), mesh.link_ticks) + hop, packet, reach, tile + step)

    def arrive(packet: int) -> None:
        arrival[packet] = int(env.now)
        core = destination[packet]
        done[packet] = finish[core] = max(arrival[packet], finish[core]) + service[packet]

    for packet, (source, inject) in enumerate(zip(traffic.source.tolist(), traffic.inject_ticks.tolist(), strict=True)):
        at(inject, packet, send, source)
    env.run()
    return {
        "grant_ticks": grant,
        "arrival_ticks": arrival,
        "done_ticks": done,
        "finish_ticks": finish,
        "link_packets": links,
        "elapsed_ticks": max(done, default=0),
    }

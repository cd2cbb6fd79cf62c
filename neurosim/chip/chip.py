"""The chip: cores, mesh and barrier under one SimPy clock.

A phase is one parcel of work. One kernel call carries all its packets and says when each core is through; the phase
ends when the last one is, and the barrier follows.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import simpy
from numpy.typing import NDArray

from neurosim.chip.core.utilisation import occupancy
from neurosim.chip.noc.barrier import barrier_ticks
from neurosim.chip.noc.packets import Traffic, TrafficSums, Transit, canonical_model, carry, noc_module
from neurosim.chip.spec import ChipSpec

Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PhaseWork:
    """What one phase asks of the chip; arrays are (endpoints,) int64 ticks.

    ``opening`` keeps a core's neuron unit, and its synapse unit waiting, before anything else; ``scanning`` is the
    neuron unit's scan after that, without stalls; at ``ready`` the synapse unit has replayed stored spikes.
    ``tally`` sums up the packets, ``list_packets`` lists them one by one, which takes time and memory.
    """

    tally: TrafficSums
    list_packets: Callable[[], Traffic]
    opening: Array
    scanning: Array
    ready: Array

    @cached_property
    def services(self) -> Array:
        """(endpoints,) int64: what each synapse unit needs for the packets that are sent to it."""
        return self.tally.services(len(self.ready))

    @property
    def overlaps(self) -> bool:
        """Whether any core is sent packets while it scans."""
        return bool(((self.scanning > 0) & (self.services > 0)).any())


@dataclass(frozen=True, eq=False)
class PhaseResult:
    """What came of one phase: when it ran, how the cores spent it and what the links carried.

    ``busy`` and ``stalled`` are (endpoints,) int64, ``link_packets`` is (tiles, 4); packets are not kept, because
    a run of many images has billions.
    ``end`` is when the last core was through, ``bounds`` the least time that each resource needed on its own: the
    longest neuron scan, the busiest synapse unit, the busiest link.
    """

    start: int
    end: int
    busy: Array
    stalled: Array
    link_packets: Array
    bounds: dict[str, int]

    @property
    def ticks(self) -> int:
        """Length of the phase without its barrier."""
        return self.end - self.start


class Chip:
    """A chip that performs phases one after the other; all times are ticks of ``spec``."""

    def __init__(self, environment: simpy.Environment, spec: ChipSpec, model: str, tiles_used: int) -> None:
        self.environment = environment
        self.spec = spec
        self.model = canonical_model(model)
        self.tiles_used = tiles_used
        self.follows_packets: bool = noc_module(self.model).FOLLOWS_PACKETS

    def perform(self, work: PhaseWork) -> Generator[simpy.Event, Any, PhaseResult]:
        """Run one phase to its end (a SimPy process); returns its :class:`PhaseResult`."""
        start = int(self.environment.now)
        followed = self.followed(work, counted=True)
        transit = yield from self.send(work, followed)
        busy, stalled = occupancy(transit, followed, work.opening, work.scanning, work.services)
        return PhaseResult(
            start, int(self.environment.now), busy, stalled, transit.link_packets, self.bounds(work, transit)
        )

    def run(self, work: PhaseWork) -> Generator[simpy.Event, Any, None]:
        """Run one phase to its end (a SimPy process), and count nothing."""
        yield from self.send(work, self.followed(work, counted=False))

    def followed(self, work: PhaseWork, counted: bool) -> Traffic:
        """Return the packets to be looked at one by one: all of them, or none.

        A mesh model that adds them up need not know them; how a core's time was spent, if that is ``counted``, depends
        on them only where they come while it scans.
        """
        if self.follows_packets or (counted and work.overlaps):
            return work.list_packets()
        return Traffic.none(work.ready)

    def send(self, work: PhaseWork, followed: Traffic) -> Generator[simpy.Event, Any, Transit]:
        """Send the packets of one phase and wait for its end (a SimPy process)."""
        if self.follows_packets:
            transit = carry(self.spec.mesh, followed, self.model)
        else:
            transit = noc_module(self.model).bound(self.spec.mesh, work.tally, followed)
        # Within a phase cores meet only as packets do, in the kernel: no core's own end is an event for another.
        yield self.environment.timeout(int(self.through(work, transit).max(initial=0)))
        return transit

    def reload(self, ticks: int) -> Generator[simpy.Event, Any, int]:
        """Wait for the memory behind the chip (a SimPy process); returns the ticks."""
        yield self.environment.timeout(ticks)
        return ticks

    def synchronise(self, reach: Literal["local", "global"]) -> Generator[simpy.Event, Any, int]:
        """Wait for one barrier (a SimPy process); returns its ticks."""
        ticks = self.barrier_ticks(reach)
        yield self.environment.timeout(ticks)
        return ticks

    def barrier_ticks(self, reach: Literal["local", "global"]) -> int:
        """Return the ticks of one barrier."""
        return barrier_ticks(self.spec.barrier, reach, self.tiles_used)

    @staticmethod
    def through(work: PhaseWork, transit: Transit) -> Array:
        """Return (endpoints,) int64: when both units of each core are through."""
        return np.maximum(work.opening + work.scanning + transit.stall_ticks, transit.finish_ticks)

    def bounds(self, work: PhaseWork, transit: Transit) -> dict[str, int]:
        """Return the least ticks that the scans, the synapse units and the links needed, each on its own."""
        return {
            "neuron scan": int((work.opening + work.scanning).max(initial=0)),
            "accumulate": int((work.ready + work.services).max(initial=0)),
            "link": int(transit.link_packets.max(initial=0)) * self.spec.mesh.link_ticks,
        }

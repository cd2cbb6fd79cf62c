"""The chip: its cores, its NoC and its barrier under one SimPy clock.

The chip works phase by phase. One kernel call carries all packets of a phase and returns when each core has finished;
the phase ends with the last of them, and the barrier follows.
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
    """What one phase asks of the chip.

    Attributes
    ----------
    sums : TrafficSums
        The packets of the phase, summed up by source and destination.
    list_packets : callable
        Lists the same packets one by one, which takes time and memory.
    begin_ticks : (endpoints,) int64
        Start-of-step update: it occupies the neuron unit, and the synapse unit waits for it.
    scan_ticks : (endpoints,) int64
        The neuron unit's scan after that, without stalls.
    ready_ticks : (endpoints,) int64
        When the synapse unit has replayed its stored spikes and takes new packets.
    """

    sums: TrafficSums
    list_packets: Callable[[], Traffic]
    begin_ticks: Array
    scan_ticks: Array
    ready_ticks: Array

    @cached_property
    def services(self) -> Array:
        """(endpoints,) int64: ticks that each synapse unit needs for the packets sent to it."""
        return self.sums.services(len(self.ready_ticks))

    @property
    def overlaps(self) -> bool:
        """Whether any core is sent packets while it scans."""
        return bool(((self.scan_ticks > 0) & (self.services > 0)).any())


@dataclass(frozen=True, eq=False)
class PhaseResult:
    """How one phase went: when it ran, how the cores spent their time and what the links carried.

    The packets themselves are not kept: a run of many images has billions.

    Attributes
    ----------
    start, end : int
        Ticks; ``end`` is when the last core had finished.
    busy, stalled : (endpoints,) int64
        Ticks that each core worked, and that its scan waited for room in the output FIFO.
    link_packets : (tiles, 4) int64
        Packets over each outgoing link E, W, N, S.
    bounds : dict
        The least ticks that each resource needed on its own: the longest neuron scan, the busiest synapse unit, the
        busiest link.
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
    """A chip that performs phases one after the other, as SimPy processes.

    Parameters
    ----------
    environment : simpy.Environment
        The clock; one unit of its time is one tick of ``spec``.
    spec : ChipSpec
        Sizes, capacities and delays.
    model : str
        NoC model, or an alias of it: ``cycle_accurate``, ``unbounded_queues`` or ``lower_bound``.
    tiles_used : int
        Tiles that take part in a global barrier.
    """

    def __init__(self, environment: simpy.Environment, spec: ChipSpec, model: str, tiles_used: int) -> None:
        self.environment = environment
        self.spec = spec
        self.model = canonical_model(model)
        self.tiles_used = tiles_used
        self.follows_packets: bool = noc_module(self.model).FOLLOWS_PACKETS

    def perform(self, work: PhaseWork) -> Generator[simpy.Event, Any, PhaseResult]:
        """Run one phase to its end (a SimPy process).

        Returns
        -------
        PhaseResult
            When it ran and what cores and links did; the barrier is not part of it.
        """
        start = int(self.environment.now)
        followed = self.followed(work, counted=True)
        transit = yield from self.send(work, followed)
        busy, stalled = occupancy(transit, followed, work.begin_ticks, work.scan_ticks, work.services)
        return PhaseResult(
            start, int(self.environment.now), busy, stalled, transit.link_packets, self.bounds(work, transit)
        )

    def run(self, work: PhaseWork) -> Generator[simpy.Event, Any, None]:
        """Run one phase to its end (a SimPy process) without accounting for it."""
        yield from self.send(work, self.followed(work, counted=False))

    def followed(self, work: PhaseWork, counted: bool) -> Traffic:
        """Return the packets that have to be followed one by one: all of them, or none.

        A NoC model that works on sums needs none. How a core spent its time, if that is ``counted``, depends on single
        packets only where they arrive during its scan.
        """
        if self.follows_packets or (counted and work.overlaps):
            return work.list_packets()
        return Traffic.none(work.ready_ticks)

    def send(self, work: PhaseWork, followed: Traffic) -> Generator[simpy.Event, Any, Transit]:
        """Send the packets of one phase and wait for its end (a SimPy process)."""
        if self.follows_packets:
            transit = carry(self.spec.mesh, followed, self.model)
        else:
            transit = noc_module(self.model).bound(self.spec.mesh, work.sums, followed)
        # Within a phase cores interact through packets only, inside the kernel: no core's end is an event for another.
        yield self.environment.timeout(int(self.finish_ticks(work, transit).max(initial=0)))
        return transit

    def reload(self, ticks: int) -> Generator[simpy.Event, Any, int]:
        """Wait for the off-chip memory (a SimPy process); returns the ticks."""
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
    def finish_ticks(work: PhaseWork, transit: Transit) -> Array:
        """Return (endpoints,) int64: when both units of each core have finished."""
        finish: Array = np.maximum(work.begin_ticks + work.scan_ticks + transit.stall_ticks, transit.finish_ticks)
        return finish

    def bounds(self, work: PhaseWork, transit: Transit) -> dict[str, int]:
        """Return the least ticks that neuron scans, synapse units and links needed, each on its own."""
        return {
            "neuron scan": int((work.begin_ticks + work.scan_ticks).max(initial=0)),
            "accumulate": int((work.ready_ticks + work.services).max(initial=0)),
            "link": int(transit.link_packets.max(initial=0)) * self.spec.mesh.link_ticks,
        }

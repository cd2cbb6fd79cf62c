"""`analytic` adds up what is sent over each way; the same bound follows from the packets one by one."""

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.chip.chip import Chip
from neurosim.chip.core.utilisation import occupancy
from neurosim.chip.noc import lower_bound
from neurosim.chip.noc.packets import Traffic
from neurosim.simulation.functional.event_driven import EventDrivenRun
from neurosim.simulation.observe import plan_images
from neurosim.simulation.routing import routing_tables
from neurosim.simulation.timing.phase_work import ScanLoads
from tests.reference import mesh_sums
from tests.reference.random_networks import (
    MODELS,
    legal_schedules,
    model_of,
    random_chip,
    random_images,
    random_network,
    random_placement,
)


def phases(kind, seed):
    """The chip, its wiring and the work of each phase of a random network, in every order that its model allows."""
    rng = np.random.default_rng(seed)
    network = random_network(rng, model_of(kind, int(rng.integers(1, 4))), pixels=4)
    placement, cores = random_placement(rng, network)
    spec, image = random_chip(rng, cores), random_images(rng, network)[0]
    wiring = routing_tables(network, placement, spec)
    for schedule in legal_schedules(network.model):
        inference, loads = EventDrivenRun(network, wiring, spec, image), ScanLoads(network, wiring, spec)
        for planned in plan_images(network, placement, schedule, spec, 1):
            inference.perform(planned)
            yield spec, wiring, loads.work(planned, lambda _, own=inference: own)


@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=6)
@given(st.integers(0, 2**32))
def test_every_phase_is_bounded_by_sums_as_by_its_packets(kind, seed):
    for spec, wiring, work in phases(kind, seed):
        packets = work.list_packets()
        by_sums = lower_bound.bound(spec.mesh, work.sums, Traffic.none(work.ready_ticks))
        by_packets = mesh_sums.carry(spec.mesh, packets, "lower_bound")
        assert by_sums.elapsed_ticks == by_packets.elapsed_ticks
        assert by_sums.finish_ticks.tolist() == by_packets.finish_ticks.tolist()
        assert by_sums.link_packets.tolist() == by_packets.link_packets.tolist()
        assert (by_sums.within_tile, by_sums.routers) == (by_packets.within_tile, by_packets.routers)
        assert work.services.tolist() == mesh_sums.tally(packets).services(wiring.endpoints).tolist()


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_cores_spend_their_time_the_same_whether_packets_are_followed_or_not(seed):
    for spec, wiring, work in phases("if_soft", seed):
        chip = Chip(simpy.Environment(), spec, "lower_bound", wiring.tiles_used)
        passage = chip.environment.run(chip.environment.process(chip.perform(work)))
        packets = work.list_packets()
        transit = mesh_sums.carry(spec.mesh, packets, "lower_bound")
        wanted = occupancy(transit, packets, work.begin_ticks, work.scan_ticks, work.services)
        assert [array.tolist() for array in (passage.busy, passage.stalled)] == [array.tolist() for array in wanted]

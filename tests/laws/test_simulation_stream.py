"""Runs are repeatable to the byte, whoever runs them, and the steady state is that of the whole stream."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.chip.chip import Chip
from neurosim.errors import ScheduleError
from neurosim.simulation.observe import check_legal, observe, plan_images
from neurosim.simulation.planner import planned_stream
from neurosim.simulation.routing import routing_tables
from neurosim.simulation.timing.phase_clock import clock
from neurosim.simulation.timing.phase_work import ScanLoads
from tests.reference.behaviour_levels import watch
from tests.reference.random_networks import (
    MODELS,
    legal_schedules,
    model_of,
    random_chip,
    random_images,
    random_network,
    random_placement,
)


def experiment(seed, kind, images=2):
    rng = np.random.default_rng(seed)
    network = random_network(rng, model_of(kind, 3), pixels=4)
    placement, cores = random_placement(rng, network)
    return network, random_chip(rng, cores), placement, random_images(rng, network, images)


def hashes(seed):
    """The ledgers of one random network under every model and legal schedule."""
    found = []
    for kind in MODELS:
        network, spec, placement, images = experiment(seed, kind)
        for schedule in legal_schedules(network.model):
            found.append(observe(network, spec, placement, schedule, images).ledger.sha256())
    return found


def test_the_same_run_gives_the_same_ledger_again_in_threads_and_in_another_process():
    wanted = hashes(5)
    assert hashes(5) == wanted
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(hashes, [5, 5])) == [wanted, wanted]
    command = "from tests.laws.test_simulation_stream import hashes; print(*hashes(5))"
    checkout = Path(__file__).resolve().parents[2]
    printed = subprocess.run(
        [sys.executable, "-c", command], cwd=checkout, capture_output=True, text=True, check=True
    ).stdout
    assert printed.split() == wanted


def test_different_images_give_different_ledgers():
    network, spec, placement, images = experiment(5, "if_soft")
    schedule = legal_schedules(network.model)[0]
    one, other = (observe(network, spec, placement, schedule, image[None]).ledger.sha256() for image in images)
    assert one != other


@pytest.mark.parametrize("spike_format", ["unary", "packed"])
@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=6)
@given(st.integers(0, 2**32))
def test_a_stream_that_breaks_off_is_planned_as_the_beginning_of_the_whole_one(kind, spike_format, seed):
    network, spec, placement, _ = experiment(seed, kind, images=1)
    spec = replace(spec, spike_format=spike_format)
    for schedule in legal_schedules(network.model):
        try:
            check_legal(network, schedule, spec)
        except ScheduleError:
            continue
        whole = plan_images(network, placement, schedule, spec, len(network.layers) + 3)
        begun = planned_stream(network, schedule, spec.spike_format == "packed")
        assert len(begun) < len(whole)
        assert [vars(entry) for entry in begun] == [vars(entry) for entry in whole[: len(begun)]]


@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=6)
@given(st.integers(0, 2**32))
def test_the_initiation_interval_is_what_a_whole_stream_takes_from_one_result_to_the_next(kind, seed):
    network, spec, placement, images = experiment(seed, kind, images=1)
    for schedule in legal_schedules(network.model):
        seen, inferences = watch(network, spec, placement, schedule, images)
        last = len(network.layers) - 1
        planned = plan_images(network, placement, schedule, spec, 2 * last + 3)
        wiring = routing_tables(network, placement, spec)
        chip = Chip(simpy.Environment(), spec, "cycle_accurate", wiring.tiles_used)
        run = clock(
            chip, ScanLoads(network, wiring, spec), planned, lambda _, own=inferences[0]: own, closing_barrier=True
        )
        results = [
            passage.end
            for entry, passage in zip(planned, run.phase_results, strict=True)
            if any(item.layer == last and item.step == network.model.scans("output") - 1 for item in entry.phase.items)
        ]
        assert len(results) == 2 * last + 3
        assert results[last + 2] - results[last + 1] == seen.interval_ticks

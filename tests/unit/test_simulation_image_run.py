"""Images shared out to several processes: what is observed is what one process observes."""

from __future__ import annotations

import os
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from neurosim.errors import CountOverflowError
from neurosim.experiments.simulate import prepare
from neurosim.simulation.image_run import STREAMED, HostSeconds, Simulator, processes_for
from neurosim.simulation.observe import observe, plan_images
from neurosim.simulation.workers.forked_task import ForkedTask

WORKLOADS = Path(__file__).parents[2] / "workloads"
IMAGES = STREAMED + 2


@pytest.fixture(scope="module")
def digits():
    return prepare(WORKLOADS / "digits.yaml", {"stimulus.images": IMAGES})


def seen(prepared, number, processes):
    case, shown, calls = prepared.cases[number], prepared.stimulus, []
    observation = observe(
        case.network,
        prepared.workload.chip,
        case.placement,
        case.schedule,
        shown.images,
        shown.labels,
        progress=lambda: calls.append(None),
        processes=processes,
    )
    return observation, len(calls)


def bench_of(prepared):
    case, spec = prepared.cases[0], prepared.workload.chip
    planned = plan_images(case.network, case.placement, case.schedule, spec, 1)
    return Simulator(case.network, spec, case.placement, planned, "cycle_accurate", streams=False)


def planes(observed):
    """The spike counts of every neuron, layer by layer."""
    assert len(observed.spike_maps) > 0
    return [plane.tolist() for plane in observed.spike_maps]


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("processes", [2, 3, 20])
def test_several_processes_observe_what_one_does(digits, number, processes):
    (one, calls), (several, other_calls) = seen(digits, number, 1), seen(digits, number, processes)
    assert several.ledger == one.ledger
    assert several.ledger.sha256() == one.ledger.sha256()
    assert several.interval_ticks == one.interval_ticks
    assert [run.elapsed for run in several.timings] == [run.elapsed for run in one.timings]
    assert several.lossless_check.counts == one.lossless_check.counts
    assert several.correct == one.correct
    assert several.spikes.tolist() == one.spikes.tolist()
    assert several.effective_macs.tolist() == one.effective_macs.tolist()
    assert planes(several) == planes(one)
    assert other_calls == calls == IMAGES * len(one.planned)


@pytest.mark.parametrize(
    ("images", "processes", "at_work"), [(1, 1, 1), (1, 8, 1), (2, 8, 1), (3, 8, 2), (9, 8, 8), (50, 8, 8)]
)
def test_no_more_processes_are_at_work_than_images_are_shared_out(images, processes, at_work):
    assert processes_for(images, processes) == at_work


@pytest.mark.parametrize("processes", [1, 2, 20])
def test_as_many_processes_are_begun_as_are_said_to_be_at_work(digits, processes, monkeypatch):
    begun = [1]

    class Counted(ForkedTask):
        def __init__(self, task):
            begun.append(1)
            super().__init__(task)

    monkeypatch.setattr("neurosim.simulation.image_run.ForkedTask", Counted)
    seen(digits, 0, processes)
    assert sum(begun) == processes_for(IMAGES, processes)


def replace_trial(monkeypatch, trial):
    """Have all images but the first of this process wait until another process is at work, then make trials so."""
    here, at_work = os.getpid(), get_context("fork").Event()

    def patched(bench, number, *rest):
        if os.getpid() != here:
            at_work.set()
        elif number:
            assert at_work.wait(timeout=60)
        return trial(bench, number, os.getpid() == here, *rest)

    monkeypatch.setattr(Simulator, "run_image", patched)


def test_an_error_in_another_process_is_the_error_of_the_run(digits, monkeypatch):
    def flawed(bench, number, is_here, *rest):
        if not is_here:
            raise CountOverflowError(f"image {number}")
        return original(bench, number, *rest)

    original = Simulator.run_image
    replace_trial(monkeypatch, flawed)
    with pytest.raises(CountOverflowError) as error:
        seen(digits, 0, 2)
    assert str(error.value) == f"image {IMAGES - 1}"


def test_trials_come_in_the_order_of_the_images_whoever_makes_them(digits, monkeypatch):
    bench, images = bench_of(digits), digits.stimulus.images
    made = bench.run_image(0, images[0])

    def numbered(bench, number, is_here, *rest):
        return replace(made, seconds=HostSeconds(functional=number, timing=is_here))

    replace_trial(monkeypatch, numbered)
    trials = list(bench.run_images(images, 3))
    assert [trial.seconds.functional for trial in trials] == list(range(IMAGES))
    assert (trials[0].seconds.timing, trials[-1].seconds.timing) == (True, False)


def test_the_other_trial_has_no_counts_after_they_were_taken_over(digits):
    bench, images = bench_of(digits), digits.stimulus.images
    one, other = bench.run_image(0, images[0]), bench.run_image(1, images[1])
    ledger, maps = one.ledger + other.ledger, [a + b for a, b in zip(one.spike_maps, other.spike_maps, strict=True)]
    one.take_over(other)
    assert one.ledger == ledger
    assert planes(one) == [plane.tolist() for plane in maps]
    assert (len(other.ledger), other.spike_maps) == (0, ())


def test_every_image_counts(digits):
    (observation, _), case = seen(digits, 0, 2), digits.cases[0]
    assert len(observation.timings) == IMAGES
    assert observation.ledger.totals()["state_reset"] == IMAGES
    assert observation.lossless_check.checked == IMAGES * sum(
        layer.neurons * (case.network.steps if layer.is_spiking else 1) for layer in case.network.layers[1:]
    )

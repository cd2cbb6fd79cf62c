"""An evaluation's images shared by several processes: the counts are those of one, and the end of one is reported."""

from __future__ import annotations

import os
import signal
from multiprocessing import get_context

import numpy as np
import pytest

from neurosim.errors import CapacityError, CountOverflowError
from neurosim.evaluation import evaluator
from neurosim.evaluation.counters import SUMS
from neurosim.evaluation.evaluator import EvaluationCounts, Evaluator
from neurosim.experiments import evaluate

IMAGES, BATCH = 150, 20


@pytest.fixture(scope="module")
def digits():
    return evaluate.prepare("digits", images=IMAGES)


@pytest.fixture
def shown(digits, monkeypatch):
    """An evaluator that takes one small batch at a time, with the images and labels to show."""
    monkeypatch.setattr(evaluator, "SHARD_BATCHES", 1)
    own = Evaluator([network for _, network in digits.cases], digits.original, digits.unit)
    own.batch = BATCH
    chunk = next(digits.stream.chunks())
    return own, chunk.images, chunk.labels


def integers(counts: EvaluationCounts) -> list[object]:
    """All that was counted."""
    sums = [getattr(own, name) for own in counts.evaluations for name in SUMS]
    maps = [own_map for own in counts.evaluations for own_map in own.maps]
    return [np.asarray(each).tolist() for each in (*sums, *maps, counts.same, counts.float_correct)]


def replace_count(monkeypatch, count):
    """Have this process wait until another one is at work, which counts its first shard by ``count`` instead."""
    here, at_work, original = os.getpid(), get_context("fork").Event(), Evaluator.count

    def patched(self, shard):
        if os.getpid() != here:
            at_work.set()
            return count(shard)
        assert at_work.wait(timeout=60)
        return original(self, shard)

    monkeypatch.setattr(Evaluator, "count", patched)


@pytest.mark.parametrize("processes", [2, 3, 20])
def test_several_processes_count_what_one_does(shown, processes):
    own, images, labels = shown
    steps: dict[int, list[int]] = {1: [], processes: []}
    one, several = (own.evaluate(images, labels, often, steps[often].append) for often in (1, processes))
    assert integers(several) == integers(one)
    assert sum(steps[processes]) == sum(steps[1]) == IMAGES
    assert min(steps[processes]) >= 0


def test_what_another_process_counted_is_counted(shown, monkeypatch):
    own, images, labels = shown
    one, count = own.evaluate(images, labels), Evaluator.count
    replace_count(monkeypatch, lambda shard: count(own, shard))
    assert integers(own.evaluate(images, labels, 2)) == integers(one)


def test_an_evaluator_that_is_killed_is_an_error_not_a_wait_without_end(shown, monkeypatch):
    own, images, labels = shown
    replace_count(monkeypatch, lambda shard: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(CapacityError) as error:
        own.evaluate(images, labels, 2)
    assert str(error.value) == (
        "another process ended before it was done (exit code -9), most likely because memory ran out; "
        "take fewer processes"
    )


def test_an_error_in_another_process_is_the_error_of_the_evaluation(shown, monkeypatch):
    own, images, labels = shown

    def flawed(shard):
        raise CountOverflowError(f"a shard of {len(shard[1])}")

    replace_count(monkeypatch, flawed)
    with pytest.raises(CountOverflowError) as error:
        own.evaluate(images, labels, 2)
    assert str(error.value) == f"a shard of {IMAGES % BATCH}"


@pytest.mark.parametrize(
    ("images", "processes", "at_work"), [(1, 8, 1), (150, 1, 1), (150, 2, 2), (150, 20, 8), (160, 20, 8), (161, 20, 9)]
)
def test_no_more_processes_are_at_work_than_there_are_shards(shown, images, processes, at_work):
    assert shown[0].processes_for(images, processes) == at_work


@pytest.mark.parametrize(("processes", "at_work"), [(1, 1), (2, 2), (20, 3)])
def test_the_memory_of_an_evaluation_is_that_of_the_processes_at_work(digits, processes, at_work, monkeypatch):
    monkeypatch.setattr(evaluator, "SHARD_BATCHES", 1)  # of 64 images
    monkeypatch.setattr(evaluate, "peak_bytes", lambda processes: processes * 2**20)
    assert evaluate.perform(digits, prove=0, processes=processes).wall["peak_rss_mb"] == at_work

"""An evaluation's images shared out to several processes: the marks are those of one, and an end of one is heard of."""

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
    """An examiner who takes one small batch at a time, with the images and labels to show."""
    monkeypatch.setattr(evaluator, "LOT_BATCHES", 1)
    own = Evaluator([network for _, network in digits.cases], digits.original, digits.unit)
    own.batch = BATCH
    chunk = next(digits.showing.chunks())
    return own, chunk.images, chunk.labels


def integers(marks: EvaluationCounts) -> list[object]:
    """All that was counted."""
    sums = [getattr(own, name) for own in marks.evaluations for name in SUMS]
    maps = [own_map for own in marks.evaluations for own_map in own.maps]
    return [np.asarray(counts).tolist() for counts in (*sums, *maps, marks.same, marks.float_correct)]


def replace_mark(monkeypatch, mark):
    """Have this process wait until another one is at work, which marks its first lot by ``mark`` instead."""
    here, at_work, original = os.getpid(), get_context("fork").Event(), Evaluator.mark

    def patched(self, lot):
        if os.getpid() != here:
            at_work.set()
            return mark(lot)
        assert at_work.wait(timeout=60)
        return original(self, lot)

    monkeypatch.setattr(Evaluator, "mark", patched)


@pytest.mark.parametrize("processes", [2, 3, 20])
def test_several_processes_mark_what_one_does(shown, processes):
    own, images, labels = shown
    steps: dict[int, list[int]] = {1: [], processes: []}
    one, several = (own.examine(images, labels, often, steps[often].append) for often in (1, processes))
    assert integers(several) == integers(one)
    assert sum(steps[processes]) == sum(steps[1]) == IMAGES
    assert min(steps[processes]) >= 0


def test_what_another_process_marked_is_counted(shown, monkeypatch):
    own, images, labels = shown
    one, mark = own.examine(images, labels), Evaluator.mark
    replace_mark(monkeypatch, lambda lot: mark(own, lot))
    assert integers(own.examine(images, labels, 2)) == integers(one)


def test_an_examiner_that_is_killed_is_an_error_not_a_wait_without_end(shown, monkeypatch):
    own, images, labels = shown
    replace_mark(monkeypatch, lambda lot: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(CapacityError) as error:
        own.examine(images, labels, 2)
    assert str(error.value) == (
        "another process ended before it was done (exit code -9), most likely because memory ran out; "
        "take fewer processes"
    )


def test_an_error_in_another_process_is_the_error_of_the_evaluation(shown, monkeypatch):
    own, images, labels = shown

    def flawed(lot):
        raise CountOverflowError(f"a lot of {len(lot[1])}")

    replace_mark(monkeypatch, flawed)
    with pytest.raises(CountOverflowError) as error:
        own.examine(images, labels, 2)
    assert str(error.value) == f"a lot of {IMAGES % BATCH}"


@pytest.mark.parametrize(
    ("images", "processes", "at_work"), [(1, 8, 1), (150, 1, 1), (150, 2, 2), (150, 20, 8), (160, 20, 8), (161, 20, 9)]
)
def test_no_more_processes_are_at_work_than_there_are_lots(shown, images, processes, at_work):
    assert shown[0].processes_for(images, processes) == at_work


@pytest.mark.parametrize(("processes", "at_work"), [(1, 1), (2, 2), (20, 3)])
def test_the_memory_of_an_evaluation_is_that_of_the_processes_at_work(digits, processes, at_work, monkeypatch):
    monkeypatch.setattr(evaluator, "LOT_BATCHES", 1)  # of 64 images
    monkeypatch.setattr(evaluate, "peak_bytes", lambda processes: processes * 2**20)
    assert evaluate.perform(digits, prove=0, processes=processes).wall["peak_rss_mb"] == at_work

"""What remains is taken from both ends, each number once, by whatever processes there are."""

from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.errors import CapacityError
from neurosim.simulation.workers.forked_task import ForkedTask
from neurosim.simulation.workers.work_queue import WorkQueue


@given(start=st.integers(0, 5), count=st.integers(0, 20), turns=st.lists(st.booleans(), max_size=30))
def test_both_ends_together_take_every_number_once_and_in_order(start, count, turns):
    remaining = WorkQueue(start, start + count)
    front, back = remaining.from_start(), remaining.from_end()
    low, high = [], []
    for is_front in turns:
        taken, taking = (low, front) if is_front else (high, back)
        taken.extend(number for number in [next(taking, None)] if number is not None)
    low.extend(front)
    assert low + high[::-1] == list(range(start, start + count))


def test_a_number_from_the_end_is_finished_when_the_next_one_is_asked_for():
    remaining = WorkQueue(0, 3)
    back = remaining.from_end()
    assert [(next(back), remaining.finished) for _ in range(3)] == [(2, 0), (1, 1), (0, 2)]
    assert next(back, None) is None
    assert remaining.finished == 3


def test_what_is_taken_from_the_start_is_not_counted_as_finished():
    remaining = WorkQueue(0, 3)
    assert list(remaining.from_start()) == [0, 1, 2]
    assert remaining.finished == 0


def test_nothing_is_left_after_it_was_cleared():
    remaining = WorkQueue(0, 5)
    front = remaining.from_start()
    assert next(front) == 0
    remaining.clear()
    assert list(front) == list(remaining.from_end()) == []


def test_forks_take_from_the_same_numbers():
    remaining = WorkQueue(0, 3000)
    with ExitStack() as stack:
        forks = [stack.enter_context(ForkedTask(lambda: list(remaining.from_end()))) for _ in range(2)]
        taken = Counter(remaining.from_start())
        for fork in forks:
            taken.update(fork.result())
    assert taken == Counter(range(3000))


def test_a_process_that_is_killed_while_it_takes_one_keeps_nobody_waiting():
    remaining = WorkQueue(0, 3)

    def die():
        with remaining._locked():
            os.kill(os.getpid(), signal.SIGKILL)

    with ForkedTask(die) as fork, pytest.raises(CapacityError):
        fork.result()
    assert list(remaining.from_end()) == [2, 1, 0]

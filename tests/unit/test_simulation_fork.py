"""A fork does its task with what was there before, and an error or an end of it is heard of."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import pytest

from neurosim.errors import CapacityError, PricingError
from neurosim.simulation.fork import Fork


def fail(error):
    raise error


def test_a_fork_finds_what_its_task_returns_in_another_process():
    here, values = os.getpid(), np.arange(100_000)  # more than a pipe holds
    with Fork(lambda: (os.getpid(), values * 2)) as fork:
        process, doubled = fork.result()
    assert process != here
    assert np.array_equal(doubled, values * 2)


def test_an_error_of_the_task_is_raised_where_the_result_is_asked_for():
    with Fork(lambda: fail(PricingError("no price"))) as fork, pytest.raises(PricingError) as seen:
        fork.result()
    assert str(seen.value) == "no price"
    assert "in fail" in seen.value.__notes__[0]


def test_a_killed_process_is_an_error_not_a_wait_without_end():
    with Fork(lambda: os.kill(os.getpid(), signal.SIGKILL)) as fork, pytest.raises(CapacityError) as seen:
        fork.result()
    assert str(seen.value) == (
        "another process ended before it was done (exit code -9), most likely because memory ran out; "
        "take fewer processes"
    )


def test_a_fork_does_not_outlive_its_block():
    with Fork(lambda: time.sleep(3600)) as fork:
        process = fork._process
        assert process.is_alive()
    assert process.exitcode == -signal.SIGTERM


def test_a_fork_leaves_an_interruption_to_the_process_that_began_it():
    with Fork(lambda: os.kill(os.getpid(), signal.SIGINT) or "went on") as fork:
        assert fork.result() == "went on"


def test_a_fork_ends_with_a_process_that_is_killed():
    reader, writer = os.pipe()

    def outlive():
        os.write(writer, b"at work")
        time.sleep(30)
        os.write(writer, b", and still there")

    if (process := os.fork()) == 0:
        try:
            with Fork(outlive):
                os.close(writer)
                signal.pause()
        finally:
            os._exit(1)  # never back into the test runner
    os.close(writer)
    said = os.read(reader, 100)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    assert said + os.read(reader, 100) == b"at work"  # nothing more comes, because nobody is left to write
    os.close(reader)

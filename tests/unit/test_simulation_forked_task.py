"""A fork does its task with what was there before, and an error or an end of it is heard of."""

from __future__ import annotations

import fcntl
import os
import signal
import termios
import threading
import time
from array import array

import numpy as np
import pytest

from neurosim.errors import CapacityError, DocumentError, NeurosimError, PricingError, Problem
from neurosim.simulation.workers.forked_task import ForkedTask, results


def fail(error):
    raise error


def wait_for_bytes(connection, wanted):
    """Wait until so many bytes can be received: more than those that only say how long the message is."""
    waiting = array("i", [0])
    while waiting[0] < wanted:
        fcntl.ioctl(connection.fileno(), termios.FIONREAD, waiting)
        time.sleep(0.001)


class AsymmetricError(Exception):
    """An error that cannot be made again from what its text is made of."""

    def __init__(self, first, second):
        super().__init__(f"{first} and {second}")


class ClosedError(Exception):
    """An error that holds what cannot be pickled."""

    def __init__(self, text):
        super().__init__(text)
        self.lock = threading.Lock()


def test_a_fork_finds_what_its_task_returns_in_another_process():
    here, values = os.getpid(), np.arange(100_000)  # more than a pipe holds
    with ForkedTask(lambda: (os.getpid(), values * 2)) as fork:
        process, doubled = fork.result()
    assert process != here
    assert np.array_equal(doubled, values * 2)


def test_an_error_of_the_task_is_raised_where_the_result_is_asked_for():
    with ForkedTask(lambda: fail(PricingError("no price"))) as fork, pytest.raises(PricingError) as seen:
        fork.result()
    assert str(seen.value) == "no price"
    assert "in fail" in seen.value.__notes__[0]


@pytest.mark.parametrize(
    "error", [AsymmetricError("one", "two"), ClosedError("one and two")], ids=lambda error: str(type(error))
)
def test_an_error_that_cannot_be_sent_is_told_in_words_with_the_place(error):
    with ForkedTask(lambda: fail(error)) as fork, pytest.raises(NeurosimError) as seen:
        fork.result()
    assert str(seen.value) == f"internal error: {type(error).__name__}: one and two"
    assert type(seen.value) is NeurosimError
    assert "in fail" in seen.value.__notes__[0]


def test_an_error_with_fields_of_its_own_comes_with_them():
    problem = Problem("a.yaml", 1, 2, "chip", "unknown")
    with ForkedTask(lambda: fail(DocumentError([problem]))) as fork, pytest.raises(DocumentError) as seen:
        fork.result()
    assert (seen.value.problems, str(seen.value)) == ([problem], "a.yaml:1:2: chip: unknown")


def test_a_result_that_cannot_be_sent_is_an_error_not_an_end():
    with ForkedTask(lambda: time.sleep) as fork:
        assert fork.result() is time.sleep
    with ForkedTask(lambda: lambda: None) as fork, pytest.raises(AttributeError, match=r"^Can't pickle local object"):
        fork.result()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_process_is_an_error_not_a_wait_without_end(number):
    with ForkedTask(lambda: os.kill(os.getpid(), number)) as fork, pytest.raises(CapacityError) as seen:
        fork.result()
    assert str(seen.value) == (
        f"another process ended before it was done (exit code {-number}), most likely because memory ran out; "
        "take fewer processes"
    )


def test_a_process_that_is_killed_while_it_sends_is_a_killed_one():
    with ForkedTask(lambda: np.zeros(4_000_000)) as fork:  # more than a pipe holds
        wait_for_bytes(fork._receiver, 4096)
        os.kill(fork._process.pid, signal.SIGKILL)
        with pytest.raises(CapacityError) as seen:
            fork.result()
    assert str(seen.value) == (
        "another process ended before it was done (exit code -9), most likely because memory ran out; "
        "take fewer processes"
    )


@pytest.mark.parametrize(
    ("end", "code"), [(lambda: os._exit(7), 7), (lambda: os.kill(os.getpid(), signal.SIGUSR1), -signal.SIGUSR1)]
)
def test_of_a_process_that_ended_by_its_own_fault_nobody_says_that_memory_ran_out(end, code):
    with ForkedTask(end) as fork, pytest.raises(NeurosimError) as seen:
        fork.result()
    assert type(seen.value) is NeurosimError
    assert str(seen.value) == f"internal error: another process ended before it was done (exit code {code})"


def test_a_fork_does_not_outlive_its_block():
    with ForkedTask(lambda: time.sleep(3600)) as fork:
        process = fork._process
        assert process.is_alive()
    assert process.exitcode == -signal.SIGTERM


def test_a_fork_that_is_told_to_end_tidies_up_first(tmp_path):
    def tidy():
        try:
            (tmp_path / "begun").touch()
            time.sleep(3600)
        finally:
            (tmp_path / "tidied").touch()

    with ForkedTask(tidy) as fork:
        while not (tmp_path / "begun").exists():
            time.sleep(0.001)
    assert fork._process.exitcode == -signal.SIGTERM
    assert (tmp_path / "tidied").exists()


def test_a_fork_that_is_told_to_end_where_nothing_can_be_raised_ends_a_moment_later(tmp_path, capfd):
    class Final:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0)

    def task():
        Final()
        time.sleep(3600)

    with ForkedTask(task) as fork, pytest.raises(CapacityError):
        fork.result()
    assert capfd.readouterr().err == ""


def test_a_killed_process_is_heard_of_while_others_are_at_work():
    with (
        ForkedTask(lambda: time.sleep(3600)) as slow,
        ForkedTask(lambda: os.kill(os.getpid(), signal.SIGKILL)) as killed,
    ):
        slow.raise_if_failed()
        with pytest.raises(CapacityError):
            list(results([slow, killed]))
        with pytest.raises(CapacityError):
            killed.raise_if_failed()


def test_results_come_in_the_order_of_the_forks():
    with ForkedTask(lambda: time.sleep(0.1) or 1) as first, ForkedTask(lambda: 2) as second:
        assert list(results([first, second])) == [1, 2]


def test_a_fork_leaves_an_interruption_to_the_process_that_began_it():
    with ForkedTask(lambda: os.kill(os.getpid(), signal.SIGINT) or "went on") as fork:
        assert fork.result() == "went on"


def test_a_fork_ends_with_a_process_that_is_killed():
    reader, writer = os.pipe()

    def outlive():
        os.write(writer, b"at work")
        time.sleep(30)
        os.write(writer, b", and still there")

    if (process := os.fork()) == 0:
        try:
            with ForkedTask(outlive):
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

"""What goes wrong on the way: a full disk, no permission, Ctrl-C, a reader that has gone, and our own faults."""

import errno
import os
import signal
import time
from pathlib import Path

import pytest

from tests.cli.command import entries, neurosim, started, workload


@pytest.fixture
def failing(monkeypatch):
    """Make one function fail as a disk does."""

    def fail(target, number):
        def broken(*arguments, **named):
            raise OSError(number, os.strerror(number), "somewhere")

        monkeypatch.setattr(target, broken)

    return fail


WRITERS = [
    "neurosim.report.figures.write_figures",
    "neurosim.report.data.layers.write_layers",
    "neurosim.experiments.run.write_run",
]


@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_is_one_message_and_leaves_nothing_of_the_run(here, undrawn, failing, writer):
    failing(writer, errno.ENOSPC)
    outcome = neurosim("run", workload(), "--out", "reports/mine")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "reports/mine: cannot be written: the disk is full\n"
    assert list((here / "reports").iterdir()) == []


def test_a_full_disk_leaves_the_older_run_as_it_was(here, undrawn, failing):
    assert neurosim("run", workload(), "--out", "mine").code == 0
    before = {name: (here / "mine" / name).read_bytes() for name in entries(here / "mine")}
    failing("neurosim.experiments.run.write_run", errno.ENOSPC)
    assert neurosim("run", workload(), "--out", "mine").code == 2
    assert {name: (here / "mine" / name).read_bytes() for name in entries(here / "mine")} == before
    assert sorted(path.name for path in here.iterdir()) == ["mine", "small.yaml"]


def test_a_full_disk_behind_stdout(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        process = started("list", "chips", cwd=tmp_path, stdout=full)
        _, err = process.communicate()
    assert (process.returncode, err) == (2, "stdout: cannot be written: No space left on device\n")


def test_a_reader_that_has_gone_is_no_error(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    process = started("list", "chips", cwd=tmp_path, stdout=writer)
    os.close(writer)
    _, err = process.communicate()
    assert (process.returncode, err) == (0, "")


@pytest.mark.parametrize(
    ("out", "reason"),
    [
        ("small.yaml/deeper/run", "small.yaml/deeper/run: cannot be written: a part of the path is a file"),
        ("small.yaml", "small.yaml: is a file; choose a folder"),
        (".", ".: is not empty and not a run folder; choose another"),
        ("x" * 300, f"{'x' * 300}: cannot be written: the name is too long"),
    ],
)
def test_a_folder_that_cannot_be_written_is_refused_before_the_simulation(here, monkeypatch, out, reason):
    monkeypatch.setattr("neurosim.experiments.simulate.observe", None)
    outcome = neurosim("run", workload(), "--out", out)
    assert (outcome.code, outcome.out, outcome.err) == (2, "", f"{reason}\n")
    assert entries(here) == ["small.yaml"]


@pytest.mark.parametrize(
    ("number", "reason"), [(errno.EACCES, "permission denied"), (errno.EROFS, "the file system is read-only")]
)
def test_a_folder_without_permission(here, failing, number, reason):
    failing("tempfile.NamedTemporaryFile", number)
    outcome = neurosim("run", workload(), "--out", "mine")
    assert (outcome.code, outcome.err) == (2, f"mine: cannot be written: {reason}\n")


def await_(condition, process):
    """Wait until something is so, for a minute at most; False where the process ends before."""
    for _ in range(6000):
        if condition():
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.01)
    return False


def test_an_interruption_while_simulating_leaves_no_folder(tmp_path):
    process = started("run", "lenet", "-q", "--set", "stimulus.images=2000", cwd=tmp_path)
    assert await_((tmp_path / "reports").is_dir, process)  # made when all is prepared
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out, err) == (130, "", "interrupted; nothing was written\n")
    assert list((tmp_path / "reports").iterdir()) == []


def test_an_interruption_while_writing_leaves_neither_a_run_nor_a_part_of_one(tmp_path):
    process = started("run", "lenet", "-q", cwd=tmp_path)
    reports = tmp_path / "reports"
    assert await_(lambda: any(path.is_dir() for path in reports.glob(".lenet-*")), process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out, err) == (130, "", "interrupted; nothing was written\n")
    assert list(reports.iterdir()) == []


@pytest.fixture
def faulty(monkeypatch):
    def prepare(*arguments):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("neurosim.experiments.simulate.prepare", prepare)


def test_an_internal_error_says_that_it_is_one(faulty):
    outcome = neurosim("check", "digits")
    assert (outcome.code, outcome.out) == (70, "")
    assert outcome.err == (
        "internal error: ZeroDivisionError: division by zero\nNEUROSIM_DEBUG=1 shows where; please report it\n"
    )


def test_debugging_shows_the_traceback_above_the_message(faulty):
    outcome = neurosim("check", "digits", NEUROSIM_DEBUG="1")
    assert outcome.code == 70
    assert outcome.err.startswith("Traceback (most recent call last):\n")
    assert outcome.err.count("internal error: ZeroDivisionError: division by zero\n") == 1


def test_debugging_shows_the_traceback_of_a_users_error_too():
    plain, debugged = neurosim("check", "digts"), neurosim("check", "digts", NEUROSIM_DEBUG="1")
    assert (plain.code, debugged.code) == (2, 2)
    assert plain.err == "unknown workload 'digts'; did you mean 'digits'?\n"
    assert debugged.err.startswith("Traceback (most recent call last):\n")
    assert debugged.err.endswith(plain.err)


def test_out_of_memory_says_what_takes_less(monkeypatch):
    def prepare(*arguments):
        raise MemoryError

    monkeypatch.setattr("neurosim.experiments.simulate.prepare", prepare)
    outcome = neurosim("check", "digits")
    assert (outcome.code, outcome.err) == (70, "out of memory; take fewer images or noc: lower_bound\n")

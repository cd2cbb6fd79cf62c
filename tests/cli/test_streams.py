"""Whatever is behind stdout and stderr, closed, full, without a reader or of few letters, no command fails at it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


def shell(tail, *arguments, **environment):
    """Run a command with what a shell puts behind it."""
    command = f'"$0" -m neurosim "$@" {tail}'
    return subprocess.run(["bash", "-c", command, sys.executable, *arguments], capture_output=True,
                          env={**os.environ, **environment}, check=False)  # fmt: skip


@pytest.mark.parametrize(
    "tail", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "2>/dev/full", "| true; exit ${PIPESTATUS[0]}"]
)
@pytest.mark.parametrize(("arguments", "code"), [(("list", "chips"), 0), (("--help",), 0), (("list", "chps"), 2)])
def test_streams_that_take_nothing(tail, arguments, code):
    ended = shell(tail, *arguments)
    assert ended.returncode == code
    assert b"Traceback" not in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [("list", "chips"), ("--help",), ("--version",)])
def test_a_full_disk_behind_stdout_is_told_once(arguments):
    ended = shell(">/dev/full", *arguments)
    assert (ended.returncode, ended.stderr) == (2, b"stdout: cannot be written: No space left on device\n")


def test_characters_that_a_terminal_lacks_are_written_as_others():
    plain = shell("", "reproduce", "datta2023", **ASCII)
    assert plain.returncode == 0
    assert plain.stdout.isascii()
    assert b"?" not in plain.stdout.replace(b"? ", b"")
    full = shell("", "reproduce", "datta2023", PYTHONUTF8="1")
    assert len(plain.stdout.splitlines()) == len(full.stdout.splitlines())


def test_json_says_the_same_in_ascii():
    plain, full = (shell("", "list", "chips", "--json", **env) for env in (ASCII, {"PYTHONUTF8": "1"}))
    assert plain.stdout.isascii()
    assert json.loads(plain.stdout) == json.loads(full.stdout)


def test_a_name_that_is_no_text_comes_out_as_it_went_in():
    ended = shell("", b"run", b"caf\xe9.yaml")
    assert ended.returncode == 2
    assert b"caf\xe9.yaml" in ended.stderr

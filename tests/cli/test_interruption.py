"""Ctrl-C and SIGTERM end a command the same way at any moment, without a traceback and with the signal's exit code."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

BY_SIGNAL = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def program(body, number):
    """Run a program as the command's, that sends itself the signal in some place; ``command`` is what the verb does."""
    text = f"""
        import os, signal, sys
        from neurosim.cli import interruption
        from neurosim.cli.outcome import outcome
        def strike():
            os.kill(os.getpid(), {int(number)})
        interruption.listen()
        {textwrap.indent(textwrap.dedent(body), " " * 8).strip()}
        code = outcome(command)
        interruption.finish()
        sys.exit(code)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(text)], capture_output=True, text=True, check=False)
    return ended.returncode, ended.stderr


@pytest.mark.parametrize("number", BY_SIGNAL)
def test_each_signal_interrupts_and_gives_its_exit_code(number):
    body = """
        def command():
            strike()
            raise AssertionError("went on")
    """
    assert program(body, number) == (BY_SIGNAL[number], "interrupted; nothing was written\n")


@pytest.mark.parametrize("number", BY_SIGNAL)
def test_an_error_that_a_library_makes_of_an_interruption_is_none(number):
    body = """
        def command():
            try:
                strike()
            except BaseException:
                raise ImportError("DLL load failed")
    """
    assert program(body, number) == (BY_SIGNAL[number], "interrupted\n")


def test_an_interruption_that_a_finaliser_drops_comes_again():
    body = """
        import time
        class Final:
            def __del__(self):
                strike()
                time.sleep(0)
        def command():
            Final()
            time.sleep(20)
    """
    assert program(body, signal.SIGINT) == (130, "interrupted; nothing was written\n")


def test_an_import_of_a_library_is_not_interrupted_but_followed_by_the_interruption(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    (tmp_path / "slow_library.py").write_text(
        "import os, time\nos.kill(os.getpid(), 2)\ntime.sleep(0.1)\nprint('whole')\n"
    )
    body = """
        import time
        def command():
            try:
                import slow_library
                time.sleep(20)
            finally:
                assert "slow_library" in sys.modules
    """
    assert program(body, signal.SIGINT) == (130, "interrupted; nothing was written\n")


@pytest.mark.parametrize(
    "lines",
    [
        "interruption.listen(); interruption.finish(); os.kill(os.getpid(), 2)",
        "signal.signal(2, signal.SIG_IGN); interruption.listen(); os.kill(os.getpid(), 2)",
    ],
    ids=["after the end of the command", "ignored from the start"],
)
def test_what_is_not_to_be_heard_is_not(lines):
    text = f"import os, signal\nfrom neurosim.cli import interruption\n{lines}\n"
    ended = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")

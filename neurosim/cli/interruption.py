"""Interruption: Ctrl-C, and the signals that ask a process to terminate, are handled alike.

Each raises KeyboardInterrupt in the running code, which then cleans up. Libraries do not always let it through: an
interrupted import may fail in another way or print a traceback, and an exception inside a finaliser is printed and
dropped. So while a verb imports its modules, with nothing to clean up yet, the process ends at once; an interruption
of any other import is postponed to its end, and one that was dropped is repeated.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
RETRY_S = 0.02
"""Seconds after which an interruption that could not be raised is tried again."""
PACKAGE = "neurosim.cli"
SHELL_OFFSET = 128
"""What shells add to the number of the signal that ended a command (POSIX, 2.8.2)."""

_received: int | None = None
_is_over = False


def listen() -> None:
    """Interrupt the main thread on any of the signals that the parent process did not have this one ignore."""
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)
    signal.signal(signal.SIGALRM, _again)
    sys.unraisablehook = _dropped
    sys.excepthook = _printed


def finish() -> None:
    """Ignore further signals: the command has ended, and the process is about to exit."""
    global _is_over  # noqa: PLW0603 - signals are the process's own
    _is_over = True


def was_received() -> bool:
    """Return whether a signal has arrived, even if its exception was swallowed."""
    return _received is not None


def exit_code() -> int:
    """Return the exit code of an interrupted command, as shells give it: 130 for Ctrl-C, 143 for SIGTERM."""
    return SHELL_OFFSET + (_received or signal.SIGINT)


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _received  # noqa: PLW0603
    if _is_over:
        return
    _received = _received or number
    importer = _importer(frame)
    if importer is None:
        raise KeyboardInterrupt
    if importer.startswith(PACKAGE):
        with suppress(OSError):
            os.write(2, b"interrupted\n")
        os._exit(exit_code())
    signal.setitimer(signal.ITIMER_REAL, RETRY_S)


def _again(number: int, frame: FrameType | None) -> None:
    if _received is not None:
        _interrupt(_received, frame)


def _dropped(about: Any) -> None:
    """Repeat an interruption that arrived where nothing can be raised; print other errors as Python does."""
    if _received is None:
        sys.__unraisablehook__(about)
    elif not _is_over:
        signal.setitimer(signal.ITIMER_REAL, RETRY_S)


def _printed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Do the same where a library written in C would print an interruption and go on."""
    if _received is None:
        sys.__excepthook__(kind, error, trace)
    elif not _is_over:
        signal.setitimer(signal.ITIMER_REAL, RETRY_S)


def _importer(frame: FrameType | None) -> str | None:
    """Return the outermost module that is being imported around ``frame``; None outside of imports."""
    importer, is_import = None, False
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            is_import = True
        elif is_import:
            importer, is_import = str(frame.f_globals.get("__name__")), False
        frame = frame.f_back
    return importer

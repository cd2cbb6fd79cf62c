"""Interruption: Ctrl-C, and the signals by which a system asks a process to end, are one thing and end it one way.

Each raises KeyboardInterrupt in what is being done, which then tidies up. Libraries do not always let it through: an
import that is interrupted may fail in another way or print a traceback, and what a finaliser raises is printed and
dropped. So while a verb imports what it needs, and has nothing to tidy up yet, the process ends at once; an
interruption of any other import waits for its end, and one that was dropped is repeated.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN_S = 0.02
"""After so many seconds an interruption that could not be raised is tried again."""
PACKAGE = "neurosim.cli"
BY_SHELLS = 128
"""What shells add to the number of the signal that ended a command."""

_received: int | None = None
_is_over = False


def listen() -> None:
    """Interrupt the main thread on any of the signals, but those that whoever started this process had it ignore."""
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)
    signal.signal(signal.SIGALRM, _again)
    sys.unraisablehook = _dropped
    sys.excepthook = _printed


def finish() -> None:
    """Interrupt nothing any more: the command has ended, and the process is about to."""
    global _is_over  # noqa: PLW0603 - signals are the process's own
    _is_over = True


def was_received() -> bool:
    """Return whether a signal has come, whatever became of the exception that it raised."""
    return _received is not None


def exit_code() -> int:
    """Return the exit code of an interrupted command, 130 for Ctrl-C and 143 for SIGTERM, as shells have it."""
    return BY_SHELLS + (_received or signal.SIGINT)


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
    signal.setitimer(signal.ITIMER_REAL, AGAIN_S)


def _again(number: int, frame: FrameType | None) -> None:
    if _received is not None:
        _interrupt(_received, frame)


def _dropped(about: Any) -> None:
    """Repeat an interruption that came where nothing can be raised; tell of other errors as usual."""
    if _received is None:
        sys.__unraisablehook__(about)
    elif not _is_over:
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S)


def _printed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Do the same where a library written in C would print an interruption and go on."""
    if _received is None:
        sys.__excepthook__(kind, error, trace)
    elif not _is_over:
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S)


def _importer(frame: FrameType | None) -> str | None:
    """Return the name of the module whose import is going on around ``frame``, the outermost one; None if none is."""
    importer, is_import = None, False
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            is_import = True
        elif is_import:
            importer, is_import = str(frame.f_globals.get("__name__")), False
        frame = frame.f_back
    return importer

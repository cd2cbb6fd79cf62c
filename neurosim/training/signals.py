"""Signals that wait for the end of a batch, so that a checkpoint can be written first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def deferred() -> Iterator[Callable[[], bool]]:
    """Defer Ctrl-C within the block; yields a function that says whether it was pressed. A second one interrupts.

    The same holds for the other ``SIGNALS`` where a handler is installed, as the command does. A deferred signal is
    raised when the block has ended. Signals reach the main thread only: elsewhere nothing changes.
    """
    pressed: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        if len(pressed) > 1:
            handlers[signal.Signals(number)](number, frame)

    handlers = {number: handler for number in SIGNALS if callable(handler := signal.getsignal(number))}
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    for number in handlers:
        signal.signal(number, note)
    try:
        yield lambda: bool(pressed)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if len(pressed) == 1:
        signal.raise_signal(pressed[0])

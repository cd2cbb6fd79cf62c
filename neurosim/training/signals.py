"""An interruption that waits for the end of a batch, so that what has been learnt can be kept."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def deferred() -> Iterator[Callable[[], bool]]:
    """Give what tells whether Ctrl-C has been pressed meanwhile; pressed again, it interrupts at once.

    So do other signals that somebody handles, as the command does. What was held back is handled when the block has
    ended. Signals reach the main thread only: elsewhere nothing changes.
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

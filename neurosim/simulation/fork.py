"""Fork: a copy of this process that does one task beside it."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from threading import Thread
from typing import Generic, TypeVar

from neurosim.errors import CapacityError

Found = TypeVar("Found")


class Fork(Generic[Found]):
    """A process that begins as a copy of this one, does ``task`` and sends back what it found.

    It shares all memory with this one until either writes there. It ends with the block that it is opened in, done or
    not, and with this process, whatever becomes of that.
    """

    def __init__(self, task: Callable[[], Found]) -> None:
        context = get_context("fork")
        self._found, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(task, sender), daemon=True)
        self._process.start()
        sender.close()  # the copy's is the only one, so that its end is noticed

    def result(self) -> Found:
        """Wait for what was found. An error of the task is raised here; CapacityError, if the process was killed."""
        try:
            found, error = self._found.recv()
        except EOFError:
            self._process.join()
            raise CapacityError(
                f"another process ended before it was done (exit code {self._process.exitcode}), most likely because "
                "memory ran out; take fewer processes"
            ) from None
        if error is not None:
            raise error
        return found

    def __enter__(self) -> Fork[Found]:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()
        self._found.close()


def _work(task: Callable[[], object], sender: Connection) -> None:
    """Do the task and send (found, None), or (None, error) with the traceback as a note."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that began it is interrupted, and ends it
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        found = task()
    except Exception as error:
        error.add_note(traceback.format_exc())
        sender.send((None, error))
    else:
        sender.send((found, None))


def _end_with_parent() -> None:
    """End this process when the one that began it is gone; one that is killed has no time to see to that."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)

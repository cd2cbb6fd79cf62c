"""A forked task: a copy of this process that does one task in parallel."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from threading import Thread
from types import FrameType
from typing import Any, Generic, TypeVar, cast

from neurosim.errors import CapacityError, NeurosimError

Value = TypeVar("Value")
FROM_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM)
"""Exit codes of a process killed from outside, as the kernel or a daemon does when memory runs out."""
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN_S = 0.02
TIDYING_S = 2.0
"""Seconds that a process may take to tidy up after SIGTERM, before it is killed (an assumption)."""


class ForkedTask(Generic[Value]):
    """A process that begins as a copy of this one, does ``task`` and sends back its value.

    It shares all memory with this one until either writes there. It ends with the block in which it was opened,
    finished or not, and with this process, however that ends.
    """

    def __init__(self, task: Callable[[], Value]) -> None:
        context = get_context("fork")
        self._receiver, sender = context.Pipe(duplex=False)
        self._received: tuple[Any, Exception | None] | None = None
        self._process = context.Process(target=_work, args=(task, sender), daemon=True)
        with _signals_blocked():  # until the copy has handlers of its own
            self._process.start()
        sender.close()  # the copy's is the only one, so that its end is noticed

    def result(self) -> Value:
        """Wait for the value of the task. An error of the task is raised here; CapacityError if the process was killed.

        NeurosimError if the process ended in another way, or with an error that cannot be sent.
        """
        if self._received is None:
            try:
                self._received = self._receiver.recv()
            except (EOFError, OSError):  # OSError where it ended while it was sending
                self._received = None, self._end()
        value, error = self._received
        if error is not None:
            raise error
        return cast(Value, value)

    def raise_if_failed(self) -> None:
        """Raise what :meth:`result` would raise, if that is known by now."""
        if self._received is not None or self._receiver.poll():
            self.result()

    def _end(self) -> NeurosimError:
        """Wait for the end of a process that has sent no complete value, and return the error that it means."""
        self._process.join()
        code = self._process.exitcode
        ended = f"another process ended before it was done (exit code {code})"
        if code in FROM_OUTSIDE:
            return CapacityError(f"{ended}, most likely because memory ran out; take fewer processes")
        return NeurosimError(f"internal error: {ended}")

    def __enter__(self) -> ForkedTask[Value]:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join(TIDYING_S)
        self._process.kill()
        self._process.join()
        self._receiver.close()


def results(forks: Sequence[ForkedTask[Value]]) -> Iterator[Value]:
    """Yield the values of ``forks`` in their order, when all have finished; the first error of any is raised at once.

    Errors are those of :meth:`ForkedTask.result`.
    """
    pending = {fork._receiver: fork for fork in forks if fork._received is None}
    while pending:
        for ready in wait(list(pending)):
            assert isinstance(ready, Connection)
            pending.pop(ready).result()
    for fork in forks:
        yield fork.result()


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Hold back the signals that end a process until the block has ended."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _TerminationError(BaseException):
    """The process has received SIGTERM."""


def _work(task: Callable[[], object], sender: Connection) -> None:
    """Do the task and send (value, None), or (None, error) with the traceback as a note.

    The value may prove impossible to pickle, so that is done where errors are caught. After SIGTERM a process tidies up
    first, and ends like one that was killed.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that began it is interrupted, and ends it
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGALRM, _terminate)
    sys.unraisablehook = _dropped
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        try:
            message = pickle.dumps((task(), None))
        except Exception as error:
            message = pickle.dumps((None, _sendable(error, traceback.format_exc())))
        sender.send_bytes(message)
    except _TerminationError:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTERM)


def _terminate(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # tidying up is not to be disturbed
    raise _TerminationError


def _dropped(about: Any) -> None:
    """Have the process end a moment later, if it was told to where nothing can be raised, as in a callback from C."""
    if issubclass(about.exc_type, _TerminationError):
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
    else:
        sys.__unraisablehook__(about)


def _sendable(error: Exception, trace: str) -> Exception:
    """Return ``error``, or a NeurosimError if pickling would lose or change it; ``trace`` is its note."""
    try:
        again = pickle.loads(pickle.dumps(error))
        survives = type(again) is type(error) and str(again) == str(error)
    except Exception:
        survives = False
    sent = error if survives else NeurosimError(f"internal error: {type(error).__name__}: {error}")
    sent.add_note(trace)
    return sent


def _end_with_parent() -> None:
    """End this process when the one that began it is gone; one that is killed has no time to see to that."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(TIDYING_S)
    os._exit(1)

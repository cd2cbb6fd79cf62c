"""Remaining: what nobody has begun yet, taken by several processes from both ends."""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager

START, END, FINISHED = range(3)
BYTES = 8 * 3


class WorkQueue:
    """The numbers from ``start`` up to but not with ``end``, one for all processes that are forked hereafter.

    Each goes to whoever asks first, so that nobody waits for a slower one before everything is begun. The lock is the
    system's, which takes it back from a process that is killed: nobody waits for one that is gone.
    """

    def __init__(self, start: int, end: int) -> None:
        self._memory = os.fdopen(os.memfd_create("remaining"), "r+b")
        self._memory.truncate(BYTES)
        self._shared = memoryview(mmap.mmap(self._memory.fileno(), BYTES)).cast("q")
        self._shared[START], self._shared[END] = start, end

    @property
    def finished(self) -> int:
        """How many of those taken from the end are done with."""
        return self._shared[FINISHED]

    def from_start(self) -> Iterator[int]:
        """Take the smallest number and yield it, until there is none."""
        while True:
            with self._locked():
                number = self._shared[START]
                if number >= self._shared[END]:
                    return
                self._shared[START] += 1
            yield number

    def from_end(self) -> Iterator[int]:
        """Take the largest number and yield it, until there is none; it is finished when the next one is asked for."""
        while True:
            with self._locked():
                number = self._shared[END] - 1
                if number < self._shared[START]:
                    return
                self._shared[END] -= 1
            yield number
            with self._locked():
                self._shared[FINISHED] += 1

    def clear(self) -> None:
        """Leave nothing to anybody."""
        with self._locked():
            self._shared[START] = self._shared[END]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        fcntl.lockf(self._memory, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._memory, fcntl.LOCK_UN)

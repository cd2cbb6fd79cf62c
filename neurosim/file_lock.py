"""A lock on a folder: one process at a time works in it, and a process that is killed holds none."""

from __future__ import annotations

import errno
import fcntl
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

LOCK = ".lock"
UNLOCKABLE = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)  # what file systems say that know no locks


class LockedError(Exception):
    """Another process works in the folder; the text says which."""


@contextmanager
def locked(folder: Path, waiting: Callable[[str], Any] | None = None) -> Iterator[None]:
    """Keep other processes out of ``folder`` within the block.

    Where one is in it, ``waiting`` is told which and its end is awaited; without ``waiting``, LockedError. The system
    takes the lock back when a process ends, however it does; where files cannot be locked there is none.
    """
    with _opened(folder / LOCK, waiting) as file:
        file.truncate(0)
        file.write(f"process {os.getpid()} on {platform.node()}\n".encode())
        file.flush()
        try:
            yield
        finally:
            (folder / LOCK).unlink(missing_ok=True)


@contextmanager
def _opened(path: Path, waiting: Callable[[str], Any] | None) -> Iterator[IO[bytes]]:
    """Open the lock file and lock it; one that its last holder removed meanwhile is no lock, so another is made."""
    while True:
        with path.open("a+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                who = file.readline().decode(errors="replace").strip() or "another process"
                if waiting is None:
                    raise LockedError(who) from None
                waiting(who)
                fcntl.flock(file, fcntl.LOCK_EX)
            except OSError as error:
                if error.errno not in UNLOCKABLE:
                    raise
            try:
                is_there = os.path.samestat(os.fstat(file.fileno()), path.stat())
            except FileNotFoundError:
                is_there = False
            if is_there:
                yield file
                return

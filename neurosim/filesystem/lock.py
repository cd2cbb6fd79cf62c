"""A lock file: one process at a time does something, and the others are told which one does it."""

from __future__ import annotations

import fcntl
import os
import platform
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from neurosim.errors import DocumentError
from neurosim.filesystem.partial_folder import UNLOCKABLE, is_at


@contextmanager
def locked(path: Path, busy: Callable[[str], str], wait: bool = False) -> Iterator[None]:
    """Keep other processes out within the block; ``busy`` says why, of the process that has the lock.

    DocumentError where another process is in it, unless it is to ``wait`` for that one's end. The system takes the lock
    back when a process ends, however it does; where files cannot be locked there is none. The file is removed.
    """
    descriptor = _held(path, busy, wait)
    try:
        os.truncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()} on {platform.node()}\n".encode())
        yield
    finally:
        path.unlink(missing_ok=True)
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # at once, even where a forked process still has it open
        os.close(descriptor)


def is_lock(path: Path) -> bool:
    """Whether a file is a lock of ours, held or left behind."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return re.fullmatch(rb"(process [0-9]+ on \S*\n)?", file.read(400)) is not None
    except OSError:
        return False


def _held(path: Path, busy: Callable[[str], str], wait: bool) -> int:
    """Open the lock file and lock it; one that its last holder removed meanwhile is no lock, so another is made."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o666)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                who = os.pread(descriptor, 200, 0).decode(errors="replace").strip() or "another process"
                raise DocumentError(busy(who)) from None
            except OSError as error:
                if error.errno not in UNLOCKABLE:
                    raise
            if is_at(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)

"""A lock file: one process at a time, and the others learn which one has it."""

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
    """Hold the lock within the block; ``busy`` makes the message from the description of the process that has it.

    DocumentError where another process has it, unless to ``wait`` for that one. The system releases a lock when its
    process ends, however it ends; where files cannot be locked there is none. The file is removed at the end.
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
    """Whether a file is a lock file of neurosim's, held or left behind."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return re.fullmatch(rb"(process [0-9]+ on \S*\n)?", file.read(400)) is not None
    except OSError:
        return False


def _held(path: Path, busy: Callable[[str], str], wait: bool) -> int:
    """Open and lock the lock file; if its last holder removed it meanwhile, make another."""
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

"""Partial files and folders: hidden beside their place, and locked while their process lives.

``.NAME.partial-HEX`` is a file or a folder that will become ``NAME``. The system releases its lock when the process
ends, however it ends, so one that no process holds was left by a kill and is removed. Where files cannot be locked
nothing is taken for a leftover.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

PARTIAL = ".partial-"
REPLACED = ".replaced-"  # the previous one, where the file system cannot exchange two names in one step
LOCK = ".lock"
UNLOCKABLE = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF, errno.EINVAL)  # of systems without locks
LONGEST = 200  # bytes of a name that a hidden name holds; its own limit is 255
OWN = "[0-9a-z_]{8,12}"  # the end of a hidden name
HIDDEN = re.compile(rf"\..+\.(partial|replaced)-{OWN}|(\..+)?\.lock", re.DOTALL)


def hidden_name(path: Path, kind: str = PARTIAL) -> str:
    """The part of a hidden name that says what it belongs to; a long name is shortened and hashed."""
    name = path.name
    if len(os.fsencode(name)) > LONGEST:
        name = f"{name[:40]}~{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}"
    return f".{name}{kind}"


def new_path(path: Path, kind: str = PARTIAL) -> Path:
    """A new hidden path beside ``path``."""
    return path.with_name(hidden_name(path, kind) + secrets.token_hex(6))


def leftovers(path: Path, kind: str = PARTIAL) -> list[Path]:
    """The hidden paths beside ``path`` that belong to it, whichever process made them."""
    pattern = re.compile(re.escape(hidden_name(path, kind)) + OWN)
    with suppress(OSError):
        return [entry for entry in path.parent.iterdir() if pattern.fullmatch(entry.name)]
    return []


@contextmanager
def made(path: Path, is_folder: bool = False) -> Iterator[tuple[Path, int]]:
    """Make an empty hidden file or folder beside ``path``, locked within the block; yields its path and descriptor."""
    while True:
        partial = new_path(path)
        if is_folder:
            partial.mkdir()
            descriptor = os.open(partial, os.O_RDONLY | os.O_DIRECTORY)
        else:
            descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        with ExitStack() as stack:
            stack.callback(os.close, descriptor)
            try:
                _lock(descriptor)
            except BlockingIOError:
                continue  # another process is about to remove it
            if not is_at(descriptor, partial):
                continue  # another process has removed it
            stack.callback(_unlock, descriptor)
            yield partial, descriptor
            return


def tidy(path: Path) -> list[Path]:
    """Remove what killed processes left of ``path``, and return it; what a live process holds stays."""
    return [partial for partial in leftovers(path) if remove_dead(partial)]


def remove_dead(partial: Path) -> bool:
    """Remove a hidden file or folder that no process holds; return whether it was removed."""
    try:
        descriptor = os.open(partial, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        if not _lock(descriptor):
            return False
        if not is_at(descriptor, partial):
            return False
        if partial.is_dir():
            shutil.rmtree(partial, ignore_errors=True)
        else:
            partial.unlink(missing_ok=True)
        return not partial.exists()
    except OSError:
        return False
    finally:
        os.close(descriptor)


def is_at(descriptor: int, path: Path) -> bool:
    """Whether an open file is still the one at ``path``."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _lock(descriptor: int) -> bool:
    """Lock an open file; False where the system cannot, BlockingIOError where another process has the lock."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in UNLOCKABLE:
            raise
        return False
    return True


def _unlock(descriptor: int) -> None:
    """Release a lock at once, even where a process forked meanwhile still has the file open."""
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)

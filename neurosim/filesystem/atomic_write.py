"""Atomic writes: a file or folder is written beside its place and renamed in one step, so that readers see it whole."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from neurosim.errors import DocumentError
from neurosim.filesystem.partial_folder import REPLACED, leftovers, made, new_path, remove_dead, tidy

AT_FDCWD, RENAME_EXCHANGE = -100, 2  # <fcntl.h>, <linux/fs.h>
UNABLE = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)  # of a kernel or a file system that cannot exchange names


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a file to write, which becomes ``path`` at the end of the block.

    After an error nothing of it remains and the previous file is still there; DocumentError for an error of the disk.
    What killed processes left of the same file is removed.
    """
    try:
        place = resolved(path)  # a link stays a link
        if place.exists() and not place.is_file():
            raise DocumentError(f"{path}: is {'a folder' if place.is_dir() else 'no ordinary file'}; wanted a file")
        tidy(place)
        with made(place) as (partial, descriptor):
            try:
                with os.fdopen(descriptor, "wb", closefd=False) as file:
                    yield file
                    file.flush()
                    os.fsync(descriptor)
                partial.replace(place)
            finally:
                with suppress(OSError):
                    partial.unlink(missing_ok=True)
    except OSError as error:
        remains = "; the previous file is kept" if path.exists() else ""
        raise DocumentError(f"{path}: cannot be written: {error.strerror or error}{remains}") from error


def replace_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` atomically."""
    with replacing(path) as file:
        file.write(text.encode())


@contextmanager
def filling(folder: Path) -> Iterator[Path]:
    """Yield an empty folder, whose files are moved into ``folder`` at the end of the block, each of them whole."""
    folder.mkdir(parents=True, exist_ok=True)
    tidy(folder / folder.name)
    with made(folder / folder.name, is_folder=True) as (partial, _):
        try:
            yield partial
            for file in sorted(partial.iterdir()):
                file.replace(folder / file.name)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def resolved(path: Path) -> Path:
    """Return the absolute path that ``path`` means, through links and ``..``; OSError where links lead in a circle."""
    try:
        return path.resolve()
    except RuntimeError:  # as Python 3.11 and 3.12 report it
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from None
    except ValueError as error:
        raise OSError(errno.EINVAL, str(error), str(path)) from None


def put_in_place(partial: Path, place: Path) -> None:
    """Rename ``partial`` to ``place`` in one step; what was there is then at ``partial``.

    Where the file system cannot exchange two names there is a moment without either; :func:`recover` repairs that after
    a kill.
    """
    if not place.exists():
        partial.rename(place)
    elif not exchange(partial, place):
        older = new_path(place, REPLACED)
        place.rename(older)
        try:
            partial.rename(place)
        except OSError:
            older.rename(place)
            raise
        older.rename(partial)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two paths in one step; False where the system cannot."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    if renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in UNABLE:
        return False
    raise OSError(number, os.strerror(number), str(other))


def recover(place: Path) -> None:
    """Restore a replaced folder that a kill left without its name; remove it where a newer one has the name."""
    for older in leftovers(place, REPLACED):
        if place.exists():
            remove_dead(older)
        else:
            older.rename(place)

"""A file that takes another's place: written beside it and renamed, so that what is there is whole at any moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from neurosim.errors import DocumentError


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write, which becomes ``path`` when all has gone well.

    Where anything goes wrong nothing of it is left and the file before it is still there; DocumentError if it was the
    disk.
    """
    beside = path.with_name(f"{path.name}.part")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            kept = "; the file before it is kept" if path.exists() else ""
            raise DocumentError(f"{path}: cannot be written: {error.strerror or error}{kept}") from error
        raise


def replace_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` so."""
    with replacing(path) as file:
        file.write(text.encode())

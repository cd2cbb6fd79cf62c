"""Ordinary files: a folder, a pipe or a device is refused before it is opened.

A pipe without a writer blocks forever, and a device may never end; so only ordinary files are read, up to a limit.
"""

from __future__ import annotations

import gzip
import stat
import zlib
from pathlib import Path

from neurosim.errors import DocumentError

LARGEST_BYTES = 2**28
"""Most bytes that are read at once, decompressed: five times the largest file of the known data sets."""


def file_size(path: Path) -> int:
    """Return the size of an ordinary file, in bytes; DocumentError where ``path`` is none that can be read."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise DocumentError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        raise DocumentError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if stat.S_ISDIR(status.st_mode):
        raise DocumentError(f"{path}: is a folder; wanted a file")
    if not stat.S_ISREG(status.st_mode):
        raise DocumentError(f"{path}: is not an ordinary file")
    return status.st_size


def read_bytes(path: Path, most: int = LARGEST_BYTES) -> bytes:
    """Return a file's bytes as they are; DocumentError where there are more than ``most``."""
    if file_size(path) > most:
        raise too_large(path, most)
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(content) > most:  # it grows, or its size is not reported
        raise too_large(path, most)
    return content


def read_start(path: Path, most: int) -> bytes:
    """Return the first ``most`` bytes of a file, or all that it has."""
    file_size(path)
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror or error}") from None


def read_decompressed(path: Path, most: int = LARGEST_BYTES) -> bytes:
    """Return a file's bytes; those of a ``.gz`` decompressed, as far as ``most``, and its checksum verified."""
    if path.suffix != ".gz":
        return read_bytes(path, most)
    file_size(path)
    try:
        with gzip.open(path) as file:
            content = file.read(most + 1)  # the checksum stands behind the end
    except (OSError, EOFError, zlib.error) as error:
        raise DocumentError(f"{path}: truncated or not a gzip file: {error}") from error
    if len(content) > most:
        raise too_large(path, most)
    return content


def too_large(path: Path, most: int) -> DocumentError:
    """Return the refusal of a file that holds more than ``most`` bytes."""
    return DocumentError(f"{path}: holds more than {most // 2**20:,} MiB; is this the right file?")

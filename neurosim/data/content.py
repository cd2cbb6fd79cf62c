"""What a file holds: bytes, compressed or not, and arrays; what is broken is a DocumentError that names the file."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import DocumentError


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes; those of a ``.gz`` decompressed, its checksum verified."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror}") from error
    if path.suffix != ".gz":
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise DocumentError(f"{path}: truncated or not a gzip file: {error}") from error


def array_names(path: Path) -> list[str]:
    """Return the names of the arrays of an ``.npz``."""
    return _arrays(path, None)[1]


def read_arrays(path: Path, names: Iterable[str]) -> list[NDArray]:
    """Return arrays of an ``.npz`` by their names; nothing in the file is ever unpickled."""
    return _arrays(path, list(names))[0]


def _arrays(path: Path, names: list[str] | None) -> tuple[list[NDArray], list[str]]:
    try:
        if not zipfile.is_zipfile(path):
            path.open("rb").close()  # says why, where it cannot be read at all
            raise DocumentError(f"{path}: truncated or not an .npz file")
        with np.load(path, allow_pickle=False) as file:
            lacking = [name for name in names or () if name not in file.files]
            if lacking:
                have = ", ".join(file.files) or "none"
                raise DocumentError(f"{path}: no array '{lacking[0]}'; it has {have}")
            return [file[name] for name in names or ()], list(file.files)
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, MemoryError) as error:
        raise DocumentError(f"{path}: not an .npz of plain arrays: {error}") from error

"""Kernels: functions that numba compiles, once for a machine, and that later processes find compiled.

Numba keeps them in files that it believes: one that a full disk cut short ends every run in an error, and one of which
a byte has changed may be executed. So here a checksum stands behind the content of each file, and what does not have it
is told of and compiled again. Where nothing can be kept, kernels are compiled in every process.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import FunctionCache, IndexDataCacheFile, NullCache

from neurosim.errors import NeurosimWarning

INDEX, CODE = ".checked.nbi", ".checked.*.nbc"
"""Endings of our files: of a kernel's index, and of its code for one signature."""
DIGEST_BYTES = hashlib.sha256().digest_size

PARTS = ("chip", "mapping", "simulation")
"""Packages that have kernels."""

_told: set[Path] = set()


def kernel(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Have ``function`` compiled when it is first called, to run without the interpreter's lock, and keep it compiled.

    With ``options`` for numba alone, return the decorator that they make.
    """
    if function is None:
        return partial(kernel, **options)
    compiled = numba.njit(nogil=True, **options)(function)
    compiled._cache = _cache_of(function)  # what `cache=True` does, with a cache that checks
    return compiled


def folders() -> list[Path]:
    """Return the folders that compiled kernels are kept in, as far as they may be written to: those of numba."""
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        return [Path(chosen)]
    package = Path(__file__).parent
    return [package / part / "__pycache__" for part in PARTS]


def kept(folder: Path) -> list[Path]:
    """Return the indices of the kernels that are kept in a folder or below it."""
    return sorted(folder.rglob(f"*{INDEX}"))


def damaged(folder: Path) -> Iterator[Path]:
    """Yield the files of compiled kernels in a folder or below it that do not have their checksum."""
    for path in [*kept(folder), *sorted(folder.rglob(f"*{CODE}"))]:
        try:
            _checked(path.read_bytes(), path)
        except FileNotFoundError:
            continue  # replaced meanwhile
        except (OSError, ValueError):
            yield path


class _CheckedFiles(IndexDataCacheFile):
    """Numba's two kinds of files, with the SHA-256 of all that is before it at the end of each."""

    def _save_index(self, overloads: Any) -> None:
        content = pickle.dumps(self._version) + self._dump((self._source_stamp, overloads))
        self._write(Path(self._index_path), content)

    def _save_data(self, name: str, data: Any) -> None:
        self._write(Path(self._data_path(name)), self._dump(data))

    def _write(self, path: Path, content: bytes) -> None:
        with self._open_for_write(str(path)) as file:
            file.write(content + hashlib.sha256(content).digest())

    def _load_index(self) -> Any:
        path = Path(self._index_path)
        try:
            _checked(path.read_bytes(), path)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            _tell(path.parent, "are damaged; they are compiled again")
            return {}
        return super()._load_index()

    def _load_data(self, name: str) -> Any:
        path = Path(self._data_path(name))
        try:
            return pickle.loads(_checked(path.read_bytes(), path))
        except FileNotFoundError:
            raise
        except ValueError as error:
            _tell(path.parent, "are damaged; they are compiled again")
            raise OSError(str(error)) from None  # which numba takes for a file that is not there


class _CheckedCache(FunctionCache):
    """The cache of one kernel; a disk that takes nothing more costs its next compilation and no more."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        files = self._cache_file
        name = f"{self._impl.filename_base}.checked"
        self._cache_file = _CheckedFiles(self._cache_path, name, files._source_stamp)

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled for a signature, if that is possible."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _tell(Path(self._cache_path), f"cannot be kept: {error.strerror or error}")


def _cache_of(function: Callable[..., Any]) -> Any:
    try:
        return _CheckedCache(function)
    except RuntimeError:  # numba finds no folder that it may write to
        return NullCache()


def _checked(content: bytes, path: Path) -> bytes:
    """Return the content of a file without its checksum; ValueError where that is another."""
    body = content[:-DIGEST_BYTES]
    if hashlib.sha256(body).digest() != content[-DIGEST_BYTES:]:
        raise ValueError(f"{path}: is damaged")
    return body


def _tell(folder: Path, what: str) -> None:
    """Warn, once for each folder."""
    if folder not in _told:
        _told.add(folder)
        warnings.warn(f"compiled kernels in {folder} {what}", NeurosimWarning, stacklevel=2)

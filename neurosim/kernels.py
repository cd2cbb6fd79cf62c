"""Kernels: functions that numba compiles once per machine and that later processes load from its cache.

Numba trusts its cache files: one truncated by a full disk ends every later run in an error, and one with a flipped byte
may be executed. Here each file ends in a checksum; a file that fails it is reported and compiled again. Where no folder
can be written, every process compiles its own kernels.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast, overload

import numba
from numba.core.caching import FunctionCache, IndexDataCacheFile, NullCache

from neurosim.errors import NeurosimWarning

Parameters = ParamSpec("Parameters")
Value = TypeVar("Value")

INDEX, CODE = ".checked.nbi", ".checked.*.nbc"
"""Endings of our cache files: the index of a kernel, and its machine code for one signature."""
DIGEST_BYTES = hashlib.sha256().digest_size

PARTS = ("chip", "mapping", "simulation")
"""Packages that have kernels."""

_reported: set[Path] = set()


@overload
def kernel(function: Callable[Parameters, Value]) -> Callable[Parameters, Value]: ...


@overload
def kernel(
    *, _nrt: bool = True, forceinline: bool = False
) -> Callable[[Callable[Parameters, Value]], Callable[Parameters, Value]]: ...


def kernel(function: Callable[..., Any] | None = None, **options: Any) -> Callable[..., Any]:
    """Compile a function with numba at its first call, without the interpreter's lock, and cache the machine code.

    Numba sees only the file of the kernel itself when it decides whether cached code is stale: a kernel and the kernels
    that it calls belong in one file.

    Parameters
    ----------
    function : callable
        The function to compile; it keeps its type.
    **options : bool
        Options for ``numba.njit`` alone (``_nrt``, ``forceinline``); with them, the decorator is returned.

    Returns
    -------
    callable
        The compiled function, or the decorator that makes one.
    """
    if function is None:
        return lambda decorated: _compiled(decorated, options)
    return _compiled(function, options)


def _compiled(function: Callable[..., Any], options: dict[str, Any]) -> Callable[..., Any]:
    compiled: Any = numba.njit(nogil=True, **options)(function)
    compiled._cache = _cache_of(function)  # what `cache=True` does, with a cache that checks
    return cast(Callable[..., Any], compiled)


def folders() -> list[Path]:
    """Return the folders that numba caches our kernels in, as far as they are writable."""
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        return [Path(chosen)]
    package = Path(__file__).parent
    return [package / part / "__pycache__" for part in PARTS]


def cached(folder: Path) -> list[Path]:
    """Return the index files of the kernels cached in a folder or below it."""
    return sorted(folder.rglob(f"*{INDEX}"))


def damaged(folder: Path) -> Iterator[Path]:
    """Yield the cache files in a folder or below it whose checksum is wrong."""
    for path in [*cached(folder), *sorted(folder.rglob(f"*{CODE}"))]:
        try:
            _checked(path.read_bytes(), path)
        except FileNotFoundError:
            continue  # replaced meanwhile
        except (OSError, ValueError):
            yield path


class _CheckedFiles(IndexDataCacheFile):
    """Numba's index and code files, each followed by the SHA-256 of its content."""

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
            _report(path.parent, "are damaged; they are compiled again")
            return {}
        load: Callable[[], Any] = super()._load_index
        return load()

    def _load_data(self, name: str) -> Any:
        path = Path(self._data_path(name))
        try:
            return pickle.loads(_checked(path.read_bytes(), path))
        except FileNotFoundError:
            raise
        except ValueError as error:
            _report(path.parent, "are damaged; they are compiled again")
            raise OSError(str(error)) from None  # which numba takes for a missing file


class _CheckedCache(FunctionCache):
    """The cache of one kernel; on a full disk the kernel is compiled in every process, and nothing else is lost."""

    def __init__(self, function: Callable[..., Any]) -> None:
        initialise: Callable[[Callable[..., Any]], None] = super().__init__
        initialise(function)
        files = self._cache_file
        name = f"{self._impl.filename_base}.checked"
        self._cache_file = _CheckedFiles(self._cache_path, name, files._source_stamp)

    def save_overload(self, sig: Any, data: Any) -> None:
        """Store the machine code of one signature, if the disk takes it."""
        try:
            save: Callable[[Any, Any], None] = super().save_overload
            save(sig, data)
        except OSError as error:
            _report(Path(self._cache_path), f"cannot be kept: {error.strerror or error}")


def _cache_of(function: Callable[..., Any]) -> FunctionCache | NullCache:
    try:
        return _CheckedCache(function)
    except RuntimeError:  # numba finds no folder that it may write to
        return NullCache()


def _checked(content: bytes, path: Path) -> bytes:
    """Return the content of a cache file without its checksum; ValueError where the checksum is wrong."""
    body = content[:-DIGEST_BYTES]
    if hashlib.sha256(body).digest() != content[-DIGEST_BYTES:]:
        raise ValueError(f"{path}: is damaged")
    return body


def _report(folder: Path, problem: str) -> None:
    """Warn of a problem with the compiled kernels, once for each folder."""
    if folder not in _reported:
        _reported.add(folder)
        warnings.warn(f"compiled kernels in {folder} {problem}", NeurosimWarning, stacklevel=2)

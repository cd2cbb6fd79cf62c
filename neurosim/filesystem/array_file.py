"""The arrays of an ``.npz`` file of any origin: read one by one, every failure a DocumentError.

Nothing is unpickled, and nothing is allocated before its size is known from the array's header; the arrays read from
one file may take ``LARGEST_BYTES`` together. Arrays come in the byte order of this machine, and their
truth values are 0 or 1, whatever the file has.
"""

from __future__ import annotations

import ast
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib.format import descr_to_dtype
from numpy.typing import NDArray

from neurosim.errors import DocumentError
from neurosim.filesystem.file_format import recognise, recognise_archive
from neurosim.filesystem.ordinary_file import file_size

AnyArray = NDArray[Any]  # of whatever type the file holds
LARGEST_BYTES = 3 * 2**28
"""Most bytes that are read of one file: VGG16 for ImageNet has 528 MiB of weights, and a copy must fit too."""

MAGIC, ARCHIVE = b"\x93NUMPY", b"PK"
LARGEST_HEADER = 10_000  # bytes, NumPy's own limit: a longer one may crash Python's parser
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the two that NumPy writes
ENCRYPTED = 1  # a bit of an entry's flags
CHUNK = 2**24
SHOWN = 8  # names that a message lists
OLD_NUMBER = re.compile(r"(?<=\d)L\b")  # as Python 2 wrote them
LAST_CHARACTER = 0x10FFFF
SURROGATES = range(0xD800, 0xE000)


class _DamagedError(Exception):
    """An array that cannot be read; its text says why."""


@dataclass(frozen=True)
class Header:
    """The header of an array: its type and shape, and whether it is stored column by column."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool

    @property
    def nbytes(self) -> int:
        """Bytes that the array takes."""
        return prod(self.shape) * self.dtype.itemsize


def array_names(path: Path) -> list[str]:
    """Return the names of the arrays of a file."""
    with _opened(path) as archive:
        return _names(archive)


def array_shape(path: Path, name: str) -> tuple[int, ...]:
    """Return the shape of an array, of which only the header is read."""
    with _opened(path) as archive:
        return _headers(path, archive, [name])[name].shape


def read_arrays(path: Path, names: Iterable[str]) -> list[AnyArray]:
    """Return arrays of a file by their names; no others are read."""
    order = list(names)
    with _opened(path) as archive:
        arrays = _read(path, archive, order)
    return [arrays[name] for name in order]


def read_all(path: Path) -> dict[str, AnyArray]:
    """Return all arrays of a file by name."""
    with _opened(path) as archive:
        return _read(path, archive, _names(archive))


def listed(names: Iterable[str]) -> str:
    """Return names of arrays for a message: the first few, and how many more."""
    every = list(names)
    more = f" and {len(every) - SHOWN:,} more" if len(every) > SHOWN else ""
    return ", ".join(name if name.isprintable() else ascii(name) for name in every[:SHOWN]) + more or "none"


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a file of arrays; whatever goes wrong in it or while it is read is a DocumentError that names the file."""
    try:
        file_size(path)
        with path.open("rb") as file:
            is_archive = file.read(2) == ARCHIVE
        if not is_archive:
            raise DocumentError(f"{path}: {recognise(path) or 'is not an .npz file of arrays'}")
        with zipfile.ZipFile(path) as archive:
            if what := recognise_archive(archive.namelist()):
                raise DocumentError(f"{path}: {what}")
            yield archive
    except DocumentError:
        raise
    except _DamagedError as error:
        raise DocumentError(f"{path}: {error}") from error
    except PermissionError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror}") from error
    except Exception as error:  # libraries that read damaged bytes raise almost anything
        raise DocumentError(f"{path}: an .npz that is cut off or damaged; copy it or save it again") from error


def _names(archive: zipfile.ZipFile) -> list[str]:
    return [name.removesuffix(".npy") for name in archive.namelist()]


def _read(path: Path, archive: zipfile.ZipFile, names: list[str]) -> dict[str, AnyArray]:
    """Return arrays by name, once the sizes of all are known."""
    headers = _headers(path, archive, names)
    entries = _entries(archive)
    total = sum(header.nbytes for header in headers.values())
    if total > LARGEST_BYTES:
        largest = max(headers, key=lambda name: headers[name].nbytes)
        shape = " x ".join(f"{size:,}" for size in headers[largest].shape)
        raise DocumentError(
            f"{path}: its arrays take {total / 2**20:,.0f} MiB ({listed([largest])} is {shape} of "
            f"{headers[largest].dtype}), more than the {LARGEST_BYTES // 2**20:,} MiB that are read of one file"
        )
    return {name: _array(archive, entries[name][0], name, header) for name, header in headers.items()}


def _entries(archive: zipfile.ZipFile) -> dict[str, list[zipfile.ZipInfo]]:
    """Return the entries of each name; there should be one."""
    entries: dict[str, list[zipfile.ZipInfo]] = {}
    for entry in archive.infolist():
        entries.setdefault(entry.filename.removesuffix(".npy"), []).append(entry)
    return entries


def _headers(path: Path, archive: zipfile.ZipFile, names: list[str]) -> dict[str, Header]:
    entries, headers = _entries(archive), {}
    for name in names:
        if name not in entries:
            raise DocumentError(f"{path}: no array '{name}'; it has {listed(entries)}")
        if len(entries[name]) > 1:
            raise DocumentError(f"{path}: has {len(entries[name])} arrays of the name {listed([name])}")
        with _member(archive, entries[name][0], name) as stream:
            headers[name] = _header(stream)
    return headers


@contextmanager
def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> Iterator[IO[bytes]]:
    """Open the bytes of one array; what fails while they are read is a damaged array."""
    called = f"array '{listed([name])}'"
    if entry.flag_bits & ENCRYPTED:
        raise _DamagedError(f"{called} is encrypted; save it without a password")
    if entry.compress_type not in METHODS:
        raise _DamagedError(f"{called} is compressed in a way that NumPy does not read; save it with numpy.savez")
    try:
        with archive.open(entry) as stream:
            yield stream
    except _DamagedError as error:
        raise _DamagedError(f"{called} {error}") from error
    except Exception as error:
        raise _DamagedError(f"{called} is damaged; copy the file or save it again") from error


def _header(stream: IO[bytes]) -> Header:
    """Read the header of an array: magic bytes, version, length and the text of a dictionary."""
    start = stream.read(10)
    if not start.startswith(MAGIC):
        raise _DamagedError("is no array")
    if start[6] not in (1, 2, 3):
        raise _DamagedError(f"is of version {start[6]} of the format, which is not known")
    size = start[8:] if start[6] == 1 else start[8:] + stream.read(2)
    length = int.from_bytes(size, "little")
    if length > LARGEST_HEADER:
        raise _DamagedError("has no header of an array")
    text = stream.read(length).decode("latin-1" if start[6] < 3 else "utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Python's parser about the header's text
        fields = ast.literal_eval(OLD_NUMBER.sub("", text))
    dtype, shape = _plain_dtype(fields["descr"]), fields["shape"]
    if not isinstance(shape, tuple) or not all(type(size) is int and size >= 0 for size in shape):
        raise _DamagedError("has no shape")
    return Header(dtype, shape, bool(fields["fortran_order"]))


def _plain_dtype(description: Any) -> np.dtype[Any]:
    """Return the type of an array's items, which must be numbers, truth values, times or text."""
    dtype: np.dtype[Any] = descr_to_dtype(description)
    if dtype.hasobject:
        raise _DamagedError("holds pickled objects, which could run any code; save plain arrays")
    if dtype.kind == "V" and dtype.fields is None and dtype.subdtype is None and dtype.itemsize in (1, 2):
        bits = 8 * dtype.itemsize
        what = "bfloat16 numbers" if bits == 16 else "numbers of 8 bits or fewer"
        raise _DamagedError(
            f"holds {dtype.str}, raw bytes, as NumPy stores {what}; save them as float32 (in PyTorch: "
            "value.float().numpy())"
        )
    if dtype.kind == "V" or dtype.itemsize == 0:
        raise _DamagedError(f"holds {dtype}, wanted plain numbers")
    return dtype


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, header: Header) -> AnyArray:
    with _member(archive, entry, name) as stream:
        _header(stream)
        content = np.empty(header.nbytes, np.uint8)
        filled = 0
        while filled < header.nbytes:
            part = stream.read(min(CHUNK, header.nbytes - filled))
            if not part:
                raise _DamagedError("is cut off")
            content[filled : filled + len(part)] = np.frombuffer(part, np.uint8)
            filled += len(part)
        if stream.read(1):  # the checksum is compared at the end
            raise _DamagedError("is longer than its header says")
        return _shaped(content, header)


def _shaped(content: NDArray[np.uint8], header: Header) -> AnyArray:
    """Return bytes as the array they are, in the byte order of this machine."""
    dtype = header.dtype
    flat = content != 0 if dtype.kind == "b" else content.view(dtype)
    if not dtype.isnative:
        flat = flat.byteswap(inplace=True).view(dtype.newbyteorder("="))
    if dtype.kind == "U":
        codes = flat.view(np.uint32)
        surrogate = (codes >= SURROGATES.start) & (codes < SURROGATES.stop)
        if (codes > LAST_CHARACTER).any() or surrogate.any():
            raise _DamagedError("holds numbers that are no characters")
    return flat.reshape(header.shape[::-1]).T if header.fortran else flat.reshape(header.shape)

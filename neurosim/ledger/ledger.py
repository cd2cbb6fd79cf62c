"""What was done, exactly: how often each operation happened, in which layer, step and core.

A ledger maps (layer, step, core, operation) to an int64 count and to the ticks in which the first of them started
and the last of them ended. Counts are never estimated and never priced here. Rows are appended in any order and in
columns, and merged when they are read.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import CountOverflowError
from neurosim.ledger import vocabulary

if TYPE_CHECKING:
    import pandas

Integers = NDArray[np.int64]

CHIP_WIDE = -1  # the layer, or the core, of a row that belongs to no single one
COLUMNS = ("layer", "step", "core", "op", "count", "start", "end")
_KEYS = ("layer", "step", "core", "op")
_LARGEST = int(np.iinfo(np.int64).max)
_PENDING_LIMIT = 1 << 17  # rows, some 7 MB


class Ledger:
    """Exact counts: (layer, step, core, op) -> count (int64), with the first start and the last end tick.

    Two ledgers are equal when their merged rows are. ``layer`` and ``core`` are -1 in chip-wide rows.

    Examples
    --------
    >>> Ledger.of({"add_int20": 3}).totals()
    {'add_int20': 3}
    """

    def __init__(self) -> None:
        self._names: list[str] = []
        self._codes: dict[str, int] = {}
        self._rows = np.empty((len(COLUMNS), 0), dtype=np.int64)
        self._chunks: list[Integers] = []
        self._pending = 0
        self._sums: dict[tuple[str, ...], dict[Any, int]] = {}

    @classmethod
    def of(cls, counts: Mapping[str, int], *, layer: int = CHIP_WIDE, step: int = 0) -> Ledger:
        """Make a ledger of bare counts, all in one layer and step and in no particular core."""
        ledger = cls()
        for op, count in counts.items():
            ledger.add(layer, step, CHIP_WIDE, op, count)
        return ledger

    def add(
        self,
        layer: int | NDArray[np.integer[Any]],
        step: int | NDArray[np.integer[Any]],
        core: int | NDArray[np.integer[Any]],
        op: str,
        count: int | NDArray[np.integer[Any]],
        start: int | NDArray[np.integer[Any]] = 0,
        end: int | NDArray[np.integer[Any]] = 0,
    ) -> None:
        """Count an operation, in one core or in several at once; a count of 0 adds no row.

        Parameters
        ----------
        layer, step, core : int or (n,) integers
            Where it was done; -1 for a layer or core where it belongs to no single one.
        op : str
            Canonical name with its width, such as ``add_int20``.
        count : int or (n,) integers
            How often, one entry for each core.
        start, end : int or (n,) integers
            Ticks in which the first of them began and the last of them ended.

        Raises
        ------
        ValueError
            For a negative count.
        TypeError
            For a count that is no integer.
        CountOverflowError
            For a count that leaves int64.
        KeyError
            For an operation that is not registered.
        """
        code, counts = self._learn(op), _integers(count, op)
        if counts.ndim == 0 and counts == 0:
            return
        if counts.size and counts.min() < 0:
            raise ValueError(f"{int(counts.min())} is no count of '{op}'; a count is never negative")
        self._append(np.broadcast(core, counts, start, end).shape, layer, step, core, code, counts, start, end)

    def add_each(
        self, layer: int, step: int, cores: Integers, counts: Mapping[str, Integers], start: int = 0, end: int = 0
    ) -> None:
        """Count several operations at once, each (n,) int64 by its name, in the same ``cores`` (n,).

        The errors are those of :meth:`add`.
        """
        codes = np.array([self._learn(op) for op in counts], dtype=np.int64)
        together = np.array(list(counts.values()))
        if together.dtype != np.int64 or together.min(initial=0) < 0:
            for op, count in counts.items():  # one after the other, to name the wrong one
                self.add(layer, step, cores, op, count, start, end)
            return
        self._append(together.shape, layer, step, cores, codes[:, None], together, start, end)

    def totals(self) -> dict[str, int]:
        """Return the count of each operation over everything, in the order of the names."""
        return self.by("op")

    def by(self, *columns: str) -> dict[Any, int]:
        """Sum the counts by some of ``layer``, ``step``, ``core`` and ``op``.

        Returns
        -------
        dict
            From the value (one column) or the tuple of values (several) to the count, sorted.
        """
        if columns not in self._sums:
            places = [_KEYS.index(column) for column in columns]
            rows = self._merge()
            order, first = _groups([rows[place] for place in places])
            counts = _sums(rows[4][order], first)
            heads = [rows[place][order][first].tolist() for place in places]
            for place, head in zip(places, heads, strict=True):
                if _KEYS[place] == "op":
                    head[:] = [self._names[code] for code in head]
            keys = heads[0] if len(heads) == 1 else list(zip(*heads, strict=True))
            self._sums[columns] = dict(zip(keys, counts.tolist(), strict=True))
        return dict(self._sums[columns])

    def by_layer(self, op: str) -> dict[int, int]:
        """Return the count of one operation in each layer that did it."""
        return {layer: count for (layer, name), count in self.by("layer", "op").items() if name == op}

    def __len__(self) -> int:
        return int(self._merge().shape[1])

    def __iter__(self) -> Iterator[tuple[int, int, int, str, int, int, int]]:
        for layer, step, core, code, count, start, end in self._merge().T.tolist():
            yield layer, step, core, self._names[code], count, start, end

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ledger):
            return NotImplemented
        mine, theirs = self._merge(), other._merge()
        return self._names == other._names and np.array_equal(mine, theirs)

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: Ledger) -> Ledger:
        """Return a ledger with the counts of both."""
        total = Ledger()
        total.include(self)
        total.include(other)
        total._merge()
        return total

    def include(self, other: Ledger) -> None:
        """Add the counts of ``other`` to this ledger; they are merged when they are read."""
        rows = other._merge()
        codes = np.array([self._learn(name) for name in other._names], dtype=np.int64)
        self._append(rows.shape[1:], *rows[:3], codes[rows[3]] if codes.size else rows[3], *rows[4:])

    def scaled(self, times: int) -> Ledger:
        """Return a ledger in which everything happened ``times`` as often, at the same ticks."""
        if times < 0:
            raise ValueError(f"{times} is no number of times; it is >= 0")
        rows = self._merge().copy()
        largest = int(rows[4].max(initial=0)) * times
        if largest > _LARGEST:
            raise CountOverflowError(f"{largest} counts of one operation leave int64")
        rows[4] *= times
        scaled = Ledger()
        for name in self._names:
            scaled._learn(name)
        scaled._append(rows.shape[1:], *rows)
        scaled._merge()
        return scaled

    def frame(self) -> pandas.DataFrame:
        """Return the merged rows, sorted by layer, step, core and name; ``count``, ``start``, ``end`` are int64."""
        import pandas

        return pandas.DataFrame(self._columns())

    def write_parquet(self, path: str | PathLike[str]) -> None:
        """Write the merged rows to a file that holds the same bytes for the same ledger."""
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.table(self._columns()), path)

    @classmethod
    def read_parquet(cls, path: str | PathLike[str]) -> Ledger:
        """Read a ledger back; the operations it names have to be registered."""
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
        ledger = cls()
        names = table.column("op").combine_chunks().dictionary_encode()
        codes = np.array([ledger._learn(name) for name in names.dictionary.to_pylist()], dtype=np.int64)
        column = {name: table.column(name).to_numpy() for name in COLUMNS if name != "op"}
        column["op"] = codes[names.indices.to_numpy(zero_copy_only=False)] if codes.size else column["count"]
        ledger._append(column["op"].shape, *(column[name] for name in COLUMNS))
        ledger._merge()
        return ledger

    def sha256(self) -> str:
        """Return the hash of the merged rows: equal ledgers have equal hashes, however they were filled."""
        rows = self._merge()
        digest = hashlib.sha256("\n".join(self._names).encode())
        digest.update(np.ascontiguousarray(rows, dtype="<i8").tobytes())
        return digest.hexdigest()

    def _columns(self) -> dict[str, NDArray[Any]]:
        rows = self._merge()
        names = np.array(self._names, dtype=object)
        return {name: names[row] if name == "op" else row for name, row in zip(COLUMNS, rows, strict=True)}

    def _append(self, shape: tuple[int, ...], *columns: int | NDArray[np.integer[Any]]) -> None:
        """Append rows of any ``shape``; each of the columns is one value for all of them, or one for each."""
        rows = np.empty((len(COLUMNS), *shape), dtype=np.int64)
        for number, column in enumerate(columns):
            rows[number] = column
        self._chunks.append(rows.reshape(len(COLUMNS), -1))
        self._pending += self._chunks[-1].shape[1]
        if self._sums:
            self._sums = {}
        if self._pending > _PENDING_LIMIT:
            self._merge()

    def _learn(self, op: str) -> int:
        code = self._codes.get(op)
        if code is not None:
            return code
        counted = vocabulary.parse(op)
        if counted.operation.needs_width and not counted.bits:
            example = counted.operation.named(counted.operation.formats[0], 8)
            raise KeyError(f"operation '{op}' is counted with its width, as in '{example}'")
        self._names.append(op)
        self._codes[op] = len(self._names) - 1
        return self._codes[op]

    def _merge(self) -> Integers:
        """Merge all rows: one for each key, sorted, with the names in order as well."""
        if not self._chunks:
            return self._rows
        # One key has one row: sort by layer, step, core and name, then sum counts and widen the ticks of each group.
        rows = np.concatenate([self._rows, *self._chunks], axis=1)
        rows = rows[:, rows[4] > 0]
        self._names, rows[3] = _in_order(self._names, rows[3])
        self._codes = {name: code for code, name in enumerate(self._names)}
        order, first = _groups(list(rows[:4]))
        rows = rows[:, order]
        merged = rows[:, first]
        if first.size:
            merged[4] = _sums(rows[4], first)
            merged[5] = np.minimum.reduceat(rows[5], first)
            merged[6] = np.maximum.reduceat(rows[6], first)
        self._rows, self._chunks, self._pending, self._sums = merged, [], 0, {}
        return merged


def _integers(count: int | NDArray[np.integer[Any]], op: str) -> Integers:
    counts = np.asarray(count)
    if counts.dtype == np.int64:
        return counts
    if counts.dtype.kind in "iu" or (counts.dtype.kind == "O" and isinstance(count, int)):
        largest = count if isinstance(count, int) else int(counts.max(initial=0))
        if largest > _LARGEST:
            raise CountOverflowError(f"{largest} counts of '{op}' leave int64")
        return counts.astype(np.int64)
    raise TypeError(f"a count of '{op}' is an integer, not {counts.dtype}")


def _in_order(names: list[str], codes: Integers) -> tuple[list[str], Integers]:
    """Keep the names that are counted, sorted, and renumber the codes to match."""
    used = np.unique(codes)
    counted = sorted(names[code] for code in used.tolist())
    rank = np.zeros(len(names) or 1, dtype=np.int64)
    for code in used.tolist():
        rank[code] = counted.index(names[code])
    return counted, rank[codes]


def _groups(keys: list[Integers]) -> tuple[Integers, Integers]:
    """Return the order that sorts by the keys, and where in that order each group of equal keys begins."""
    keys = _joined(keys)
    order = np.argsort(keys[0], kind="stable") if len(keys) == 1 else np.lexsort(keys[::-1])
    if not order.size:
        return order, order
    new = np.zeros(order.size, dtype=bool)
    new[0] = True
    for key in keys:
        inside = key[order]
        new[1:] |= inside[1:] != inside[:-1]
    return order, np.flatnonzero(new)


def _joined(keys: list[Integers]) -> list[Integers]:
    """Return the keys as the digits of one number each, which sorts like them, if it fits an int64."""
    if not keys[0].size:
        return keys
    lows = [int(key.min()) for key in keys]
    spans = [int(key.max()) - low + 1 for key, low in zip(keys, lows, strict=True)]
    if math.prod(spans) > _LARGEST:
        return keys
    joined = np.zeros(keys[0].size, dtype=np.int64)
    for key, low, span in zip(keys, lows, spans, strict=True):
        joined *= span
        joined += key - low
    return [joined]


def _sums(counts: Integers, first: Integers) -> Integers:
    """Sum each group of non-negative counts; a sum beyond int64 is an error, never a wrap.

    The upper and the lower 32 bits are summed apart, so that neither sum can wrap and the carry is seen.
    """
    if not first.size:
        return np.empty(0, dtype=np.int64)
    lower = np.add.reduceat(counts & 0xFFFFFFFF, first)
    upper = np.add.reduceat(counts >> 32, first) + (lower >> 32)
    if upper.max() >> 31:
        raise CountOverflowError("the sum of the counts of one operation leaves int64")
    sums: Integers = (upper << 32) | (lower & 0xFFFFFFFF)
    return sums

"""The ledgers of a run as one Parquet file, whose column ``result`` tells them apart."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import DocumentError
from neurosim.ledger.ledger import CHIP_WIDE, COLUMNS, Ledger
from neurosim.ledger.record import Record

Integers = NDArray[np.int64]

MOST_ROWS = 10_000_000  # some 600 MB
LATEST = 2**62  # tick


@dataclass(frozen=True, eq=False)
class LedgerColumns:
    """The columns of a file: ``numbers`` by name, and for each row the place of its operation among the ``ops``."""

    numbers: dict[str, Integers]
    ops: list[str]
    codes: Integers


def write_ledgers(path: Path, ledgers: tuple[Ledger, ...]) -> None:
    """Write all ledgers into one file."""
    import pandas
    import pyarrow
    import pyarrow.parquet

    frames = [ledger.frame().assign(result=number) for number, ledger in enumerate(ledgers)]
    table = pyarrow.Table.from_pandas(pandas.concat(frames, ignore_index=True), preserve_index=False)
    op = table.schema.get_field_index("op")
    table = table.set_column(op, "op", table.column("op").dictionary_encode())
    pyarrow.parquet.write_table(table, path)


def read_ledgers(path: Path, results: int) -> tuple[Ledger, ...]:
    """Return the ledgers of one file, in the order of the results."""
    return ledgers_of(read_columns(path), results)


def read_columns(path: Path) -> LedgerColumns:
    """Read a file; DocumentError where it is not of whole numbers and the names of operations."""
    import pyarrow
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path, read_dictionary=["op"]) as file:
        found, wanted = file.schema_arrow.names, {"result", *COLUMNS}
        if set(found) != wanted or len(found) != len(wanted):
            raise DocumentError(f"{path}: has the columns {', '.join(found)}; wanted {', '.join((*COLUMNS, 'result'))}")
        if file.metadata.num_rows > MOST_ROWS:
            raise DocumentError(f"{path}: has {file.metadata.num_rows:,} rows; wanted at most {MOST_ROWS:,}")
        table = file.read()
    numbers = {}
    for name in sorted(wanted - {"op"}):
        column = table.column(name)
        if column.type != pyarrow.int64() or column.null_count:
            raise DocumentError(f"{path}: {name} is not a whole number in each row")
        numbers[name] = column.to_numpy()
    op = table.column("op")
    if not pyarrow.types.is_dictionary(op.type) or op.type.value_type not in (pyarrow.string(), pyarrow.large_string()):
        raise DocumentError(f"{path}: op is not a name in each row")
    op = op.unify_dictionaries().combine_chunks()
    if isinstance(op, pyarrow.ChunkedArray):  # what no chunk becomes
        op = pyarrow.array([], pyarrow.string()).dictionary_encode()
    if op.null_count:
        raise DocumentError(f"{path}: op is not a name in each row")
    return LedgerColumns(numbers, op.dictionary.to_pylist(), op.indices.to_numpy(zero_copy_only=False).astype(np.int64))


def check_rows(path: Path, columns: LedgerColumns, record: Record) -> None:
    """Refuse, with a DocumentError, a row of a result, layer or core that the record has not."""
    numbers, chip = columns.numbers, record.chip
    _within(path, columns, "result", 0, len(record.results))
    layers = np.array([len(result.layers) for result in record.results])
    _within(path, columns, "layer", CHIP_WIDE, layers[numbers["result"]])
    _within(path, columns, "core", CHIP_WIDE, chip.width * chip.height * chip.cores_per_tile)
    _within(path, columns, "step", 0, 2**31)
    _within(path, columns, "count", 1, 2**63 - 1)
    _within(path, columns, "start", 0, LATEST)
    _within(path, columns, "end", numbers["start"], LATEST)


def ledgers_of(columns: LedgerColumns, results: int) -> tuple[Ledger, ...]:
    """Return the ledgers that the rows make up, in the order of the results."""
    numbers, ops = columns.numbers, columns.ops
    ledgers = tuple(Ledger() for _ in range(results))
    group = numbers["result"] * len(ops) + columns.codes
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    for rows in np.split(order, starts[1:]):
        if len(rows) == 0:
            continue
        layer, step, core, count, start, end = (
            numbers[name][rows] for name in ("layer", "step", "core", "count", "start", "end")
        )
        op = ops[columns.codes[rows[0]]]
        ledgers[int(numbers["result"][rows[0]])].add(layer, step, core, op, count, start, end)
    return ledgers


def _within(path: Path, columns: LedgerColumns, name: str, least: int | Integers, beyond: int | Integers) -> None:
    values = columns.numbers[name]
    wrong = np.flatnonzero((values < least) | (values >= beyond))
    if len(wrong):
        row = int(wrong[0])
        low, high = (int(np.broadcast_to(limit, values.shape)[row]) for limit in (least, beyond))
        more = f"; and {len(wrong) - 1:,} more" if len(wrong) > 1 else ""
        raise DocumentError(
            f"{path}: row {row + 1:,}: {name} {values[row]:,} is out of range; wanted {low:,} to {high - 1:,}{more}"
        )

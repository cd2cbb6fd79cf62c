"""The energy tables of a run, kept in its folder: ``tables/<id>.yaml``, and ``<id>.csv`` where one has its rows there.

With them a run folder can be priced and reported on a machine that has none of these files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from neurosim.energy.tables.table import Table, join
from neurosim.errors import DocumentError
from neurosim.files.energy_tables.energy_table import read_file, read_table

TABLES = "tables"
ROWS = ".csv"


def write_tables(folder: Path, tables: Iterable[Table]) -> None:
    """Write every part of the tables into the ``tables`` of a run folder, as its files were when they were read.

    A table that was made in Python has no file, and is left out.
    """
    place = folder / TABLES
    for part in {part.id: part for table in tables for part in table.parts if part.document}.values():
        place.mkdir(exist_ok=True)
        (place / f"{part.id}.yaml").write_bytes(part.document)
        if part.rows is not None:
            (place / f"{part.id}{ROWS}").write_bytes(part.rows)


def table_copies(folder: Path) -> dict[str, Path]:
    """Return the files of the tables that a run folder holds, by id."""
    try:
        return {file.stem: file for file in sorted((folder / TABLES).glob("*.yaml"))}
    except OSError:
        return {}


def own_tables(folder: Path, energies: Mapping[str, Any]) -> tuple[Table, ...]:
    """Return the tables that a run was priced by, from its folder; ``energies`` are those of one of its results.

    DocumentError where a table is missing, or has changed since the run was priced by it.
    """
    return tuple(join([_own_part(folder, *part) for part in _parts(folder, report)]) for report in energies.values())


def _parts(folder: Path, report: Any) -> list[tuple[str, str]]:
    """Return id and SHA-256 of every part of the table of a report."""
    hashes = report.get("sha256") if isinstance(report, Mapping) else None
    if not isinstance(hashes, Mapping) or not hashes.keys() - {"ledger"}:
        raise DocumentError(f"{folder}: does not say which energy tables it was priced by; run it again")
    return [(str(id), str(sha256)) for id, sha256 in hashes.items() if id != "ledger"]


def _own_part(folder: Path, id: str, sha256: str) -> Table:
    copy = table_copies(folder).get(id)
    if copy is not None:
        table = read_file(copy, copy.with_suffix(ROWS))
        if table.sha256 != sha256:
            raise DocumentError(f"{copy}: it or its rows were changed after the run was priced by it; run it again")
        return table
    # an older run holds no copies
    hint = f"price the run by another table: neurosim price {folder} --table ID_OR_FILE"
    try:
        table = read_table(id)
    except DocumentError as error:
        raise DocumentError(f"{folder}: holds no copy of its energy table '{id}', and: {error}; {hint}") from None
    if table.sha256 != sha256:
        raise DocumentError(f"{folder}: holds no copy of its energy table '{id}', which has changed since; {hint}")
    return table

"""Energy tables read from their files: ``read_table("datta2023_45nm_int8+generic_noc_32b")``."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from neurosim.energy.tables.table import Table, join
from neurosim.errors import DocumentError
from neurosim.files.documents import yaml
from neurosim.files.documents.located_document import Problems
from neurosim.files.energy_tables.energy_table_csv import read_entries
from neurosim.files.energy_tables.energy_table_names import FOLDER, parts_of, table_file
from neurosim.files.energy_tables.energy_table_reader import table_of
from neurosim.files.energy_tables.energy_table_schema import TableForm
from neurosim.filesystem.ordinary_file import read_bytes
from neurosim.plugins import data_names, file_problem


def read_table(name: str, copies: Mapping[str, Path] | None = None) -> Table:
    """Read an energy table, or join several.

    Parameters
    ----------
    name : str
        An id, the path of a file, or several of them joined by ``+``. An id is looked up in ``./energy_tables`` and
        then among the shipped tables.
    copies : mapping of str to Path, optional
        Files of further tables by id, read where no other table has that id.

    Returns
    -------
    Table
        The table, or the join.

    Raises
    ------
    DocumentError
        For an unknown id, or with all problems of a file.
    PricingError
        For tables that do not join.

    Examples
    --------
    >>> neurosim.read_table("datta2023_45nm_int8+generic_noc_32b").parts
    """
    copies = copies or {}
    return join([_read_part(part, copies) for part in parts_of(name, ids=copies)])


def read_tables(names: Iterable[str], copies: Mapping[str, Path] | None = None) -> tuple[Table, ...]:
    """Read several tables; DocumentError where two of them, or two of their parts, have the same id.

    ``copies`` are those of :func:`read_table`.
    """
    found: dict[str, Table] = {}
    parts: dict[str, Table] = {}
    for name in names:
        table = read_table(name, copies)
        if table.id in found:
            raise DocumentError(f"{name}: a table '{table.id}' is named twice; give one of them another id")
        for part in table.parts:
            if parts.setdefault(part.id, part).sha256 != part.sha256:
                raise DocumentError(f"{name}: two tables have the id '{part.id}'; give one of them another id")
        found[table.id] = table
    return tuple(found.values())


def list_tables() -> list[str]:
    """Return the ids of the tables in ``./energy_tables`` and of those that are shipped, sorted."""
    return data_names(FOLDER)


def table_files(path: Path) -> tuple[Path, ...]:
    """Return the files that a table is read from: its own, and the CSV file of its entries where it names one.

    A file that cannot be read is returned alone; reading the table says why.
    """
    try:
        listed = yaml.read(path).get(("entries",))
    except DocumentError:
        return (path,)
    return (path, path.parent / listed) if isinstance(listed, str) else (path,)


def read_file(path: Path, rows: Path | None = None) -> Table:
    """Read one table from its file; a DocumentError holds all the problems that it has.

    ``rows`` is the file of its entries where it is not where the table says.
    """
    document = yaml.read(path)
    content, cells = read_bytes(path), None
    listed = document.get(("entries",))
    if isinstance(listed, str):
        entries, cells = read_entries(rows or _entries(path, document, listed))
        document = document.grafted(("entries",), entries)
    problems = Problems(document)
    form = yaml.build(document, TableForm, problems)
    problems.raise_if_any()
    assert form is not None
    table = table_of(form, problems, path.stem)
    problems.raise_if_any()
    sha256 = hashlib.sha256(content + (cells or b"")).hexdigest()
    return dataclasses.replace(table, sha256=sha256, document=content, rows=cells)


def _read_part(part: str, copies: Mapping[str, Path]) -> Table:
    if part in copies and part not in list_tables():
        return read_file(copies[part], copies[part].with_suffix(".csv"))
    return read_file(table_file(part, copies))


def _entries(path: Path, document: yaml.Document, listed: str) -> Path:
    """Return the CSV file that a table names, relative to itself; DocumentError where there is none."""
    rows = path.parent / listed
    if problem := file_problem(rows) or ("" if rows.is_file() else f"'{rows}' is not an ordinary file"):
        problems = Problems(document)
        problems.add(("entries",), problem)
        problems.raise_if_any()
    return rows

"""The entries of an energy table as rows of a CSV file, each cell with its line and column.

The first line names the columns, which are the keys of an entry; ``band`` is written as ``band.low``, ``band.high``
and ``band.from``, a list with spaces between its items, and an empty cell is a key that is not given.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from neurosim.errors import DocumentError, Problem
from neurosim.files.document import Document, Place, Spot
from neurosim.files.yaml import LARGEST_FILE_BYTES
from neurosim.ordinary_file import read_bytes

WHOLE_NUMBERS = ("bits",)
LISTS = ("covers",)


def read_entries(path: Path) -> Document:
    """Read the rows of a file as the list of entries that a YAML table would hold."""
    try:
        lines = read_bytes(path, LARGEST_FILE_BYTES).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise DocumentError([Problem(str(path), 0, 0, "", "cannot be read: not UTF-8")]) from None
    spots: dict[Place, Spot] = {(): Spot(str(path), 1, 1)}
    keys: dict[Place, Spot] = {}
    entries: list[dict[str, Any]] = []
    columns: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = next(csv.reader([line]))
        if not columns:
            columns = [cell.strip() for cell in cells]
            continue
        if len(cells) != len(columns):
            message = f"{len(cells)} cells; the first line names {len(columns)} columns"
            raise DocumentError([Problem(str(path), number, 1, "", message)])
        entry: dict[str, Any] = {}
        row: Place = (len(entries),)
        spots[row] = Spot(str(path), number, 1)
        position = 0
        for column, cell in zip(columns, cells, strict=True):
            found = line.find(cell, position) if cell else position
            position = max(found, position) + len(cell)
            if cell.strip():
                place = (*row, *column.split("."))
                _put(entry, column, cell.strip())
                spots[place] = keys[place] = Spot(str(path), number, max(found, 0) + 1)
        entries.append(entry)
    return Document(str(path), entries, spots, keys)


def _put(entry: dict[str, Any], column: str, cell: str) -> None:
    """Set the value of a column, or of a key below it, as YAML would read it."""
    *outer, key = column.split(".")
    for name in outer:
        entry = entry.setdefault(name, {})
    if key in LISTS:
        entry[key] = cell.split()
    elif key in WHOLE_NUMBERS and cell.lstrip("-").isdigit():
        entry[key] = int(cell)
    else:
        entry[key] = cell

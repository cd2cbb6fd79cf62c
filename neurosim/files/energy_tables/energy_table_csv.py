"""The entries of an energy table as rows of a CSV file, each cell with its line and column.

The first line names the columns, which are the keys of an entry; ``band`` is written as ``band.low``, ``band.high``
and ``band.from``, a list with spaces between its items, and an empty cell is a key that is not given. A row is a line:
no cell reaches over several. Lines that are empty or begin with ``#`` are left out.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

from neurosim.errors import DocumentError, Problem
from neurosim.files.documents.located_document import Document, KeyPath, Location
from neurosim.files.documents.validate import field_names, found_text
from neurosim.files.energy_tables.energy_table_schema import EntryForm
from neurosim.filesystem.ordinary_file import read_bytes
from neurosim.messages import suggest

BAND = ("low", "high", "from")
COLUMNS = (*(name for name in field_names(EntryForm) if name != "band"), *(f"band.{key}" for key in BAND))
WHOLE_NUMBERS = ("bits",)
LISTS = ("covers",)

LARGEST_FILE_BYTES = 4 * 2**20
LONGEST_LINE = 100_000  # characters; the csv module refuses cells of more than 131,072
MOST_ROWS = 10_000

WHOLE_NUMBER = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
LINE_END = re.compile(r"\r\n|\n|\r")
NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_entries(path: Path) -> tuple[Document, bytes]:
    """Read the rows of a file as the list of entries that a YAML table would hold, and its bytes.

    DocumentError for a file that cannot be read, and for the first invalid row.
    """
    content = read_bytes(path, LARGEST_FILE_BYTES)
    reader = _Rows(path)
    for number, line in enumerate(LINE_END.split(_text(path, content)), start=1):
        if line.strip() and not line.startswith("#"):
            reader.line(number, line)
    return Document(str(path), reader.entries, reader.spots, reader.keys), content


class _Rows:
    """Builds entries from lines, recording the location of every cell."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.columns: list[str] = []
        self.entries: list[dict[str, Any]] = []
        self.spots: dict[KeyPath, Location] = {(): Location(self.path, 1, 1)}
        self.keys: dict[KeyPath, Location] = {}

    def line(self, number: int, line: str) -> None:
        """Take the next line that is not empty: the columns, or a row."""
        if len(line) > LONGEST_LINE:
            raise self.refusal(number, 1, f"a line of {len(line):,} characters; wanted at most {LONGEST_LINE:,}")
        if strange := NOT_TEXT.search(line):
            character = f"character {ord(strange[0]):#x}"
            raise self.refusal(number, strange.start() + 1, f"{character} is not allowed in a text file")
        try:
            cells = [cell.strip() for cell in next(csv.reader([line], strict=True))]
        except csv.Error as error:
            unclosed = "a quotation mark that is not closed on its line" if "end of data" in str(error) else str(error)
            raise self.refusal(number, 1, f"not valid CSV: {unclosed}") from None
        starts = _starts(line, len(cells))
        if not self.columns:
            self.head(number, cells, starts)
        else:
            self.row(number, cells, starts)

    def head(self, number: int, cells: list[str], starts: list[int]) -> None:
        for place, (column, start) in enumerate(zip(cells, starts, strict=True)):
            if column in cells[:place] and column:
                raise self.refusal(number, start, f"column {found_text(column)} is named twice")
            if column and column not in COLUMNS:
                near = suggest(column, COLUMNS) or f"; there are: {', '.join(COLUMNS)}"
                raise self.refusal(number, start, f"unknown column {found_text(column)}{near}")
        if not any(cells):
            raise self.refusal(number, 1, f"names no column; there are: {', '.join(COLUMNS)}")
        self.columns = cells

    def row(self, number: int, cells: list[str], starts: list[int]) -> None:
        if len(cells) != len(self.columns):
            wanted = f"the first line names {len(self.columns)} columns"
            raise self.refusal(number, 1, f"{len(cells)} cells; {wanted}")
        if len(self.entries) == MOST_ROWS:
            raise self.refusal(number, 1, f"more than {MOST_ROWS:,} rows")
        entry: dict[str, Any] = {}
        at: KeyPath = (len(self.entries),)
        self.spots[at] = Location(self.path, number, 1)
        for column, cell, start in zip(self.columns, cells, starts, strict=True):
            if not cell:
                continue
            if not column:
                raise self.refusal(number, start, f"{found_text(cell)} is in a column without a name")
            place = (*at, *column.split("."))
            self.spots[place] = self.keys[place] = Location(self.path, number, start)
            _put(entry, column, cell)
        self.entries.append(entry)

    def refusal(self, line: int, column: int, message: str) -> DocumentError:
        return DocumentError([Problem(self.path, line, column, "", message)])


def _starts(line: str, cells: int) -> list[int]:
    """Return the column, from 1, at which each cell of a line starts; 1 where quotation marks make it ambiguous."""
    starts, quoted = [0], False
    for place, character in enumerate(line):
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            starts.append(place + 1)
    if len(starts) != cells:
        return [1] * cells
    return [start + len(line[start:]) - len(line[start:].lstrip()) + 1 for start in starts]


def _put(entry: dict[str, Any], column: str, cell: str) -> None:
    """Set the value of a column, or of a key below it, as YAML would read it."""
    *outer, key = column.split(".")
    for name in outer:
        entry = entry.setdefault(name, {})
    if key in LISTS:
        entry[key] = cell.split()
    elif key in WHOLE_NUMBERS and WHOLE_NUMBER.fullmatch(cell):
        entry[key] = int(cell)
    else:
        entry[key] = cell


def _text(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        message = f"byte {content[error.start]:#x} is not UTF-8; save the file as UTF-8"
        raise DocumentError([Problem(str(path), line, column, "", message)]) from None


def _unreadable(path: Path, message: str) -> DocumentError:
    return DocumentError([Problem(str(path), 0, 0, "", message)])

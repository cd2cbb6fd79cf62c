"""Lists and findings as text."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

MARKS = {"ok": "ok", "note": "note", "trouble": "TROUBLE"}


def text(rows: Sequence[dict[str, str]], width: int) -> str:
    """Return rows as a table of this width; their keys are its columns. The first is whole, numbers stand right."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for rank, column in enumerate(rows[0] if rows else ()):
        numbers = all(row[column][:1].isdecimal() for row in rows)
        table.add_column(column, overflow="fold", no_wrap=rank == 0, justify="right" if numbers else "left")
    for row in rows:
        table.add_row(*map(Text, row.values()))
    return printed(table, width)


def folded(line: str, width: int) -> str:
    """Return a line broken at blanks to this width, its further lines indented."""
    return "\n".join(textwrap.wrap(line, width, subsequent_indent="  ", break_on_hyphens=False)) or line


def findings(found: Sequence[dict[str, str]], width: int) -> str:
    """Return the doctor's findings as text, and at the end whether anything is wrong."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for entry in found:
        table.add_row(*(Text(part) for part in (MARKS[entry["state"]], entry["what"], entry["about"])))
    troubles = sum(entry["state"] == "trouble" for entry in found)
    closing = "nothing is wrong" if not troubles else f"{troubles} in trouble"
    return f"{printed(table, width)}\n{closing}\n"


def printed(table: Table, width: int) -> str:
    """Return a table as plain text."""
    file = io.StringIO()
    Console(file=file, width=width, color_system=None, markup=False, emoji=False).print(table)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())

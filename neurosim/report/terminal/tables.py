"""Tables and findings as plain text."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from neurosim import units

MARKS = {"ok": "ok", "note": "note", "trouble": "PROBLEM"}


def text(rows: Sequence[dict[str, str]], width: int) -> str:
    """Return rows as a table of this width, keys as columns; the first is not folded, numbers are right-aligned."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for rank, column in enumerate(rows[0] if rows else ()):
        numbers = all(row[column][:1].isdecimal() for row in rows)
        table.add_column(column, overflow="fold", no_wrap=rank == 0, justify="right" if numbers else "left")
    for row in rows:
        table.add_row(*map(Text, row.values()))
    return printed(table, width)


def folded(line: str, width: int) -> str:
    """Return a line wrapped at blanks to this width, with continuation lines indented."""
    return "\n".join(textwrap.wrap(line, width, subsequent_indent="  ", break_on_hyphens=False)) or line


def findings(entries: Sequence[dict[str, str]], width: int) -> str:
    """Return the findings of the doctor as text, with the number of problems at the end."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for entry in entries:
        table.add_row(*(Text(part) for part in (MARKS[entry["state"]], entry["what"], entry["about"])))
    problems = sum(entry["state"] == "trouble" for entry in entries)
    closing = "no problems found" if not problems else units.plural(problems, "problem")
    return f"{printed(table, width)}\n{closing}\n"


def printed(table: Table, width: int) -> str:
    """Return a table as plain text."""
    file = io.StringIO()
    Console(file=file, width=width, color_system=None, markup=False, emoji=False).print(table)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())

"""One page of the documentation as a session: its files are written, its code is run, its commands are typed.

A fenced block whose first line is ```` ```LANGUAGE file=NAME ```` is a file; ``python`` without a file is run, and a
``text output`` block right behind it is what it prints; in a ``console`` block every line that begins with ``$`` is a
command and what follows it is what the terminal shows. All of a page happens in one folder, from top to bottom, and its
Python blocks share their names. ``...`` in what is shown stands for anything, alone on a line for any number of lines.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any
from unittest import mock

COLUMNS = "100"  # of the terminal in the documentation
FENCE = re.compile(r"^```(?P<language>\w+)?(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what else its first line says, its body and where that begins in the page."""

    language: str
    info: str
    body: str
    start: int

    @property
    def file(self) -> str | None:
        """The file that the block is, if it is one."""
        match = re.search(r"\bfile=(\S+)", self.info)
        return match[1] if match else None


@dataclass(frozen=True)
class Difference:
    """What a block shows and what it should show; ``command`` says what was run."""

    block: Block
    command: str
    shown: str
    found: str

    def __str__(self) -> str:
        lines = difflib.unified_diff(self.shown.splitlines(), self.found.splitlines(), "page", "really", lineterm="")
        return "\n".join([f"$ {self.command}", *lines])


@dataclass(eq=False)
class Session:
    """The state of a page while it is run in ``folder``; ``code`` is the exit code of the last command."""

    folder: Path
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "documentation"})
    code: int = 0

    def run(self, page: str) -> Iterator[Difference]:
        """Run a page and yield every difference between what it shows and what happens."""
        printed, code = "", Block("", "", "", 0)
        with self._terminal():
            for block in blocks(page):
                if block.file is not None:
                    path = self.folder / block.file
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(block.body, encoding="utf-8")
                elif block.language == "python":
                    printed, code = self.execute(block.body), block
                elif block.language == "text" and "output" in block.info.split():
                    if not matches(block.body, printed):
                        first = code.body.strip().splitlines()[0]
                        yield Difference(block, f"python: {first} ...", block.body, printed)
                elif block.language == "console":
                    yield from self._typed(block)

    def execute(self, source: str) -> str:
        """Run Python code and return what it prints."""
        with captured() as printed:
            exec(compile(source, "<documentation>", "exec"), self.names)
        return printed.getvalue()

    def type(self, command: str) -> str:
        """Run one command and return what the terminal shows."""
        if command == "echo $?":
            return f"{self.code}\n"
        if not command.startswith("neurosim "):
            done = subprocess.run(f"{{ {command}\n}} 2>&1", shell=True, check=False, capture_output=True, text=True)
            self.code = done.returncode
            return done.stdout
        from neurosim.cli.application import app
        from neurosim.cli.outcome import outcome

        arguments, sys.argv = sys.argv, shlex.split(command.replace("\\\n", " "))
        try:
            with captured() as shown:
                self.code = outcome(lambda: app(prog_name="neurosim", standalone_mode=False))
        finally:
            sys.argv = arguments
        return shown.getvalue()

    def _typed(self, block: Block) -> Iterator[Difference]:
        for command, shown in commands(block.body):
            found = self.type(command)
            if not matches(shown, found):
                yield Difference(block, command, shown, found)

    @contextlib.contextmanager
    def _terminal(self) -> Iterator[None]:
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            with (
                mock.patch.dict(os.environ, {"COLUMNS": COLUMNS}),  # and what commands change is put back
                mock.patch("neurosim.report.figures.write_figures", return_value=[]),  # no page shows one it draws
            ):
                yield
        finally:
            os.chdir(before)


@contextlib.contextmanager
def captured() -> Iterator[io.StringIO]:
    """Gather what is printed, stdout and stderr in their order as a terminal shows them."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
        yield shown


def blocks(page: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page."""
    for match in FENCE.finditer(page):
        yield Block(match["language"] or "", match["info"].strip(), match["body"], match.start("body"))


def commands(body: str) -> Iterator[tuple[str, str]]:
    r"""Yield the commands of a console block, and what is shown behind each; a ``\`` goes on with a command."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, shown = re.fullmatch(r"((?:[^\n]*\\\n)*[^\n]*)\n(.*)", part, re.DOTALL).groups()  # type: ignore[union-attr]
        yield command, shown


def matches(shown: str, found: str) -> bool:
    """Whether ``found`` is what a page shows, ``...`` standing for anything."""
    pattern = ""
    for line in lines_of(shown):
        anything = "(?:.*\n)*" if line.strip() == "..." else ".*".join(map(re.escape, line.split("..."))) + "\n"
        pattern += anything
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines_of(found))) is not None


def renewed(shown: str, found: str) -> str:
    """Return ``found`` cut as ``shown`` is: as many lines before a lone ``...``, as many behind; what fits stays."""
    old, new = lines_of(shown), lines_of(found)
    gaps = [number for number, line in enumerate(old) if line.strip() == "..."]
    head, tail = (old[: gaps[0]], old[gaps[-1] + 1 :]) if gaps else (old, [])
    first = new[: len(head)] if gaps else new
    last = new[len(new) - len(tail) :] if tail else []
    kept = [fitting(own, line) for own, line in zip_longest(head, first) if line is not None]
    kept += ["..."] * bool(gaps) + [fitting(own, line) for own, line in zip(tail, last, strict=True)]
    return "".join(f"{line}\n" for line in kept)


def fitting(own: str | None, line: str) -> str:
    """Return a page's own line if it fits what was found, else what was found."""
    return own if own is not None and matches(own, line) else line


def lines_of(text: str) -> list[str]:
    """Return the lines of a text without blanks at their ends and without empty lines around them."""
    return [line.rstrip() for line in text.strip("\n").splitlines()]

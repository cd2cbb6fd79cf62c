"""The process's streams, made fit for whatever is behind them.

Closed ones go nowhere. Characters that a stream's encoding lacks are written as others that look alike. A reader of
stdout that has gone, as ``| head`` has, is no error; a full disk is one. What cannot be written to stderr is let go:
nothing is lost with it, and there is nobody to tell.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from typing import TextIO

from neurosim.errors import DocumentError

STDOUT, STDERR = 1, 2
LOOKALIKE = "neurosim-lookalike"
LOOKALIKES = str.maketrans(
    {
        "─": "-",
        "│": "|",
        "├": "+",
        "└": "+",
        "━": "=",
        "█": "#",
        "µ": "u",
        "μ": "u",
        "×": "x",
        "·": "*",
        "…": "...",
        "→": "->",
        "±": "+-",
        "≤": "<=",
        "≥": ">=",
        "≈": "~",
        "–": "-",
        "—": "-",
        "†": "+",
    }
)
BYTES_OF_NAMES = range(0xDC80, 0xDD00)
"""What Python makes of the bytes of a file's name that are no text: each goes out as it came in."""


def prepare() -> None:
    """Open what is closed, and put streams in the place of stdout and stderr that do not fail at any text."""
    for number in (0, STDOUT, STDERR):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this one
    codecs.register_error(LOOKALIKE, _lookalike)
    sys.stdout = _text(_Results(STDOUT, "wb", closefd=False), sys.stdout)
    sys.stderr = _text(_Remarks(STDERR, "wb", closefd=False), sys.stderr)


class _Results(io.FileIO):
    """Stdout: after the first failure nothing more is written, so that it is told once."""

    _has_failed = False

    def write(self, content: object, /) -> int:
        if not self._has_failed:
            try:
                return super().write(content)  # type: ignore[arg-type]
            except OSError as error:
                self._has_failed = True
                if not isinstance(error, BrokenPipeError):
                    raise DocumentError(f"stdout: cannot be written: {error.strerror}") from error
        return memoryview(content).nbytes  # type: ignore[arg-type]


class _Remarks(io.FileIO):
    """Stderr: what cannot be written is let go."""

    def write(self, content: object, /) -> int:
        try:
            return super().write(content)  # type: ignore[arg-type]
        except OSError:
            return memoryview(content).nbytes  # type: ignore[arg-type]


def _text(file: io.FileIO, before: TextIO | None) -> io.TextIOWrapper:
    """Return a stream of text into ``file``, of the encoding that the one ``before`` had."""
    encoding = before.encoding if before is not None else "utf-8"
    by_lines = file.isatty() or file.fileno() == STDERR
    return io.TextIOWrapper(io.BufferedWriter(file), encoding, LOOKALIKE, line_buffering=by_lines)


def _lookalike(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return what to write for the characters that an encoding lacks, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    if ord(text[0]) in BYTES_OF_NAMES:
        return bytes([ord(text[0]) - BYTES_OF_NAMES[0] + 0x80]), error.start + 1
    plain = unicodedata.normalize("NFKD", text.translate(LOOKALIKES))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return plain.encode("ascii", "replace").decode(), error.end

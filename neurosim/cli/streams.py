"""Standard streams that cope with what they are connected to.

A closed stream is redirected to the null device. A character that the encoding lacks is replaced by one that looks
alike. A reader of stdout that has ended, such as ``| head``, is no error; a full disk is one. Failures of stderr are
ignored: no result is lost, and there is nowhere to report them.
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
"""Surrogates by which Python stands for bytes of a file name that are not text (PEP 383): written as those bytes."""


def prepare() -> None:
    """Open closed streams, and replace stdout and stderr by streams that any text can be written to."""
    for number in (0, STDOUT, STDERR):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free descriptor, which is this one
    codecs.register_error(LOOKALIKE, _lookalike)
    sys.stdout = _text_stream(_ResultFile(STDOUT, "wb", closefd=False), sys.stdout)
    sys.stderr = _text_stream(_MessageFile(STDERR, "wb", closefd=False), sys.stderr)


class _ResultFile(io.FileIO):
    """Stdout: after the first failure nothing more is written, so that it is reported once."""

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


class _MessageFile(io.FileIO):
    """Stderr: what cannot be written is dropped."""

    def write(self, content: object, /) -> int:
        try:
            return super().write(content)  # type: ignore[arg-type]
        except OSError:
            return memoryview(content).nbytes  # type: ignore[arg-type]


def _text_stream(file: io.FileIO, before: TextIO | None) -> io.TextIOWrapper:
    """Return a text stream into ``file`` with the encoding of the one ``before``."""
    encoding = before.encoding if before is not None else "utf-8"
    by_lines = file.isatty() or file.fileno() == STDERR
    return io.TextIOWrapper(io.BufferedWriter(file), encoding, LOOKALIKE, line_buffering=by_lines)


def _lookalike(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return what to write for the characters that an encoding lacks, and the position after them."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    if ord(text[0]) in BYTES_OF_NAMES:
        return bytes([ord(text[0]) - BYTES_OF_NAMES[0] + 0x80]), error.start + 1
    plain = unicodedata.normalize("NFKD", text.translate(LOOKALIKES))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return plain.encode("ascii", "replace").decode(), error.end

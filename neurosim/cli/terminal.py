"""The terminal: results on stdout, everything else that a person reads on stderr."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from typing import Any

from neurosim.errors import DocumentError
from neurosim.printable import printable


def colored() -> bool:
    """Return whether stdout shows colours."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def answer(value: dict[str, Any], as_json: bool, in_words: Callable[[], str]) -> None:
    """Print one JSON object, or the words."""
    say(json.dumps(value, ensure_ascii=False, allow_nan=False) if as_json else in_words())


def say(text: str) -> None:
    """Print a result on stdout; a reader that has gone, as ``| head`` does, is no error, a full disk is."""
    try:
        print(text.rstrip("\n"), flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # takes what is still in the buffer
        if not isinstance(error, BrokenPipeError):
            raise DocumentError(f"stdout: cannot be written: {error.strerror}") from error


def tell(line: str) -> None:
    """Say something to the person at the terminal."""
    print(printable(line), file=sys.stderr)


def width() -> int:
    """Return the columns that text may take: those of the terminal, at most 140."""
    return max(min(shutil.get_terminal_size((100, 24)).columns, 140), 60)

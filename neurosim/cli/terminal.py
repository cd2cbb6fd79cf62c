"""The terminal: results on stdout, everything else that a person reads on stderr."""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable
from typing import Any

from neurosim.errors import NeurosimWarning
from neurosim.messages import printable


def colored() -> bool:
    """Return whether stdout shows colours."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def answer(value: dict[str, Any], as_json: bool, in_words: Callable[[], str]) -> None:
    """Print one JSON object, its text escaped where stdout lacks a character; or the words."""
    say(_json(value) if as_json else in_words())


def say(text: str) -> None:
    """Print a result on stdout."""
    print(text.rstrip("\n"), flush=True)


def tell(line: str) -> None:
    """Say something to the person at the terminal."""
    print(printable(line), file=sys.stderr)


def plain_warnings() -> None:
    """Show warnings of ours as what they say, without the line of the program that gave them."""
    usual = warnings.formatwarning

    def formatted(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
    ) -> str:
        if issubclass(category, NeurosimWarning):
            return f"{message}\n"
        return usual(message, category, filename, lineno, line)

    warnings.formatwarning = formatted


def width() -> int:
    """Return the columns that text may take: those of the terminal, at most 140."""
    return max(min(shutil.get_terminal_size((100, 24)).columns, 140), 60)


def _json(value: dict[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False)
    return text

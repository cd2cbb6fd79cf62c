"""The terminal: results on stdout, everything else that a person reads on stderr."""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from neurosim.errors import NeurosimWarning
from neurosim.messages import printable

if TYPE_CHECKING:
    from neurosim.experiments.run import Run


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
    """Print a line for the person at the terminal, on stderr."""
    print(printable(line), file=sys.stderr)


def plain_warnings() -> None:
    """Show neurosim's own warnings as their text alone, without the line of code that raised them."""
    default = warnings.formatwarning

    def formatted(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
    ) -> str:
        if issubclass(category, NeurosimWarning):
            return f"{message}\n"
        return default(message, category, filename, lineno, line)

    warnings.formatwarning = formatted


def kernel_notice(quiet: bool) -> Callable[[], None]:
    """Return what says that kernels are being compiled; nothing is said if ``quiet``."""
    return (lambda: None) if quiet else (lambda: tell("compiling kernels, once; later runs load them from the cache"))


def run_summary(run: Run) -> str:
    """Return a run's summary as text that fits the terminal."""
    from neurosim.report.terminal.run_summary import text

    return text(run.record, run.costs, width(), color=colored())


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

"""How a command ends: its exit code, and the message of what went wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer

from neurosim.cli import interruption
from neurosim.cli.terminal import tell
from neurosim.cli.usage import refusal
from neurosim.errors import DocumentError, InterruptionError, NeurosimError

INTERRUPTED, INTERNAL_ERROR = InterruptionError.exit_code, NeurosimError.exit_code


def outcome(command: Callable[[], Any]) -> int:
    """Run ``command`` and return its exit code; what went wrong is printed on stderr."""
    try:
        code = command()
        if code == INTERRUPTED:
            raise KeyboardInterrupt  # typer turns an interruption into this code, and prints nothing
        if sys.stdout is not None:
            sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except typer.Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return failed("interrupted; nothing was written", interruption.exit_code())
    except InterruptionError as error:
        return failed(str(error), interruption.exit_code())
    except Exception as error:
        if interruption.was_received():  # a library has raised another error on the signal
            return failed("interrupted", interruption.exit_code())
        if isinstance(error, NeurosimError):
            return failed(str(error), error.exit_code)
        if isinstance(error, MemoryError):
            return failed("out of memory; take fewer images or noc: lower_bound", INTERNAL_ERROR)
        return unexpected(error)


@contextmanager
def resumable(words: str) -> Iterator[None]:
    """Raise an interruption inside the block as one that says, in ``words``, how the work can be resumed."""
    try:
        yield
    except KeyboardInterrupt:
        raise InterruptionError(f"interrupted; {words}") from None


def unexpected(error: Exception) -> int:
    """Print what an error of another kind is: wrong usage, an error of the system, or an internal error."""
    if hasattr(error, "format_message"):  # a usage error of typer's
        return failed(refusal(error), DocumentError.exit_code)
    if isinstance(error, OSError):
        return failed(f"{error.filename or 'the system'}: {error.strerror or error}", DocumentError.exit_code)
    report = f"internal error: {type(error).__name__}: {error}\nNEUROSIM_DEBUG=1 shows where; please report it"
    return failed(report, INTERNAL_ERROR)


def failed(message: str, code: int) -> int:
    """Print what went wrong, and return the exit code."""
    if os.environ.get("NEUROSIM_DEBUG") == "1":
        import traceback

        traceback.print_exc()
    tell(message)
    return code

"""How a command ends: its exit code, and what went wrong in words."""

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

INTERRUPTED, OUR_FAULT = InterruptionError.exit_code, NeurosimError.exit_code


def outcome(command: Callable[[], Any]) -> int:
    """Run ``command`` and return its exit code; what went wrong is said on stderr, in words."""
    try:
        code = command()
        if code == INTERRUPTED:
            raise KeyboardInterrupt  # typer has made this code of it, and says nothing
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
        if interruption.was_received():  # and a library has made something else of it
            return failed("interrupted", interruption.exit_code())
        if isinstance(error, NeurosimError):
            return failed(str(error), error.exit_code)
        if isinstance(error, MemoryError):
            return failed("out of memory; take fewer images or noc: lower_bound", OUR_FAULT)
        return unexpected(error)


@contextmanager
def resumable(words: str) -> Iterator[None]:
    """Say what becomes of the work inside the block if it is interrupted there, in ``words``."""
    try:
        yield
    except KeyboardInterrupt:
        raise InterruptionError(f"interrupted; {words}") from None


def unexpected(error: Exception) -> int:
    """Say what an error of another kind means: wrong usage, the system's refusal, or a fault of ours."""
    if hasattr(error, "format_message"):  # a usage error of typer's
        return failed(refusal(error), DocumentError.exit_code)
    if isinstance(error, OSError):
        return failed(f"{error.filename or 'the system'}: {error.strerror or error}", DocumentError.exit_code)
    fault = f"a fault of ours: {type(error).__name__}: {error}\nNEUROSIM_DEBUG=1 shows where; please report it"
    return failed(fault, OUR_FAULT)


def failed(message: str, code: int) -> int:
    """Print what went wrong, and return the exit code."""
    if os.environ.get("NEUROSIM_DEBUG") == "1":
        import traceback

        traceback.print_exc()
    tell(message)
    return code

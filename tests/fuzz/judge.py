"""What may come of a hostile input: an answer, or a refusal in words that names its place; soon, in little memory."""

import contextlib
import re
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from neurosim.errors import DocumentError, NeurosimError
from neurosim.messages import CONTROL

SECONDS = 20
MOST_BYTES = 2 * 2**30
PYTHON = re.compile(
    r"not supported between|invalid literal for|positional argument|keyword argument|has no attribute|object is not|"
    r"NoneType|Input should be|unhashable|out of bounds|must be real number|pydantic|Traceback|__\w+__\(\)|list index"
)
"""Words of Python and its libraries that say nothing to a user."""
LEGAL = {2, 3, 4}


class TooSlowError(BaseException):
    """Nothing that reads a document may catch it."""


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """Raise where what happens inside takes too long, or more memory than any input is worth."""

    def ring(*_: object) -> None:
        raise TooSlowError(f"more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 < MOST_BYTES, "more than 2 GB"


def wrong_with(read: Callable[[Path], Any], path: Path) -> str:
    """Return what is wrong with how a file is read or refused; nothing where all is well."""
    try:
        with watched():
            read(path)
    except NeurosimError as error:
        return wrong_refusal(error, path)
    except (Exception, TooSlowError, AssertionError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def wrong_refusal(error: NeurosimError, path: Path) -> str:
    """Return what is wrong with a refusal."""
    said = str(error)
    if error.exit_code not in LEGAL:
        return f"exit code {error.exit_code}: {said}"
    if isinstance(error, DocumentError) and not all(
        problem.path and (problem.line or not problem.place) for problem in error.problems
    ):
        return f"a problem without its place: {said}"
    if not (isinstance(error, DocumentError) and error.problems) and path.name not in said:
        return f"no file is named: {said}"
    return wrong_words(said)


def wrong_words(said: str) -> str:
    """Return what is wrong with a message as such."""
    if not said.strip():
        return "nothing is said"
    if found := PYTHON.search(said.replace("cannot be made with these options", "")):
        return f"Python's words ({found[0]}): {said}"
    if CONTROL.search(said):
        return f"a control character: {said!r}"
    if len(said) > 200_000:
        return f"a message of {len(said):,} characters"
    return ""

"""The exceptions that neurosim raises on purpose, and the exit code with which each ends the command.

::

    NeurosimError                      70  an internal error, unless a subclass says otherwise
    ├── DocumentError                   2  a document or an option that cannot be read
    ├── ConversionError                 2  a network that cannot be made spiking as asked
    ├── ScheduleError                   2  a schedule that the neuron model forbids
    ├── CapacityError                   3  a network that does not fit the chip
    ├── PricingError                    4  a counted operation without a price in the scope asked for
    │   └── UnpricedError           4  ... with the partial report (neurosim.energy.pricing.price)
    ├── LimitError                      5  a --fail-above limit that was crossed
    ├── CountOverflowError             70  a count that would not fit an int64
    └── InterruptionError             130  work that was interrupted and can be resumed

NeurosimWarning is a UserWarning. Any other exception that leaves a public function is an internal error.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_SHOWN = 50
"""Problems of a document that a message lists; the rest are counted (our choice)."""


class NeurosimError(Exception):
    """Any error that neurosim raises on purpose; its text is fit for a user's eyes."""

    exit_code = 70


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with a document.

    Attributes
    ----------
    path : str
        The file, or the option that put the value in.
    line, column : int
        From 1; both 0 where the problem has no place in a file.
    place : str
        The key, such as ``chip.mesh.width``.
    message : str
        What is wrong, and what would be right.
    """

    path: str
    line: int
    column: int
    place: str
    message: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return ": ".join(part for part in (where, self.place, self.message) if part)


class DocumentError(NeurosimError):
    """A document or an option that cannot be read.

    Parameters
    ----------
    problems : list of Problem, or str
        All problems of a document, or one sentence.
    more : int
        Further problems that are counted and not described.

    Attributes
    ----------
    problems : list of Problem
        In the order of the file.
    """

    exit_code = 2

    def __init__(self, problems: list[Problem] | str, more: int = 0) -> None:
        self.problems = [] if isinstance(problems, str) else sorted(problems)
        lines = list(map(str, self.problems[:MOST_SHOWN]))
        if rest := len(self.problems) - len(lines) + more:
            lines.append(f"... and {rest:,} more problem{'s' if rest > 1 else ''}")
        super().__init__(problems if isinstance(problems, str) else "\n".join(lines))


class ConversionError(NeurosimError):
    """A network that cannot be converted as asked; its text names the layer and the numbers."""

    exit_code = 2


class ScheduleError(NeurosimError):
    """A schedule that the neuron model or the chip cannot follow, or that does not do all of the work exactly once."""

    exit_code = 2


class CapacityError(NeurosimError):
    """A network that does not fit the chip, or a simulation that does not fit the host's memory; says what it needs."""

    exit_code = 3


class PricingError(NeurosimError):
    """A counted operation that a table does not price in the scope asked for, or tables that do not join."""

    exit_code = 4


class LimitError(NeurosimError):
    """A comparison that crossed a limit of the user's."""

    exit_code = 5


class CountOverflowError(NeurosimError):
    """A count that would not fit an int64; a ledger never wraps."""


class InterruptionError(NeurosimError):
    """Work that was interrupted and can be resumed; its text says from what."""

    exit_code = 130


class NeurosimWarning(UserWarning):
    """Something unexpected that does not end the work; its text is fit for a user's eyes."""

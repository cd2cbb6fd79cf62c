"""Everything that can go wrong, and the exit code it ends the command with.

::

    NeurosimError                      70  (a fault of ours unless a subclass says otherwise)
    ├── DocumentError                   2  a file or an option that cannot be read as meant
    ├── ConversionError                 2  a network that cannot be made of spikes as asked
    ├── ScheduleError                   2  a schedule that the neuron model forbids
    ├── CapacityError                   3  a network that does not fit the chip
    ├── PricingError                    4  an operation without a price in the asked scope
    ├── LimitError                      5  a --fail-above limit that was crossed
    ├── CountOverflowError             70  a count that would not fit an int64
    └── InterruptionError             130  work that was interrupted and can be taken up again
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_SHOWN = 50
"""Problems of a document that a message lists (our choice)."""


class NeurosimError(Exception):
    """Any error that neurosim raises on purpose; its text is fit for a user's eyes."""

    exit_code = 70


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with one place of a document.

    ``line`` and ``column`` count from 1; both are 0 where the problem has no place in a file.
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
    """A document or an option that cannot be read; carries all its problems, in the order of the file.

    Its text holds the first ``MOST_SHOWN`` and how many there are beside, ``more`` of which were never put in words.
    """

    exit_code = 2

    def __init__(self, problems: list[Problem] | str, more: int = 0) -> None:
        self.problems = [] if isinstance(problems, str) else sorted(problems)
        lines = list(map(str, self.problems[:MOST_SHOWN]))
        if rest := len(self.problems) - len(lines) + more:
            lines.append(f"... and {rest:,} more problem{'s' if rest > 1 else ''}")
        super().__init__(problems if isinstance(problems, str) else "\n".join(lines))


class ConversionError(NeurosimError):
    """A network that cannot be converted as asked; names the layer and the numbers."""

    exit_code = 2


class ScheduleError(NeurosimError):
    """A schedule that is illegal for the neuron model, or does not do all of the work once; says why."""

    exit_code = 2


class CapacityError(NeurosimError):
    """A network that does not fit the chip; one line per layer: what it needs, what there is."""

    exit_code = 3


class PricingError(NeurosimError):
    """A counted operation that no table prices in the asked scope."""

    exit_code = 4


class LimitError(NeurosimError):
    """A comparison that crossed a limit the user had set."""

    exit_code = 5


class CountOverflowError(NeurosimError):
    """A count that would leave int64; a ledger never wraps."""


class InterruptionError(NeurosimError):
    """Work that was interrupted and can be taken up again; its text says from what."""

    exit_code = 130


class NeurosimWarning(UserWarning):
    """What went otherwise than it should and ends nothing; its text is fit for a user's eyes."""

"""A published number beside the recomputed one, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal[
    "reproduces", "paper is inconsistent", "not printed as a number", "needs training data we do not have"
]


@dataclass(frozen=True)
class Claim:
    """One statement of a paper, recomputed.

    what      : the quantity, in words
    source    : its place in the paper; ``derived`` for what the paper does not state but its numbers imply
    inputs    : the inputs of ``computed``, with their values
    verdict   : the documented outcome; ``found`` is the outcome now
    expected  : the printed numbers, none where there are only words or a picture
    computed  : the recomputed numbers; none where training would be needed
    tolerance : the largest deviation of each, in their unit
    unit      : of both, empty for a bare number
    printed   : the wording of the paper, where that is not a number
    why       : the reason for a verdict other than ``reproduces``, or how to read the claim
    """

    what: str
    source: str
    inputs: str
    verdict: Verdict
    expected: tuple[float, ...] = ()
    computed: tuple[float, ...] = ()
    tolerance: float = 0.0
    unit: str = ""
    printed: str = ""
    why: str = ""

    def __post_init__(self) -> None:
        if self.expected and self.computed and len(self.expected) != len(self.computed):
            raise ValueError(f"{self.what}: {len(self.expected)} numbers expected, {len(self.computed)} computed")
        if self.verdict != "reproduces" and not self.why:
            raise ValueError(f"{self.what}: '{self.verdict}' needs a reason")

    @property
    def found(self) -> Verdict:
        """The verdict from the numbers."""
        if not self.computed:
            return "needs training data we do not have"
        if not self.expected:
            return "not printed as a number"
        pairs = zip(self.expected, self.computed, strict=True)
        near = all(abs(ours - theirs) <= self.tolerance for theirs, ours in pairs)
        return "reproduces" if near else "paper is inconsistent"

    @property
    def is_as_documented(self) -> bool:
        """Whether the outcome is the documented one."""
        return self.found == self.verdict

    @property
    def expected_text(self) -> str:
        """The printed value with its unit; empty where the paper prints none."""
        return self.printed or written(self.expected, self.unit)

    @property
    def computed_text(self) -> str:
        """The recomputed value with its unit; empty where there is none."""
        return written(self.computed, self.unit)

    @property
    def verdict_text(self) -> str:
        """The verdict with its reason; marked where it is not the documented one."""
        verdict = f"{self.found}: {self.why}" if self.why else self.found
        return verdict if self.is_as_documented else f"UNEXPECTED, documented is '{self.verdict}': {self.found}"

    def facts(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        return {
            "what": self.what,
            "source": self.source,
            "inputs": self.inputs,
            "expected": list(self.expected),
            "printed": self.expected_text,
            "computed": list(self.computed),
            "tolerance": self.tolerance,
            "unit": self.unit,
            "verdict": self.found,
            "documented_verdict": self.verdict,
            "why": self.why,
        }


@dataclass(frozen=True)
class Chapter:
    """Related claims, and how they were computed."""

    title: str
    about: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Paper:
    """One publication: its citation, its claims by chapter, and errors that were found by reading alone."""

    id: str
    cite: str
    arxiv: str
    chapters: tuple[Chapter, ...]
    slips: tuple[str, ...] = ()

    @property
    def claims(self) -> Iterator[Claim]:
        """All its claims in order."""
        return (claim for chapter in self.chapters for claim in chapter.claims)

    @property
    def unexpected(self) -> tuple[Claim, ...]:
        """Claims that did not come out as documented."""
        return tuple(claim for claim in self.claims if not claim.is_as_documented)

    def facts(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        claims = [{"chapter": chapter.title, **claim.facts()} for chapter in self.chapters for claim in chapter.claims]
        return {"paper": self.id, "cite": self.cite, "arxiv": self.arxiv, "claims": claims, "slips": list(self.slips)}


def written(values: tuple[float, ...], unit: str) -> str:
    """Return numbers as a table shows them: four digits, thousands separated, the unit once."""
    numbers = [f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}" for value in values]
    if unit == "x":  # factors are written as in 8.2x
        return " / ".join(f"{number}x" for number in numbers)
    return f"{' / '.join(numbers)} {unit}".rstrip() if numbers else ""

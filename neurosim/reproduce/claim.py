"""A published number beside the one that comes out here, and what that says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal[
    "reproduces", "paper is inconsistent", "not printed as a number", "needs training data we do not have"
]


@dataclass(frozen=True)
class Claim:
    """One thing that a paper says, recomputed.

    what      : the quantity, in words
    source    : where the paper says it; ``derived`` for what it does not say and what its numbers imply
    inputs    : what went into ``computed``, with its numbers
    verdict   : what is known to come out, as documented; ``found`` says what came out now
    expected  : the printed numbers, none where there are only words or a picture
    computed  : ours, from the inputs by code; none where it would take training
    tolerance : how far each may be off, in their unit
    unit      : of both, empty for a bare number
    printed   : the paper's own way of writing it, where that is not the number
    why       : the reason for a verdict other than ``reproduces``, or how the claim has to be read
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
        """The verdict that the numbers themselves give."""
        if not self.computed:
            return "needs training data we do not have"
        if not self.expected:
            return "not printed as a number"
        pairs = zip(self.expected, self.computed, strict=True)
        near = all(abs(ours - theirs) <= self.tolerance for theirs, ours in pairs)
        return "reproduces" if near else "paper is inconsistent"

    @property
    def is_as_documented(self) -> bool:
        """Whether what came out is what is known to come out."""
        return self.found == self.verdict

    @property
    def expected_text(self) -> str:
        """What the paper prints, with its unit; empty where it prints nothing."""
        return self.printed or written(self.expected, self.unit)

    @property
    def computed_text(self) -> str:
        """Return what came out, with its unit; empty where nothing did."""
        return written(self.computed, self.unit)

    @property
    def verdict_text(self) -> str:
        """Return what came out and why; says so where that is not what is documented."""
        said = f"{self.found}: {self.why}" if self.why else self.found
        return said if self.is_as_documented else f"UNEXPECTED, documented is '{self.verdict}': {self.found}"

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
    """Claims that belong together, and a sentence or two on how they were computed."""

    title: str
    about: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Paper:
    """One publication: how to cite it, its claims by chapter, and what was read in it without computing."""

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
    numbers = " / ".join(f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}" for value in values)
    return f"{numbers} {unit}".rstrip() if numbers else ""

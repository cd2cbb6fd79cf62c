"""Texts in messages: foreign text made safe to print, long text shortened, and the name nearest to an unknown one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udc7f\udd00-\udfff]")
"""All but tab and line feed: a text that is printed must not move the cursor, nor turn the direction of writing.

Of the surrogates only those stay that stand for the bytes of a file name that is not UTF-8 (PEP 383)."""
LONGEST_LINE = 2_000  # characters (our choice)
LONGEST_NAME = 100  # characters of a name for which the nearest one is looked up (our choice)


def printable(text: str) -> str:
    """Return ``text`` with control characters escaped and its lines shortened."""
    escaped = CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
    return "\n".join(shortened(line, LONGEST_LINE) for line in escaped.split("\n"))


def shortened(text: str, most: int = 60) -> str:
    """Return ``text``, or its beginning where it has more than ``most`` characters."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def suggest(name: str, names: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` with the name nearest to ``name``, or nothing if none is near."""
    if len(str(name)) > LONGEST_NAME:
        return ""  # comparing two texts takes time that grows with the square of their length
    by_folded = {str(candidate).casefold(): str(candidate) for candidate in names}
    folded = str(name).casefold()
    near = difflib.get_close_matches(folded, by_folded, n=4, cutoff=0.6)
    near.sort(key=lambda candidate: sorted(candidate) != sorted(folded))  # transposed letters come first
    return f"; did you mean '{by_folded[near[0]]}'?" if near else ""


def unknown_name(noun: str, name: str, names: Iterable[str]) -> str:
    """Return the message for a name that does not exist, with the nearest that does, or with all that do."""
    names = list(names)
    nearest = suggest(name, names) or ("; there are: " + ", ".join(names) if names else "; there are none")
    return f"unknown {noun} '{name}'{nearest}"

"""Texts in messages: those of others made fit to be shown, and the right name nearest to a wrong one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""All but tab and line feed: a text that is printed must not move the cursor, nor turn the direction of writing."""
LONGEST_LINE = 2_000
LONGEST_NAME = 100  # characters of a name that a nearest one is looked for


def printable(text: str) -> str:
    """Return ``text`` with what a terminal would obey written as an escape, its lines cut to a bearable length."""
    whole = text.encode("utf-8", "backslashreplace").decode("utf-8")
    escaped = CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), whole)
    return "\n".join(shortened(line, LONGEST_LINE) for line in escaped.split("\n"))


def shortened(text: str, most: int = 60) -> str:
    """Return the beginning of a text that is longer than a message can hold."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def suggest(name: str, names: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` with the name nearest to ``name``, or nothing if none is near."""
    if len(str(name)) > LONGEST_NAME:
        return ""  # to compare two texts takes as long as both are together, squared
    by_folded = {str(candidate).casefold(): str(candidate) for candidate in names}
    folded = str(name).casefold()
    near = difflib.get_close_matches(folded, by_folded, n=4, cutoff=0.6)
    near.sort(key=lambda candidate: sorted(candidate) != sorted(folded))  # letters that only changed places come first
    return f"; did you mean '{by_folded[near[0]]}'?" if near else ""


def unknown_name(noun: str, name: str, names: Iterable[str]) -> str:
    """Return the message for a name that does not exist, with the nearest that does, or with all that do."""
    names = list(names)
    nearest = suggest(name, names) or ("; there are: " + ", ".join(names) if names else "; there are none")
    return f"unknown {noun} '{name}'{nearest}"

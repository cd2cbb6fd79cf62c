"""Texts of others, made fit to be shown: no control characters, no line without end."""

from __future__ import annotations

import re

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""All but tab and line feed: a text that is printed must not move the cursor, nor turn the direction of writing."""
LONGEST_LINE = 2_000


def printable(text: str) -> str:
    """Return ``text`` with what a terminal would obey written as an escape, its lines cut to a bearable length."""
    whole = text.encode("utf-8", "backslashreplace").decode("utf-8")
    escaped = CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), whole)
    return "\n".join(shortened(line, LONGEST_LINE) for line in escaped.split("\n"))


def shortened(text: str, most: int = 60) -> str:
    """Return the beginning of a text that is longer than a message can hold."""
    return text if len(text) <= most else f"{text[: most - 3]}..."

"""What a field of a layer may hold; all else is a ValueError that names the field, what is there and what may be.

Whole numbers are Python's, because those of NumPy overflow in products of sizes; truth values are none. Lists do not
stand for pairs: a layer can be hashed.
"""

from __future__ import annotations

import math
from typing import Any

LARGEST = 2**31 - 1


def need_whole(name: str, value: Any, least: int) -> None:
    """Refuse what is not a whole number from ``least`` on."""
    if not _is_whole(value, least):
        raise ValueError(f"{name}: wanted an int from {least} to {LARGEST:,}, found {value!r}")


def need_sizes(name: str, value: Any, least: int, of: tuple[str, ...] = ("rows", "columns")) -> None:
    """Refuse what is not a tuple of one whole number from ``least`` on for each of ``of``."""
    if not isinstance(value, tuple) or len(value) != len(of) or not all(_is_whole(size, least) for size in value):
        raise ValueError(f"{name}: wanted ({', '.join(of)}), ints from {least}, found {value!r}")


def need_truth(name: str, value: Any) -> None:
    """Refuse what is neither True nor False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name}: wanted True or False, found {value!r}")


def need_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Refuse what is none of ``choices``."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name}: wanted {' or '.join(map(repr, choices))}, found {value!r}")


def need_share(name: str, value: Any, least: float, below: float) -> None:
    """Refuse what is not a number from ``least`` on and under ``below``."""
    if type(value) not in (int, float) or not math.isfinite(value) or not least <= value < below:
        raise ValueError(f"{name}: wanted a number from {least:g} on, below {below:g}, found {value!r}")


def _is_whole(value: Any, least: int) -> bool:
    return type(value) is int and least <= value <= LARGEST

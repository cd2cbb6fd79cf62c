"""Quantities in and out: '0.03 pJ' read exactly, 59.28 µJ and 860 kcycles written.

The only place that knows units, and the only one that formats a quantity.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import NamedTuple

from neurosim.messages import suggest


class Unit(NamedTuple):
    """A unit: what it measures, and how many of the dimension's own unit it is."""

    dimension: str
    size: Decimal


UNITS = {
    "J": Unit("energy", Decimal(1)),
    "mJ": Unit("energy", Decimal("1e-3")),
    "uJ": Unit("energy", Decimal("1e-6")),
    "nJ": Unit("energy", Decimal("1e-9")),
    "pJ": Unit("energy", Decimal("1e-12")),
    "fJ": Unit("energy", Decimal("1e-15")),
    "W": Unit("power", Decimal(1)),
    "mW": Unit("power", Decimal("1e-3")),
    "uW": Unit("power", Decimal("1e-6")),
    "nW": Unit("power", Decimal("1e-9")),
    "V": Unit("voltage", Decimal(1)),
    "mV": Unit("voltage", Decimal("1e-3")),
    "s": Unit("time", Decimal(1)),
    "ms": Unit("time", Decimal("1e-3")),
    "us": Unit("time", Decimal("1e-6")),
    "ns": Unit("time", Decimal("1e-9")),
    "ps": Unit("time", Decimal("1e-12")),
    "MiB": Unit("size", Decimal(8 * 2**20)),
    "KiB": Unit("size", Decimal(8 * 2**10)),
    "B": Unit("size", Decimal(8)),
    "bit": Unit("size", Decimal(1)),
}
ARTICLES = {
    "energy": "an energy",
    "power": "a power",
    "voltage": "a voltage",
    "time": "a time",
    "size": "a size",
}
MICRO = str.maketrans({"\N{MICRO SIGN}": "u", "\N{GREEK SMALL LETTER MU}": "u"})
QUANTITY = re.compile(r"\s*([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,4})?)\s*(\S*)\s*", re.ASCII)
PREFIXES = ("", "k", "M", "G", "T", "P")


class UnitError(ValueError):
    """A text that is not the quantity expected; its message says what would be."""


def parse(text: object, unit: str, needed_by: str = "this value") -> float:
    """The quantity ``text``, such as '0.03 pJ', as a number of ``unit``, correctly rounded.

    ``needed_by`` names in the message what the quantity is for. UnitError for anything that is not a
    non-negative finite quantity of the dimension of ``unit``.
    """
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise UnitError(f"wanted {ARTICLES[UNITS[unit].dimension]} such as '1 {unit}'")
    match = QUANTITY.fullmatch(str(text))
    if match is None:
        raise UnitError(f"'{text}' is not a quantity; write a number and a unit, such as '1 {unit}'")
    number, found_unit = match[1], match[2].translate(MICRO)
    if not found_unit:
        raise UnitError(f"{number} has no unit; write '{number} {unit}'")
    if found_unit not in UNITS:
        raise UnitError(f"unknown unit '{match[2]}'{suggest(found_unit, UNITS)}")
    dimension = UNITS[unit].dimension
    if UNITS[found_unit].dimension != dimension:
        alike = ", ".join(name for name, other in UNITS.items() if other.dimension == dimension)
        article = ARTICLES[UNITS[found_unit].dimension]
        raise UnitError(f"{number} {found_unit} is {article}; {needed_by} needs {ARTICLES[dimension]} ({alike})")
    value = float(Decimal(number) * UNITS[found_unit].size / UNITS[unit].size)
    if value < 0:
        raise UnitError(f"{number} {found_unit} is negative; {ARTICLES[dimension]} is >= 0")
    if not math.isfinite(value):
        raise UnitError(f"{number} {found_unit} is too large")
    return value


def format_quantity(value: float, unit: str, digits: int = 4) -> str:
    """``value`` of ``unit`` in the unit that suits it: ``format_quantity(59.28e6, "pJ")`` is '59.28 µJ'."""
    dimension, size = UNITS[unit]
    family = [(name, float(other.size)) for name, other in UNITS.items() if other.dimension == dimension]
    family.sort(key=lambda member: -member[1])
    base = value * float(size)
    # rounding comes first, so that 999.99 nJ is 1 µJ and not 1,000 nJ
    rounded = float(f"{base:.{digits - 1}e}")
    name, scale = next((m for m in family if abs(rounded) >= m[1] * (1 - 1e-12)), family[-1] if base else (unit, 1.0))
    return f"{_digits(base / scale, digits)} {_printed(name)}"


def format_in(value: float, unit: str, digits: int = 4) -> str:
    """``value`` of ``unit`` in that very unit: ``format_in(0.03, "pJ")`` is '0.03 pJ'."""
    return f"{_digits(value, digits)} {_printed(unit)}"


def format_scaled(count: float, noun: str, digits: int = 4) -> str:
    """A large count with a prefix: ``format_scaled(860_000, "cycles")`` is '860 kcycles'."""
    rounded = abs(float(f"{count:.{digits - 1}e}"))
    power = 0
    while rounded >= 1000 and power < len(PREFIXES) - 1:
        rounded /= 1000
        power += 1
    return f"{_digits(count / 1000**power, digits)} {PREFIXES[power]}{noun}"


def format_count(count: int) -> str:
    """A whole number with thousands separators: '1,200'."""
    return f"{count:,}"


def plural(count: int, noun: str) -> str:
    """A count of things: ``plural(1, "core")`` is '1 core', ``plural(1200, "core")`` is '1,200 cores'."""
    ending = "es" if noun.endswith(("ch", "s", "sh", "x")) else "s"
    return f"{count:,} {noun}{ending * (count != 1)}"


def format_share(share: float) -> str:
    """A part of 1 in percent: '14.5 %'."""
    return f"{100 * share:.1f} %"


def format_ratio(ratio: float) -> str:
    """How many times one thing is another: '12.86x'."""
    return f"{_digits(ratio, 4)}x"


def format_duration(seconds: float) -> str:
    """``seconds`` as a person says them: ``8 s``, ``6.1 min``, ``1 h 12 min``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.1f} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min"


def _digits(number: float, digits: int) -> str:
    """``number`` to so many significant digits and all whole ones, thousands separated, no trailing zeros."""
    if number == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(number)))
    if places > 12:
        return f"{number:.{digits - 1}e}"
    text = f"{number:,.{max(places, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _printed(unit: str) -> str:
    return unit.replace("u", "\N{MICRO SIGN}", 1)

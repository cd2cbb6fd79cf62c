"""The numbers of ``summary.json`` as a page shows them: rounded, with their exact value and their place as attributes.

A place is a JSON pointer (RFC 6901), so that a reader or a program finds where a number of the page comes from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from neurosim import units
from neurosim.report.html.markup import Markup, element

Part = str | int


class SummaryValues:
    """A summary, and the ways to write the value at a place of it; null is written as nothing."""

    def __init__(self, summary: Mapping[str, Any]) -> None:
        self.summary = summary

    def value(self, *place: Part) -> Any:
        """Return the value at a place."""
        value: Any = self.summary
        for part in place:
            value = value[part]
        return value

    def number(self, *place: Part, text: str) -> Markup:
        """Return a number written as ``text``, with its exact value."""
        value = self.value(*place)
        return element("data", text, value=json.dumps(value), data_of=pointer(place)) if value is not None else Markup()

    def count(self, *place: Part) -> Markup:
        """Return a whole number in full."""
        return self.number(*place, text=units.format_count(self.value(*place)))

    def scaled(self, *place: Part, noun: str = "", digits: int = 4) -> Markup:
        """Return a large number with a prefix."""
        return self.number(*place, text=units.format_scaled(self.value(*place), noun, digits).strip())

    def ticks(self, *place: Part, digits: int = 4) -> Markup:
        """Return a time in cycles, or in ticks where the chip is asynchronous."""
        return self.scaled(*place, noun=self.tick, digits=digits)

    def quantity(self, *place: Part, unit: str, digits: int = 4) -> Markup:
        """Return a quantity in the unit that suits it."""
        value = self.value(*place)
        return Markup() if value is None else self.number(*place, text=units.format_quantity(value, unit, digits))

    def share(self, *place: Part) -> Markup:
        """Return a part of 1 in percent."""
        return self.number(*place, text=units.format_share(self.value(*place)))

    @property
    def tick(self) -> str:
        """The unit of simulated time: cycles, or ticks where the chip is asynchronous."""
        return "cycles" if self.value("chip", "synchronous") else "ticks"


def pointer(place: Iterable[Part]) -> str:
    """Return a place as a JSON pointer."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)

"""What an energy table may say, as it is written: ``energy_tables/<id>.yaml``, before its quantities are read.

A quantity stands here as its text, such as ``0.03 pJ``; ``neurosim.files.energy_tables.energy_table`` turns
a document of this form into a :class:`neurosim.energy.tables.table.Table`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from neurosim.energy.tables.table import Basis, Bound, Evidence, Group, Level, OperatingPoint, Per, WidthPolicy

STRICT = {"extra": "forbid"}
MISSING = math.nan  # no document can hold it

Quantity = str | int | float
Format = Literal["int", "fp", "bits"]


@dataclass(frozen=True)
class ValidityForm:
    """What the numbers hold for; null where the source does not say, which has to be written."""

    __pydantic_config__ = STRICT

    basis: Basis
    node_nm: float | None = MISSING
    vdd_v: float | None = MISSING
    temp_c: float | None = MISSING


@dataclass(frozen=True)
class WidthsForm:
    """Which widths the table prices."""

    __pydantic_config__ = STRICT

    policy: WidthPolicy
    bits: int = 0
    format: Format | None = None


@dataclass(frozen=True)
class SourceForm:
    """A publication or a program that numbers were read in."""

    __pydantic_config__ = STRICT

    cite: str
    checked_against: Literal["primary", "secondary", "none"]
    doi: str = ""
    arxiv: str = ""
    url: str = ""
    where: str = ""

    @property
    def link(self) -> str:
        """The address it can be found at; empty where the document gives none."""
        known = (("https://doi.org/", self.doi), ("https://arxiv.org/abs/", self.arxiv), ("", self.url))
        return next((head + tail for head, tail in known if tail), "")


@dataclass(frozen=True)
class EntryForm:
    """One price, or, with ``same_as``, the price of another operation at the same width."""

    __pydantic_config__ = STRICT

    op: str
    per: Per
    evidence: Evidence
    format: Format | None = None
    bits: int = 0
    size: Quantity | None = None
    value: Quantity | None = None
    same_as: str | None = None
    source: str | None = None
    bound: Bound = "point"
    band: dict[str, Quantity] | None = None
    covers: tuple[Group, ...] = ()
    derivation: str = ""
    why: str = ""


@dataclass(frozen=True)
class IgnoredForm:
    """An operation that a published convention leaves out."""

    __pydantic_config__ = STRICT

    op: str
    why: str


@dataclass(frozen=True)
class CrossCheckForm:
    """A published number that is never priced with."""

    __pydantic_config__ = STRICT

    what: str
    value: Quantity
    source: str
    note: str = ""


@dataclass(frozen=True)
class TableForm:
    """A whole table; ``entries`` may also be the name of a CSV file beside it, with the same columns."""

    __pydantic_config__ = STRICT

    schema: Literal["neurosim/energy-table/1"]
    id: str
    title: str
    level: Level
    validity: ValidityForm
    sources: dict[str, SourceForm]
    entries: tuple[EntryForm, ...]
    scope: Literal["incremental", "aggregate"] = "incremental"
    widths: WidthsForm = field(default_factory=lambda: WidthsForm("exact"))
    memory_width: Literal["per_bit", "whole_word"] = "whole_word"
    operating_point: OperatingPoint | None = None
    siblings: tuple[str, ...] = ()
    included: tuple[dict[str, str], ...] = ()
    ignored_by_convention: tuple[IgnoredForm, ...] = ()
    cross_checks: tuple[CrossCheckForm, ...] = ()
    notes: tuple[str, ...] = ()

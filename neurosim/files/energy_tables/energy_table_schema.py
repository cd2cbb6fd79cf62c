"""What an energy table may say, as it is written: ``energy_tables/<id>.yaml``, before its quantities are read.

A quantity stands here as its text, such as ``0.03 pJ``; ``neurosim.files.energy_tables.energy_table`` turns
a document of this form into a :class:`neurosim.energy.tables.table.Table`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated, Literal

from neurosim.energy.tables.table import Basis, Bound, Evidence, Group, Level, OperatingPoint, Per, WidthPolicy

STRICT = {"extra": "forbid"}
MISSING = math.nan  # no document can hold it

Quantity = str | int | float
Format = Literal["int", "fp", "bits"]


@dataclass(frozen=True)
class ValidityForm:
    """What the numbers hold for; null where the source does not say, which has to be written."""

    __pydantic_config__ = STRICT

    basis: Annotated[Basis, "how the numbers were obtained"]
    node_nm: Annotated[float | None, "technology node, in nm"] = MISSING
    vdd_v: Annotated[float | None, "supply voltage, in V"] = MISSING
    temp_c: Annotated[float | None, "temperature, in degrees Celsius"] = MISSING


@dataclass(frozen=True)
class WidthsForm:
    """Which widths the table prices."""

    __pydantic_config__ = STRICT

    policy: Annotated[WidthPolicy, "`exact`: stated widths only; `nominal`: every width at the price of `bits`"]
    bits: Annotated[int, "the nominal width"] = 0
    format: Annotated[Format | None, "number format of the nominal width"] = None


@dataclass(frozen=True)
class SourceForm:
    """A publication or a program that numbers were read in."""

    __pydantic_config__ = STRICT

    cite: Annotated[str, "authors, title, venue, year"]
    checked_against: Annotated[
        Literal["primary", "secondary", "none"], "whether the number was read in the source itself"
    ]
    doi: Annotated[str, "DOI"] = ""
    arxiv: Annotated[str, "arXiv identifier"] = ""
    url: Annotated[str, "address, where there is neither"] = ""
    where: Annotated[str, "table, figure or page"] = ""

    @property
    def link(self) -> str:
        """The address it can be found at; empty where the document gives none."""
        known = (("https://doi.org/", self.doi), ("https://arxiv.org/abs/", self.arxiv), ("", self.url))
        return next((head + tail for head, tail in known if tail), "")


@dataclass(frozen=True)
class EntryForm:
    """One price, or, with ``same_as``, the price of another operation at the same width."""

    __pydantic_config__ = STRICT

    op: Annotated[str, "operation or event; `synaptic_event_*` stands for three"]
    per: Annotated[Per, "what one price is for"]
    evidence: Annotated[Evidence, "what the number is based on"]
    format: Annotated[Format | None, "number format"] = None
    bits: Annotated[int, "width; 0 is every width"] = 0
    size: Annotated[Quantity | None, "size of the memory, such as `128 KiB`"] = None
    value: Annotated[Quantity | None, "energy, such as `0.03 pJ`, or a power `per: s`"] = None
    same_as: Annotated[str | None, "operation whose price at the same width this is"] = None
    source: Annotated[str | None, "key of `sources`"] = None
    bound: Annotated[Bound, "whether the value is a least or greatest one"] = "point"
    band: Annotated[
        dict[str, Quantity] | None, "`low`, `high` and `from`: range of the value, and where it comes from"
    ] = None
    covers: Annotated[tuple[Group, ...], "groups of operations that an event stands for"] = ()
    derivation: Annotated[str, "how a derived or fitted value was obtained"] = ""
    why: Annotated[str, "why a value is assumed, or 0"] = ""


@dataclass(frozen=True)
class IgnoredForm:
    """An operation that a published convention leaves out."""

    __pydantic_config__ = STRICT

    op: Annotated[str, "operation"]
    why: Annotated[str, "reason, with the convention"]


@dataclass(frozen=True)
class CrossCheckForm:
    """A published number that is never priced with."""

    __pydantic_config__ = STRICT

    what: Annotated[str, "what was published"]
    value: Annotated[Quantity, "the number"]
    source: Annotated[str, "key of `sources`"]
    note: Annotated[str, "what differs"] = ""


@dataclass(frozen=True)
class TableForm:
    """A whole table; ``entries`` may also be the name of a CSV file beside it, with the same columns."""

    __pydantic_config__ = STRICT

    schema: Annotated[Literal["neurosim/energy-table/1"], "of the file"]
    id: Annotated[str, "name of the table, that of its file"]
    title: Annotated[str, "what it is, in words"]
    level: Annotated[Level, "whether operations or events are priced"]
    validity: ValidityForm
    sources: Annotated[dict[str, SourceForm], "where numbers were read, by a short name"]
    entries: Annotated[tuple[EntryForm, ...], "the prices, or the name of a CSV file of them"]
    scope: Annotated[Literal["incremental", "aggregate"], "whether prices add up, or one event contains everything"] = (
        "incremental"
    )
    widths: WidthsForm = field(default_factory=lambda: WidthsForm("exact"))
    memory_width: Annotated[Literal["per_bit", "whole_word"], "what an access narrower than a word costs"] = (
        "whole_word"
    )
    operating_point: Annotated[OperatingPoint | None, "where an aggregate figure was measured"] = None
    siblings: Annotated[tuple[str, ...], "tables of the same source at other widths"] = ()
    included: Annotated[tuple[dict[str, str], ...], "operations inside another entry: `op`, `in`, `why`"] = ()
    ignored_by_convention: Annotated[tuple[IgnoredForm, ...], "operations that a published convention leaves out"] = ()
    cross_checks: Annotated[tuple[CrossCheckForm, ...], "published numbers that are never priced with"] = ()
    notes: Annotated[tuple[str, ...], "what a reader should know"] = ()

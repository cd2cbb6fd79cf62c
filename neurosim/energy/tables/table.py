"""An energy table: what each operation costs, with source, evidence and uncertainty.

Energies are in pJ for one of what ``per`` names; a power is in pJ per second. Voltages are in V, sizes in bits.
A table is read from ``energy_tables/<id>.yaml``; several that price different things are joined into one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Annotated, Literal

from neurosim.energy.tables.scopes import GROUPS, Scope, smallest_scope
from neurosim.errors import PricingError
from neurosim.ledger import vocabulary

Level = Literal["op", "event"]
Per = Literal["op", "access", "bit", "event", "packet", "tick", "s"]
Basis = Literal["measured", "simulated", "synthesis", "model", "mixed"]
Evidence = Literal["measured", "published", "simulated", "fitted", "derived", "assumed", "inhouse"]
Bound = Literal["point", "min", "max"]
WidthPolicy = Literal["exact", "nominal"]
Group = Literal["compute", "memory", "noc", "io"]

EVENT_GROUPS: tuple[Group, ...] = ("compute", "memory")


@dataclass(frozen=True)
class Band:
    """The range a price may lie in, ``low_pj <= value <= high_pj``, and where that range comes from."""

    low_pj: float
    high_pj: float
    origin: str


@dataclass(frozen=True)
class Entry:
    """One price: ``pj`` for one of what ``per`` names (for ``per: s``, pJ per second).

    ``bits`` is 0 where every width costs the same, ``size_bits`` the size of the memory it holds for, 0 where that
    does not matter. ``covers`` says which groups of operations an event stands for.
    """

    op: str
    format: str
    bits: int
    size_bits: int
    pj: float
    per: Per
    source: str
    evidence: Evidence
    bound: Bound = "point"
    band: Band | None = None
    covers: tuple[Group, ...] = ()
    derivation: str = ""
    why: str = ""

    @property
    def name(self) -> str:
        """The canonical name of what it prices."""
        return vocabulary.write(self.op, self.format, self.bits)

    @property
    def key(self) -> tuple[str, str, int, int, str]:
        """What no other entry of a table may share; an operation may cost something per tick and per second."""
        return self.op, self.format, self.bits, self.size_bits, self.per if self.per in ("tick", "s") else ""


@dataclass(frozen=True)
class Validity:
    """Node (nm), voltage (V) and temperature (deg C) that the numbers hold for; None where the source does not say."""

    node_nm: float | None
    vdd_v: float | None
    temp_c: float | None
    basis: Basis


@dataclass(frozen=True)
class Widths:
    """Which widths a table prices: those it states, or, ``nominal``, every width at the price of ``bits``.

    With a ``format`` the nominal price stands for every format as well.
    """

    policy: WidthPolicy = "exact"
    bits: int = 0
    format: str = ""


@dataclass(frozen=True)
class Source:
    """Where numbers were read: what is cited, a link to it, the place in it, and who checked them against it."""

    cite: str
    where: str
    checked_against: Literal["primary", "secondary", "none"]
    link: str = ""


@dataclass(frozen=True)
class IncludedOperation:
    """An operation without a charge of its own: it is inside another entry, or a convention leaves it out."""

    op: str
    why: str
    inside: str = ""


@dataclass(frozen=True)
class CrossCheck:
    """A published number to compare with, never to price with."""

    what: str
    value: str
    source: str
    note: str = ""


@dataclass(frozen=True)
class OperatingPoint:
    """Where an aggregate figure was taken; it holds nowhere else. None where the source does not say."""

    rate_hz: Annotated[float | None, "spikes per neuron and second"] = None
    fan_out: Annotated[float | None, "synapses per spike"] = None
    events_per_s: Annotated[float | None, "synaptic events per second"] = None
    vdd_v: Annotated[float | None, "supply voltage, in V"] = None
    clock_hz: Annotated[float | None, "clock frequency, in Hz"] = None


@dataclass(frozen=True)
class Table:
    """One energy table, or several joined.

    Attributes
    ----------
    id, title : str
        Its name, ``A+B`` of a join, and what it is.
    level : {'op', 'event'}
        Whether it prices operations or the events of a chip.
    scope : {'incremental', 'aggregate'}
        Whether entries add up, or one event already contains everything that the chip does.
    validity : Validity
        Node, voltage, temperature and basis of its numbers.
    widths : Widths
        Which widths it prices.
    memory_width : {'per_bit', 'whole_word'}
        What an access narrower than a word costs: its share of the word, or the whole word.
    sources : mapping of str to Source
        Where its numbers were read, by a short name that entries refer to.
    entries : tuple of Entry
        The prices; empty of a join.
    included, ignored_by_convention : tuple of IncludedOperation
        Operations without a charge of their own, and those that a published convention leaves out.
    cross_checks : tuple of CrossCheck
        Published numbers to compare with, never to price with.
    operating_point : OperatingPoint or None
        Where an aggregate figure was measured.
    siblings : tuple of str
        Tables of the same source at other widths.
    notes : tuple of str
        What else a reader should know.
    sha256 : str
        Hash of ``document`` and ``rows``.
    document, rows : bytes
        The YAML file, and the CSV file of its entries where it has one, as they were read.
    joined : tuple of Table
        The tables of a join.
    """

    id: str
    title: str
    level: Level
    scope: Literal["incremental", "aggregate"]
    validity: Validity
    widths: Widths = Widths()
    memory_width: Literal["per_bit", "whole_word"] = "whole_word"
    sources: Mapping[str, Source] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    included: tuple[IncludedOperation, ...] = ()
    ignored_by_convention: tuple[IncludedOperation, ...] = ()
    cross_checks: tuple[CrossCheck, ...] = ()
    operating_point: OperatingPoint | None = None
    siblings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sha256: str = ""
    document: bytes = field(default=b"", repr=False)
    rows: bytes | None = field(default=None, repr=False)
    joined: tuple[Table, ...] = ()

    @property
    def parts(self) -> tuple[Table, ...]:
        """The tables it consists of: those that were joined, or itself."""
        return self.joined or (self,)

    @property
    def smallest_scope(self) -> Scope:
        """The smallest scope that an energy of this table can speak for."""
        if self.scope == "aggregate":
            return "static"
        return smallest_scope({group for _, entry in self.priced() for group in entry.covers})

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader must know of a join: its parts hold for different nodes, voltages or bases."""
        lines = []
        for noun, name, unit in (
            ("node", "node_nm", " nm"),
            ("supply voltage", "vdd_v", " V"),
            ("basis", "basis", ""),
        ):
            values = [getattr(part.validity, name) for part in self.parts]
            if len(set(values)) > 1:
                stated = [
                    f"{part.id} {'not stated' if value is None else f'{value:g}{unit}' if unit else value}"
                    for part, value in zip(self.parts, values, strict=True)
                ]
                lines.append(f"the joined tables differ in {noun}: {', '.join(stated)}")
        return tuple(lines)

    def priced(self, op: str = "") -> Iterator[tuple[Table, Entry]]:
        """Yield the entries of all parts, or those for one operation, each with the table it is from."""
        for part in self.parts:
            for entry in part.entries:
                if not op or entry.op == op:
                    yield part, entry

    def inside(self, op: str) -> IncludedOperation | None:
        """Return why this operation has no charge of its own, if the table says so."""
        return next((item for part in self.parts for item in part.included if item.op == op), None)

    def ignored(self, op: str) -> bool:
        """Whether a published convention leaves this operation out."""
        return any(item.op == op for part in self.parts for item in part.ignored_by_convention)


def need_scope(table: Table, scope: Scope) -> None:
    """Refuse, with a PricingError, a scope smaller than the smallest that the table can speak for."""
    smallest = table.smallest_scope
    if GROUPS[smallest] <= GROUPS[scope]:
        return
    if table.scope == "aggregate":
        raise PricingError(
            f"{table.id} is an aggregate: one event contains everything; its smallest scope is {smallest}"
        )
    entry = next(entry for _, entry in table.priced() if not set(entry.covers) <= GROUPS[scope])
    within = [group for group in entry.covers if group in GROUPS[scope]]
    beyond = [group for group in entry.covers if group not in GROUPS[scope]]
    both = "both" if len(entry.covers) == 2 else "all"
    raise PricingError(
        f"{table.id} does not separate {' and '.join(within)} from {' and '.join(beyond)} "
        f"({entry.op} covers {both}); its smallest scope is {smallest}"
    )


def join(tables: list[Table] | tuple[Table, ...]) -> Table:
    """Join tables that price different things into one, ``A+B``; an overlap is a PricingError, never an override."""
    parts = tuple(part for table in tables for part in table.parts)
    if len(parts) == 1:
        return parts[0]
    name = "+".join(part.id for part in parts)
    for one, other in combinations(parts, 2):
        shared = _overlap(one, other)
        if shared:
            raise PricingError(f"{name}: both price {shared}; a join is never an override")
    for part in parts:
        if part.scope == "aggregate":
            raise PricingError(f"{name}: {part.id} is an aggregate and already contains everything else")
    levels = {part.level: part.id for part in parts if not _only_shared(part)}
    if len(levels) > 1:
        raise PricingError(
            f"{name}: {levels['op']} prices operations and {levels['event']} prices events; "
            "together they would charge the same work twice"
        )
    validity = [part.validity for part in parts]
    same = all(item == validity[0] for item in validity)
    return Table(
        id=name,
        title=" + ".join(part.title for part in parts),
        level=next(iter(levels), parts[0].level),
        scope="incremental",
        validity=validity[0] if same else Validity(None, None, None, "mixed"),
        sources={key: source for part in parts for key, source in part.sources.items()},
        joined=parts,
    )


def _overlap(one: Table, other: Table) -> str:
    """Return the first name, in their order, that one table prices and the other prices or leaves out on purpose."""
    names = set()
    for mine, others in ((one, other), (other, one)):
        same_width = {entry.key for entry in others.entries}
        any_width = {_at_any_width(entry) for entry in others.entries if not entry.bits}
        names |= {entry.name for entry in mine.entries if entry.key in same_width or _at_any_width(entry) in any_width}
    for priced, uncharged in ((one, other), (other, one)):
        without_charge = {item.op for item in (*uncharged.included, *uncharged.ignored_by_convention)}
        names |= {entry.name for entry in priced.entries if entry.op in without_charge}
    return min(names, default="")


def _at_any_width(entry: Entry) -> tuple[str, int, str]:
    """Return what of an entry's key an entry without a width has in common with it: that one is of any format, too."""
    op, _, _, size_bits, per = entry.key
    return op, size_bits, per


def _only_shared(table: Table) -> bool:
    names = [entry.op for entry in table.entries]
    names += [item.op for item in (*table.included, *table.ignored_by_convention)]
    return all(vocabulary.need(name).level == "shared" for name in names)

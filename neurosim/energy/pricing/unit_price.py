"""The unit price of an operation: what a table charges for one under a policy, or why it has no price."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from neurosim.energy.pricing.policy import Policy
from neurosim.energy.tables import scale as scaling
from neurosim.energy.tables.bands import EnergyRange, stated_or_usual
from neurosim.energy.tables.table import Entry, Table
from neurosim.ledger import vocabulary
from neurosim.ledger.vocabulary import Counted

Origin = Literal["stated", "nominal_width", "interpolated", "scaled"]
Subject = tuple[str, tuple[tuple[str, str, int, int, str], ...]]  # a table's id and the keys of its entries
WIDEST = 64  # bits; the widest word that the power law between two widths is used for (our choice)

# strongest evidence first: a price made of two entries has the weaker evidence of both
STRENGTH = ("measured", "published", "simulated", "fitted", "derived", "assumed", "inhouse")


@dataclass(frozen=True)
class UnitPrice:
    """The price of one operation by a table.

    Attributes
    ----------
    op : str
        The canonical name of the operation, with its width.
    low_pj, pj, high_pj : float
        Energy of one count and its band, in pJ.
    origin : str
        ``stated`` in the table, at its ``nominal_width``, ``interpolated`` or ``scaled``.
    banded : bool
        Whether anything is known of its uncertainty; where not, ``low_pj`` and ``high_pj`` equal ``pj``.
    entries : tuple of Entry
        The entries of the table that it is made of.
    table : str
        The id of the table.
    """

    op: str
    low_pj: float
    pj: float
    high_pj: float
    origin: Origin
    banded: bool
    entries: tuple[Entry, ...]
    table: str

    @property
    def evidence(self) -> str:
        """The weakest evidence among the entries it is made of."""
        return max((entry.evidence for entry in self.entries), key=STRENGTH.index)

    @property
    def subject(self) -> Subject:
        """What is uncertain in it: prices of the same entries are too low or too high together."""
        return self.table, tuple(entry.key for entry in self.entries)


@dataclass(frozen=True)
class MissingPrice:
    """An operation that is not priced; ``reason`` follows "N 'op' ops have no price in TABLE"."""

    op: str
    table: str
    reason: str
    whole: str = ""

    def message(self, count: int) -> str:
        """Return the whole sentence for so many of them."""
        return self.whole or f"{count:,} '{self.op}' ops have no price in {self.table}{self.reason}"


def unit_price(
    op: str,
    table: Table,
    policy: Policy,
    memory_bits: Mapping[str, int] | None = None,
    tick_s: float | None = None,
) -> UnitPrice | MissingPrice:
    """Return the price of one operation by a table.

    Parameters
    ----------
    op : str
        The canonical name of the operation, with its width.
    table : Table
        One table, or several joined.
    policy : Policy
        How widths, memory sizes and nodes that the table does not state are treated.
    memory_bits : mapping of str to int, optional
        The size of the memory that an operation accesses, in bits, by its name with or without a width.
    tick_s : float, optional
        Seconds in a tick, needed where a power is charged.

    Returns
    -------
    UnitPrice or MissingPrice
        The price, or why there is none.

    Raises
    ------
    PricingError
        Where scaling to another node is asked for and the table or the fit does not allow it.
    """
    counted = vocabulary.parse(op)
    stated = list(table.priced(counted.operation.name))
    if not stated:
        return MissingPrice(
            op, table.id, f" (scope {policy.scope}); join a table that has one (A+B), or --allow-partial"
        )
    if counted.operation.group == "static":
        price = _static(counted, stated, table, tick_s)
    elif counted.operation.group == "memory":
        price = _memory(counted, stated, table, policy, memory_bits or {})
    else:
        price = _width(counted, stated, table, policy)
    if isinstance(price, UnitPrice) and policy.scale is not None:
        return _scaled(price, table, policy.scale)
    return price


def _static(
    counted: Counted, stated: list[tuple[Table, Entry]], table: Table, tick_s: float | None
) -> UnitPrice | MissingPrice:
    """A tick costs its energy, plus the power times its length."""
    total, banded = EnergyRange(0.0, 0.0, 0.0), True
    for part, entry in stated:
        if entry.per == "s" and tick_s is None:
            whole = f"{entry.op}: {table.id} states a power, and the length of a tick is not known"
            return MissingPrice(str(counted), table.id, "", whole)
        price, has_band = stated_or_usual(entry, part)
        total = total.plus(price.times(tick_s if entry.per == "s" and tick_s is not None else 1.0))
        banded = banded and has_band
    entries = tuple(entry for _, entry in stated)
    return UnitPrice(str(counted), *total, "stated", banded, entries, table.id)


def _memory(
    counted: Counted,
    stated: list[tuple[Table, Entry]],
    table: Table,
    policy: Policy,
    memory_bits: Mapping[str, int],
) -> UnitPrice | MissingPrice:
    op = str(counted)
    if not any(entry.size_bits for _, entry in stated):
        part, entry = min(stated, key=lambda item: (item[1].bits < counted.bits, abs(item[1].bits - counted.bits)))
        price, banded = stated_or_usual(entry, part)
        return UnitPrice(op, *price.times(_words(counted, entry, part)), "stated", banded, (entry,), table.id)
    size = memory_bits.get(op, memory_bits.get(counted.operation.name))
    if size is None:
        return MissingPrice(
            op, table.id, "", f"{op}: {table.id} prices it by the size of the memory, which is not known"
        )
    sized = sorted(stated, key=lambda item: item[1].size_bits)
    for part, entry in sized:
        if entry.size_bits == size:
            price, banded = stated_or_usual(entry, part)
            return UnitPrice(op, *price.times(_words(counted, entry, part)), "stated", banded, (entry,), table.id)
    below = [item for item in sized if item[1].size_bits < size and item[1].pj]
    above = [item for item in sized if item[1].size_bits > size and item[1].pj]
    if policy.sram != "loglog" or not below or not above:
        known = ", ".join(_size(entry.size_bits) for _, entry in sized)
        advice = "ask for --sram loglog" if below and above else "it is never guessed outside them"
        return MissingPrice(op, table.id, "", f"{op} of a {_size(size)} memory: {table.id} prices {known}; {advice}")
    (small_part, small), (large_part, large) = below[-1], above[0]
    ends = (
        _end(small_part, small, small.size_bits, _words(counted, small, small_part)),
        _end(large_part, large, large.size_bits, _words(counted, large, large_part)),
    )
    price, banded = _power_law(size, *ends)
    return UnitPrice(op, *price, "interpolated", banded, (small, large), table.id)


def _words(counted: Counted, entry: Entry, table: Table) -> float:
    """How many words of an entry's width one access takes."""
    if entry.per == "bit":
        return counted.bits
    if not entry.bits or not counted.bits:
        return 1
    return counted.bits / entry.bits if table.memory_width == "per_bit" else math.ceil(counted.bits / entry.bits)


def _width(
    counted: Counted, stated: list[tuple[Table, Entry]], table: Table, policy: Policy
) -> UnitPrice | MissingPrice:
    op = str(counted)
    for part, entry in stated:
        every_width = not entry.bits and entry.format in ("", counted.format)
        if every_width or (entry.format, entry.bits) == (counted.format, counted.bits):
            price, banded = stated_or_usual(entry, part)
            factor = counted.bits if entry.per == "bit" else 1
            return UnitPrice(op, *price.times(factor), "stated", banded, (entry,), table.id)
    if policy.widths == "powerlaw":
        widths = sorted(
            (item for item in stated if item[1].format == counted.format and item[1].pj),
            key=lambda item: item[1].bits,
        )
        if len(widths) > 1 and 1 <= counted.bits <= WIDEST:
            (low_part, low), (high_part, high) = _around(widths, counted.bits)
            ends = _end(low_part, low, low.bits), _end(high_part, high, high.bits)
            price, banded = _power_law(counted.bits, *ends)
            return UnitPrice(op, *price, "interpolated", banded, (low, high), table.id)
    nominal = [(part, entry) for part, entry in stated if _is_nominal(counted, part, entry, policy)]
    if len(nominal) == 1:
        part, entry = nominal[0]
        price, banded = stated_or_usual(entry, part)
        return UnitPrice(op, *price, "nominal_width", banded, (entry,), table.id)
    return MissingPrice(
        op, table.id, f": it prices {', '.join(e.name for _, e in stated)}; {_advice(counted, stated, policy)}"
    )


def _is_nominal(counted: Counted, table: Table, entry: Entry, policy: Policy) -> bool:
    if policy.widths not in (None, "nominal") or (policy.widths is None and table.widths.policy != "nominal"):
        return False
    return (
        bool(counted.bits)
        and entry.bits == table.widths.bits
        and table.widths.format in ("", entry.format)
        and (bool(table.widths.format) or entry.format == counted.format)
    )


def _around(widths: list[tuple[Table, Entry]], bits: int) -> tuple[tuple[Table, Entry], tuple[Table, Entry]]:
    """The two stated widths to draw the line through: those on both sides, or the nearest two."""
    upper = next((index for index, (_, entry) in enumerate(widths) if entry.bits > bits), len(widths) - 1)
    upper = max(upper, 1)
    return widths[upper - 1], widths[upper]


def _end(table: Table, entry: Entry, at: int, factor: float = 1.0) -> tuple[int, EnergyRange, bool]:
    price, banded = stated_or_usual(entry, table)
    return at, price.times(factor), banded


def _power_law(
    at: int, one: tuple[int, EnergyRange, bool], other: tuple[int, EnergyRange, bool]
) -> tuple[EnergyRange, bool]:
    """``e(x) = e1 (x/x1)^p`` with ``p = ln(e2/e1) / ln(x2/x1)``; the wider of the two relative bands."""
    (x1, first, first_banded), (x2, second, second_banded) = one, other
    power = math.log(second.pj / first.pj) / math.log(x2 / x1)
    pj = first.pj * (at / x1) ** power
    low = min(first.low_pj / first.pj, second.low_pj / second.pj)
    high = max(first.high_pj / first.pj, second.high_pj / second.pj)
    return EnergyRange(pj * low, pj, pj * high), first_banded and second_banded


def _advice(counted: Counted, stated: list[tuple[Table, Entry]], policy: Policy) -> str:
    """What the user can ask for where a width is not stated."""
    part = stated[0][0]
    alike = [item for _, item in stated if item.format == counted.format]
    if len(alike) > 1:
        return "ask for --widths powerlaw"
    if not part.widths.bits:
        nominal = f"{part.id} names no width for --widths nominal; " if policy.widths == "nominal" else ""
        return f"{nominal}join a table that prices that width (A+B)"
    if not part.siblings or not alike:
        return "ask for --widths nominal"
    shorter = " or ".join(f"_{name.rpartition('_')[2]}" for name in part.siblings)
    return f"ask for --widths nominal, or join {shorter} and --widths powerlaw"


def _scaled(unscaled: UnitPrice, table: Table, scale: scaling.Scale) -> UnitPrice | MissingPrice:
    if vocabulary.need(unscaled.op).group != "compute":
        reason = f" at {scale.node_nm} nm: --scale moves logic only, not memory, links, events or static power"
        return MissingPrice(unscaled.op, table.id, reason)
    entry = unscaled.entries[0]
    part = next(part for part, own in table.priced(entry.op) if own is entry)
    factor = scale.factor(part)
    price = EnergyRange(unscaled.low_pj, unscaled.pj, unscaled.high_pj).times(factor).spread(*scaling.SPREAD)
    return UnitPrice(unscaled.op, *price, "scaled", True, unscaled.entries, table.id)


def _size(bits: int) -> str:
    for unit, size in (("MiB", 8 << 20), ("KiB", 8 << 10), ("B", 8)):
        if bits % size == 0:
            return f"{bits // size} {unit}"
    return f"{bits} bit"

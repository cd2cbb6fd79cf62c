"""Uncertainty bands: the entry's own, or else by how much sources of its kind are known to disagree.

The bands of entries that state none are measured disagreement (45 nm arithmetic at 32 bit: multiply 3.1 against
12.68 pJ, add 0.1 against 0.21, shift 0.13 against 0.417, compare 0.08 against 0.0295) or assumed (hops, simulated
events); a report says for how much of its energy there is any band at all. The second figures are Aladdin's, so
``aladdin_40nm`` states the range between both instead of being given that disagreement once more.
"""

from __future__ import annotations

from typing import NamedTuple

from neurosim.energy.tables.table import Entry, Table
from neurosim.ledger import vocabulary

ARITHMETIC_NODES_NM = (40, 45)
HOPS = ("hop_ew", "hop_ns")


class EnergyRange(NamedTuple):
    """An energy in pJ with the least and the most it may be."""

    low_pj: float
    pj: float
    high_pj: float

    def times(self, factor: float) -> EnergyRange:
        """Return the range with all three multiplied."""
        return EnergyRange(self.low_pj * factor, self.pj * factor, self.high_pj * factor)

    def spread(self, low: float, high: float) -> EnergyRange:
        """Return the range with its ends moved apart by these factors."""
        return EnergyRange(self.low_pj * low, self.pj, self.high_pj * high)

    def plus(self, other: EnergyRange) -> EnergyRange:
        """Return the sum, end by end: the worst case, in which both are off the same way."""
        return EnergyRange(self.low_pj + other.low_pj, self.pj + other.pj, self.high_pj + other.high_pj)


def stated_or_usual(entry: Entry, table: Table) -> tuple[EnergyRange, bool]:
    """Return the energy range of an entry, and whether it has a band at all, stated or usual for its kind."""
    if entry.band is not None:
        return EnergyRange(entry.band.low_pj, entry.pj, entry.band.high_pj), True
    factors = usual_factors(entry, table)
    if factors is None:
        return EnergyRange(entry.pj, entry.pj, entry.pj), False
    return EnergyRange(entry.pj, entry.pj, entry.pj).spread(*factors), True


def usual_factors(entry: Entry, table: Table) -> tuple[float, float] | None:
    """Return by what factors sources of this kind of price disagree, downwards and upwards, if that is known."""
    if vocabulary.need(entry.op).group == "compute" and table.validity.node_nm in ARITHMETIC_NODES_NM:
        return 0.4, 4.0
    if entry.op in HOPS and entry.evidence == "assumed":
        return 0.67, 1.67
    if table.level == "event" and entry.evidence == "simulated":
        return 0.75, 1.25
    return None

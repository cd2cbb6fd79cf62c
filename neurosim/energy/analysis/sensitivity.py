"""The sensitivity of an energy to each price: how far it moves over the band of that price (a tornado chart).

As pricing is linear this is closed form: the swing of price k is ``n_k (high_k - low_k)``, and its elasticity, the
relative change of the energy for a relative change of the price, is its share ``n_k e_k / E``.
"""

from __future__ import annotations

from dataclasses import dataclass

from neurosim import units
from neurosim.energy.pricing.energy_report import Charge, EnergyReport
from neurosim.energy.pricing.unit_price import Subject
from neurosim.ledger import vocabulary


@dataclass(frozen=True)
class Swing:
    """One bar: the energy (pJ) that a price accounts for, at the low end, the value and the high end of its band."""

    op: str
    low_pj: float
    pj: float
    high_pj: float
    elasticity: float
    evidence: str
    source: str

    @property
    def swing_pj(self) -> float:
        """By how much the energy moves from the low to the high end."""
        return self.high_pj - self.low_pj

    def __str__(self) -> str:
        source = "no public source" if self.evidence == "inhouse" else f"{self.evidence} ({self.source})"
        return f"{self.op}: {source}, {units.format_share(self.elasticity)} of the energy"


def tornado(report: EnergyReport) -> tuple[Swing, ...]:
    """Return the bars of a report, widest swing first; what is priced by the same entries is one bar."""
    groups: dict[Subject, list[Charge]] = {}
    for charge in report.charges:
        groups.setdefault(charge.price.subject, []).append(charge)
    total = report.partial_pj
    bars = []
    for charges in groups.values():
        price = charges[0].price
        low, pj, high = (
            sum(charge.count * end for charge, end in zip(charges, ends, strict=True)) / report.images
            for ends in zip(*((c.price.low_pj, c.price.pj, c.price.high_pj) for c in charges), strict=True)
        )
        sources = dict.fromkeys(entry.source for entry in price.entries)
        name = vocabulary.need(price.op).name
        share = pj / total if total else 0.0
        bars.append(Swing(name, low, pj, high, share, price.evidence, ", ".join(sources)))
    return tuple(sorted(bars, key=lambda bar: (-bar.swing_pj, bar.op)))

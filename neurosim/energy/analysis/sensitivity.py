"""Which price the figure hangs on: one bar for each, by how far the energy moves over that price's band.

As pricing is linear this is closed form: the swing of price k is ``n_k (high_k - low_k)``, and its elasticity, the
relative change of the energy for a relative change of the price, is its share ``n_k e_k / E``.
"""

from __future__ import annotations

from dataclasses import dataclass

from neurosim import units
from neurosim.energy.pricing.energy_report import Charge, EnergyReport
from neurosim.ledger import vocabulary


@dataclass(frozen=True)
class Swing:
    """One price: the energy it stands for, with that price at its low and its high end, and what it rests on."""

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
        rests = "no public source" if self.evidence == "inhouse" else f"{self.evidence} ({self.source})"
        return f"{self.op}: {rests}, {units.format_share(self.elasticity)} of the energy"


def tornado(report: EnergyReport) -> tuple[Swing, ...]:
    """Return the bars of a report, widest swing first; what is priced by the same entries is one bar."""
    groups: dict[tuple, list[Charge]] = {}
    for charge in report.charges:
        groups.setdefault(charge.quote.subject, []).append(charge)
    total = report.partial_pj
    bars = []
    for charges in groups.values():
        quote = charges[0].quote
        low, pj, high = (
            sum(charge.count * price for charge, price in zip(charges, prices, strict=True)) / report.images
            for prices in zip(*((c.quote.low_pj, c.quote.pj, c.quote.high_pj) for c in charges), strict=True)
        )
        sources = dict.fromkeys(entry.source for entry in quote.entries)
        name = vocabulary.need(quote.op).name
        share = pj / total if total else 0.0
        bars.append(Swing(name, low, pj, high, share, quote.evidence, ", ".join(sources)))
    return tuple(sorted(bars, key=lambda bar: (-bar.swing_pj, bar.op)))

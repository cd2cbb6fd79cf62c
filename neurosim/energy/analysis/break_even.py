"""Break-even activity: how many spikes per neuron a spiking network may use before a baseline is cheaper.

``E_SNN(rho) = E_0 + rho E_1``, so ``rho* = (E_base - E_0) / E_1`` spikes per neuron and inference, over all steps.
All three energies rest on the same prices, and so does the band of rho*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from neurosim.energy.analysis.affine import AffineCounts
from neurosim.energy.analysis.ratio import bounds, shared_terms
from neurosim.energy.pricing.energy_report import Charge
from neurosim.energy.pricing.unit_price import UnitPrice
from neurosim.energy.tables.scopes import LABELS, Scope


@dataclass(frozen=True)
class BreakEven:
    """The activity at which both designs cost the same, with its range, and the line that leads there, in pJ."""

    low: float
    activity: float
    high: float
    baseline_pj: float
    fixed_pj: float
    per_activity_pj: float

    def remark(self, steps: int, scope: Scope) -> str:
        """Return what it means at T steps: a neuron cannot emit more than T spikes."""
        at = f"break-even at {self.activity:.2f} spikes per neuron and inference ({LABELS[scope]})"
        if self.activity <= 0:
            return f"{at}: the baseline is cheaper than a silent network"
        if self.activity < steps:
            return f"{at}, {self.activity / steps:.2f} per step"
        return (
            f"{at}: no neuron can emit more than {steps}, so in this scope the spiking network wins "
            "at any activity; ask for a wider scope"
        )


def break_even(baseline: Mapping[str, float], work: AffineCounts, quotes: Mapping[str, UnitPrice]) -> BreakEven:
    """Return the break-even of a network against a baseline.

    baseline, work : counts of one inference; a baseline's may be fractional (half of the products, say)
    quotes         : the price of each operation in them, from one table; an operation without one is a KeyError
    """

    def charged(counts: Mapping[str, float], sign: int = 1) -> list[tuple[float, Charge]]:
        return [(sign * count, Charge(0, quotes[op])) for op, count in counts.items()]

    def energy(counts: Mapping[str, float]) -> float:
        return sum(count * quotes[op].pj for op, count in counts.items())

    terms = shared_terms([*charged(baseline), *charged(work.fixed, -1)], charged(work.per_activity))
    found = bounds(terms)
    return BreakEven(
        found.low,
        found.value,
        found.high,
        energy(baseline),
        energy(work.fixed),
        energy(work.per_activity),
    )

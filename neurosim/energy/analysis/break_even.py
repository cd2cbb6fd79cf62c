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
    """The activity, in spikes per neuron and inference, at which two designs cost the same; energies in pJ.

    ``low`` and ``high`` bound it over the bands of the prices; ``fixed_pj`` and ``per_activity_pj`` are E_0 and E_1.
    """

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
            return f"{at}: the baseline is cheaper than a network without spikes"
        if self.activity < steps:
            return f"{at}, {self.activity / steps:.2f} per step"
        return (
            f"{at}: no neuron can emit more than {steps}, so in this scope the spiking network wins "
            "at any activity; ask for a wider scope"
        )


def break_even(baseline: Mapping[str, float], work: AffineCounts, prices: Mapping[str, UnitPrice]) -> BreakEven:
    """Return the break-even activity of a spiking network against a baseline.

    Parameters
    ----------
    baseline : mapping of str to float
        Counts of one inference; they may be fractional (half of the products, say).
    work : AffineCounts
        Counts of one inference of the spiking network, as a function of its activity.
    prices : mapping of str to UnitPrice
        The price of each operation in them, from one table; a KeyError for an operation without one.
    """

    def charged(counts: Mapping[str, float], sign: int = 1) -> list[tuple[float, Charge]]:
        return [(sign * count, Charge(0, prices[op])) for op, count in counts.items()]

    def energy(counts: Mapping[str, float]) -> float:
        return sum(count * prices[op].pj for op, count in counts.items())

    terms = shared_terms([*charged(baseline), *charged(work.fixed, -1)], charged(work.per_activity))
    ratio = bounds(terms)
    return BreakEven(
        low=ratio.low,
        activity=ratio.value,
        high=ratio.high,
        baseline_pj=energy(baseline),
        fixed_pj=energy(work.fixed),
        per_activity_pj=energy(work.per_activity),
    )

"""The energy ratio of two designs that share the price of each operation.

The prices of both sides are the same unknowns, so they cannot be at their low end on one side and at their high end
on the other. ``R = sum n_k e_k / sum m_k e_k`` over a box of prices is extremal at a corner of it: for the largest
R, e_k is high where ``n_k > R m_k`` and low elsewhere. Starting from the nominal R, each round takes the best corner
for the last R and never repeats one (Dinkelbach 1967), so it ends after at most as many rounds as there are prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from neurosim.energy.pricing.energy_report import Charge, EnergyReport
from neurosim.energy.pricing.unit_price import Subject


class Term(NamedTuple):
    """The energy of one uncertain price on both sides, and the factors by which that price may be off."""

    above: float
    below: float
    low: float
    high: float


@dataclass(frozen=True)
class Ratio:
    """The ratio of two energies that share their prices.

    Attributes
    ----------
    low, high : float
        The least and the most that it can be within the bands of the prices.
    value : float
        At the nominal prices.
    """

    low: float
    value: float
    high: float


def ratio(above: EnergyReport, below: EnergyReport) -> Ratio | None:
    """Return the energy of one design over that of another, priced by one table; None if one has no total."""
    if above.table != below.table or above.policy != below.policy:
        raise ValueError("a ratio compares two designs at one table, policy and scope")
    if above.unpriced or below.unpriced or not below.partial_pj:
        return None
    return bounds(shared_terms(_charged(above), _charged(below)))


def bounds(terms: Sequence[Term]) -> Ratio:
    """Return the range of ``sum above / sum below`` with each term's two energies times one factor of its band.

    An energy above may be negative (a difference of two designs), one below may not.
    """
    return Ratio(_extreme(terms, upwards=False), _at(terms, [1.0] * len(terms)), _extreme(terms, upwards=True))


def shared_terms(above: Iterable[tuple[float, Charge]], below: Iterable[tuple[float, Charge]]) -> list[Term]:
    """Add up what is priced by the same entries of a table; each side is (number of counts, their charge)."""
    energies: dict[Subject, list[float]] = {}
    factors: dict[Subject, tuple[float, float]] = {}
    for side, charges in enumerate((above, below)):
        for count, charge in charges:
            price = charge.price
            energies.setdefault(price.subject, [0.0, 0.0])[side] += count * price.pj
            if price.pj:
                factors[price.subject] = price.low_pj / price.pj, price.high_pj / price.pj
    return [
        Term(above_pj, below_pj, *factors.get(subject, (1.0, 1.0)))
        for subject, (above_pj, below_pj) in energies.items()
    ]


def _charged(report: EnergyReport) -> list[tuple[float, Charge]]:
    return [(charge.count / report.images, charge) for charge in report.charges]


def _extreme(terms: Sequence[Term], upwards: bool) -> float:
    """Return the largest or smallest ratio over the box of prices."""
    best = _at(terms, [1.0] * len(terms))
    for _ in range(len(terms) + 1):
        corner = [term.high if (term.above - best * term.below > 0) == upwards else term.low for term in terms]
        value = _at(terms, corner)
        if (value <= best) if upwards else (value >= best):
            break
        best = value
    return best


def _at(terms: Sequence[Term], factors: Sequence[float]) -> float:
    """Return the ratio with each price multiplied by its factor."""
    above = sum(term.above * factor for term, factor in zip(terms, factors, strict=True))
    below = sum(term.below * factor for term, factor in zip(terms, factors, strict=True))
    return above / below

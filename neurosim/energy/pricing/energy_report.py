"""An energy report: what a ledger costs by one table, with everything that has to be said beside the number.

Energies are in pJ, for one image where the ledger covers several. ``pj`` is None as long as an operation in the
scope has no price: an unpriced operation is never zero joules.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.unit_price import UnitPrice
from neurosim.energy.tables.scopes import LABELS


@dataclass(frozen=True)
class Charge:
    """One operation that was counted and priced."""

    count: int
    quote: UnitPrice

    @property
    def op(self) -> str:
        """Its canonical name."""
        return self.quote.op


@dataclass(frozen=True)
class Unpriced:
    """One operation that was counted in the scope and has no price; ``message`` says what to do about it."""

    op: str
    count: int
    message: str


@dataclass(frozen=True)
class EnergyReport:
    """What a ledger costs by one table.

    The counts of its charges are sums over ``images``, its energies those of one image. ``by_layer`` maps a layer
    to its energy, -1 being what belongs to no layer; ``by_core`` is None unless it was asked for. ``included``
    operations are inside another price, ``ignored`` ones are left out by a published convention, and
    ``outside_scope`` were counted but are not asked about.
    """

    table: str
    policy: Policy
    charges: tuple[Charge, ...]
    unpriced: tuple[Unpriced, ...]
    included: tuple[str, ...]
    ignored: tuple[str, ...]
    outside_scope: tuple[str, ...]
    by_layer: Mapping[int, float]
    by_core: Mapping[int, float] | None
    sha256: Mapping[str, str]
    notices: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    images: int = 1
    scope_kind: str = "incremental"
    operating_point: Mapping[str, float] = field(default_factory=dict)
    model_version: str = ""

    @property
    def label(self) -> str:
        """The scope in words, to be printed with every figure."""
        label = LABELS[self.policy.scope]
        return f"{label}, convention total" if self.ignored else label

    @property
    def partial_pj(self) -> float:
        """The energy of what could be priced; all of it only where nothing is unpriced."""
        return self._sum(charge.count * charge.quote.pj for charge in self.charges)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to report: something has no price, and what has one comes to nothing."""
        return bool(self.unpriced) and not self.partial_pj

    @property
    def pj(self) -> float | None:
        """The energy, or None where something in the scope is unpriced."""
        return None if self.unpriced else self.partial_pj

    @property
    def low_pj(self) -> float | None:
        """The energy with every price at its low end, worst case; None where something is unpriced."""
        low = self._sum(charge.count * charge.quote.low_pj for charge in self.charges)
        return None if self.unpriced else low

    @property
    def high_pj(self) -> float | None:
        """The energy with every price at its high end, worst case; None where something is unpriced."""
        high = self._sum(charge.count * charge.quote.high_pj for charge in self.charges)
        return None if self.unpriced else high

    @property
    def independent_pj(self) -> tuple[float, float]:
        """The ends of the band if the prices were off independently: root of the sum of squares."""
        down = math.hypot(*(charge.count * (charge.quote.pj - charge.quote.low_pj) for charge in self.charges))
        up = math.hypot(*(charge.count * (charge.quote.high_pj - charge.quote.pj) for charge in self.charges))
        return self.partial_pj - down / self.images, self.partial_pj + up / self.images

    @property
    def by_op(self) -> dict[str, float]:
        """The energy of each priced operation."""
        return {charge.op: charge.count * charge.quote.pj / self.images for charge in self.charges}

    @property
    def origin(self) -> dict[str, str]:
        """Where the price of each operation comes from."""
        return {charge.op: charge.quote.origin for charge in self.charges}

    @property
    def evidence(self) -> dict[str, float]:
        """The share of the energy that rests on each class of evidence, largest first."""
        shares = self._shares((charge.quote.evidence, charge) for charge in self.charges)
        return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))

    @property
    def banded_share(self) -> float:
        """The share of the energy whose uncertainty is known."""
        return self._shares((charge.quote.banded, charge) for charge in self.charges).get(True, 0.0)

    @property
    def minimum_ops(self) -> tuple[str, ...]:
        """The operations whose price is published as a least value only."""
        return tuple(
            charge.op for charge in self.charges if any(entry.bound == "min" for entry in charge.quote.entries)
        )

    def headline(self) -> str:
        """The one line that must not be misread: a partial sum says that it is one."""
        if self.is_empty:
            return f"NOTHING PRICED of {', '.join(gap.op for gap in self.unpriced)}"
        if self.unpriced:
            return f"PARTIAL: {len(self.unpriced)} ops unpriced: {', '.join(gap.op for gap in self.unpriced)}"
        return self.label

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON; ``by_layer`` is a list by layer, what is in none is ``chip_wide_pj``."""
        layers = range(max(self.by_layer, default=-1) + 1)
        return {
            "scope": self.policy.scope,
            "label": self.label,
            "pj": self.pj,
            "low_pj": self.low_pj,
            "high_pj": self.high_pj,
            "partial_pj": self.partial_pj,
            "by_op": self.by_op,
            "by_layer": [self.by_layer.get(layer, 0.0) for layer in layers],
            "chip_wide_pj": self.by_layer.get(-1, 0.0),
            **({} if self.by_core is None else {"by_core": {str(k): pj for k, pj in self.by_core.items()}}),
            "unpriced": [gap.op for gap in self.unpriced],
            "unpriced_messages": [gap.message for gap in self.unpriced],
            "outside_scope": list(self.outside_scope),
            "included": list(self.included),
            "ignored_by_convention": list(self.ignored),
            "origin": self.origin,
            "evidence": self.evidence,
            "banded_share": self.banded_share,
            "minimum": list(self.minimum_ops),
            "kind": self.scope_kind,
            "operating_point": dict(self.operating_point),
            "policy": self.policy.to_json(),
            "notices": list(self.notices),
            "warnings": list(self.warnings),
            "sha256": dict(self.sha256),
            "model_version": self.model_version,
        }

    def _sum(self, energies: Iterable[float]) -> float:
        return math.fsum(energies) / self.images

    def _shares(self, classed: Iterable[tuple[Any, Charge]]) -> dict[Any, float]:
        """Sum the energies by class and divide by all of it; {} where there is no energy to share."""
        sums: dict[Any, list[float]] = {}
        for kind, charge in classed:
            sums.setdefault(kind, []).append(charge.count * charge.quote.pj)
        total = math.fsum(pj for energies in sums.values() for pj in energies)
        return {kind: math.fsum(energies) / total for kind, energies in sums.items()} if total else {}

"""An energy report: what a ledger costs by one table, with evidence, bands, gaps and notices.

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
    """One operation that was counted, and its unit price; ``count`` is a sum over images."""

    count: int
    price: UnitPrice

    @property
    def op(self) -> str:
        """Its canonical name."""
        return self.price.op


@dataclass(frozen=True)
class Unpriced:
    """One operation that was counted in the scope and has no price; ``message`` says what can be done."""

    op: str
    count: int
    message: str


@dataclass(frozen=True)
class EnergyReport:
    """What a ledger costs by one table, in pJ for one image.

    Attributes
    ----------
    table : str
        The id of the table.
    policy : Policy
        Scope and treatment of widths, memory sizes and nodes.
    charges : tuple of Charge
        The priced operations; their counts are sums over ``images``.
    unpriced : tuple of Unpriced
        Counted operations of the scope without a price.
    included, ignored, outside_scope : tuple of str
        Operations inside another price, left out by a published convention, and counted but not in the scope.
    by_layer : mapping of int to float
        Energy of each layer in pJ; -1 holds what belongs to no layer.
    by_core : mapping of int to float, or None
        Energy of each core in pJ, where it was asked for.
    sha256 : mapping of str to str
        Hashes of the tables and of the ledger.
    notices, warnings : tuple of str
        What a reader must know, and where the figure does not hold.
    images : int
        Images that the ledger covers.
    scope_kind : {'incremental', 'aggregate'}
        Of the table.
    operating_point : mapping of str to float
        Of the run, where the table is an aggregate.
    model_version : str
        Of the simulator that counted.
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
        return self._sum(charge.count * charge.price.pj for charge in self.charges)

    @property
    def is_empty(self) -> bool:
        """Whether some operations have no price and the others cost nothing."""
        return bool(self.unpriced) and not self.partial_pj

    @property
    def pj(self) -> float | None:
        """The energy, or None where something in the scope is unpriced."""
        return None if self.unpriced else self.partial_pj

    @property
    def low_pj(self) -> float | None:
        """The energy with every price at its low end, worst case; None where something is unpriced."""
        low = self._sum(charge.count * charge.price.low_pj for charge in self.charges)
        return None if self.unpriced else low

    @property
    def high_pj(self) -> float | None:
        """The energy with every price at its high end, worst case; None where something is unpriced."""
        high = self._sum(charge.count * charge.price.high_pj for charge in self.charges)
        return None if self.unpriced else high

    @property
    def independent_pj(self) -> tuple[float, float]:
        """The ends of the band if the prices were off independently: root of the sum of squares."""
        down = math.hypot(*(charge.count * (charge.price.pj - charge.price.low_pj) for charge in self.charges))
        up = math.hypot(*(charge.count * (charge.price.high_pj - charge.price.pj) for charge in self.charges))
        return self.partial_pj - down / self.images, self.partial_pj + up / self.images

    @property
    def by_op(self) -> dict[str, float]:
        """The energy of each priced operation."""
        return {charge.op: charge.count * charge.price.pj / self.images for charge in self.charges}

    @property
    def origin(self) -> dict[str, str]:
        """Where the price of each operation comes from."""
        return {charge.op: charge.price.origin for charge in self.charges}

    @property
    def evidence(self) -> dict[str, float]:
        """The share of the energy that each class of evidence accounts for, largest first."""
        shares = self._shares((charge.price.evidence, charge) for charge in self.charges)
        return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))

    @property
    def banded_share(self) -> float:
        """The share of the energy whose uncertainty is known."""
        return self._shares((charge.price.banded, charge) for charge in self.charges).get(True, 0.0)

    @property
    def minimum_ops(self) -> tuple[str, ...]:
        """The operations whose price is published as a least value only."""
        return tuple(
            charge.op for charge in self.charges if any(entry.bound == "min" for entry in charge.price.entries)
        )

    def headline(self) -> str:
        """The scope in words, or that the sum is partial and which operations are missing."""
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
        """Add energies with one rounding, and return those of one image."""
        return math.fsum(energies) / self.images

    def _shares(self, classed: Iterable[tuple[Any, Charge]]) -> dict[Any, float]:
        """Sum the energies by class and divide by all of it; {} where there is no energy to share."""
        sums: dict[Any, list[float]] = {}
        for kind, charge in classed:
            sums.setdefault(kind, []).append(charge.count * charge.price.pj)
        total = math.fsum(pj for energies in sums.values() for pj in energies)
        return {kind: math.fsum(energies) / total for kind, energies in sums.items()} if total else {}

"""Pricing: ``E = sum of n_k e_k``, a pure linear function of a ledger, a table and a policy.

Counts are summed by operation in int64 first and multiplied by their price in pJ, and the products are added with
one rounding, so the same ledger gives the same bits in any order of its rows. What the table does not price in the
asked scope is listed, never taken as zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from neurosim.energy.pricing.energy_report import Charge, EnergyReport, Unpriced
from neurosim.energy.pricing.operating_point import measured_point, point_warnings
from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.unit_price import MissingPrice, UnitPrice, unit_price
from neurosim.energy.tables.scopes import GROUPS
from neurosim.energy.tables.table import Table, need_scope
from neurosim.errors import PricingError
from neurosim.ledger import vocabulary
from neurosim.ledger.ledger import Ledger
from neurosim.ledger.vocabulary import Operation

COMPUTE_ONLY = Policy()
CORES_IN_USE = "static energy is that of the cores in use: a core that holds nothing of the network costs nothing here"
WHOLE_CHIP = (
    "static energy by chip_tick is that of the chip which the table describes, however many cores this chip has"
)


class UnpricedError(PricingError):
    """Operations that the table does not price in the asked scope; ``report`` holds what could be priced."""

    def __init__(self, report: EnergyReport) -> None:
        self.report = report
        super().__init__("\n".join(gap.message for gap in report.unpriced))


def price(
    ledger: Ledger | Mapping[str, int],
    table: Table,
    policy: Policy = COMPUTE_ONLY,
    *,
    memory_bits: Mapping[str, int] | None = None,
    tick_s: float | None = None,
    neurons: int | None = None,
    images: int = 1,
    by_core: bool = False,
    model_version: str = "",
) -> EnergyReport:
    """Price a ledger, or bare counts, by one energy table.

    Parameters
    ----------
    ledger : Ledger or mapping of str to int
        The counts of each operation, by its canonical name with its width: ``{"add_int24": 7}``.
    table : Table
        One table, or several joined.
    policy : Policy
        Scope, and how widths, memory sizes and nodes that the table does not state are treated.
    memory_bits : mapping of str to int, optional
        The size of the memory that an operation accesses, in bits, by its name with or without a width.
    tick_s : float, optional
        Seconds in one tick of the chip, needed where the table states a power.
    neurons : int, optional
        Neurons on the chip, with which the firing rate is compared with that of an aggregate table.
    images : int
        Images that the ledger covers; the energies are those of one.
    by_core : bool
        Whether energies are also summed by core.
    model_version : str
        Recorded in the report.

    Returns
    -------
    EnergyReport
        Energies in pJ for one image, with bands, evidence and what has no price.

    Raises
    ------
    UnpricedError
        For counted operations of the scope without a price, unless the policy allows a partial report.
    PricingError
        For a scope that the table cannot separate, or a node that cannot be scaled.

    Examples
    --------
    >>> table = neurosim.read_table("datta2023_45nm_int32")
    >>> neurosim.price({"add_int32": 1000}, table).pj
    100.0
    """
    need_scope(table, policy.scope)
    if not isinstance(ledger, Ledger):
        ledger = Ledger.of(ledger)
    totals = ledger.totals()
    counted = {op: vocabulary.parse(op).operation for op in totals}
    charged, uncharged, outside = _sort_out(counted, table, policy)
    charges, gaps = [], {}
    for op in charged:
        found = _unit_price(op, counted, table, policy, memory_bits, tick_s)
        if isinstance(found, UnitPrice):
            charges.append(Charge(totals[op], found))
        else:
            gaps[op] = found
    other_views = _priced_in_another_view({charge.op for charge in charges} | set(uncharged), gaps)
    point = measured_point(totals, tick_s, neurons) if table.scope == "aggregate" else {}
    report = EnergyReport(
        table=table.id,
        policy=policy,
        charges=tuple(charges),
        unpriced=tuple(
            Unpriced(op, totals[op], gap.message(totals[op])) for op, gap in gaps.items() if op not in other_views
        ),
        included=tuple(op for op in uncharged if not table.ignored(counted[op].name)),
        ignored=tuple(op for op in uncharged if table.ignored(counted[op].name)),
        outside_scope=tuple(outside),
        by_layer=_by_place(ledger, "layer", charges, images),
        by_core=_by_place(ledger, "core", charges, images) if by_core else None,
        sha256={**{part.id: part.sha256 for part in table.parts}, "ledger": ledger.sha256()},
        notices=(*table.notices, *_static_notices(charges)),
        warnings=(*_scale_warnings(table, policy), *point_warnings(table, point)),
        images=images,
        scope_kind=table.scope,
        operating_point=point,
        model_version=model_version,
    )
    if report.unpriced and not policy.allow_partial:
        raise UnpricedError(report)
    return report


def unpriced(
    ops: Iterable[str],
    table: Table,
    policy: Policy = COMPUTE_ONLY,
    *,
    memory_bits: Mapping[str, int] | None = None,
    tick_s: float | None = None,
) -> tuple[str, ...]:
    """Return those of the operations in the scope that the table does not price."""
    report = of_one_each(ops, table, policy, memory_bits=memory_bits, tick_s=tick_s)
    return tuple(gap.op for gap in report.unpriced)


def of_one_each(
    ops: Iterable[str],
    table: Table,
    policy: Policy = COMPUTE_ONLY,
    *,
    memory_bits: Mapping[str, int] | None = None,
    tick_s: float | None = None,
) -> EnergyReport:
    """Return the report of one count of each operation, partial where some have no price."""
    partial = replace(policy, allow_partial=True)
    return price(dict.fromkeys(ops, 1), table, partial, memory_bits=memory_bits, tick_s=tick_s)


def unit_prices(
    ops: Iterable[str],
    table: Table,
    policy: Policy = COMPUTE_ONLY,
    *,
    memory_bits: Mapping[str, int] | None = None,
    tick_s: float | None = None,
) -> dict[str, UnitPrice]:
    """Return the price of each operation in the scope; UnpricedError for those without."""
    report = price(dict.fromkeys(ops, 1), table, policy, memory_bits=memory_bits, tick_s=tick_s)
    return {charge.op: charge.price for charge in report.charges}


def _sort_out(counted: Mapping[str, Operation], table: Table, policy: Policy) -> tuple[list[str], list[str], list[str]]:
    """Return the counted operations to be priced, those without a charge of their own, and those out of scope.

    Rows of the other level describe the same work again, so the table need not price them unless there are no others.
    """
    levels = {operation.level for operation in counted.values()}
    other = {"op": "event", "event": "op"}[table.level]
    only_other_view = table.level not in levels
    charged, uncharged, outside = [], [], []
    for op, operation in counted.items():
        if operation.name in vocabulary.NEVER_PRICED or (operation.level == other and not only_other_view):
            continue
        if operation.level != "event" and operation.group not in GROUPS[policy.scope]:
            outside.append(op)
        elif _is_inside(operation, table):
            uncharged.append(op)
        else:
            charged.append(op)
    return charged, uncharged, outside


def _is_inside(operation: Operation, table: Table) -> bool:
    """Whether an operation has no charge of its own; an aggregate event already contains every operation."""
    if table.inside(operation.name) or table.ignored(operation.name):
        return True
    synaptic = operation.name.startswith("synaptic_event")
    return table.scope == "aggregate" and not synaptic and not any(table.priced(operation.name))


def _unit_price(
    op: str,
    counted: Mapping[str, Operation],
    table: Table,
    policy: Policy,
    memory_bits: Mapping[str, int] | None,
    tick_s: float | None,
) -> UnitPrice | MissingPrice:
    """Return the price of a counted operation; none of the level that the table does not price."""
    level = counted[op].level
    if level not in (table.level, "shared"):
        priced = {"op": "operations", "event": "events"}
        return MissingPrice(op, table.id, f": it prices {priced[table.level]}, and none were counted")
    return unit_price(op, table, policy, memory_bits, tick_s)


def _priced_in_another_view(priced: set[str], gaps: Mapping[str, MissingPrice]) -> set[str]:
    """Return the gaps that are another view of work that is priced.

    Where a table prices a part of one view, that view is the one it means, and only its missing part is a gap.
    """
    names = {vocabulary.parse(op).operation.name for op in priced}
    other_views = set()
    for one, other in vocabulary.VIEWS:
        for meant, spare in ((one, other), (other, one)):  # both ways round
            if names & set(meant) and not names & set(spare):
                other_views |= {op for op in gaps if vocabulary.parse(op).operation.name in spare}
    return other_views


def _by_place(ledger: Ledger, column: str, charges: list[Charge], images: int) -> dict[int, float]:
    """Return the energy of the priced operations by layer or by core, in their order."""
    prices = {charge.op: charge.price.pj for charge in charges}
    energies: dict[int, list[float]] = {}
    for (place, op), count in ledger.by(column, "op").items():
        if op in prices:
            energies.setdefault(place, []).append(count * prices[op])
    return {place: math.fsum(pj) / images for place, pj in energies.items()}


def _scale_warnings(table: Table, policy: Policy) -> list[str]:
    """Return the warnings about scaling each part of a table, each once."""
    if policy.scale is None:
        return []
    return list(dict.fromkeys(line for part in table.parts for line in policy.scale.warnings(part)))


def _static_notices(charges: list[Charge]) -> list[str]:
    """Return which cores' static energy is charged, where any is: cores that stay unused are counted nowhere."""
    notices = []
    for charge in charges:
        operation = vocabulary.parse(charge.op).operation
        if operation.group == "static" and charge.price.pj:
            notices.append(WHOLE_CHIP if operation.name == "chip_tick" else CORES_IN_USE)
    return list(dict.fromkeys(notices))

"""The unit energies of a page: the energy of each operation of a run, its evidence and its source."""

from __future__ import annotations

from collections.abc import Iterator

from neurosim import units
from neurosim.energy.cost_comparison import CostComparison
from neurosim.energy.pricing.unit_price import UnitPrice
from neurosim.energy.tables.table import Entry, Source, Table
from neurosim.report.data.labels import evidence_label
from neurosim.report.html.markup import Content, Markup, cell, element, heading, link, pairs, table

CHECKED = {
    "primary": "checked against the source itself",
    "secondary": "taken from a document that cites it",
    "none": "not checked",
}


def price_list(costs: CostComparison) -> Iterator[Markup]:
    """Yield the unit energies of every table that the operations of the run were priced at."""
    for priced in costs.tables:
        charged = _charged(costs, priced)
        yield element("h3", element("code", priced.id))
        yield element("p", priced.title)
        yield pairs(_conditions(costs, priced), class_="facts")
        texts = (heading(name, class_="text") for name in ("evidence", "origin", "source"))
        rows = (_row(unit_price, priced) for unit_price in charged)
        yield table(f"Unit energies of {priced.id} in this run", ("operation", "unit energy", "band", *texts), rows)
        yield element("ul", (element("li", line) for line in _notes(priced, charged)), class_="notes")


def _charged(costs: CostComparison, priced: Table) -> list[UnitPrice]:
    """Return the unit prices of all results, once for each operation; conversions differ in their operations."""
    charged: dict[str, UnitPrice] = {}
    for reports in costs.results:
        for charge in reports[priced.id].charges:
            charged.setdefault(charge.op, charge.price)
    return list(charged.values())


def _conditions(costs: CostComparison, priced: Table) -> Iterator[tuple[Content, Content]]:
    validity, policy = priced.validity, costs.policy
    yield "level", f"{priced.level}s, {priced.scope}"
    yield "node", "not stated" if validity.node_nm is None else f"{validity.node_nm:g} nm"
    yield "supply", "not stated" if validity.vdd_v is None else f"{validity.vdd_v:g} V"
    yield "basis", validity.basis
    widths = policy.widths or "as the table says"
    scaled = "" if policy.scale is None else f", scaled to {policy.scale}"
    yield "policy", f"scope {policy.scope}, widths {widths}, memory sizes {policy.sram}{scaled}"
    for part in priced.parts:
        if part.sha256:
            yield ("SHA-256", f" of {part.id}" if len(priced.parts) > 1 else ""), element("code", part.sha256)


def _row(unit_price: UnitPrice, priced: Table) -> list[Content]:
    sources = [element("a", f"[{mark}]", href=f"#{_anchor(priced, mark)}") for mark in _marks([unit_price], priced)]
    label = evidence_label(unit_price.evidence)
    evidence = element("span", label, class_="loud") if unit_price.evidence == "inhouse" else label
    return [
        element("code", unit_price.op),
        energy(unit_price.pj),
        f"{energy(unit_price.low_pj)} to {energy(unit_price.high_pj)}" if unit_price.banded else "none",
        cell(evidence, class_="text"),
        cell(unit_price.origin.replace("_", " "), class_="text"),
        cell(sources, class_="text"),
    ]


def energy(pj: float) -> str:
    """Return a unit energy in pJ, the unit of the tables, unless it is 10,000 of them or more."""
    return units.format_in(pj, "pJ") if pj < 10_000 else units.format_quantity(pj, "pJ")


def _marks(charged: list[UnitPrice], priced: Table) -> list[str]:
    """Return the names of the sources of some prices, each with its part of a joined table."""
    entries = [entry for unit_price in charged for entry in unit_price.entries]
    return list(dict.fromkeys(_mark(_part(entry, priced), entry.source, priced) for entry in entries))


def _part(entry: Entry, priced: Table) -> Table:
    return next((part for part in priced.parts if entry in part.entries), priced)


def _mark(part: Table, source: str, priced: Table) -> str:
    return source if len(priced.parts) == 1 else f"{part.id}: {source}"


def _anchor(priced: Table, mark: str) -> str:
    return "source-" + "".join(letter if letter.isalnum() else "-" for letter in f"{priced.id}-{mark}")


def _notes(priced: Table, charged: list[UnitPrice]) -> Iterator[Content]:
    """Yield the sources of the unit energies, then the notes of the tables."""
    cited = _marks(charged, priced)
    for part in priced.parts:
        for name, source in part.sources.items():
            mark = _mark(part, name, priced)
            if mark in cited:
                yield element("span", f"[{mark}] ", _cited(source), id=_anchor(priced, mark))
    for part in priced.parts:
        for item in part.included:
            yield ("no charge of its own: ", element("code", item.op), f", inside {item.inside} ({item.why})")
        for item in part.ignored_by_convention:
            yield ("left out by convention: ", element("code", item.op), f" ({item.why})")
        yield from part.notes


def _cited(source: Source) -> Content:
    return (source.cite, f", {source.where}", (", ", link(source.link, source.link.partition("://")[2])) if source.link
            else "", f"; {CHECKED[source.checked_against]}")  # fmt: skip

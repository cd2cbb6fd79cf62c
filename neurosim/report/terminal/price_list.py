"""The price list of a page: what each operation of a run was charged, what that rests on and who says so."""

from __future__ import annotations

from collections.abc import Iterator

from neurosim import units
from neurosim.energy.cost_comparison import CostComparison
from neurosim.energy.pricing.unit_price import UnitPrice
from neurosim.energy.tables.table import Entry, Source, Table
from neurosim.report.html.markup import Content, Markup, cell, element, heading, link, pairs, table

CHECKED = {
    "primary": "checked against the source itself",
    "secondary": "read in a document that quotes it",
    "none": "not checked",
}


def price_list(bill: CostComparison) -> Iterator[Markup]:
    """Yield the prices of every table that some operation of the run was charged at."""
    for priced in bill.tables:
        charged = _charged(bill, priced)
        yield element("h3", element("code", priced.id))
        yield element("p", priced.title)
        yield pairs(_conditions(bill, priced), class_="facts")
        texts = (heading(name, class_="text") for name in ("evidence", "price is", "source"))
        rows = (_row(quote, priced) for quote in charged)
        yield table(f"Prices of {priced.id} that this run was charged", ("operation", "price", "band", *texts), rows)
        yield element("ul", (element("li", line) for line in _said(priced, charged)), class_="notes")


def _charged(bill: CostComparison, priced: Table) -> list[UnitPrice]:
    """Return what was charged in any result, once for each operation; a conversion has operations of its own."""
    found: dict[str, UnitPrice] = {}
    for reports in bill.results:
        for charge in reports[priced.id].charges:
            found.setdefault(charge.op, charge.price)
    return list(found.values())


def _conditions(bill: CostComparison, priced: Table) -> Iterator[tuple[Content, Content]]:
    validity, policy = priced.validity, bill.policy
    yield "prices of", f"{priced.level}s, {priced.scope}"
    yield "node", "not stated" if validity.node_nm is None else f"{validity.node_nm:g} nm"
    yield "supply", "not stated" if validity.vdd_v is None else f"{validity.vdd_v:g} V"
    yield "basis", validity.basis
    widths = policy.widths or "as the table says"
    scaled = "" if policy.scale is None else f", scaled to {policy.scale}"
    yield "policy", f"scope {policy.scope}, widths {widths}, memory sizes {policy.sram}{scaled}"
    for part in priced.parts:
        if part.sha256:
            yield ("SHA-256", f" of {part.id}" if len(priced.parts) > 1 else ""), element("code", part.sha256)


def _row(quote: UnitPrice, priced: Table) -> list[Content]:
    sources = [element("a", f"[{mark}]", href=f"#{_anchor(priced, mark)}") for mark in _marks([quote], priced)]
    no_source = quote.evidence == "inhouse"
    evidence = element("span", "no public source", class_="loud") if no_source else quote.evidence
    return [
        element("code", quote.op),
        energy(quote.pj),
        f"{energy(quote.low_pj)} to {energy(quote.high_pj)}" if quote.banded else "none",
        cell(evidence, class_="text"),
        cell(quote.origin.replace("_", " "), class_="text"),
        cell(sources, class_="text"),
    ]


def energy(pj: float) -> str:
    """Return a price in pJ, the unit of tables, unless it is thousands of them."""
    return units.format_in(pj, "pJ") if pj < 10_000 else units.format_quantity(pj, "pJ")


def _marks(charged: list[UnitPrice], priced: Table) -> list[str]:
    """Return the names of the sources that some prices come from, each with the part of a join it stands in."""
    entries = [entry for quote in charged for entry in quote.entries]
    return list(dict.fromkeys(_mark(_part(entry, priced), entry.source, priced) for entry in entries))


def _part(entry: Entry, priced: Table) -> Table:
    return next((part for part in priced.parts if entry in part.entries), priced)


def _mark(part: Table, source: str, priced: Table) -> str:
    return source if len(priced.parts) == 1 else f"{part.id}: {source}"


def _anchor(priced: Table, mark: str) -> str:
    return "source-" + "".join(letter if letter.isalnum() else "-" for letter in f"{priced.id}-{mark}")


def _said(priced: Table, charged: list[UnitPrice]) -> Iterator[Content]:
    """Yield the sources of the prices, then what the tables say about themselves."""
    wanted = _marks(charged, priced)
    for part in priced.parts:
        for name, source in part.sources.items():
            mark = _mark(part, name, priced)
            if mark in wanted:
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

"""``report.html``: a run as one page that needs nothing else, no network and no script, to be read or sent on.

Everything on it comes from a record, its bill and its manifest; each number of the summary carries its exact value and
its place there (``<data value data-of>``). The same stored run gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from neurosim import units
from neurosim.energy.cost_comparison import CostComparison
from neurosim.energy.pricing.energy_caveats import SYNTHETIC
from neurosim.filesystem.atomic_write import replace_text
from neurosim.ledger.record import Record
from neurosim.report.data.caveats import caveats
from neurosim.report.data.summary import summary
from neurosim.report.html.figures import gallery
from neurosim.report.html.markup import Content, Markup, cell, element, pairs, table
from neurosim.report.html.provenance import provenance_rows
from neurosim.report.html.result_section import accuracy, band, energy, proof, result_section
from neurosim.report.html.stylesheet import STYLESHEET
from neurosim.report.html.summary_values import SummaryValues
from neurosim.report.terminal.price_list import price_list
from neurosim.report.terminal.run_summary import title_of

FILE = "report.html"
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser may load for the page: what is in it."""


def write_page(path: Path, record: Record, bill: CostComparison, manifest: Mapping[str, Any]) -> None:
    """Write the page, whole or not at all."""
    replace_text(path, page(record, bill, manifest))


def page(record: Record, bill: CostComparison, manifest: Mapping[str, Any]) -> str:
    """Return the page; ``manifest`` is that of the run folder."""
    facts = SummaryValues(summary(record, bill, manifest["wall"], run_id=manifest["run_id"]))
    title = f"{record.workload}, run {manifest['run_id']}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{title}: neurosim"),
        element("link", rel="icon", href="data:,"),
        element("style", Markup(STYLESHEET)),
    )
    body = element("body", _header(record, manifest), element("main", _sections(record, bill, manifest, facts)))
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _header(record: Record, manifest: Mapping[str, Any]) -> Markup:
    network, synthetic = record.network, record.network.weights_origin == "synthetic"
    lead = f"{network.name} on {record.chip.title}"
    badge = element("span", f"{network.weights_origin} weights", class_="badge loud" if synthetic else "badge")
    return element(
        "header",
        element("p", "neurosim run ", element("code", manifest["run_id"]), class_="kicker"),
        element("h1", record.workload),
        element("p", lead, " ", badge, class_="lead"),
        element("p", element("strong", "Synthetic weights. "), f"{_sentence(SYNTHETIC)}", class_="banner", role="note")
        if synthetic
        else None,
        element("nav", element("ul", (element("li", link) for link in _contents(record))), aria_label="On this page"),
    )


def _contents(record: Record) -> Iterator[Markup]:
    named = [("run", "What was run")]
    named += [(f"result-{number}", title_of(result)) for number, result in enumerate(record.results)]
    named += [("figures", "Figures"), ("caveats", "Read this beside the figures"), ("prices", "Prices")]
    for anchor, name in [*named, ("manifest", "Manifest")]:
        yield element("a", name, href=f"#{anchor}")


def _sections(
    record: Record, bill: CostComparison, manifest: Mapping[str, Any], facts: SummaryValues
) -> Iterator[Markup]:
    yield _glance(record, bill, facts)
    yield _section("run", "What was run", pairs(_inputs(record, bill, facts), class_="facts"))
    if len(record.results) > 1:
        yield _section("results", "Results side by side", _side_by_side(record, bill, facts))
    for number in range(len(record.results)):
        yield result_section(record, bill, number, facts)
    baselines = list(_baselines(record, bill, facts))
    if baselines:
        said = f"The same layers as conventional designs, at the same prices; ratios are to {record.results[0].name}."
        yield _section(
            "baselines", "Against conventional designs", element("p", said), element("div", baselines, class_="halves")
        )
    yield _section("figures", "Figures", element("div", gallery(record, bill), class_="gallery"))
    yield _section("caveats", "Read this beside the figures", _caveats(record, bill))
    prices = "Every energy is a sum of counts times these prices; what has no price is never taken for zero."
    yield _section("prices", "Prices and their sources", element("p", prices), price_list(bill))
    yield _section("manifest", "Manifest", provenance_rows(manifest, facts))


def _section(anchor: str, title: str, *content: Content) -> Markup:
    return element("section", element("h2", title), *content, id=anchor)


def _glance(record: Record, bill: CostComparison, facts: SummaryValues) -> Markup:
    """The first result at a glance: proof, accuracy, latency and each energy with its band and scope."""
    first = record.results[0]
    seconds = facts.quantity("results", 0, "latency", "seconds", unit="s")
    tiles = [_tile("Latency", seconds, facts.ticks("results", 0, "latency", "ticks"), " for one image")]
    for id, report in bill.results[0].items():
        if report.pj is None:
            tiles.append(_tile("Energy", element("span", "PARTIAL", class_="loud"), energy(facts, 0, id, report)))
            continue
        joules = facts.quantity("results", 0, "energy", id, "pj", unit="pJ")
        scope = element("strong", report.label)
        tiles.append(_tile("Energy", joules, band(facts, 0, id), ", ", scope, element("br"), element("code", id)))
    if first.accuracy is not None:
        share = units.format_share(first.accuracy.correct / max(first.accuracy.images, 1))
        counted = [facts.count("results", 0, "accuracy", name) for name in ("correct", "images")]
        tiles.append(_tile("Accuracy", share, counted[0], " of ", counted[1], f" {first.accuracy.of}"))
    if first.lossless is not None:
        wrong = first.lossless.mismatches > 0
        head = element("span", "broken" if wrong else "exact", class_="wrong" if wrong else "right")
        against = " slots differ from the quantised network"
        tiles.append(_tile("Proof", head, proof(facts, first, 0), against))
    name = element("h2", "At a glance: ", title_of(first))
    read = ("One image, the first result. ", element("a", "Read this beside the figures", href="#caveats"), ".")
    return element("section", name, element("div", tiles, class_="tiles"), element("p", read, class_="soft"))


def _tile(title: str, large: Content, *small: Content) -> Markup:
    return element("div", element("h3", title), element("p", large, class_="large"), element("p", *small))


def _inputs(record: Record, bill: CostComparison, facts: SummaryValues) -> Iterator[tuple[Content, Content]]:
    network, stimulus, chip = record.network, record.stimulus, record.chip
    yield "network", (f"{network.name}, {network.weights_origin} weights")
    sizes = (("layers", "layers"), ("neurons", "neurons"), ("synapses", "synapses"), ("weights", "weights"))
    written = [(", " if place else "", facts.count("network", name), f" {noun}") for place, (name, noun) in
               enumerate(sizes)]  # fmt: skip
    yield "size", written
    images = (facts.count("stimulus", "images"), " image" if stimulus.images == 1 else " images")
    yield "stimulus", (f"{stimulus.kind}, ", images, f", {stimulus.description}" if stimulus.description else "")
    clock = "" if chip.synchronous else "; it has no clock, a tick is a modelling choice"
    tiles = f"{chip.width} x {chip.height} tiles of {units.plural(chip.cores_per_tile, 'core')}"
    tick = facts.quantity("chip", "tick_ns", unit="ns")
    yield "chip", (f"{chip.title} (", element("code", chip.id), f"), {tiles}, tick ", tick, clock)
    kinds = dict.fromkeys(
        f"{c.kind}, T = {c.steps}, {c.weight_bits}-bit weights"
        for c in (result.conversion for result in record.results)
    )
    yield "conversion" if len(kinds) == 1 else "conversions", "; ".join(kinds)
    yield "schedules", ", ".join(dict.fromkeys(result.schedule for result in record.results))
    yield "seed", facts.number("seed", text=str(record.seed))
    titles = [(element("br") if place else "", element("code", priced.id), f": {priced.title}") for place, priced in
              enumerate(bill.tables)]  # fmt: skip
    yield "energy table" if len(titles) == 1 else "energy tables", titles


def _side_by_side(record: Record, bill: CostComparison, facts: SummaryValues) -> Markup:
    rows: list[list[Content]] = []
    for number, result in enumerate(record.results):
        at = ("results", number)
        row: list[Content] = [element("a", title_of(result), href=f"#result-{number}")]
        for time in ("latency", "initiation_interval"):
            ticks = element("small", facts.ticks(*at, time, "ticks"))
            row.append(cell(facts.quantity(*at, time, "seconds", unit="s"), ticks))
        for id, report in bill.results[number].items():
            written = facts.quantity(*at, "energy", id, "pj" if report.pj is not None else "partial_pj", unit="pJ")
            row.append(cell(written, element("small", band(facts, number, id) if report.pj is not None else "PARTIAL")))
        spikes = f"{result.activity.spikes_per_neuron:.3f}"
        row += [facts.number(*at, "activity", "spikes_per_neuron", text=spikes), facts.scaled(*at, "noc", "packets")]
        row += [facts.count(*at, "cores", "used"), facts.share(*at, "cores", "busy_fraction")]
        rows.append([*row, accuracy(facts, result, number), proof(facts, result, number)])
    energies = [
        element("span", "energy,", element("br"), f"{report.label},", element("br"), element("code", id))
        for id, report in bill.results[0].items()
    ]
    spikes_head = element("span", "spikes per", element("br"), "neuron")
    head = ["result", "latency", "interval", *energies, spikes_head, "packets", "cores", "busy"]
    return table("All results, per image", [*head, "accuracy", "mismatches"], rows)


def _baselines(record: Record, bill: CostComparison, facts: SummaryValues) -> Iterator[Markup]:
    from neurosim.report.figures.layout import style

    for id, ratios in bill.ratios.items():
        rows = []
        for design, by_table in bill.baseline_reports.items():
            for dataflow, report in by_table.get(id, {}).items():
                name = design if dataflow == "compute" else f"{design}_{dataflow}"
                place = ("baselines", design, id) if dataflow == "compute" else ("baselines", design, id, dataflow)
                ratio = ratios.get(f"{name}_over_snn")
                at = ("ratios", id, f"{name}_over_snn")
                rows.append([
                    style.design_name(name),
                    "unpriced" if report.pj is None else facts.quantity(*place, unit="pJ"),
                    "" if ratio is None else facts.number(*at, text=units.format_ratio(ratio.value)),
                    "" if ratio is None else f"{ratio.low:.3g} to {ratio.high:.3g}",
                ])  # fmt: skip
        if rows:
            caption = f"{id}, {bill.baseline_label(id)}"
            yield table(caption, ("design", "energy", "ratio", "band, shared prices"), rows)


def _caveats(record: Record, bill: CostComparison) -> Markup:
    lines = (
        element("li", (element("code", ", ".join(found.tables)), ": ") if found.tables else "", found.text)
        for found in caveats(record, bill)
    )
    return element("ul", lines, class_="caveats")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."

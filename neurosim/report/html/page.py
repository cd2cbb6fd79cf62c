"""``report.html``: a run as one self-contained page without network access or scripts.

Its content comes from the record, the energies and the manifest of the run; each number of the summary carries its
exact value and its place there (``<data value data-of>``). The same stored run gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from neurosim import units
from neurosim.energy.cost_comparison import CostComparison
from neurosim.energy.pricing.energy_caveats import SYNTHETIC
from neurosim.filesystem.atomic_write import replace_text
from neurosim.ledger.record import Record
from neurosim.report.data.caveats import caveats
from neurosim.report.data.labels import baseline_name, result_title
from neurosim.report.data.summary import summary
from neurosim.report.html.figures import gallery
from neurosim.report.html.markup import Content, Markup, cell, element, pairs, table
from neurosim.report.html.price_list import price_list
from neurosim.report.html.provenance import provenance_rows
from neurosim.report.html.result_section import PAIRS, accuracy, band, energy, mismatches, result_section
from neurosim.report.html.summary_values import SummaryValues

FILE = "report.html"
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Content security policy: the browser loads nothing from outside the page."""


def write_page(path: Path, record: Record, costs: CostComparison, manifest: Mapping[str, Any]) -> None:
    """Write the page, whole or not at all."""
    replace_text(path, page(record, costs, manifest))


def page(record: Record, costs: CostComparison, manifest: Mapping[str, Any]) -> str:
    """Return the page; ``manifest`` is that of the run folder."""
    facts = SummaryValues(summary(record, costs, manifest["wall"], run_id=manifest["run_id"]))
    title = f"{record.workload}, run {manifest['run_id']}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{title}: neurosim"),
        element("link", rel="icon", href="data:,"),
        element("style", Markup(stylesheet())),
    )
    body = element("body", _header(record, manifest), element("main", _sections(record, costs, manifest, facts)))
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
    named = [("run", "Inputs")]
    named += [(f"result-{number}", result_title(result)) for number, result in enumerate(record.results)]
    named += [("figures", "Figures"), ("caveats", "How to read these figures"), ("prices", "Unit energies")]
    for anchor, name in [*named, ("manifest", "Manifest")]:
        yield element("a", name, href=f"#{anchor}")


def _sections(
    record: Record, costs: CostComparison, manifest: Mapping[str, Any], facts: SummaryValues
) -> Iterator[Markup]:
    yield _glance(record, costs, facts)
    yield _section("run", "Inputs", pairs(_inputs(record, costs, facts), class_="facts"))
    if len(record.results) > 1:
        yield _section("results", "Results side by side", _side_by_side(record, costs, facts))
    for number in range(len(record.results)):
        yield result_section(record, costs, number, facts)
    baselines = list(_baselines(record, costs, facts))
    if baselines:
        about = f"The same layers at the same unit energies; ratios are to {record.results[0].name}."
        yield _section(
            "baselines",
            "Against baseline accelerators",
            element("p", about),
            element("div", baselines, class_="halves"),
        )
    yield _section("figures", "Figures", element("div", gallery(record, costs), class_="gallery"))
    yield _section("caveats", "How to read these figures", _caveats(record, costs))
    about = (
        "Every energy is a sum of counts times these unit energies; an operation without one is never taken as zero."
    )
    yield _section("prices", "Unit energies and their sources", element("p", about), price_list(costs))
    yield _section("manifest", "Manifest", provenance_rows(manifest, facts))


def _section(anchor: str, title: str, *content: Content) -> Markup:
    return element("section", element("h2", title), *content, id=anchor)


def _glance(record: Record, costs: CostComparison, facts: SummaryValues) -> Markup:
    """Return the first result at a glance: latency, each energy with band and scope, accuracy and mismatches."""
    first = record.results[0]
    seconds = facts.quantity("results", 0, "latency", "seconds", unit="s")
    tiles = [_tile("Latency", seconds, facts.ticks("results", 0, "latency", "ticks"), " for one image")]
    for id, report in costs.results[0].items():
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
        head = element("span", "mismatches" if wrong else "lossless", class_="wrong" if wrong else "right")
        tiles.append(_tile("Equivalence", head, mismatches(facts, first, 0), f" {PAIRS}"))
    name = element("h2", "At a glance: ", result_title(first))
    read = ("One image, the first result. ", element("a", "How to read these figures", href="#caveats"), ".")
    return element("section", name, element("div", tiles, class_="tiles"), element("p", read, class_="soft"))


def _tile(title: str, large: Content, *small: Content) -> Markup:
    return element("div", element("h3", title), element("p", large, class_="large"), element("p", *small))


def _inputs(record: Record, costs: CostComparison, facts: SummaryValues) -> Iterator[tuple[Content, Content]]:
    network, stimulus, chip = record.network, record.stimulus, record.chip
    yield "network", (f"{network.name}, {network.weights_origin} weights")
    sizes = (("layers", "layers"), ("neurons", "neurons"), ("synapses", "synapses"), ("weights", "weights"))
    written = [(", " if place else "", facts.count("network", name), f" {noun}") for place, (name, noun) in
               enumerate(sizes)]  # fmt: skip
    yield "size", written
    images = (facts.count("stimulus", "images"), " image" if stimulus.images == 1 else " images")
    yield "stimulus", (f"{stimulus.kind}, ", images, f", {stimulus.description}" if stimulus.description else "")
    clock = "" if chip.synchronous else "; asynchronous, the length of a tick is an assumption"
    tiles = f"{chip.width} x {chip.height} tiles of {units.plural(chip.cores_per_tile, 'core')}"
    tick = facts.quantity("chip", "tick_ns", unit="ns")
    yield (
        "chip",
        (
            f"{chip.title} (",
            element("code", chip.id),
            f"), {tiles}, {'cycle' if chip.synchronous else 'tick'} ",
            tick,
            clock,
        ),
    )
    kinds = dict.fromkeys(
        f"{c.kind}, T = {c.steps}, {c.weight_bits}-bit weights"
        for c in (result.conversion for result in record.results)
    )
    yield "conversion" if len(kinds) == 1 else "conversions", "; ".join(kinds)
    yield "schedules", ", ".join(dict.fromkeys(result.schedule for result in record.results))
    yield "seed", facts.number("seed", text=str(record.seed))
    titles = [(element("br") if place else "", element("code", priced.id), f": {priced.title}") for place, priced in
              enumerate(costs.tables)]  # fmt: skip
    yield "energy table" if len(titles) == 1 else "energy tables", titles


def _side_by_side(record: Record, costs: CostComparison, facts: SummaryValues) -> Markup:
    rows: list[list[Content]] = []
    for number, result in enumerate(record.results):
        at = ("results", number)
        row: list[Content] = [element("a", result_title(result), href=f"#result-{number}")]
        for time in ("latency", "initiation_interval"):
            ticks = element("small", facts.ticks(*at, time, "ticks"))
            row.append(cell(facts.quantity(*at, time, "seconds", unit="s"), ticks))
        for id, report in costs.results[number].items():
            written = facts.quantity(*at, "energy", id, "pj" if report.pj is not None else "partial_pj", unit="pJ")
            row.append(cell(written, element("small", band(facts, number, id) if report.pj is not None else "PARTIAL")))
        spikes = f"{result.activity.spikes_per_neuron:.3f}"
        row += [facts.number(*at, "activity", "spikes_per_neuron", text=spikes), facts.scaled(*at, "noc", "packets")]
        row += [facts.count(*at, "cores", "used"), facts.share(*at, "cores", "busy_fraction")]
        rows.append([*row, accuracy(facts, result, number), mismatches(facts, result, number)])
    energies = [
        element("span", "energy,", element("br"), f"{report.label},", element("br"), element("code", id))
        for id, report in costs.results[0].items()
    ]
    spikes_head = element("span", "spikes per", element("br"), "neuron")
    head = ["result", "latency", "initiation interval", *energies, spikes_head, "packets", "cores", "busy"]
    return table("All results, per image", [*head, "accuracy", "mismatches"], rows)


def _baselines(record: Record, costs: CostComparison, facts: SummaryValues) -> Iterator[Markup]:
    for id, ratios in costs.ratios.items():
        rows: list[list[Content]] = []
        for design, by_table in costs.baseline_reports.items():
            for dataflow, report in by_table.get(id, {}).items():
                name = design if dataflow == "compute" else f"{design}_{dataflow}"
                place = ("baselines", design, id) if dataflow == "compute" else ("baselines", design, id, dataflow)
                ratio = ratios.get(f"{name}_over_snn")
                at = ("ratios", id, f"{name}_over_snn")
                rows.append([
                    baseline_name(name),
                    "unpriced" if report.pj is None else facts.quantity(*place, unit="pJ"),
                    "" if ratio is None else facts.number(*at, text=units.format_ratio(ratio.value)),
                    "" if ratio is None else f"{ratio.low:.3g} to {ratio.high:.3g}",
                ])  # fmt: skip
        if rows:
            caption = f"{id}, {costs.baseline_label(id)}"
            yield table(caption, ("accelerator", "energy", "ratio", "band, shared unit energies"), rows)


def _caveats(record: Record, costs: CostComparison) -> Markup:
    lines = (
        element("li", (element("code", ", ".join(caveat.tables)), ": ") if caveat.tables else "", caveat.text)
        for caveat in caveats(record, costs)
    )
    return element("ul", lines, class_="caveats")


def stylesheet() -> str:
    """Return the style sheet of the page, ``page.css``."""
    return files("neurosim.report.html").joinpath("page.css").read_text(encoding="utf-8")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."

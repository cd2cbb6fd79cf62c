"""One result on a page: its measures, the breakdowns of time and energy, and its layers with bars."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from neurosim import units
from neurosim.energy.cost_comparison import CostComparison
from neurosim.energy.pricing.energy_report import EnergyReport
from neurosim.ledger.record import LayerResult, Record, Result
from neurosim.report.data.breakdown import CHIP_WIDE_NAME, counts_by_layer, energy_by_part
from neurosim.report.data.labels import LATENCY_PARTS, NOC_MODELS, bottleneck, result_title
from neurosim.report.html.markup import Content, Markup, cell, element, heading, pairs, table
from neurosim.report.html.share_bars import bar, stacked
from neurosim.report.html.summary_values import SummaryValues
from neurosim.report.terminal.layer_tables import COUNTED, rows_of
from neurosim.report.terminal.memories import fullest

PAIRS = "neuron-timestep pairs differ from the quantised network"


def result_section(record: Record, costs: CostComparison, number: int, facts: SummaryValues) -> Markup:
    """Return the section of one result."""
    from neurosim.report.figures.latency_by_schedule import PARTS
    from neurosim.report.figures.layout.style import PART_COLORS

    result = record.results[number]
    parts = {LATENCY_PARTS[name]: float(ticks) for name, ticks in dataclasses.asdict(result.latency_parts).items()}
    latency = facts.ticks("results", number, "latency", "ticks")
    bars = [
        stacked("Time of one image:", latency, parts, {LATENCY_PARTS[name]: color for name, color in PARTS.items()})
    ]
    for id, report in costs.results[number].items():
        spent = energy_by_part(report.by_op)
        if spent:
            whole = (energy(facts, number, id, report), ", ", element("code", id))
            bars.append(stacked("Energy of one image:", whole, spent, PART_COLORS))
    return element(
        "section",
        element("h2", result_title(result)),
        pairs(_facts(result, costs, number, facts), class_="facts"),
        element("div", bars, class_="bars"),
        layers(record, costs, number, facts),
        id=f"result-{number}",
    )


def energy(facts: SummaryValues, number: int, id: str, report: EnergyReport, digits: int = 4) -> Markup:
    """Return an energy with its scope; a partial sum is marked as such."""
    place = ("results", number, "energy", id)
    if report.pj is None:
        partial = facts.quantity(*place, "partial_pj", unit="pJ", digits=digits)
        return element("span", report.headline(), "; ", partial, " priced (", report.label, ")", class_="loud")
    return element("span", facts.quantity(*place, "pj", unit="pJ", digits=digits), ", ", report.label)


def band(facts: SummaryValues, number: int, id: str) -> Markup:
    """Return the band of an energy; nothing where it is partial."""
    place = ("results", number, "energy", id)
    if facts.value(*place, "pj") is None:
        return Markup()
    low, high = (facts.quantity(*place, end, unit="pJ", digits=3) for end in ("low_pj", "high_pj"))
    return element("span", low, " to ", high, class_="band")


def mismatches(facts: SummaryValues, result: Result, number: int) -> Markup:
    """Return the mismatches with the quantised network, if the neuron model claims to be lossless."""
    if result.lossless is None:
        return element("span", "not claimed", class_="soft")
    place = ("results", number, "lossless")
    counts = (facts.count(*place, "mismatches"), " of ", facts.count(*place, "checked"))
    return element("span", counts, class_="wrong" if result.lossless.mismatches else "right")


def accuracy(facts: SummaryValues, result: Result, number: int) -> Markup:
    """Return the correct predictions, if there were labels."""
    if result.accuracy is None:
        return element("span", "no labels", class_="soft")
    place = ("results", number, "accuracy")
    return element("span", facts.count(*place, "correct"), " of ", facts.count(*place, "images"))


def _facts(
    result: Result, costs: CostComparison, number: int, facts: SummaryValues
) -> Iterator[tuple[Content, Content]]:
    at: tuple[str | int, ...] = ("results", number)
    conversion = result.conversion
    yield "conversion", f"{conversion.kind}, T = {conversion.steps}, {conversion.weight_bits}-bit weights"
    yield "schedule", result.schedule
    latency = (facts.ticks(*at, "latency", "ticks"), ", ", facts.quantity(*at, "latency", "seconds", unit="s"))
    yield "latency", latency
    interval = (facts.ticks(*at, "initiation_interval", "ticks"), ", ")
    seconds = facts.quantity(*at, "initiation_interval", "seconds", unit="s")
    yield "throughput", ("one image every ", interval, seconds, " (initiation interval)")
    for id, report in costs.results[number].items():
        yield "energy", (energy(facts, number, id, report), " ", band(facts, number, id), " by ", element("code", id))
    against = "" if result.lossless is None else f" {PAIRS}"
    yield "equivalence", (mismatches(facts, result, number), against)
    yield "accuracy", (accuracy(facts, result, number), _accuracy_share(result))
    spikes = facts.number(*at, "activity", "spikes_per_neuron", text=f"{result.activity.spikes_per_neuron:.3f}")
    per_step = facts.number(
        *at, "activity", "spikes_per_neuron_per_step", text=f"{result.activity.spikes_per_neuron_per_step:.4f}"
    )
    yield (
        "activity",
        (spikes, f" spikes per neuron over all {conversion.steps} time steps, ", per_step, " per time step"),
    )
    cores = (facts.count(*at, "cores", "used"), " used, ", facts.share(*at, "cores", "busy_fraction"), " busy")
    yield "cores", (*cores, f", busiest core {result.cores.busiest}")
    packets = (facts.count(*at, "noc", "packets"), " packets, ", facts.count(*at, "noc", "hops"), " hops")
    yield "NoC", (f"{NOC_MODELS.get(result.noc.model, result.noc.model)}: ", *packets)
    yield "barriers", _barriers(facts, at)
    state = facts.quantity(*at, "memory", "peak_state_bits", unit="bit", digits=3)
    stored = facts.quantity(*at, "memory", "weight_bits", unit="bit", digits=3)
    yield "memory", ("peak state ", state, ", weights ", stored)
    if result.memory.core_memories:
        yield "core memories", f"fullest: {fullest(result.memory.core_memories)}"


def _accuracy_share(result: Result) -> str:
    if result.accuracy is None:
        return ""
    return f" {result.accuracy.of}, {units.format_share(result.accuracy.correct / max(result.accuracy.images, 1))}"


def _barriers(facts: SummaryValues, at: tuple[str | int, ...]) -> Content:
    reached = (facts.count(*at, "barriers", "global"), " global, ", facts.count(*at, "barriers", "local"), " local; ")
    return (*reached, facts.ticks(*at, "barriers", "ticks"))


def layers(record: Record, costs: CostComparison, number: int, facts: SummaryValues) -> Markup:
    """Return the table of layers; the bar of a cell is its share of the largest in the column."""
    rows = rows_of(record, number, costs)
    counts = counts_by_layer(record.ledgers[number], record.stimulus.images)
    ops = [op for op in COUNTED if any(op in counts.get(layer.number, {}) for layer in rows if layer)]
    reports = costs.results[number]
    tags = {id: chr(ord("A") + rank) for rank, id in enumerate(reports)} if len(reports) > 1 else {}
    heads = [_energy_head(report, tags.get(id, "")) for id, report in reports.items()]
    most_ticks = max((layer.ticks for layer in rows if layer), default=1) or 1
    most_pj = {id: max(report.by_layer.values(), default=1.0) or 1.0 for id, report in reports.items()}
    lines: list[list[Content]] = []
    for place, layer in enumerate(rows):
        if layer is None:
            line: list[Content] = [CHIP_WIDE_NAME, *[""] * (6 + len(ops))]
        else:
            line = [layer.name, *_time(facts, ("results", number, "layers", place), layer, most_ticks)]
            line += [_compact(counts.get(layer.number, {}).get(op, 0)) for op in ops]
        for id, report in reports.items():
            line.append(_energy_cell(facts, number, id, report, layer, most_pj[id]))
        lines.append([*line, cell("" if layer is None else bottleneck(layer.bound), class_="text")])
    key = "; ".join(f"{tag} is {id}" for id, tag in tags.items())
    caption = f"Layers of {result_title(record.results[number])}, per image{f'; {key}' if key else ''}"
    head = [
        "layer",
        "shape",
        "cores",
        facts.tick,
        "busy",
        "spikes",
        "packets",
        *ops,
        *heads,
        heading("bottleneck", class_="text"),
    ]
    return table(caption, head, lines, class_="layers")


def _time(facts: SummaryValues, at: tuple[str | int, ...], layer: LayerResult, most: int) -> Iterator[Content]:
    yield " × ".join(map(str, layer.shape))
    yield facts.count(*at, "cores") if layer.cores else ""
    yield cell(facts.scaled(*at, "ticks", digits=3), class_="bar time", style=bar(layer.ticks / most))
    yield facts.share(*at, "busy_fraction") if layer.cores else ""
    yield _compact(sum(layer.spikes_by_step))
    yield facts.scaled(*at, "packets", digits=3) if layer.packets else ""


def _energy_head(report: EnergyReport, tag: str) -> Markup:
    kind = f"{tag} {'PARTIAL' if report.unpriced else 'energy'},".strip()
    return element("span", kind, element("br"), report.policy.scope)


def _energy_cell(
    facts: SummaryValues, number: int, id: str, report: EnergyReport, layer: LayerResult | None, most: float
) -> Markup:
    pj = report.by_layer.get(-1 if layer is None else layer.number, 0.0)
    if not pj:
        return cell("")
    here = ("chip_wide_pj",) if layer is None else ("by_layer", layer.number)
    written = facts.quantity("results", number, "energy", id, *here, unit="pJ", digits=3)
    share = units.format_share(pj / (report.partial_pj or 1.0))
    return cell(written, element("small", share), class_="bar energy", style=bar(pj / most))


def _compact(count: float) -> str:
    return units.format_scaled(count, "", 3).strip() if count else ""

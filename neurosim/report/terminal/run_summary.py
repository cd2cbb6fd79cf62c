"""The summary of a run on a terminal: its inputs, and the time, the energy and the layers of each result.

It fits 80 columns: the table of layers is then split in two, one of time and one of operations.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator, Mapping

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from neurosim import units
from neurosim.energy.cost_comparison import CostComparison
from neurosim.energy.pricing.energy_report import EnergyReport
from neurosim.ledger.record import Duration, Record, Result
from neurosim.report.data.caveats import caveats
from neurosim.report.data.labels import LATENCY_PARTS, NOC_MODELS, baseline_name, result_title
from neurosim.report.terminal.layer_tables import layer_tables
from neurosim.report.terminal.memories import fullest

LOUD = "bold black on yellow"
WRONG = "bold white on red"
NAME_WIDTH = 12


def show(console: Console, record: Record, costs: CostComparison) -> None:
    """Print the summary on a console."""
    for part in parts(record, costs, console.width):
        console.print(part)


def text(record: Record, costs: CostComparison, width: int = 100, *, color: bool = False) -> str:
    """Return the summary as text of this width; with ``color``, with the terminal's escape codes."""
    file = io.StringIO()
    console = Console(
        file=file,
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        legacy_windows=False,
        markup=False,
        emoji=False,
    )
    show(console, record, costs)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def parts(record: Record, costs: CostComparison, width: int) -> Iterator[RenderableType]:
    """Yield the parts of the summary from top to bottom, laid out for this width."""
    tags = tags_of(costs)
    yield _header(record, tags, costs)
    yield Text()
    for number, result in enumerate(record.results):
        yield Rule(Text(result_title(result), style="bold"), align="left", style="dim")
        yield _facts(record, result, costs.results[number], tags)
        yield Text()
        yield from layer_tables(record, number, costs, tags, width)
    if any(by_table for by_table in costs.baseline_reports.values()):
        yield Rule(Text("baseline accelerators, same unit energies", style="bold"), align="left", style="dim")
        yield from _baselines(record, costs, tags)
    yield Rule(Text("how to read these figures", style="bold"), align="left", style="dim")
    yield _caveat_list(record, costs, tags)


def tags_of(costs: CostComparison) -> dict[str, str]:
    """Return table id -> its letter in the heads of columns; empty for a single table."""
    return {table.id: chr(ord("A") + rank) for rank, table in enumerate(costs.tables)} if len(costs.tables) > 1 else {}


def energy_text(report: EnergyReport) -> str:
    """Return the energy of a report with its band and its scope; of a partial one, what has no price."""
    if report.pj is None:
        return f"{report.headline()}; {units.format_quantity(report.partial_pj, 'pJ')} priced ({report.label})"
    low, high = (units.format_quantity(end or 0.0, "pJ", 3) for end in (report.low_pj, report.high_pj))
    return f"{units.format_quantity(report.pj, 'pJ')} ({low} to {high}), {report.label}"


def _header(record: Record, tags: Mapping[str, str], costs: CostComparison) -> RenderableType:
    network, stimulus, chip = record.network, record.stimulus, record.chip
    plural = units.plural
    lines = _pairs()
    origin = (
        Text(" TRAINED WEIGHTS ", "bold") if network.weights_origin == "trained" else Text(" SYNTHETIC WEIGHTS ", LOUD)
    )
    lines.add_row("network", Text(f"{network.name} ", "bold") + origin)
    lines.add_row(
        "",
        f"{plural(network.layers, 'layer')}, {plural(network.neurons, 'neuron')}, "
        f"{plural(network.synapses, 'synapse')}, {plural(network.weights, 'weight')}",
    )
    images = plural(stimulus.images, "image")
    lines.add_row("stimulus", ", ".join(part for part in (stimulus.kind, images, stimulus.description) if part))
    clock = "" if chip.synchronous else "; asynchronous, the length of a tick is an assumption"
    lines.add_row(
        "chip",
        f"{chip.title} ({chip.id}), {chip.width} x {chip.height} tiles of {units.plural(chip.cores_per_tile, 'core')}, "
        f"{'cycle' if chip.synchronous else 'tick'} {units.format_quantity(chip.tick_ns, 'ns')}{clock}",
    )
    lines.add_row("seed", str(record.seed))
    for rank, table in enumerate(costs.tables):
        tag = f"{tags[table.id]}  " if tags else ""
        lines.add_row("" if rank else "tables" if tags else "table", f"{tag}{table.id}: {table.title}")
    return lines


def _facts(
    record: Record, result: Result, reports: Mapping[str, EnergyReport], tags: Mapping[str, str]
) -> RenderableType:
    lines = _pairs()
    conversion = result.conversion
    lines.add_row("conversion", f"{conversion.kind}, T = {conversion.steps}, {conversion.weight_bits}-bit weights")
    lines.add_row("latency", f"{_time(result.latency, record)}; {_latency_parts(result)}")
    if result.initiation_interval != result.latency:
        lines.add_row(
            "throughput", f"one image every {_time(result.initiation_interval, record)} (initiation interval)"
        )
    for id, report in reports.items():
        tag = f"{tags[id]}  " if tags else ""
        style = LOUD if report.unpriced else ""
        lines.add_row(
            "energy" if report is next(iter(reports.values())) else "", Text(tag + energy_text(report), style)
        )
    if result.lossless is not None:
        lines.add_row("lossless", _lossless(result))
    activity = result.activity
    lines.add_row(
        "activity",
        f"{activity.spikes_per_neuron:.3f} spikes per neuron over all {conversion.steps} time steps, "
        f"{activity.spikes_per_neuron_per_step:.4f} per time step",
    )
    if result.accuracy is not None:
        correct, images = result.accuracy.correct, result.accuracy.images
        lines.add_row(
            "accuracy", f"{correct:,} of {images:,} {result.accuracy.of}, {units.format_share(correct / images)}"
        )
    cores, noc = result.cores, result.noc
    lines.add_row(
        "cores", f"{cores.used:,} used, {units.format_share(cores.busy_fraction)} busy, busiest core {cores.busiest}"
    )
    if result.memory.core_memories:
        lines.add_row("memories", f"fullest: {fullest(result.memory.core_memories)}")
    lines.add_row(
        "NoC",
        f"{NOC_MODELS.get(noc.model, noc.model)}: {units.plural(noc.packets, 'packet')}, "
        f"{units.plural(noc.hops, 'hop')}; "
        f"busiest link occupied for {_ticks(noc.busiest_link_ticks, record)}",
    )
    return lines


def _lossless(result: Result) -> Text:
    checked = result.lossless
    assert checked is not None
    comparison = (
        f"{units.plural(checked.mismatches, 'mismatch')} in {units.plural(checked.checked, 'neuron-timestep pair')} "
        "compared with the quantised network"
    )
    return Text(comparison, WRONG if checked.mismatches else "")


def _latency_parts(result: Result) -> str:
    whole = max(result.latency.ticks, 1)
    named = dataclasses.asdict(result.latency_parts)
    return ", ".join(
        f"{LATENCY_PARTS[name]} {units.format_share(ticks / whole)}" for name, ticks in named.items() if ticks
    )


def _time(duration: Duration, record: Record) -> str:
    return f"{_ticks(duration.ticks, record)}, {units.format_quantity(duration.seconds, 's')}"


def _ticks(ticks: int, record: Record) -> str:
    return units.format_scaled(ticks, "cycles" if record.chip.synchronous else "ticks")


def _baselines(record: Record, costs: CostComparison, tags: Mapping[str, str]) -> Iterator[RenderableType]:
    first = record.results[0].name
    for table, ratios in costs.ratios.items():
        shown = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
        tag = f"{tags[table]} " if tags else ""
        shown.add_column(f"{tag}{costs.baseline_label(table)}", overflow="fold")
        shown.add_column("energy", justify="right")
        shown.add_column(f"over '{first}'", justify="right")
        shown.add_column("band, shared unit energies", justify="right")
        for id, by_table in costs.baseline_reports.items():
            for dataflow, report in by_table.get(table, {}).items():
                name = id if dataflow == "compute" else f"{id}_{dataflow}"
                ratio = ratios.get(f"{name}_over_snn")
                shown.add_row(
                    baseline_name(name),
                    "unpriced" if report.pj is None else units.format_quantity(report.pj, "pJ"),
                    "" if ratio is None else units.format_ratio(ratio.value),
                    "" if ratio is None else f"{ratio.low:.3g} to {ratio.high:.3g}",
                )
        if shown.row_count:
            yield Padding(shown, (0, 0, 1, 2))


def _caveat_list(record: Record, costs: CostComparison, tags: Mapping[str, str]) -> RenderableType:
    """Return the caveats as a list; those of single tables have their letters in front."""
    lines = [
        f"{', '.join(tags[table] for table in caveat.tables)}: {caveat.text}" if caveat.tables else caveat.text
        for caveat in caveats(record, costs)
    ]
    bullets = Table.grid(padding=(0, 1, 0, 0))
    bullets.add_column(width=2, justify="right")
    bullets.add_column(overflow="fold")
    for line in lines:
        bullets.add_row("·", Text(line))
    return Group(bullets)


def _pairs() -> Table:
    lines = Table.grid(padding=(0, 1, 0, 0))
    lines.add_column(style="dim", width=NAME_WIDTH)
    lines.add_column(overflow="fold")
    return lines

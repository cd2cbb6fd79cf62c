"""An evaluation in a terminal: how many answers are right, which are not, and how much the neurons said."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from neurosim import units
from neurosim.evaluation.classification import ConversionRecord, EvaluationRecord, confused
from neurosim.report.data.evaluation import accuracy, classes, layers, shares
from neurosim.report.terminal.run_summary import LOUD, NAME_WIDTH, WRONG

SHOWN_CLASSES = 20  # more than that, and only the worst are listed
WORST = 5
PAIRS = 5
SHOWN_STEPS = 8
STEP_WIDTH, REST_WIDTH = 8, 58  # characters that a step takes, and all other columns but the names


def text(examined: EvaluationRecord, width: int = 100, *, color: bool = False) -> str:
    """Return the evaluation as text of this width; with ``color``, with the terminal's escape codes."""
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
    console.print(_header(examined))
    for notice in examined.notices:
        console.print()
        console.print(Text(notice))
    for part in examined.parts:
        console.print()
        console.print(Rule(Text(title_of(part), style="bold"), align="left", style="dim"))
        console.print(_facts(examined, part))
        for table in _tables(examined, part, width):
            console.print()
            console.print(Padding(table, (0, 0, 0, 2)))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def title_of(part: ConversionRecord) -> str:
    """Return a conversion's name, with its steps where the name does not say them."""
    steps = f"T={part.conversion.steps}"
    return part.name if steps in part.name else f"{part.name}, {steps}"


def _header(examined: EvaluationRecord) -> RenderableType:
    network, stimulus = examined.network, examined.stimulus
    trained = network.weights_origin == "trained"
    origin = Text(" TRAINED WEIGHTS ", "bold") if trained else Text(" SYNTHETIC WEIGHTS ", LOUD)
    lines = _pairs()
    lines.add_row("network", Text(f"{network.name} ", "bold") + origin)
    lines.add_row("", f"{units.plural(network.neurons, 'neuron')}, {units.plural(network.weights, 'weight')}")
    lines.add_row("images", ", ".join(part for part in (_images(stimulus.images), stimulus.description) if part))
    if examined.float_correct is not None:
        lines.add_row("as floats", _accuracy(examined, examined.float_correct))
    return lines


def _facts(examined: EvaluationRecord, part: ConversionRecord) -> RenderableType:
    counted, images, count = part.evaluation, examined.images, units.format_count
    said, steps = shares(counted), part.conversion.steps
    lines = _pairs()
    lines.add_row("accuracy", _accuracy(examined, counted.correct))
    if part.same is not None:
        lines.add_row("", f"{_percent(part.same / counted.judged)} of the answers are the float network's")
    rate = counted.spikes_per_neuron
    lines.add_row("activity", f"{rate:.4g} spikes per neuron and image, {rate / steps:.4g} per step")
    lines.add_row(
        "",
        f"of the neurons {_percent(said['silent_fraction'])} silent, {_percent(said['saturated_fraction'])} at their "
        f"largest code; {_percent(said['never_fraction'])} silent for every image",
    )
    additions = units.format_scaled(counted.additions_per_image, "additions")
    products = units.format_scaled(float(counted.products.sum() / images), "products")
    lines.add_row("synapses", f"{additions} per image, and {products} with its pixels")
    shown = part.agreement
    if shown.images:
        differing = "none differs" if not shown.mismatches else f"{count(shown.mismatches)} DIFFER"
        words = f"{count(shown.checked)} spikes and logits of {_images(shown.images)}, {differing}"
        lines.add_row("event by event", Text(words, "" if not shown.mismatches else WRONG))
    return lines


def _tables(examined: EvaluationRecord, part: ConversionRecord, width: int) -> Iterator[RenderableType]:
    """Yield the classes, the most frequent mistakes, and the layers."""
    counted = part.evaluation
    if counted.judged > 1:
        yield _classes(examined, part)
    names = examined.classes
    pairs = [f"{names[label]} as {names[answer]} ({often:,})" for label, answer, often in confused(counted, PAIRS)]
    yield Text("most confused: " + ", ".join(pairs) if pairs else "no mistakes")
    yield _layers(part, examined.images, width)


def _classes(examined: EvaluationRecord, part: ConversionRecord) -> RenderableType:
    rows = list(classes(examined, part.evaluation))
    title = "class"
    if len(rows) > SHOWN_CLASSES:
        known = [row for row in rows if row["recall"] is not None]
        title, rows = f"worst of {len(rows):,} classes", sorted(known, key=lambda row: row["recall"])[:WORST]
    table = _table(title, examined.of, "recall", "precision")
    for row in rows:
        table.add_row(
            row["name"], f"{row[examined.of]:,}", *(_percent(row[share]) for share in ("recall", "precision"))
        )
    return table


def _layers(part: ConversionRecord, images: int, width: int) -> RenderableType:
    rows = list(layers(part, images))
    steps = max(len(row.get("spikes_by_step", ())) for row in rows)
    names = max(len(row["name"]) for row in rows)
    by_step = 1 < steps <= SHOWN_STEPS and names + STEP_WIDTH * steps + REST_WIDTH <= width
    titles = [f"step {step}" for step in range(steps)] if by_step else []
    table = _table("layer", "neurons", "spikes per\nneuron", *titles, "silent", "at largest\ncode", "synaptic\nevents")
    for row in rows:
        cells = ["", *([""] * len(titles)), "", ""]
        if "spikes_by_step" in row:
            each = [f"{spikes / (row['neurons'] * images):.3f}" for spikes in row["spikes_by_step"]] if by_step else []
            shared = [_percent(row[name]) for name in ("silent_fraction", "saturated_fraction")]
            cells = [f"{row['spikes_per_neuron']:.3f}", *each, *shared]
        work = units.format_scaled(row["additions_per_image"] or row["products_per_image"], "")
        table.add_row(row["name"], f"{row['neurons']:,}", *cells, work.strip())
    return table


def _accuracy(examined: EvaluationRecord, correct: int) -> str:
    known: dict[str, Any] = accuracy(correct, examined.judged, examined.of)
    interval = f"95 % interval {100 * known['low_95']:.2f} to {100 * known['high_95']:.2f} %"
    return f"{100 * known['share']:.2f} % ({correct:,} of {examined.judged:,}), {interval}"


def _images(number: int) -> str:
    return units.plural(number, "image")


def _percent(share: float | None) -> str:
    return "" if share is None else units.format_share(share)


def _pairs() -> Table:
    lines = Table.grid(padding=(0, 1, 0, 0))
    lines.add_column(style="dim", width=NAME_WIDTH + 2)
    lines.add_column(overflow="fold")
    return lines


def _table(*titles: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for rank, title in enumerate(titles):
        table.add_column(title, justify="right" if rank else "left", vertical="bottom", no_wrap=True)
    return table

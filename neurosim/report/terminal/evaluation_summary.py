"""An evaluation on a terminal: accuracy, the classes that are confused, and the activity of the layers."""

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

SHOWN_CLASSES = 20  # of more, only the worst are listed
WORST = 5
PAIRS = 5
SHOWN_STEPS = 8
STEP_WIDTH, REST_WIDTH = 8, 58  # characters of a time step's column, and of all others without the names


def text(record: EvaluationRecord, width: int = 100, *, color: bool = False) -> str:
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
    console.print(_header(record))
    for notice in record.notices:
        console.print()
        console.print(Text(notice))
    for part in record.parts:
        console.print()
        console.print(Rule(Text(conversion_title(part), style="bold"), align="left", style="dim"))
        console.print(_facts(record, part))
        for table in _tables(record, part, width):
            console.print()
            console.print(Padding(table, (0, 0, 0, 2)))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def conversion_title(part: ConversionRecord) -> str:
    """Return a conversion's name, with its time steps where the name does not say them."""
    steps = f"T={part.conversion.steps}"
    return part.name if steps in part.name else f"{part.name}, {steps}"


def _header(record: EvaluationRecord) -> RenderableType:
    network, stimulus = record.network, record.stimulus
    trained = network.weights_origin == "trained"
    origin = Text(" TRAINED WEIGHTS ", "bold") if trained else Text(" SYNTHETIC WEIGHTS ", LOUD)
    lines = _pairs()
    lines.add_row("network", Text(f"{network.name} ", "bold") + origin)
    lines.add_row("", f"{units.plural(network.neurons, 'neuron')}, {units.plural(network.weights, 'weight')}")
    lines.add_row("images", ", ".join(part for part in (_images(stimulus.images), stimulus.description) if part))
    if record.float_correct is not None:
        lines.add_row("float network", _accuracy(record, record.float_correct))
    return lines


def _facts(record: EvaluationRecord, part: ConversionRecord) -> RenderableType:
    counted, images, count = part.evaluation, record.images, units.format_count
    fractions, steps = shares(counted), part.conversion.steps
    lines = _pairs()
    lines.add_row("accuracy", _accuracy(record, counted.correct))
    if part.same is not None:
        lines.add_row("", f"{_percent(part.same / counted.judged)} of the predictions equal the float network's")
    rate = counted.spikes_per_neuron
    lines.add_row("activity", f"{rate:.4g} spikes per neuron and image, {rate / steps:.4g} per time step")
    lines.add_row(
        "",
        f"{_percent(fractions['silent_fraction'])} of the neurons inactive, "
        f"{_percent(fractions['saturated_fraction'])} saturated; {_percent(fractions['never_fraction'])} inactive for "
        "every image",
    )
    operations = units.format_scaled(counted.additions_per_image, "SOPs")
    products = units.format_scaled(float(counted.products.sum() / images), "products")
    lines.add_row("synaptic ops", f"{operations} per image, and {products} with pixels in the first layer")
    agreement = part.agreement
    if agreement.images:
        differing = "none differ" if not agreement.mismatches else f"{count(agreement.mismatches)} DIFFER"
        words = f"{count(agreement.checked)} spikes and logits of {_images(agreement.images)}, {differing}"
        lines.add_row("event by event", Text(words, "" if not agreement.mismatches else WRONG))
    return lines


def _tables(record: EvaluationRecord, part: ConversionRecord, width: int) -> Iterator[RenderableType]:
    """Yield the classes, the most frequent confusions, and the layers."""
    counted = part.evaluation
    if counted.judged > 1:
        yield _classes(record, part)
    names = record.classes
    pairs = [f"{names[label]} as {names[answer]} ({often:,})" for label, answer, often in confused(counted, PAIRS)]
    yield Text("most confused: " + ", ".join(pairs) if pairs else "no errors")
    yield _layers(part, record.images, width)


def _classes(record: EvaluationRecord, part: ConversionRecord) -> RenderableType:
    rows = list(classes(record, part.evaluation))
    title = "class"
    if len(rows) > SHOWN_CLASSES:
        known = [row for row in rows if row["recall"] is not None]
        title, rows = f"worst of {len(rows):,} classes", sorted(known, key=lambda row: row["recall"])[:WORST]
    table = _table(title, record.of, "recall", "precision")
    for row in rows:
        table.add_row(row["name"], f"{row[record.of]:,}", *(_percent(row[share]) for share in ("recall", "precision")))
    return table


def _layers(part: ConversionRecord, images: int, width: int) -> RenderableType:
    rows = list(layers(part, images))
    steps = max(len(row.get("spikes_by_step", ())) for row in rows)
    names = max(len(row["name"]) for row in rows)
    by_step = 1 < steps <= SHOWN_STEPS and names + STEP_WIDTH * steps + REST_WIDTH <= width
    titles = [f"step {step}" for step in range(steps)] if by_step else []
    table = _table("layer", "neurons", "spikes per\nneuron", *titles, "inactive", "saturated", "synaptic\noperations")
    for row in rows:
        cells = ["", *([""] * len(titles)), "", ""]
        if "spikes_by_step" in row:
            each = [f"{spikes / (row['neurons'] * images):.3f}" for spikes in row["spikes_by_step"]] if by_step else []
            shared = [_percent(row[name]) for name in ("silent_fraction", "saturated_fraction")]
            cells = [f"{row['spikes_per_neuron']:.3f}", *each, *shared]
        work = units.format_scaled(row["additions_per_image"] or row["products_per_image"], "")
        table.add_row(row["name"], f"{row['neurons']:,}", *cells, work.strip())
    return table


def _accuracy(record: EvaluationRecord, correct: int) -> str:
    known: dict[str, Any] = accuracy(correct, record.judged, record.of)
    interval = f"95 % interval {100 * known['low_95']:.2f} to {100 * known['high_95']:.2f} %"
    return f"{100 * known['share']:.2f} % ({correct:,} of {record.judged:,}), {interval}"


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

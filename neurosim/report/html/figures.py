"""The gallery: every figure of a run inside a page, as a drawing with its caption and its data to take away."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from neurosim.energy.cost_comparison import CostComparison
from neurosim.ledger.record import Record
from neurosim.report import figures
from neurosim.report.html.markup import Markup, attached, element

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PIXELS_PER_INCH = 144  # paper type of 7 pt is then as large as 14 px
WIDE = 5.0  # inches; wider figures take a row of their own


class Caption(NamedTuple):
    """A figure's title, what is seen in it, and whether it shows the first result alone."""

    title: str
    text: str
    of_first: bool = True


CAPTIONS = {
    "energy_by_layer": Caption(
        "Energy by layer",
        "Energy of one image in each layer, stacked by the operations it was spent on; one panel for each table.",
    ),
    "energy_against_baselines": Caption(
        "Energy against conventional designs",
        "Left, the energy of one image with the band of its prices: results of this run in red, the same layers as "
        "conventional designs, at the same prices, in black, with their ratio to the first result. Right, what each "
        "energy is made of.",
        of_first=False,
    ),
    "latency_by_schedule": Caption(
        "Latency by schedule",
        "Where the time of one image goes in each result; the diamond is how often a new image can follow in an "
        "endless stream.",
        of_first=False,
    ),
    "activity": Caption(
        "Activity",
        "Spikes per neuron in each layer and step, and their sums over all steps.",
    ),
    "core_utilisation": Caption(
        "Core utilisation",
        "The mesh with its cores, each coloured by the share of the elapsed time in which it worked; dark lines are "
        "the borders of layers, empty outlines are cores that the network does not use. Where a layer's name has no "
        "room stands its number.",
    ),
    "link_load": Caption(
        "Link load",
        "The directed links between neighbouring tiles, coloured by the share of their capacity that was used; the "
        "host port is at the orange tile.",
    ),
    "tornado": Caption(
        "Which price the energy hangs on",
        "How far the energy of one image moves when one price goes to the low and the high end of its band; beside "
        "each bar, what the price rests on and its share of the energy.",
    ),
    "break_even": Caption(
        "Break-even activity",
        "Energy of one image as a line in the activity, through that of this run, and conventional designs at the same "
        "prices: where a line is met, both cost the same, pale is the band of that place. No neuron can be more active "
        "than the border of the grey.",
    ),
    "pareto": Caption(
        "Codings side by side",
        "Energy, latency and, where there are labels, accuracy of each coding; no other result is better in all of "
        "them than a filled mark.",
        of_first=False,
    ),
}


def gallery(record: Record, bill: CostComparison) -> Iterator[Markup]:
    """Yield every figure that a run folder holds."""
    for name in figures.figures_of(record, bill):
        yield picture(name, record, bill)


def picture(name: str, record: Record, bill: CostComparison) -> Markup:
    """Draw one figure and return it with its caption and its data."""
    figure, data = figures.draw(name, record, bill)
    caption = CAPTIONS[name]
    of = record.results[0].name if caption.of_first and len(record.results) > 1 else ""
    width, height = (round(inches * PIXELS_PER_INCH) for inches in figure.get_size_inches())
    image = element(
        "img",
        src=attached("image/svg+xml", drawing(figure, name)),
        alt=f"{caption.title}{f' of {of}' if of else ''}. {caption.text} Its numbers are in {name}.csv.",
        width=width,
        height=height,
    )
    content = data.to_csv(index=False, lineterminator="\n").encode()
    csv = element("a", f"{name}.csv", href=attached("text/csv;charset=utf-8", content), download=f"{name}.csv")
    text = (
        element("h3", caption.title),
        element("p", caption.text, f" Result: {of}." if of else ""),
        element("p", "Data: ", csv),
    )
    is_wide = width > WIDE * PIXELS_PER_INCH
    paper = element("div", image, class_="paper scroll", tabindex="0" if is_wide else None)
    return element(
        "figure", paper, element("figcaption", text), id=f"figure-{name}", class_="wide" if is_wide else None
    )


def drawing(figure: Figure, name: str) -> bytes:
    """Return a figure as SVG with its type as outlines: the same bytes for the same figure."""
    from matplotlib import rc_context

    from neurosim.report.figures.layout import style

    file = io.BytesIO()
    with style.paper(), rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": "neurosim"})
    return file.getvalue()

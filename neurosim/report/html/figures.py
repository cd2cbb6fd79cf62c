"""The figures of a run inside a page: each as a drawing with its caption and its data to download."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from neurosim.energy.cost_comparison import CostComparison
from neurosim.ledger.record import Record
from neurosim.report import figures
from neurosim.report.html.markup import Markup, attached, element

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PIXELS_PER_INCH = 144  # type of 7 pt is then 14 px high
WIDE = 5.0  # inches; a wider figure takes a row of its own


def gallery(record: Record, costs: CostComparison) -> Iterator[Markup]:
    """Yield every figure that a run folder holds."""
    for name in figures.figures_of(record, costs):
        yield picture(name, record, costs)


def picture(name: str, record: Record, costs: CostComparison) -> Markup:
    """Draw one figure and return it with its caption and its data."""
    drawn = figures.figure_of(name)
    figure, data = figures.draw(name, record, costs)
    of = record.results[0].name if drawn.first_result_only and len(record.results) > 1 else ""
    width, height = (round(inches * PIXELS_PER_INCH) for inches in figure.get_size_inches())
    image = element(
        "img",
        src=attached("image/svg+xml", drawing(figure, name)),
        alt=f"{drawn.title}{f' of {of}' if of else ''}. {drawn.caption} Its numbers are in {name}.csv.",
        width=width,
        height=height,
    )
    content = data.to_csv(index=False, lineterminator="\n").encode()
    csv = element("a", f"{name}.csv", href=attached("text/csv;charset=utf-8", content), download=f"{name}.csv")
    text = (
        element("h3", drawn.title),
        element("p", drawn.caption, f" Result: {of}." if of else ""),
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

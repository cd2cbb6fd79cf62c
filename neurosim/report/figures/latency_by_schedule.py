"""Where one image's time goes under each schedule, and how often a new image can follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim import units
from neurosim.energy.cost_comparison import CostComparison
from neurosim.ledger.record import Record
from neurosim.report.figures.layout import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

PARTS = {
    "host": style.SOFT,
    "compute": style.BLUE,
    "mesh": style.SKY,
    "barrier": style.ORANGE,
    "reload": style.VERMILION,
}
ROW = 0.26


def data(record: Record) -> DataFrame:
    """Return one row per result: its latency and parts of it in ticks, the interval, and both in seconds, per image."""
    from pandas import DataFrame

    return DataFrame(
        [
            {
                "result": result.name,
                "schedule": result.schedule,
                "latency_ticks": result.latency.ticks,
                "latency_s": result.latency.seconds,
                "interval_ticks": result.initiation_interval.ticks,
                "interval_s": result.initiation_interval.seconds,
                **{f"{part}_ticks": getattr(result.latency_parts, part) for part in PARTS},
            }
            for result in record.results
        ]
    )


def draw(record: Record, bill: CostComparison | None = None) -> tuple[Figure, DataFrame]:
    """Draw one bar for each result, with a diamond at the interval between images."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    found = data(record)
    noun = "cycles" if record.chip.synchronous else "ticks"
    unit, size = style.tick_unit(found["latency_ticks"].max(), noun)
    names = found["result"].tolist()
    lines = [line for name in names for line in _folded(name).split("\n")]
    margin = style.text_width(lines) + 0.12
    height = 0.42 + ROW * len(names) + 0.36
    figure = style.sheet(style.ONE_COLUMN, height)
    axes = style.panel(figure, margin, 0.36, style.ONE_COLUMN - margin - 0.5, ROW * len(names))
    left = [0.0] * len(names)
    used = [part for part in PARTS if found[f"{part}_ticks"].any()]
    for part in used:
        widths = (found[f"{part}_ticks"] / size).tolist()
        axes.barh(range(len(names)), widths, 0.62, left=left, color=PARTS[part])
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.plot(
        found["interval_ticks"] / size, range(len(names)), "D", color=style.PAPER, markeredgecolor=style.BLACK,
        markersize=4, markeredgewidth=0.8, clip_on=False,
    )  # fmt: skip
    for place, (end, seconds) in enumerate(zip(left, found["latency_s"], strict=True)):
        axes.annotate(
            units.format_quantity(seconds, "s", 3),
            (end, place),
            (6, 0),
            textcoords="offset points",
            va="center_baseline",
        )
    axes.set_yticks(range(len(names)), [_folded(name) for name in names])
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.set_xlim(0, max(left) or 1)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(f"latency of one image ({unit})")
    patches: list = [Patch(color=PARTS[part], label=part, linewidth=0) for part in used]
    patches.append(
        Line2D([], [], marker="D", linestyle="", color=style.PAPER, markeredgecolor=style.BLACK, markersize=4,
               markeredgewidth=0.8, label="interval between images")
    )  # fmt: skip
    figure.legend(
        handles=patches, loc="upper left", bbox_to_anchor=(0.02, 1 - 0.04 / height), ncols=len(patches) // 2 + 1
    )
    return figure, found


def _folded(name: str, width: int = 22) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(name.replace("_", " "), width)[:2])

"""Where the time of one image goes under each schedule, and the interval at which images can follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim import units
from neurosim.energy.cost_comparison import CostComparison
from neurosim.ledger.record import Record
from neurosim.report.data.labels import LATENCY_PARTS
from neurosim.report.figures.figure import RunFigure
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
ROW = 0.26  # inches of a bar and its gap


def data(record: Record) -> DataFrame:
    """Return one row per result: latency, its parts and the initiation interval in ticks, and both in seconds."""
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


def draw(record: Record, costs: CostComparison | None = None) -> tuple[Figure, DataFrame]:
    """Draw one bar for each result, with a diamond at the initiation interval."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    frame = data(record)
    noun = "cycles" if record.chip.synchronous else "ticks"
    unit, size = style.tick_unit(frame["latency_ticks"].max(), noun)
    names = frame["result"].tolist()
    lines = [line for name in names for line in _folded(name).split("\n")]
    margin = style.text_width(lines) + 0.12
    height = 0.42 + ROW * len(names) + 0.36
    figure = style.sheet(style.ONE_COLUMN, height)
    axes = style.panel(figure, margin, 0.36, style.ONE_COLUMN - margin - 0.5, ROW * len(names))
    left = [0.0] * len(names)
    used = [part for part in PARTS if frame[f"{part}_ticks"].any()]
    for part in used:
        widths = (frame[f"{part}_ticks"] / size).tolist()
        axes.barh(range(len(names)), widths, 0.62, left=left, color=PARTS[part])
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.plot(
        frame["interval_ticks"] / size, range(len(names)), "D", color=style.PAPER, markeredgecolor=style.BLACK,
        markersize=4, markeredgewidth=0.8, clip_on=False,
    )  # fmt: skip
    for place, (end, seconds) in enumerate(zip(left, frame["latency_s"], strict=True)):
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
    patches: list[Patch | Line2D] = [Patch(color=PARTS[part], label=LATENCY_PARTS[part], linewidth=0) for part in used]
    patches.append(
        Line2D([], [], marker="D", linestyle="", color=style.PAPER, markeredgecolor=style.BLACK, markersize=4,
               markeredgewidth=0.8, label="initiation interval")
    )  # fmt: skip
    figure.legend(
        handles=patches, loc="upper left", bbox_to_anchor=(0.02, 1 - 0.04 / height), ncols=len(patches) // 2 + 1
    )
    return figure, frame


def _folded(name: str, width: int = 22) -> str:
    """Return a name in at most two lines."""
    import textwrap

    return "\n".join(textwrap.wrap(name.replace("_", " "), width)[:2])


class LatencyBySchedule(RunFigure):
    """Where the time of one image goes in each result, and the initiation interval."""

    kind = "latency_by_schedule"
    title = "Latency by schedule"
    caption = (
        "Where the time of one image goes in each result; the diamond is the initiation interval, the time between "
        "images of an endless stream."
    )
    rank = 3
    first_result_only = False

    def draw(self, record: Record, costs: CostComparison) -> tuple[Figure, DataFrame]:
        """Draw all results of a run."""
        return draw(record)

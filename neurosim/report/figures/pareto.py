"""Accuracy, energy and latency of each coding scheme: one mark for every (neuron model, T), Pareto-optimal ones filled.

Without labels there is no accuracy, hence no optimum, and energy is drawn over latency alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from neurosim import units
from neurosim.energy.cost_comparison import CostComparison
from neurosim.ledger.record import Record, Result
from neurosim.report.figures.figure import RunFigure
from neurosim.report.figures.layout import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame, Series

SEVERAL = 3  # results; two are a ratio, not a front
TALL, GAP = 2.3, 0.5  # inches
COLORS = (style.BLUE, style.VERMILION, style.GREEN, style.ORANGE, style.PURPLE, style.SKY, style.INK)
MARKERS = "osD^vP"


def suits(record: Record, costs: CostComparison | None = None) -> bool:
    """Whether a record holds enough pairs of (model, T) to compare."""
    return len({(series(result), result.conversion.steps) for result in record.results}) >= SEVERAL


def series(result: Result) -> str:
    """Return the coding scheme that a result shares with those of other T: its name before `` T=``, else its model."""
    name, suffix, _ = result.name.rpartition(f" T={result.conversion.steps}")
    return name if suffix and result.name == f"{name}{suffix}" else result.conversion.kind


def data(record: Record, costs: CostComparison) -> DataFrame:
    """Return one row per table and result, all per image: energy in pJ, latency in ticks and s, spikes per neuron.

    ``best`` marks the Pareto-optimal rows of a table: no other one is at least as good in accuracy, energy and latency
    and better in one of them. A result that the table does not price in full is left out, and without labels no row is
    marked: the cheapest coding scheme may be the one that loses the most accuracy.
    """
    from pandas import DataFrame

    rows = [
        {
            "table": table,
            "scope": report.policy.scope,
            "series": series(result),
            "steps": result.conversion.steps,
            "result": result.name,
            "schedule": result.schedule,
            "images": result.accuracy.images if result.accuracy else None,
            "accuracy": result.accuracy.correct / result.accuracy.images if result.accuracy else None,
            "checked": result.lossless.checked if result.lossless else None,
            "mismatches": result.lossless.mismatches if result.lossless else None,
            "spikes_per_neuron": result.activity.spikes_per_neuron,
            "latency_ticks": result.latency.ticks,
            "latency_s": result.latency.seconds,
            "energy_pj": report.pj,
        }
        for table in costs.results[0]
        for result, report in ((result, costs.results[place][table]) for place, result in enumerate(record.results))
    ]
    objectives = [(row["table"], tuple(_costs(row))) for row in rows]
    for row, (table, own) in zip(rows, objectives, strict=True):
        is_dominated = any(_dominates(other, own) for of_table, other in objectives if of_table == table)
        row["best"] = row["energy_pj"] is not None and row["accuracy"] is not None and not is_dominated
    return DataFrame(rows)


def draw(record: Record, costs: CostComparison) -> tuple[Figure, DataFrame]:
    """Draw the error rate over energy and over latency, for the run's first table; T is written beside each mark."""
    frame = data(record, costs)
    table = frame["table"].iloc[0]
    shown = frame[(frame["table"] == table) & frame["energy_pj"].notna()]
    names = list(dict.fromkeys(frame["series"]))
    judged = bool(len(shown)) and bool(shown["accuracy"].notna().all())
    left, columns = 0.45, 2 if judged else 1
    legend = style.text_width(names) + 0.5
    wide = min((style.TWO_COLUMNS - left - legend - (columns - 1) * GAP) / columns, 3.0)
    over = 0.24 if judged else 0.46
    figure = style.sheet(left + columns * wide + (columns - 1) * GAP + legend, TALL + 0.38 + over)
    report = costs.results[0][table]
    unit, size = style.axis_unit(max(shown["energy_pj"], default=1.0), "pJ")
    labels = {"energy_pj": style.energy_axis(report, unit)}
    time, second = style.axis_unit(max(shown["latency_s"], default=1.0), "s")
    labels["latency_s"] = f"latency of one image ({time})"
    sizes = {"energy_pj": size, "latency_s": second}
    panels = [("latency_s", "energy_pj")] if not judged else [("energy_pj", "accuracy"), ("latency_s", "accuracy")]
    for place, (across, up) in enumerate(panels):
        axes = style.panel(figure, left + place * (wide + GAP), 0.38, wide, TALL)
        points = shown.assign(
            x=shown[across] / sizes[across],
            y=100 * (1 - shown["accuracy"].astype(float)) if judged else shown[up] / sizes[up],
        )
        _marks(axes, points, names, judged)
        axes.set_xlabel(labels[across])
        if judged:
            _error_axis(axes, points["y"])
        else:
            axes.set_ylabel(labels[up])
        if len(points):
            _spread(axes, "x" if judged else "xy")
        _write_steps(axes, points, names)
        if place == 0:
            axes.set_title(_title(record, table, judged))
    _legend(figure, names, judged)
    return figure, frame


def _costs(row: dict[str, Any]) -> Iterator[float]:
    """Yield what is minimised: negative accuracy, energy (infinite if unpriced) and latency."""
    yield -row["accuracy"] if row["accuracy"] is not None else 0.0
    yield row["energy_pj"] if row["energy_pj"] is not None else float("inf")
    yield row["latency_ticks"]


def _dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether one result is at least as good as another in every cost, and not the same."""
    return one != other and all(own <= theirs for own, theirs in zip(one, other, strict=True))


def _look(names: list[str], name: str) -> dict[str, Any]:
    place = names.index(name)
    return {"color": COLORS[place % len(COLORS)], "marker": MARKERS[place % len(MARKERS)]}


def _marks(axes: Axes, points: DataFrame, names: list[str], judged: bool) -> None:
    """Draw the marks of each coding scheme and a thin line through them in the order of T."""
    for name in names:
        own, look = points[points["series"] == name].sort_values("steps"), _look(names, name)
        axes.plot(own["x"], own["y"], color=look["color"], linewidth=0.5, alpha=0.5, zorder=1)
        for _, row in own.iterrows():
            face = look["color"] if row["best"] or not judged else style.PAPER
            axes.plot(row["x"], row["y"], markersize=4, markeredgewidth=0.8, markerfacecolor=face, **look)


def _write_steps(axes: Axes, points: DataFrame, names: list[str]) -> None:
    """Write T beside each mark, at its first free corner; the scales must be set."""
    dot = style.DOTS_PER_INCH / 72
    taken = [axes.transData.transform(place) / dot for place in zip(points["x"], points["y"], strict=True)]
    for _, row in points.iterrows():
        here = axes.transData.transform((row["x"], row["y"])) / dot
        middles = [(place, here + place) for place in ((5.5, 5), (5.5, -5), (-5.5, 5), (-5.5, -5), (0, 8), (0, -8))]
        offset, middle = next(
            (spot for spot in middles if all(max(abs(spot[1] - other)) > 4.2 for other in taken)), middles[0]
        )
        taken.append(middle)
        axes.annotate(
            str(row["steps"]), (row["x"], row["y"]), offset, textcoords="offset points", ha="center",
            va="center_baseline", color=_look(names, row["series"])["color"], fontsize=style.SMALL_FONT,
        )  # fmt: skip


def _error_axis(axes: Axes, shares: Series[float]) -> None:
    """Scale the axis of error rates: linear up to the smallest above 0, logarithmic beyond, 0 at the top."""
    least = min((share for share in shares if share > 0), default=1.0)
    axes.set_yscale("symlog", linthresh=least, linscale=0.4)
    ticks = [tick for tick in (0, 1, 2, 5, 10, 20, 50, 100) if tick == 0 or least <= tick]
    axes.set_yticks(ticks, map(str, ticks))
    axes.set_yticks([], minor=True)
    axes.set_ylim(max(max(shares) * 1.3, 2 * least), -0.35 * least)
    axes.yaxis.grid(True)
    axes.set_ylabel("error rate (%)")


def _spread(axes: Axes, which: str) -> None:
    """Make these axes logarithmic with marks at 1, 2 and 5."""
    from matplotlib.ticker import LogLocator

    for letter in which:
        axes.set(**{f"{letter}scale": "log"})
        axis = getattr(axes, f"{letter}axis")
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_minor_formatter(lambda value, _: "")


def _title(record: Record, table: str, judged: bool) -> str:
    network, images = record.network.name, units.format_count(record.stimulus.images)
    noun = "image" if record.stimulus.images == 1 else "images"
    of = f"{network}, {images} {noun}" + ("; " if judged else " without labels\n")
    return of + table.replace("+", " + ").replace(" + ", " + " if judged else " +\n", 1)


def _legend(figure: Figure, names: list[str], judged: bool) -> None:
    from matplotlib.lines import Line2D

    across, up = figure.get_size_inches()
    lines = [Line2D([], [], linestyle="", markersize=4, label=name, **_look(names, name)) for name in names]
    hollow: dict[str, Any] = {"linestyle": "", "marker": "o", "color": style.SOFT, "markersize": 4}
    if judged:
        lines += [
            Line2D([], [], label="Pareto-optimal", **hollow),
            Line2D([], [], label="dominated", markerfacecolor=style.PAPER, **hollow),
        ]
    figure.legend(handles=lines, loc="upper right", bbox_to_anchor=(1 - 0.05 / across, 1 - 0.22 / up))


class CodingSchemes(RunFigure):
    """Accuracy, energy and latency of the coding schemes of a run."""

    kind = "pareto"
    title = "Coding schemes compared"
    caption = (
        "Energy, latency and, where there are labels, accuracy of each coding scheme; filled marks are Pareto- "
        "optimal: no other result is better in all of them."
    )
    rank = 9
    first_result_only = False

    def applies(self, record: Record, costs: CostComparison) -> bool:
        """Return :func:`suits`."""
        return suits(record, costs)

    def draw(self, record: Record, costs: CostComparison) -> tuple[Figure, DataFrame]:
        """Draw all results of a run."""
        return draw(record, costs)

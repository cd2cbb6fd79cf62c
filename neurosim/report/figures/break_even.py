"""Break-even activity: the energy of the network as a line in its activity, and where it crosses a baseline."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from neurosim.energy.analysis.break_even import BreakEven, break_even
from neurosim.energy.analysis.spike_work import line
from neurosim.energy.cost_comparison import CostComparison
from neurosim.errors import DocumentError
from neurosim.ledger.record import Record
from neurosim.report.data.labels import baseline_name
from neurosim.report.figures.figure import RunFigure
from neurosim.report.figures.layout import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

BASELINES = ("ann_dense", "ann_50", "ann_measured")
COLORS = (style.VERMILION, style.GREEN, style.PURPLE)
TALL, ROW = 1.5, 0.125  # inches of a panel, and of a line of its legend


def suits(record: Record, costs: CostComparison, result: int = 0) -> bool:
    """Whether a result's operations can be split into those of spikes and the rest, and are all priced."""
    return bool(crossings(record, costs, result))


def crossings(record: Record, costs: CostComparison, result: int = 0) -> dict[str, dict[str, BreakEven]]:
    """Return table -> baseline -> break-even, per image; only arithmetic can be split, hence the scope compute."""
    by_table: dict[str, dict[str, BreakEven]] = {}
    if costs.policy.scope != "compute":
        return by_table
    for table, report in costs.results[result].items():
        counts = {charge.op: charge.count for charge in report.charges}
        work = line(record, result, counts)
        for id in BASELINES:
            other = costs.baseline_reports[id].get(table, {}).get("compute")
            if work is None or report.unpriced or other is None or other.unpriced:
                continue
            prices = {charge.op: charge.price for charge in (*other.charges, *report.charges)}
            share = report.images / other.images
            crossing = break_even({charge.op: charge.count * share for charge in other.charges}, work, prices)
            per_image = {
                name: getattr(crossing, name) / report.images for name in ("baseline_pj", "fixed_pj", "per_activity_pj")
            }
            by_table.setdefault(table, {})[id] = dataclasses.replace(crossing, **per_image)
    return by_table


def data(record: Record, costs: CostComparison, result: int = 0) -> DataFrame:
    """Return one row per table and baseline: break-even in spikes per neuron, its band, both lines."""
    from pandas import DataFrame

    own = record.results[result]
    return DataFrame(
        [
            {
                "table": table,
                "baseline": name,
                "break_even": point.activity,
                "break_even_low": point.low,
                "break_even_high": point.high,
                "steps": own.conversion.steps,
                "spikes_per_neuron": own.activity.spikes_per_neuron,
                "baseline_pj": point.baseline_pj,
                "snn_fixed_pj": point.fixed_pj,
                "snn_per_activity_pj": point.per_activity_pj,
            }
            for table, points in crossings(record, costs, result).items()
            for name, point in points.items()
        ]
    )


def draw(record: Record, costs: CostComparison, result: int = 0) -> tuple[Figure, DataFrame]:
    """Draw one panel for each table: the network's line, the baselines and where they cross.

    A DocumentError for a run whose line is not known.
    """
    by_table, own = crossings(record, costs, result), record.results[result]
    from matplotlib.ticker import FuncFormatter

    if not by_table:
        raise DocumentError(
            "figure break_even: needs the scope compute, unit energies for all of its operations, and a neuron model "
            "in which every spike costs one addition for each synapse and one reset"
        )
    head = ROW * (len(BASELINES) + 2) + 0.24
    height = (TALL + head + 0.42) * len(by_table)
    figure = style.sheet(style.ONE_COLUMN, height)
    top = height
    for table, points in by_table.items():
        axes = style.panel(figure, 0.45, top - head - TALL, style.ONE_COLUMN - 0.55, TALL)
        _lines(axes, points, own.activity.spikes_per_neuron, own.conversion.steps)
        unit, size = style.axis_unit(axes.get_ylim()[1], "pJ")
        axes.yaxis.set_major_formatter(FuncFormatter(partial(_scaled, size)))
        axes.set_ylabel(f"energy per image ({unit})")
        across, up = figure.get_size_inches()
        figure.text(0.45 / across, (top - 0.06) / up, f"{table}, {costs.results[result][table].label}", va="top")
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0 + 0.03 / TALL), labelspacing=0.25)
        top -= TALL + head + 0.42
    return figure, data(record, costs, result)


def _lines(axes: Axes, points: Mapping[str, BreakEven], activity: float, steps: int) -> None:
    """Draw over all possible activities, and beyond up to crossings within four times the largest possible one."""
    line = next(iter(points.values()))
    end = 1.08 * max(steps, activity, *(point.activity for point in points.values() if point.activity < 4 * steps))
    axes.plot([0, end], [line.fixed_pj, line.fixed_pj + end * line.per_activity_pj], color=style.BLUE)
    here = line.fixed_pj + activity * line.per_activity_pj
    axes.plot(activity, here, "o", color=style.BLUE, markersize=4, label=f"this run: {activity:.2f} spikes per neuron")
    for (name, point), color in zip(points.items(), COLORS, strict=False):
        axes.plot([0, end], [point.baseline_pj] * 2, color=color, linewidth=0.8)
        low, high = max(point.low, 0.0), min(point.high, end)
        if low < high:
            axes.plot([low, high], [point.baseline_pj] * 2, color=color, linewidth=3, alpha=0.3, solid_capstyle="butt")
        axes.plot(
            point.activity, point.baseline_pj, "D", color=color, markersize=3.5, label=_crossing_label(name, point)
        )
    beyond = f"above {steps}, one spike per time step: impossible"
    axes.axvspan(steps, end, facecolor=style.FAINT, alpha=0.6, linewidth=0, label=beyond)
    axes.set_xlim(0, end)
    axes.set_ylim(0, None)
    axes.set_xlabel("spikes per neuron and image, over all time steps")


def _scaled(size: float, value: float, place: int | None) -> str:
    """Return the mark of a value on an axis in units of ``size``."""
    return f"{value / size:g}"


def _crossing_label(name: str, point: BreakEven) -> str:
    """Return the break-even activity beside a baseline."""
    if point.activity <= 0:
        return f"{baseline_name(name)}: cheaper than an inactive network"
    return f"{baseline_name(name)}: break-even at {point.activity:.2f} ({point.low:.2f} to {point.high:.3g})"


class BreakEvenActivity(RunFigure):
    """The activity at which the network costs as much as a baseline."""

    kind = "break_even"
    title = "Break-even activity"
    caption = (
        "Energy of one image against activity, on a line through this run, beside baseline accelerators at the same "
        "unit energies: where the lines cross, both cost the same; the pale line is the band of the crossing. No "
        "neuron can be more active than the edge of the grey area."
    )
    rank = 8

    def applies(self, record: Record, costs: CostComparison) -> bool:
        """Return :func:`suits`."""
        return suits(record, costs)

    def draw(self, record: Record, costs: CostComparison) -> tuple[Figure, DataFrame]:
        """Draw the first result of a run."""
        return draw(record, costs)

"""Break-even activity: the energy of the spiking network as a line in its activity, and where it meets a baseline."""

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
from neurosim.report.figures.layout import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

BASELINES = ("ann_dense", "ann_50", "ann_measured")
COLORS = (style.VERMILION, style.GREEN, style.PURPLE)
TALL, ROW = 1.5, 0.125  # inches of a panel, and of a line of its legend


def suits(record: Record, bill: CostComparison, result: int = 0) -> bool:
    """Whether a result's operations can be told apart into those of spikes and the others, and are priced in full."""
    return bool(found(record, bill, result))


def found(record: Record, bill: CostComparison, result: int = 0) -> dict[str, dict[str, BreakEven]]:
    """Return table -> baseline -> break-even, per image; arithmetic alone is told apart, so in the scope compute."""
    meetings: dict[str, dict[str, BreakEven]] = {}
    if bill.policy.scope != "compute":
        return meetings
    for table, report in bill.results[result].items():
        counts = {charge.op: charge.count for charge in report.charges}
        work = line(record, result, counts)
        for id in BASELINES:
            other = bill.baseline_reports[id].get(table, {}).get("compute")
            if work is None or report.unpriced or other is None or other.unpriced:
                continue
            prices = {charge.op: charge.price for charge in (*other.charges, *report.charges)}
            share = report.images / other.images
            meeting = break_even({charge.op: charge.count * share for charge in other.charges}, work, prices)
            per_image = {
                name: getattr(meeting, name) / report.images for name in ("baseline_pj", "fixed_pj", "per_activity_pj")
            }
            meetings.setdefault(table, {})[id] = dataclasses.replace(meeting, **per_image)
    return meetings


def data(record: Record, bill: CostComparison, result: int = 0) -> DataFrame:
    """Return one row per table and baseline: break-even in spikes per neuron over all steps, its band, both lines."""
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
            for table, points in found(record, bill, result).items()
            for name, point in points.items()
        ]
    )


def draw(record: Record, bill: CostComparison, result: int = 0) -> tuple[Figure, DataFrame]:
    """Draw one panel for each table: the network's line, the baselines and where they meet.

    A DocumentError for a run whose line is not known.
    """
    meetings, own = found(record, bill, result), record.results[result]
    from matplotlib.ticker import FuncFormatter

    if not meetings:
        raise DocumentError(
            "figure break_even: it wants the scope compute, prices for all of it, and a model of which every spike is "
            "one addition for each synapse and one reset"
        )
    head = ROW * (len(BASELINES) + 2) + 0.24
    height = (TALL + head + 0.42) * len(meetings)
    figure = style.sheet(style.ONE_COLUMN, height)
    top = height
    for table, points in meetings.items():
        axes = style.panel(figure, 0.45, top - head - TALL, style.ONE_COLUMN - 0.55, TALL)
        _lines(axes, points, own.activity.spikes_per_neuron, own.conversion.steps)
        unit, size = style.axis_unit(axes.get_ylim()[1], "pJ")
        axes.yaxis.set_major_formatter(FuncFormatter(partial(_scaled, size)))
        axes.set_ylabel(f"energy per image ({unit})")
        across, up = figure.get_size_inches()
        figure.text(0.45 / across, (top - 0.06) / up, f"{table}, {bill.results[result][table].label}", va="top")
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0 + 0.03 / TALL), labelspacing=0.25)
        top -= TALL + head + 0.42
    return figure, data(record, bill, result)


def _lines(axes, points: Mapping[str, BreakEven], activity: float, steps: int) -> None:
    """Draw over the activities that there can be, and as far beyond as the baselines are met within four times that."""
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
        axes.plot(point.activity, point.baseline_pj, "D", color=color, markersize=3.5, label=_said(name, point))
    beyond = f"beyond {steps}, a spike in every step: impossible"
    axes.axvspan(steps, end, facecolor=style.FAINT, alpha=0.6, linewidth=0, label=beyond)
    axes.set_xlim(0, end)
    axes.set_ylim(0, None)
    axes.set_xlabel("spikes per neuron and image, over all steps")


def _scaled(size: float, value: float, place: int | None) -> str:
    """Return how a value is marked on an axis in units of ``size``."""
    return f"{value / size:g}"


def _said(name: str, point: BreakEven) -> str:
    """Return where a baseline is met, in words."""
    if point.activity <= 0:
        return f"{style.design_name(name)}: cheaper than a network without spikes"
    return f"{style.design_name(name)}: even at {point.activity:.2f} ({point.low:.2f} to {point.high:.3g})"

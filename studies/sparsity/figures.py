"""The figures of docs/sparsity.md, in the form of the papers: accuracy, spikes, energy and latency of every point."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from matplotlib.axes import Axes
from pandas import DataFrame

from neurosim.report.figures.layout import style
from studies.sparsity.points import Point, sparsest

COLOURS = {2: style.SKY, 3: style.ORANGE, 4: style.BLUE, 6: style.GREEN, 8: style.VERMILION}
MARKS = {2: "o", 3: "s", 4: "D", 6: "^", 8: "v"}
SHOWN = 0.05  # of the accuracy; what has lost more is below the axis
SPLIT = 4.0  # the place of coefficient 0 on a logarithmic axis: this much below the least


def draw(curves: dict[int, list[Point]], folder: Path, name: str) -> None:
    """Draw four panels into ``folder`` as PDF, PNG and CSV, one curve for each T."""
    with style.paper():
        figure = style.sheet(style.TWO_COLUMNS, 5.0)
        places = [(0.5, 2.9), (4.1, 2.9), (0.5, 0.4), (4.1, 0.4)]
        accuracy, spikes, energy, latency = (style.panel(figure, *place, 2.85, 1.75) for place in places)
        swept = sorted({point.coefficient for curve in curves.values() for point in curve} - {0.0})
        zero = swept[0] / SPLIT if swept else 1.0
        for steps, curve in curves.items():
            look = {"color": COLOURS[steps], "marker": MARKS[steps], "ms": 3, "label": f"T = {steps}"}
            right = [100 * point.accuracy for point in curve]
            fired = [point.spikes_per_neuron for point in curve]
            accuracy.plot(fired, right, **look)
            energy.plot(right, [point.noc_pj for point in curve], **look)
            spikes.plot([point.coefficient or zero for point in curve], fired, **look)
        _accuracies(accuracy, energy, curves)
        _spikes(spikes, curves, {zero: "0", **{coefficient: f"{coefficient:g}" for coefficient in swept}})
        _latencies(latency, curves)
        figure.legend(
            *accuracy.get_legend_handles_labels(),
            loc="upper left",
            bbox_to_anchor=(0.06, 0.995),
            ncols=5,
            handlelength=2,
        )
        rows = [dataclasses.asdict(point) for curve in curves.values() for point in curve]
        style.save(figure, DataFrame(rows), folder, f"{name}_means")


def _accuracies(accuracy: Axes, energy: Axes, curves: dict[int, list[Point]]) -> None:
    """Set the axes of what is drawn with accuracies, which leave out those that have collapsed."""
    shares = [100 * point.accuracy for curve in curves.values() for point in curve]
    least = max(min(shares), max(shares) - 100 * SHOWN) - 0.3
    accuracy.set_ylim(least, max(shares) + 0.3)
    accuracy.set_xlim(left=0)
    accuracy.set_xlabel("spikes per neuron, over all T steps")
    accuracy.set_ylabel("right, of all images held back (%)")
    accuracy.set_title("accuracy against spikes")
    accuracy.grid(axis="y")
    energy.set_xlim(least, max(shares) + 0.3)
    unit, size = style.axis_unit(max(point.noc_pj for curve in curves.values() for point in curve), "pJ")
    energy.yaxis.set_major_formatter(lambda value, place: f"{value / size:g}")
    energy.set_ylim(bottom=0)
    energy.set_xlabel("right, of all images held back (%)")
    energy.set_ylabel(f"energy of one image ({unit})")
    energy.set_title("energy (compute, memory and mesh) against accuracy")
    energy.grid(axis="y")


def _spikes(spikes: Axes, curves: dict[int, list[Point]], ticks: dict[float, str]) -> None:
    spikes.set_xscale("log")
    spikes.set_yscale("log")
    spikes.set_xticks(list(ticks), list(ticks.values()))
    fired = [point.spikes_per_neuron for curve in curves.values() for point in curve]
    marks = [mark for mark in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2) if min(fired) / 1.5 <= mark <= 1.5 * max(fired)]
    spikes.set_yticks(marks, [f"{mark:g}" for mark in marks])
    spikes.minorticks_off()
    spikes.set_xlabel("coefficient of the penalty")
    spikes.set_ylabel("spikes per neuron")
    spikes.set_title("spikes against the coefficient")
    spikes.grid(axis="y")


def _latencies(latency: Axes, curves: dict[int, list[Point]]) -> None:
    """Draw the latency against T, of three points of each curve."""
    chosen = {
        "no penalty": (style.INK, "o", {steps: curve[0] for steps, curve in curves.items()}),
        "fewest spikes within 0.2 %": (style.BLUE, "D", _of_all(curves, 0.002)),
        "within 1 %": (style.VERMILION, "v", _of_all(curves, 0.01)),
    }
    largest = max(point.latency_ticks for _, _, points in chosen.values() for point in points.values())
    unit, size = style.tick_unit(largest, "cycles")
    for label, (colour, mark, points) in chosen.items():
        ticks = [point.latency_ticks / size for point in points.values()]
        latency.plot(list(points), ticks, color=colour, marker=mark, ms=3, label=label)
    latency.set_xticks(list(curves))
    latency.set_ylim(0, 1.3 * largest / size)  # above the curves is the legend
    latency.set_xlabel("time steps T")
    latency.set_ylabel(f"latency of one image ({unit})")
    latency.set_title("latency against T")
    latency.grid(axis="y")
    latency.legend(loc="upper left", handlelength=2)


def _of_all(curves: dict[int, list[Point]], loss: float) -> dict[int, Point]:
    """Return the sparsest point of every T that was swept."""
    return {steps: sparsest(curve, loss) for steps, curve in curves.items() if len(curve) > 1}

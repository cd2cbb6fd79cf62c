"""Break-even activity: the energy of the spiking network as a line in its activity, and where it meets a baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from neurosim.energy.breakeven import BreakEven
from neurosim.report.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def data(found: Mapping[str, BreakEven]) -> DataFrame:
    """Return one row per baseline: the break-even in spikes per neuron over all steps, its range, and the two lines."""
    from pandas import DataFrame

    return DataFrame(
        [
            {
                "baseline": name,
                "break_even": point.activity,
                "break_even_low": point.low,
                "break_even_high": point.high,
                "baseline_pj": point.baseline_pj,
                "snn_fixed_pj": point.fixed_pj,
                "snn_per_activity_pj": point.per_activity_pj,
            }
            for name, point in found.items()
        ]
    )


def draw(found: Mapping[str, BreakEven], label: str, activity: float, steps: int) -> tuple[Figure, DataFrame]:
    """Draw the network's line, the baselines and where they meet.

    ``label`` is the scope in words, ``activity`` that of the run, in spikes per neuron over all ``steps`` steps, beyond
    which no neuron can go.
    """
    figure = style.sheet(style.ONE_COLUMN, 2.3)
    axes = style.panel(figure, 0.45, 0.36, style.ONE_COLUMN - 0.55, 1.72)
    line = next(iter(found.values()))
    end = 1.12 * max(steps, *(point.activity for point in found.values() if point.activity < 4 * steps), activity)
    unit, size = style.axis_unit(
        max(line.fixed_pj + end * line.per_activity_pj, *(point.baseline_pj for point in found.values())), "pJ"
    )
    axes.axvspan(steps, end, facecolor=style.FAINT, alpha=0.6, linewidth=0)
    axes.text(steps, 1.01, f" beyond {steps}: impossible", transform=axes.get_xaxis_transform(), color=style.SOFT,
              fontsize=style.SMALL_FONT)  # fmt: skip
    ends = [line.fixed_pj / size, (line.fixed_pj + end * line.per_activity_pj) / size]
    axes.plot([0, end], ends, color=style.BLUE)
    axes.plot(activity, (line.fixed_pj + activity * line.per_activity_pj) / size, "o", color=style.BLUE, markersize=4)
    axes.annotate(
        f"this run, {activity:.2f}", (activity, (line.fixed_pj + activity * line.per_activity_pj) / size), (6, -3),
        textcoords="offset points", color=style.BLUE,
    )  # fmt: skip
    for (name, point), color in zip(
        found.items(), (style.VERMILION, style.GREEN, style.PURPLE, style.ORANGE, style.INK), strict=False
    ):
        level = point.baseline_pj / size
        axes.plot([0, end], [level, level], color=color, linewidth=0.8)
        found_at = f"{style.design_name(name)}: {point.activity:.2f}" if point.activity > 0 else style.design_name(name)
        left = point.activity > end / 2
        axes.annotate(
            found_at, (0 if left else end, level), (3 if left else 0, 2.5), textcoords="offset points", color=color,
            ha="left" if left else "right",
        )  # fmt: skip
        if 0 < point.activity < end:
            axes.plot([point.low, min(point.high, end)], [level, level], color=color, linewidth=3, alpha=0.3,
                      solid_capstyle="butt")  # fmt: skip
            axes.plot(point.activity, level, "D", color=color, markersize=3.5)
    axes.set_xlim(0, end)
    axes.set_ylim(0, None)
    axes.set_xlabel("spikes per neuron and image, over all steps")
    axes.set_ylabel(f"energy per image, {label} ({unit})")
    return figure, data(found)

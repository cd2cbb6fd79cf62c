"""The pictures of the reproduction page, drawn as those of a run are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.files.energy_tables.energy_table import read_table
from neurosim.reproduce.models import single_spike, staggered
from neurosim.reproduce.models.printed_energy import PARTS, PrintedEnergy
from neurosim.reproduce.models.size import TITLES, size_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Sheet

ROW = 0.19  # inches of a bar and its gap


@dataclass(frozen=True)
class PaperFigure:
    """The function that draws it, its paper and chapter, and its caption."""

    draw: Callable[[], Sheet]
    paper: str
    chapter: str
    caption: str


def write_figures(folder: Path, papers: Sequence[str]) -> list[Path]:
    """Draw the figures of these papers as PNG into a folder; return their paths.

    The same numbers give the same bytes.
    """
    from neurosim.report.figures.layout import style

    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in FIGURES.items():
        if figure.paper in papers:
            with style.paper():
                paths.append(folder / f"{name}.png")
                figure.draw().savefig(paths[-1], metadata={"Software": None}, dpi=style.DOTS_PER_INCH)
    return paths


def energy_by_operation() -> Sheet:
    """Draw the shares of the energy by operation, three networks at 8 and at 32 bit."""
    from neurosim.report.figures.layout import style

    colors = {**style.PART_COLORS, "first layer": style.VERMILION, "initial add": style.SKY}
    works = [PrintedEnergy(size_of(name), 4, 0.25) for name in TITLES]
    width, height, left = style.ONE_COLUMN, 1.98, 0.95
    figure = style.sheet(width, height)
    axes = style.panel(figure, left, 0.36, width - left - 0.16, 2 * len(works) * ROW + 0.1)
    rows = [(bits, work) for bits in (8, 32) for work in works]
    places = [-row * ROW - (0.1 if row >= len(works) else 0) for row in range(len(rows))]
    for place, (bits, work) in zip(places, rows, strict=True):
        start, shares = 0.0, work.shares(read_table(f"datta2023_45nm_int{bits}"))
        for part in PARTS:
            axes.barh(place, shares[part], 0.72 * ROW, left=start, color=colors[part], label=part, linewidth=0)
            if shares[part] > 6:
                axes.text(start + shares[part] / 2, place, f"{shares[part]:.1f}", color=style.PAPER, ha="center",
                          va="center_baseline", fontsize=style.SMALL_FONT)  # fmt: skip
            start += shares[part]
    axes.set_yticks(places, [f"{work.size.title}, {bits} bit" for bits, work in rows])
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 100)
    axes.set_ylim(places[-1] - ROW / 2, places[0] + ROW / 2)
    axes.set_xlabel("energy per image, compute only (%)")
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles[: len(PARTS)], labels[: len(PARTS)], loc="upper left", bbox_to_anchor=(0.08, 0.985), ncols=3)
    return figure


def error_by_base() -> Sheet:
    """Draw the error of one spike against the base, for several T."""
    from neurosim.report.figures.layout import style

    figure = style.sheet(style.ONE_COLUMN, 2.1)
    axes = style.panel(figure, 0.5, 0.36, style.ONE_COLUMN - 0.62, 1.62)
    bases, lines = [1.03 + 0.005 * step for step in range(195)], {"best base": style.INK}
    for steps, color in zip((4, 8, 16, 24), (style.VERMILION, style.ORANGE, style.GREEN, style.BLUE), strict=True):
        errors = [single_spike.mean_square_error(base, steps) ** 0.5 for base in bases]
        best = single_spike.optimal_base(steps)
        lowest = single_spike.mean_square_error(best, steps) ** 0.5
        axes.plot(bases, errors, color=color)
        axes.plot(best, lowest, "o", color=color, markersize=3.5)
        lines[f"T = {steps}: {best:.3f}"] = color
    axes.set_xlim(1, 2)
    axes.set_ylim(0, 0.2)
    _key(axes, lines)
    axes.set_xlabel("base Q")
    axes.set_ylabel("root mean square error")
    return figure


def noise_spikes() -> Sheet:
    """Draw the wrong neurons against the waiting time."""
    from neurosim.report.figures.layout import style

    figure = style.sheet(style.ONE_COLUMN, 1.9)
    axes = style.panel(figure, 0.45, 0.36, style.ONE_COLUMN - 0.57, 1.42)
    waits = range(8)
    colors = dict(zip(single_spike.GUARD_BITS, (style.BLUE, style.GREEN, style.VERMILION), strict=True))
    for base, color in colors.items():
        wrong = [single_spike.wrong(base, 8, wait) for wait in waits]
        axes.plot(waits, wrong, "o-", color=color, markersize=3)
    axes.set_ylim(0, None)
    _key(axes, {f"Q = {float(base):g}": color for base, color in reversed(colors.items())})
    axes.set_xlabel("wait W (steps), T = 8")
    axes.set_ylabel("wrong neurons (%)")
    return figure


def error_by_members() -> Sheet:
    """Draw the error of three layers against tau, for several T."""
    from neurosim.report.figures.layout import style

    figure = style.sheet(style.ONE_COLUMN, 1.9)
    axes = style.panel(figure, 0.5, 0.36, style.ONE_COLUMN - 1.0, 1.42)
    taus = (1, 2, 4, 8, 16)
    for steps, color in zip((1, 2, 4), (style.VERMILION, style.GREEN, style.BLUE), strict=True):
        errors = [100 * staggered.network_error(staggered.rate(tau), steps) for tau in taus]
        axes.loglog(taus, errors, "o-", color=color, markersize=3)
        axes.annotate(f"T = {steps}", (taus[-1], errors[-1]), (5, -2), textcoords="offset points", color=color)
    axes.set_xticks(taus, [str(tau) for tau in taus])
    axes.set_yticks((0.3, 1, 3, 10), ("0.3", "1", "3", "10"))
    axes.minorticks_off()
    axes.set_xlabel("members of a group, tau")
    axes.set_ylabel("mean error (% of clip value)")
    return figure


def _key(axes: Axes, lines: dict[str, str]) -> None:
    """Write coloured lines into the upper right corner, one below the other."""
    for number, (line, color) in enumerate(lines.items()):
        axes.annotate(line, (0.74, 0.98), (0, -9.5 * number), xycoords="axes fraction", textcoords="offset points",
                      color=color, va="top")  # fmt: skip


FIGURES = {
    "energy_by_operation": PaperFigure(
        energy_by_operation, "datta2023", "Sizes and energy by operation",
        "Energy by operation, T = 4, 0.25 spikes per neuron over all steps, in the manner of Fig. 4(a). First layer: "
        "its products and their additions. Initial add: bias and rounding.",
    ),
    "error_by_base": PaperFigure(
        error_by_base, "onespike2024", "One spike for a number",
        "Error of one spike against its base, numbers spread evenly over [0, 1]; points mark the best base.",
    ),
    "noise_spikes": PaperFigure(
        noise_spikes, "onespike2024", "Firing before all input is in",
        "Neurons that differ from the single-spike ANN; none from W = T - 1 on.",
    ),
    "error_by_members": PaperFigure(
        error_by_members, "groupneurons2024", "Error of three layers",
        "Mean error of the last of three random layers against clipped ReLU.",
    ),
}  # fmt: skip

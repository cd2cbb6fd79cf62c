"""The figures of docs/third_party.md: accuracy against steps, against the wait, and against what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas
from matplotlib.axes import Axes

from neurosim.report.figures.layout import style

Row = dict[str, str]
Rows = Mapping[str, list[Row]]

COLOURS = {
    "accumulate_fire": style.BLUE,
    "group": style.SKY,
    "one_spike 2": style.ORANGE,
    "one_spike 3/2": style.VERMILION,
    "one_spike 5/4": style.PURPLE,
    "if_soft": style.GREEN,
    "if_hard": style.SOFT,
    "if_qcfs": style.BLACK,
}
PANELS = (0.42, 4.02)  # inches from the left; the legend of a panel stands to its right
MARKS = {"100": "o", "99.9": "s", "99": "^"}


def draw(rows: Rows, images: int, folder: Path) -> None:
    """Draw both figures into ``folder`` as PDF, PNG and CSV, from the stored rows of each group."""
    reference = 100 * next(int(row["correct"]) for row in rows["float"] if int(row["images"]) == images) / images
    with style.paper():
        _accuracy(rows, reference, images, folder)
        _cost(rows, reference, images, folder)


def _accuracy(rows: Rows, reference: float, images: int, folder: Path) -> None:
    figure = style.sheet(style.TWO_COLUMNS, 3.1)
    codes, rates = (style.panel(figure, left, 0.45, 2.1, 2.35) for left in PANELS)
    _line(codes, _chosen(rows["codes"], "accumulate_fire", "100", "channel"), "accumulate_fire", "accumulate_fire")
    single = [row for row in rows["codes"] if row["model"].startswith("group") and row["steps"] == "1"]
    for row in single:
        codes.plot(1, _right(row), "D", color=style.SKY, ms=3, label="group, its tau" if row is single[0] else None)
        codes.annotate(
            row["model"].split()[1],
            (1, _right(row)),
            (5, 1 if row is single[-1] else -4),
            textcoords="offset points",
            fontsize=6,
        )
    for base in ("2", "3/2", "5/4"):
        model = f"one_spike {base}"
        _line(codes, _chosen(rows["one_spike"], model, "100", "channel"), model, model)
        bare = _chosen(rows["one_spike"], f"{model} unshifted", "100", "channel")
        _line(codes, bare, model, "without shift" if base == "5/4" else None, ls=":", mfc="white")
    codes.set_title("codes; clip values: maximum of each channel")
    for model in ("if_qcfs", "if_soft", "if_hard"):
        for percentile, mark in MARKS.items():
            found = _chosen(rows["rates"], model, percentile, "layer")
            if found:
                what = "maximum" if percentile == "100" else f"{percentile} %"
                dashes = {"100": "--", "99.9": "-", "99": ":"}[percentile]
                _line(rates, found, model, f"{model}, {what}", ls=dashes, marker=mark)
    rates.set_title("rates; clip values: one for each layer")
    for axes, least, most in ((codes, 1, 16), (rates, 4, 32)):
        _frame(axes, reference, images)
        axes.set_xscale("log", base=2)
        ticks = [steps for steps in (1, 2, 4, 8, 16, 32) if least <= steps <= most]
        axes.set_xticks(ticks, [str(steps) for steps in ticks])
        axes.set_xlabel("time steps T")
    drawn = pandas.DataFrame([row for name in ("codes", "one_spike", "rates") for row in rows[name]])
    style.save(figure, drawn.drop(columns=["wait"]), folder, "accuracy")


def _cost(rows: Rows, reference: float, images: int, folder: Path) -> None:
    figure = style.sheet(style.TWO_COLUMNS, 3.1)
    waits, costs = (style.panel(figure, left, 0.45, 2.1, 2.35) for left in PANELS)
    for base in ("2", "3/2", "5/4"):
        model = f"one_spike {base}"
        steps = next(row["steps"] for row in rows["waits"] if row["model"] == model)
        whole = [row for row in _chosen(rows["one_spike"], model, "100", "channel") if row["steps"] == steps]
        found = sorted([*_chosen(rows["waits"], model, "100", "channel"), *whole], key=lambda row: int(row["wait"]))
        x = [int(row["wait"]) / (int(steps) - 1) for row in found]
        waits.plot(x, list(map(_right, found)), "o-", color=COLOURS[model], ms=3, label=f"{model}, T = {steps}")
    waits.set_xlabel("wait W as a share of T - 1")
    waits.set_title("firing before all input is there")
    seen = set()
    for row in (row for name in ("codes", "one_spike", "rates") for row in rows[name]):
        series = "group" if row["model"].startswith("group") else row["model"]
        if series.endswith("unshifted"):
            continue
        label = None if series in seen else series
        seen.add(series)
        x = int(row["additions"]) / 1e6
        costs.plot(x, _right(row), "o", color=COLOURS[series], ms=3.2, mew=0, alpha=0.8, label=label)
    costs.set_xscale("log")
    ticks = [2, 5, 10, 20, 50, 100]
    costs.set_xticks(ticks, [str(tick) for tick in ticks])
    costs.minorticks_off()
    costs.set_xlabel("synaptic additions per image (millions)")
    costs.set_title("every case measured")
    for axes in (waits, costs):
        _frame(axes, reference, images)
    drawn = pandas.DataFrame([row for name in ("waits", "codes", "one_spike", "rates") for row in rows[name]])
    style.save(figure, drawn, folder, "cost")


def _chosen(rows: list[Row], model: str, percentile: str, by: str) -> list[Row]:
    return [row for row in rows if (row["model"], row["percentile"], row["by"]) == (model, percentile, by)]


def _right(row: Row) -> float:
    return 100 * int(row["correct"]) / int(row["images"])


def _line(axes: Axes, rows: list[Row], series: str, label: str | None, **options: Any) -> None:
    how = {"marker": "o", "ms": 3, "color": COLOURS[series], "label": label} | options
    axes.plot([int(row["steps"]) for row in rows], list(map(_right, rows)), **how)


def _frame(axes: Axes, reference: float, images: int) -> None:
    axes.set_ylim(0, 90)
    axes.grid(axis="y")
    axes.axhline(reference, color=style.INK, lw=0.6, ls=(0, (4, 3)))
    axes.annotate(
        f"float ReLU, {reference:.1f} %", (0.12, reference), (3, 3), xycoords=("axes fraction", "data"),
        textcoords="offset points", fontsize=style.SMALL_FONT,
    )  # fmt: skip
    axes.set_ylabel(f"right, of the first {images} test images (%)")
    axes.legend(loc="upper left", fontsize=style.SMALL_FONT, bbox_to_anchor=(1.04, 1))

"""Energy of the spiking network beside its baseline accelerators, and the breakdown of each.

Energies differ by a factor of ten and more, and a bar on a logarithmic axis has no zero to start from; so they are
points with bands, and the breakdown is drawn as shares.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from neurosim import units
from neurosim.energy.cost_comparison import CostComparison
from neurosim.energy.pricing.energy_report import EnergyReport
from neurosim.ledger.record import Record
from neurosim.report.data.breakdown import energy_by_part, in_order
from neurosim.report.data.labels import baseline_name
from neurosim.report.figures.figure import RunFigure
from neurosim.report.figures.layout import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

ROW = 0.17
UNDER = 0.38  # inches below the rows of a table: ticks and label
OVER = 0.22
NARROW = 12  # largest over smallest; a logarithmic axis needs more than a decade


def data(record: Record, costs: CostComparison) -> DataFrame:
    """Return one row per table and design, in pJ per image; a column ``share_PART`` for each part of it.

    ``over_snn`` is the ratio to the first result, with its band at shared prices. Results that differ only
    in the schedule cost the same in the scope compute and share one row.
    """
    from pandas import DataFrame

    rows = []
    for table in costs.results[0]:
        ratios = costs.ratios.get(table, {})
        for name, kind, report in _designs(record, costs, table):
            ratio = ratios.get(f"{name}_over_snn")
            shares = energy_by_part(report.by_op)
            whole = report.partial_pj or 1.0
            rows.append(
                {
                    "table": table,
                    "scope": report.policy.scope,
                    "design": name,
                    "kind": kind,
                    "energy_pj": report.pj,
                    "low_pj": report.low_pj,
                    "high_pj": report.high_pj,
                    "over_snn": ratio.value if ratio else None,
                    "over_snn_low": ratio.low if ratio else None,
                    "over_snn_high": ratio.high if ratio else None,
                    **{f"share_{part}": pj / whole for part, pj in shares.items()},
                }
            )
    return DataFrame(rows)


def draw(record: Record, costs: CostComparison) -> tuple[Figure, DataFrame]:
    """Draw every result and baseline; one that a table cannot price in full is named and left blank."""
    frame = data(record, costs)
    tables = list(dict.fromkeys(frame["table"]))
    parts = in_order(column.removeprefix("share_") for column in frame.columns if column.startswith("share_"))
    names = style.text_width(map(baseline_name, frame["design"])) + 0.12
    heights = [ROW * int((frame["table"] == table).sum()) for table in tables]
    head = 0.04 + 0.16 * -(-len(parts) // 8)
    height = head + sum(heights) + (OVER + UNDER) * len(tables)
    figure = style.sheet(style.TWO_COLUMNS, height)
    top = height - head
    room = style.TWO_COLUMNS - names - 1.25
    for table, tall in zip(tables, heights, strict=True):
        rows = frame[frame["table"] == table].reset_index(drop=True)
        points = style.panel(figure, names, top - OVER - tall, room * 0.52, tall)
        breakdown = style.panel(figure, names + room * 0.52 + 1.08, top - OVER - tall, room * 0.48, tall)
        _points(points, rows, costs.results[0][table], table)
        _shares(breakdown, rows, parts)
        top -= tall + OVER + UNDER
    style.legend(figure, parts, names, height - 0.05)
    return figure, frame


def _points(axes: Axes, rows: DataFrame, report: EnergyReport, table: str) -> None:
    """Draw each energy as a point with its band and its ratio to the first result."""
    from pandas import isna

    known = rows.dropna(subset=["energy_pj"])
    unit, size = style.axis_unit(known["energy_pj"].max() if len(known) else 1.0, "pJ")
    for place, (_, row) in enumerate(rows.iterrows()):
        color = style.VERMILION if row["kind"] == "result" else style.INK
        if isna(row["energy_pj"]):
            axes.text(
                0.02, place, "not fully priced", transform=axes.get_yaxis_transform(), va="center", color=style.SOFT
            )
            continue
        axes.plot([row["low_pj"] / size, row["high_pj"] / size], [place] * 2, color=color, linewidth=2.2, alpha=0.28,
                  solid_capstyle="butt")  # fmt: skip
        axes.plot(row["energy_pj"] / size, place, "o", color=color, markersize=3.5)
        text = units.format_quantity(row["energy_pj"], "pJ", 3)
        if not isna(row["over_snn"]):
            text += f"  {row['over_snn']:.3g}x"
        axes.text(1.02, place, text, transform=axes.get_yaxis_transform(), va="center", color=color)
    if len(known) and known["high_pj"].max() > NARROW * known["low_pj"].min() > 0:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.xaxis.set_minor_formatter(lambda value, _: "")
    else:
        axes.set_xlim(left=0)
    axes.set_yticks(range(len(rows)), map(baseline_name, rows["design"]))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.grid(True)
    axes.set_xlabel(style.energy_axis(report, unit) + ", with band")
    axes.set_title(table)


def _shares(axes: Axes, rows: DataFrame, parts: Sequence[str]) -> None:
    """Draw the breakdown of each energy as a bar of 100 %."""
    left = [0.0] * len(rows)
    for part in parts:
        if f"share_{part}" in rows:
            widths = (100 * rows[f"share_{part}"].where(rows["energy_pj"].notna(), 0.0).fillna(0.0)).tolist()
            axes.barh(range(len(rows)), widths, 0.72, left=left, color=style.PART_COLORS.get(part, style.SOFT))
            left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.set_xlim(0, 100)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("energy breakdown (%)")


def _designs(record: Record, costs: CostComparison, table: str) -> Iterator[tuple[str, str, EnergyReport]]:
    """Yield the name, the kind and the energy of each result and each baseline by one table."""
    seen: set[tuple[object, ...]] = set()
    for number, result in enumerate(record.results):
        report = costs.results[number][table]
        key = (result.conversion, report.pj, tuple(report.by_op.items()))
        if key not in seen:
            seen.add(key)
            schedules = {other.schedule for other in record.results if other.conversion == result.conversion}
            same = costs.policy.scope == "compute" or len(schedules) == 1
            yield (
                (f"SNN {result.conversion.kind} T={result.conversion.steps}" if same else result.name),
                "result",
                report,
            )
    for id, by_table in costs.baseline_reports.items():
        for dataflow, report in by_table.get(table, {}).items():
            yield (id if dataflow == "compute" else f"{id}_{dataflow}"), "baseline", report


class EnergyAgainstBaselines(RunFigure):
    """Energy of each result beside the baseline accelerators, and its breakdown."""

    kind = "energy_against_baselines"
    title = "Energy against baseline accelerators"
    caption = (
        "Left, the energy of one image with its uncertainty band: results of this run in red, the same layers on "
        "baseline accelerators at the same unit energies in black, with their ratio to the first result. Right, the "
        "energy breakdown."
    )
    rank = 2
    first_result_only = False

    def draw(self, record: Record, costs: CostComparison) -> tuple[Figure, DataFrame]:
        """Draw all results of a run."""
        return draw(record, costs)

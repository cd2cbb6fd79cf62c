"""Energy of the spiking network beside its baselines: how much on the left, made of what on the right.

Designs lie a factor of ten and more apart and a bar on a logarithmic axis has no zero to start from, so the energies
are points with their bands, and what they are made of is shown as shares.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from neurosim import units
from neurosim.energy.cost_comparison import CostComparison
from neurosim.energy.pricing.energy_report import EnergyReport
from neurosim.ledger.record import Record
from neurosim.report.data.breakdown import energy_by_part, in_order
from neurosim.report.figures.layout import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

ROW = 0.17
UNDER = 0.38  # inches below the rows of a table: ticks and label
OVER = 0.22
NARROW = 12  # from the least to the most; a logarithmic axis needs more than a decade to be read


def data(record: Record, bill: CostComparison) -> DataFrame:
    """Return one row per table and design, in pJ per image; a column ``share_PART`` for what it is made of.

    ``over_snn`` is the ratio to the first result, with its band at shared prices. Results that differ in the schedule
    alone cost the same in scope compute and stand in one row.
    """
    from pandas import DataFrame

    rows = []
    for table in bill.results[0]:
        ratios = bill.ratios.get(table, {})
        for name, kind, report in _designs(record, bill, table):
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


def draw(record: Record, bill: CostComparison) -> tuple[Figure, DataFrame]:
    """Draw every result and baseline; a design that some table cannot price in full is named and left blank."""
    found = data(record, bill)
    tables = list(dict.fromkeys(found["table"]))
    parts = in_order(column.removeprefix("share_") for column in found.columns if column.startswith("share_"))
    names = style.text_width(map(style.design_name, found["design"])) + 0.12
    heights = [ROW * int((found["table"] == table).sum()) for table in tables]
    head = 0.04 + 0.16 * -(-len(parts) // 8)
    height = head + sum(heights) + (OVER + UNDER) * len(tables)
    figure = style.sheet(style.TWO_COLUMNS, height)
    top = height - head
    room = style.TWO_COLUMNS - names - 1.25
    for table, tall in zip(tables, heights, strict=True):
        rows = found[found["table"] == table].reset_index(drop=True)
        points = style.panel(figure, names, top - OVER - tall, room * 0.52, tall)
        made_of = style.panel(figure, names + room * 0.52 + 1.08, top - OVER - tall, room * 0.48, tall)
        _points(points, rows, bill.results[0][table], table)
        _shares(made_of, rows, parts)
        top -= tall + OVER + UNDER
    style.legend(figure, parts, names, height - 0.05)
    return figure, found


def _points(axes, rows, report: EnergyReport, table: str) -> None:
    from pandas import isna

    known = rows.dropna(subset=["energy_pj"])
    unit, size = style.axis_unit(known["energy_pj"].max() if len(known) else 1.0, "pJ")
    for place, row in rows.iterrows():
        color = style.VERMILION if row["kind"] == "result" else style.INK
        if isna(row["energy_pj"]):
            axes.text(
                0.02, place, "not priced in full", transform=axes.get_yaxis_transform(), va="center", color=style.SOFT
            )
            continue
        axes.plot([row["low_pj"] / size, row["high_pj"] / size], [place] * 2, color=color, linewidth=2.2, alpha=0.28,
                  solid_capstyle="butt")  # fmt: skip
        axes.plot(row["energy_pj"] / size, place, "o", color=color, markersize=3.5)
        text = units.format_quantity(row["energy_pj"], "pJ", 3)
        if not isna(row["over_snn"]):
            text += f"  {row['over_snn']:.3g} ×"
        axes.text(1.02, place, text, transform=axes.get_yaxis_transform(), va="center", color=color)
    if len(known) and known["high_pj"].max() > NARROW * known["low_pj"].min() > 0:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.xaxis.set_minor_formatter(lambda value, _: "")
    else:
        axes.set_xlim(left=0)
    axes.set_yticks(range(len(rows)), map(style.design_name, rows["design"]))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.grid(True)
    axes.set_xlabel(style.energy_axis(report, unit) + ", with band")
    axes.set_title(table)


def _shares(axes, rows, parts) -> None:
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
    axes.set_xlabel("share of its energy (%)")


def _designs(record: Record, bill: CostComparison, table: str) -> Iterator[tuple[str, str, EnergyReport]]:
    seen: dict[tuple, int] = {}
    for number, result in enumerate(record.results):
        report = bill.results[number][table]
        key = (result.conversion, report.pj, tuple(report.by_op.items()))
        if key not in seen:
            seen[key] = number
            schedules = {other.schedule for other in record.results if other.conversion == result.conversion}
            same = bill.policy.scope == "compute" or len(schedules) == 1
            yield (
                (f"SNN {result.conversion.kind} T={result.conversion.steps}" if same else result.name),
                "result",
                report,
            )
    for id, by_table in bill.baseline_reports.items():
        for dataflow, report in by_table.get(table, {}).items():
            yield (id if dataflow == "compute" else f"{id}_{dataflow}"), "baseline", report

"""Sensitivity to unit energies: each bar is how far the energy moves over the band of one unit energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim.energy.analysis import sensitivity
from neurosim.energy.cost_comparison import CostComparison
from neurosim.energy.pricing.energy_report import EnergyReport
from neurosim.ledger.record import Record
from neurosim.report.data.labels import evidence_label
from neurosim.report.figures.figure import RunFigure
from neurosim.report.figures.layout import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

ROW = 0.2
MOST = 12  # bars of one table; further ones are in the data only


def data(record: Record, costs: CostComparison, result: int = 0) -> DataFrame:
    """Return one row per table and operation: the energy per image with its unit energy at the low and the high end."""
    from pandas import DataFrame

    rows = []
    for table, report in costs.results[result].items():
        for bar in sensitivity.tornado(report):
            whole = report.partial_pj
            rows.append(
                {
                    "table": table,
                    "scope": report.policy.scope,
                    "op": bar.op,
                    "energy_low_pj": whole - bar.pj + bar.low_pj,
                    "energy_pj": whole,
                    "energy_high_pj": whole - bar.pj + bar.high_pj,
                    "swing_pj": bar.swing_pj,
                    "elasticity": bar.elasticity,
                    "evidence": bar.evidence,
                    "source": bar.source,
                }
            )
    return DataFrame(rows)


def draw(record: Record, costs: CostComparison, result: int = 0) -> tuple[Figure, DataFrame]:
    """Draw one panel for each table, its operations from the widest bar to the narrowest."""
    frame = data(record, costs, result)
    tables = list(dict.fromkeys(frame["table"]))
    counts = [min(int((frame["table"] == table).sum()), MOST) for table in tables]
    margin = style.text_width(f"{op}" for op in frame["op"]) * 0.9 + 0.1
    height = sum(counts) * ROW + 0.62 * len(tables) + 0.05
    figure = style.sheet(style.ONE_COLUMN, height)
    top = height - 0.05
    for table, count in zip(tables, counts, strict=True):
        axes = style.panel(figure, margin, top - 0.2 - ROW * count, style.ONE_COLUMN - margin - 0.12, ROW * count)
        rows = frame[frame["table"] == table].head(MOST).reset_index(drop=True)
        _bars(axes, rows, costs.results[result][table], table)
        top -= ROW * count + 0.62
    return figure, frame


def _bars(axes: Axes, rows: DataFrame, report: EnergyReport, table: str) -> None:
    """Draw the bars of one table around the energy of the whole."""
    unit, size = style.axis_unit(rows["energy_high_pj"].max(), "pJ")
    whole = rows["energy_pj"].iloc[0] / size
    for place, (_, row) in enumerate(rows.iterrows()):
        low, high = row["energy_low_pj"] / size, row["energy_high_pj"] / size
        axes.barh(place, whole - low, 0.66, left=low, color=style.SKY)
        axes.barh(place, high - whole, 0.66, left=whole, color=style.ORANGE)
        text = f"{evidence_label(row['evidence'])}, {100 * row['elasticity']:.1f} %"
        axes.annotate(text, (high, place), (3, 0), textcoords="offset points", va="center", color=style.SOFT)
    axes.axvline(whole, color=style.INK, linewidth=0.6)
    reach = rows["energy_high_pj"].max() / size
    start = rows["energy_low_pj"].min() / size
    axes.set_xlim(max(0.0, start - 0.04 * (reach - start)), reach + 0.55 * (reach - start or 1.0))
    axes.set_yticks(range(len(rows)), rows["op"].str.replace("_", " "))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(style.energy_axis(report, unit))
    axes.set_title(table)


class UnitEnergySensitivity(RunFigure):
    """How far the energy moves over the band of each unit energy."""

    kind = "tornado"
    title = "Sensitivity to unit energies"
    caption = (
        "How far the energy of one image moves when one unit energy goes from the low to the high end of its band; "
        "beside each bar, the evidence for the unit energy and its share of the total."
    )
    rank = 7

    def draw(self, record: Record, costs: CostComparison) -> tuple[Figure, DataFrame]:
        """Draw the first result of a run."""
        return draw(record, costs)

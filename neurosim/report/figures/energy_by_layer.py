"""Energy of each layer, stacked by operation; one panel for each table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neurosim.energy.cost_comparison import CostComparison
from neurosim.energy.pricing.energy_report import EnergyReport
from neurosim.ledger.ledger import CHIP_WIDE
from neurosim.ledger.record import Record
from neurosim.report.data.breakdown import energy_by_layer_and_part, in_order, layer_name
from neurosim.report.figures.figure import RunFigure
from neurosim.report.figures.layout import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

PANEL_HEIGHT = 1.25
FEW = 8  # layers that fit one column of a page


def data(record: Record, costs: CostComparison, result: int = 0) -> DataFrame:
    """Return one row per table, layer and part: ``energy_pj`` per image."""
    from pandas import DataFrame

    names = {layer.number: layer.name for layer in record.results[result].layers}
    rows = []
    for table, report in costs.results[result].items():
        energies = energy_by_layer_and_part(report, record.ledgers[result])
        numbers = [number for number in names if number > 0 or energies.get(number)]
        for number in [*numbers, *([CHIP_WIDE] if energies.get(CHIP_WIDE) else [])]:
            for part in in_order(part for of_layer in energies.values() for part in of_layer):
                pj = energies.get(number, {}).get(part, 0.0)
                rows.append((table, report.policy.scope, number, layer_name(number, names), part, pj))
    return DataFrame(rows, columns=["table", "scope", "layer", "name", "part", "energy_pj"])


def draw(record: Record, costs: CostComparison, result: int = 0) -> tuple[Figure, DataFrame]:
    """Draw the energy of each layer of one result."""
    frame = data(record, costs, result)
    tables = list(dict.fromkeys(frame["table"]))
    numbers = list(dict.fromkeys(frame["layer"]))
    layers = frame.drop_duplicates("layer")["name"].tolist()
    parts = in_order(frame["part"])
    width = style.ONE_COLUMN if len(layers) <= FEW else style.TWO_COLUMNS
    slot = (width - 0.55) / len(layers)
    fonts = [font for font in (style.FONT, style.SMALL_FONT) if style.text_width(layers, font) < 0.97 * slot]
    rotated = not fonts
    font = fonts[0] if fonts else style.FONT if len(layers) < 40 else style.SMALL_FONT
    foot = 0.08 + (style.text_width(layers, font) if rotated else 0.15)
    columns = 8 if width == style.TWO_COLUMNS else 3
    head = 0.08 + 0.16 * -(-len(parts) // columns)
    of = f", {record.results[result].name}" if len(record.results) > 1 else ""
    titles = {table: _title(table, costs.results[result][table], of, width - 0.55) for table in tables}
    above = 0.24 if all("\n" not in title for title in titles.values()) else 0.36
    height = foot + len(tables) * (PANEL_HEIGHT + above) + head
    figure = style.sheet(width, height)
    for row, table in enumerate(tables):
        bottom = foot + (len(tables) - 1 - row) * (PANEL_HEIGHT + above)
        axes = style.panel(figure, 0.5, bottom, width - 0.55, PANEL_HEIGHT)
        _stack(axes, frame[frame["table"] == table], numbers, parts, titles[table])
        axes.set_xticks(range(len(layers)), layers if row == len(tables) - 1 else [""] * len(layers))
        axes.tick_params(axis="x", length=0, labelsize=font, rotation=90 if rotated else 0)
    style.legend(figure, parts, 0.5, height - 0.05, columns)
    return figure, frame


def _title(table: str, report: EnergyReport, of: str, width: float) -> str:
    """Return the title of a panel, table and scope, in two lines where one is too wide."""
    partial = f"PARTIAL, {len(report.unpriced)} ops unpriced; " if report.unpriced else ""
    one = f"{table}: {partial}{report.label}{of}"
    return one if style.text_width([one]) < width else f"{table}{of}:\n{partial}{report.label}"


def _stack(axes: Axes, rows: DataFrame, numbers: Sequence[int], parts: Sequence[str], title: str) -> None:
    """Draw the layers of one table as bars, stacked by part."""
    wide = rows.pivot(index="layer", columns="part", values="energy_pj").reindex(numbers).fillna(0.0)
    unit, size = style.axis_unit(wide.sum(axis=1).max(), "pJ")
    floor = np.zeros(len(numbers))
    for part in parts:
        if part in wide:
            heights = wide[part].to_numpy() / size
            axes.bar(range(len(numbers)), heights, 0.78, bottom=floor, color=style.PART_COLORS.get(part, style.SOFT))
            floor = floor + heights
    axes.set_xlim(-0.6, len(numbers) - 0.4)
    axes.yaxis.grid(True)
    axes.set_ylabel(f"energy per image ({unit})")
    axes.set_title(title)


class EnergyByLayer(RunFigure):
    """Energy of each layer, stacked by operation."""

    kind = "energy_by_layer"
    title = "Energy by layer"
    caption = "Energy of one image in each layer, stacked by operation; one panel for each energy table."
    rank = 1

    def draw(self, record: Record, costs: CostComparison) -> tuple[Figure, DataFrame]:
        """Draw the first result of a run."""
        return draw(record, costs)

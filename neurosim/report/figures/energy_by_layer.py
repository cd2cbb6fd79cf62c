"""Energy of each layer, stacked by operation; one panel for each table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim.energy.bill import Bill
from neurosim.report.breakdown import energy_by_layer_and_part, in_order, layer_name
from neurosim.report.figures import style
from neurosim.simulation.ledger import CHIP_WIDE
from neurosim.simulation.record import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

PANEL_HEIGHT = 1.25


def data(record: Record, bill: Bill, result: int = 0) -> DataFrame:
    """Return one row per table, layer and part: ``energy_pj`` per image."""
    from pandas import DataFrame

    names = {layer.number: layer.name for layer in record.results[result].layers}
    rows = []
    for table, report in bill.results[result].items():
        energies = energy_by_layer_and_part(report, record.ledgers[result])
        numbers = [number for number in names if number > 0 or energies.get(number)]
        for number in [*numbers, *([CHIP_WIDE] if energies.get(CHIP_WIDE) else [])]:
            for part in in_order(part for of_layer in energies.values() for part in of_layer):
                pj = energies.get(number, {}).get(part, 0.0)
                rows.append((table, report.policy.scope, number, layer_name(number, names), part, pj))
    return DataFrame(rows, columns=["table", "scope", "layer", "name", "part", "energy_pj"])


def draw(record: Record, bill: Bill, result: int = 0) -> tuple[Figure, DataFrame]:
    """Draw the energy of each layer of one result."""
    found = data(record, bill, result)
    tables = list(dict.fromkeys(found["table"]))
    layers = list(dict.fromkeys(found["name"]))
    parts = in_order(found["part"])
    slot = (style.TWO_COLUMNS - 0.55) / len(layers)
    fonts = [font for font in (style.FONT, style.SMALL_FONT) if style.text_width(layers, font) < 0.97 * slot]
    rotated = not fonts
    font = fonts[0] if fonts else style.FONT if len(layers) < 40 else style.SMALL_FONT
    foot = 0.08 + (style.text_width(layers, font) if rotated else 0.15)
    head = 0.08 + 0.16 * -(-len(parts) // 8)
    height = foot + len(tables) * (PANEL_HEIGHT + 0.24) + head
    figure = style.sheet(style.TWO_COLUMNS, height)
    for row, table in enumerate(tables):
        bottom = foot + (len(tables) - 1 - row) * (PANEL_HEIGHT + 0.24)
        axes = style.panel(figure, 0.5, bottom, style.TWO_COLUMNS - 0.55, PANEL_HEIGHT)
        _stack(axes, found[found["table"] == table], layers, parts, bill.results[result][table], table)
        axes.set_xticks(range(len(layers)), layers if row == len(tables) - 1 else [""] * len(layers))
        axes.tick_params(axis="x", length=0, labelsize=font, rotation=90 if rotated else 0)
    style.legend(figure, parts, 0.5, height - 0.05)
    return figure, found


def _stack(axes, rows, layers, parts, report, table) -> None:
    wide = rows.pivot(index="name", columns="part", values="energy_pj").reindex(layers).fillna(0.0)
    unit, size = style.axis_unit(wide.sum(axis=1).max(), "pJ")
    floor = 0.0
    for part in parts:
        if part in wide:
            heights = wide[part].to_numpy() / size
            axes.bar(range(len(layers)), heights, 0.78, bottom=floor, color=style.PART_COLORS.get(part, style.SOFT))
            floor = floor + heights
    axes.set_xlim(-0.6, len(layers) - 0.4)
    axes.yaxis.grid(True)
    axes.set_ylabel(unit)
    axes.set_title(f"{table}: {style.energy_axis(report, unit)}")

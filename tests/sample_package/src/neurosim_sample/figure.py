"""Spikes of each layer, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from neurosim.energy.cost_comparison import CostComparison
from neurosim.ledger.record import Record
from neurosim.report.figures.figure import RunFigure
from neurosim.report.figures.layout import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def data(record: Record) -> DataFrame:
    """Return one row per layer of the first result: its name and its spikes, per image."""
    from pandas import DataFrame

    layers = record.results[0].layers
    return DataFrame([(layer.name, sum(layer.spikes_by_step)) for layer in layers], columns=["layer", "spikes"])


class SampleSpikes(RunFigure):
    """Spikes of each layer, as bars."""

    kind: ClassVar[str] = "sample_spikes"
    title: ClassVar[str] = "Spikes by layer"
    caption: ClassVar[str] = "Spikes of one image in each layer."

    def draw(self, record: Record, costs: CostComparison) -> tuple[Figure, DataFrame]:
        """Draw the bars."""
        found = data(record)
        figure = style.sheet(style.ONE_COLUMN, 2.0)
        axes = style.panel(figure, 1.0, 0.5, style.ONE_COLUMN - 1.2, 1.3)
        axes.barh(found["layer"], found["spikes"])
        axes.set_xlabel("spikes per image")
        return figure, found

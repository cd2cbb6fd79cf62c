"""Spikes per neuron, by layer and time step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim.energy.cost_comparison import CostComparison
from neurosim.ledger.record import Record
from neurosim.report.figures.figure import RunFigure
from neurosim.report.figures.layout import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


def data(record: Record, result: int = 0) -> DataFrame:
    """Return one row per spiking layer and time step: spikes and spikes per neuron, per image."""
    from pandas import DataFrame

    rows = [
        (layer.number, layer.name, step, spikes, spikes / layer.neurons)
        for layer in record.results[result].layers
        if layer.role in ("first", "hidden")
        for step, spikes in enumerate(layer.spikes_by_step)
    ]
    return DataFrame(rows, columns=["layer", "name", "step", "spikes", "spikes_per_neuron"])


def draw(record: Record, costs: CostComparison | None = None, result: int = 0) -> tuple[Figure, DataFrame]:
    """Draw a heat map of layers and time steps, with the sums over all time steps as bars at its right."""
    rates = data(record, result)
    return heat_map(rates, record.results[result].name if len(record.results) > 1 else ""), rates


def heat_map(frame: DataFrame, title: str) -> Figure:
    """Draw the rows of :func:`data`; an empty ``title`` takes no room."""
    rates = frame.pivot(index="layer", columns="step", values="spikes_per_neuron")
    names = frame.drop_duplicates("layer").set_index("layer").loc[rates.index, "name"].tolist()
    layers, steps = rates.shape
    row = min(0.15 if layers <= 25 else 0.115, (style.TALLEST - 1.0) / layers)
    font = style.FONT if layers <= 25 else style.SMALL_FONT
    margin = style.text_width(names, font) + 0.12
    room = style.ONE_COLUMN - margin - 0.2
    tall = row * layers
    height = tall + (1.0 if title else 0.86)
    figure = style.sheet(style.ONE_COLUMN, height)
    cells = style.panel(figure, margin, 0.8, room * 0.58, tall)
    mesh = cells.pcolormesh(rates.to_numpy(), cmap=style.SEQUENTIAL, vmin=0, edgecolor=style.PAPER, linewidth=0.4)
    named = range(0, layers, 1 + int(0.09 / row))
    cells.set_yticks([place + 0.5 for place in named], [names[place] for place in named], fontsize=font)
    every = max(1, -(-steps // 10))
    cells.set_xticks([step + 0.5 for step in range(0, steps, every)], [str(step) for step in range(0, steps, every)])
    cells.set_ylim(layers, 0)
    cells.tick_params(length=0)
    cells.spines[:].set_visible(False)
    cells.set_xlabel("time step")
    if title:
        cells.set_title(title)
    bars = style.panel(figure, margin + room * 0.58 + 0.12, 0.8, room * 0.42 - 0.12, tall)
    sums = rates.sum(axis=1).to_numpy()
    bars.barh([place + 0.5 for place in range(layers)], sums, 0.75, color=style.INK)
    bars.set_ylim(layers, 0)
    bars.set_yticks([])
    bars.spines["left"].set_visible(False)
    bars.xaxis.grid(True)
    bars.set_xlim(0, sums.max() * 1.05 or 1)
    bars.locator_params(axis="x", nbins=3)
    bars.set_xlabel(f"spikes per neuron,\nall {steps} time steps")
    scale = style.panel(figure, margin, 0.34, room * 0.58, 0.08)
    figure.colorbar(mesh, cax=scale, orientation="horizontal").outline.set_visible(False)
    scale.locator_params(axis="x", nbins=4)
    scale.set_xlabel("spikes per neuron and time step")
    return figure


class LayerActivity(RunFigure):
    """Spikes per neuron by layer and time step."""

    kind = "activity"
    title = "Activity"
    caption = "Spikes per neuron in each layer and time step, and their sums over all time steps."
    rank = 4

    def draw(self, record: Record, costs: CostComparison) -> tuple[Figure, DataFrame]:
        """Draw the first result of a run."""
        return draw(record)

"""An average of all rows, which keeps the columns."""

from dataclasses import dataclass
from typing import ClassVar

from neurosim.network.layer import Layer, NodeLowering, Parameters, Signal
from neurosim.network.shapes import Array, Shape


@dataclass(frozen=True)
class SampleRowMean(Layer):
    """An average of all rows, which keeps the columns."""

    rows: int
    kind: ClassVar[str] = "sample_row_mean"

    def output(self, *shapes: Shape) -> Shape:
        """Return (channels, 1, columns)."""
        (channels, rows, columns) = shapes[0]
        if rows != self.rows:
            raise ValueError(f"averages {self.rows} rows, found {rows}")
        return (channels, 1, columns)

    def forward(self, parameters: Parameters, *sources: Array) -> Array:
        """Return the mean of each column."""
        mean: Array = sources[0].mean(axis=2, keepdims=True)
        return mean

    def lower(self, node: NodeLowering[Signal], *sources: Signal) -> Signal:
        """Sum the spikes of a column in the synapses that read them."""
        return node.pool(sources[0], (self.rows, 1), (self.rows, 1))

    def pooled_places(self, shape: Shape) -> int:
        """Return the places that are averaged into one."""
        return self.rows

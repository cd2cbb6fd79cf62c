"""Where the neurons live: each layer cut into boxes of rows x columns x channels, one box a core."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.projections.projection import Projection


@dataclass(frozen=True, eq=False)
class LayerPlacement:
    """One layer on its cores.

    ``row_edges``, ``column_edges`` and ``channel_edges`` are int64 cuts from 0 to the size; ``cores`` is
    (row tiles, column tiles, channel tiles) int32, the core that holds each box. Layers of one ``group`` are on the
    chip together; where there are several groups, they take the same cores in turn.
    """

    layer: int
    row_edges: NDArray[np.int64]
    column_edges: NDArray[np.int64]
    channel_edges: NDArray[np.int64]
    cores: NDArray[np.int32]
    group: int = 0

    @cached_property
    def boxes(self) -> NDArray[np.int64]:
        """(cores, 6) int64 in the order of ``cores.ravel()``: row from, to, column from, to, channel from, to."""
        axes = [np.stack([edges[:-1], edges[1:]], 1) for edges in self.edges]
        grid = np.indices(self.cores.shape).reshape(3, -1)
        return np.concatenate([axis[index] for axis, index in zip(axes, grid, strict=True)], axis=1)

    @cached_property
    def neurons(self) -> NDArray[np.int64]:
        """(cores,) int64: neurons in each box."""
        return np.prod(self.boxes[:, 1::2] - self.boxes[:, ::2], axis=1)

    @property
    def edges(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Where rows, columns and channels are cut."""
        return self.row_edges, self.column_edges, self.channel_edges


@dataclass(frozen=True, eq=False)
class Route:
    """The way from one layer's spikes to the cores of another: reach matrices summed over destination boxes.

    A spike at (row, column, channel) drives ``rows[row, i] * columns[column, j] * channels[channel, k]`` synapses in
    core ``cores[i, j, k]`` and sends it one packet if that is not 0. All int64 but ``cores`` (int32).
    """

    source: int
    destination: int
    synapses: int
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    channels: NDArray[np.int64]
    cores: NDArray[np.int32]


def route(synapses: Projection, number: int, placement: LayerPlacement) -> Route:
    """Return the route of ``synapses``, the ``number``-th of the layer that ``placement`` places."""

    def by_tile(reach: NDArray[np.int64], edges: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.ascontiguousarray(np.add.reduceat(reach, edges[:-1], axis=1))

    return Route(
        source=synapses.source,
        destination=placement.layer,
        synapses=number,
        rows=by_tile(synapses.rows, placement.row_edges),
        columns=by_tile(synapses.columns, placement.column_edges),
        channels=by_tile(synapses.channels, placement.channel_edges),
        cores=placement.cores,
    )


@dataclass(frozen=True, eq=False)
class Placement:
    """A whole network on a chip: ``layers[l]`` for every layer but the host input, whose entry is None.

    ``remark`` is what the mapper has to say about it, for the report; a mapper need not say anything.
    """

    layers: tuple[LayerPlacement | None, ...]
    mapper: str
    remark: str = ""

    def __getitem__(self, layer: int) -> LayerPlacement:
        placed = self.layers[layer]
        assert placed is not None, "the host input has no cores"
        return placed

    @property
    def groups(self) -> tuple[int, ...]:
        """The group of every layer; the host's is that of the first layer, which it feeds."""
        own = tuple(placed.group for placed in self.layers if placed is not None)
        return (own[0], *own)

    @property
    def cores_used(self) -> int:
        """Number of different cores in use."""
        return len(np.unique(np.concatenate([p.cores.ravel() for p in self.layers if p is not None])))

"""Where the neurons are: each layer cut into partitions of rows x columns x channels, one partition a core."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.projections.projection import Projection


@dataclass(frozen=True, eq=False)
class LayerPlacement:
    """One layer on its cores.

    Parameters
    ----------
    layer : int
        Number of the layer in the spiking network.
    row_edges, column_edges, channel_edges : ndarray of int64, (parts + 1,)
        Where the axis is cut, from 0 to its size.
    cores : ndarray of int32, (row parts, column parts, channel parts)
        The core that holds each partition.
    group : int
        Layers of one group are on the chip together; several groups take the same cores in turn.
    """

    layer: int
    row_edges: NDArray[np.int64]
    column_edges: NDArray[np.int64]
    channel_edges: NDArray[np.int64]
    cores: NDArray[np.int32]
    group: int = 0

    @cached_property
    def partitions(self) -> NDArray[np.int64]:
        """(cores, 6) int64, in the order of ``cores.ravel()``: first and end row, first and end column and channel."""
        # Every combination of a part of rows, of columns and of channels, the channels fastest.
        axes = [np.stack([edges[:-1], edges[1:]], 1) for edges in self.edges]
        grid = np.indices(self.cores.shape).reshape(3, -1)
        return np.concatenate([axis[index] for axis, index in zip(axes, grid, strict=True)], axis=1)

    @cached_property
    def neurons(self) -> NDArray[np.int64]:
        """(cores,) int64: neurons in each partition."""
        neurons: NDArray[np.int64] = np.prod(self.partitions[:, 1::2] - self.partitions[:, ::2], axis=1)
        return neurons

    @property
    def edges(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Where rows, columns and channels are cut, each (parts + 1,)."""
        return self.row_edges, self.column_edges, self.channel_edges


@dataclass(frozen=True, eq=False)
class Route:
    """What spikes of one layer reach in the cores of another: a projection summed over destination partitions.

    A spike at (row, column, channel) drives ``rows[row, i] * columns[column, j] * channels[channel, k]`` synapses in
    core ``cores[i, j, k]``, and sends it one packet unless that is 0.

    Parameters
    ----------
    source, destination : int
        Numbers of the layers.
    synapses : int
        Number of the projection among the destination's sources.
    rows, columns, channels : ndarray of int64, (source positions, destination parts)
        Taps along each axis.
    cores : ndarray of int32, (row parts, column parts, channel parts)
        The destination's cores.
    """

    source: int
    destination: int
    synapses: int
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    channels: NDArray[np.int64]
    cores: NDArray[np.int32]


def route(synapses: Projection, number: int, placement: LayerPlacement) -> Route:
    """Return the route of a projection, source ``number`` of the layer that ``placement`` places."""

    def by_part(reach: NDArray[np.int64], edges: NDArray[np.int64]) -> NDArray[np.int64]:
        # Taps of all destination positions of a part, added up.
        return np.ascontiguousarray(np.add.reduceat(reach, edges[:-1], axis=1))

    return Route(
        source=synapses.source,
        destination=placement.layer,
        synapses=number,
        rows=by_part(synapses.rows, placement.row_edges),
        columns=by_part(synapses.columns, placement.column_edges),
        channels=by_part(synapses.channels, placement.channel_edges),
        cores=placement.cores,
    )


@dataclass(frozen=True, eq=False)
class Placement:
    """A whole network on a chip.

    Parameters
    ----------
    layers : tuple of LayerPlacement or None
        One for every layer of the network, None for the host input.
    mapper : str
        Kind of the mapper that placed it.
    remark : str
        A mapper's own sentence for the report, or nothing.
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
        """Group of every layer; the host's is that of the first layer, which it feeds."""
        own = tuple(placed.group for placed in self.layers if placed is not None)
        return (own[0], *own)

    @property
    def cores_used(self) -> int:
        """Number of different cores in use."""
        return len(np.unique(np.concatenate([p.cores.ravel() for p in self.layers if p is not None])))

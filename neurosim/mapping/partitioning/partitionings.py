"""The even partitionings of a layer: its rows, columns and channels cut into equal parts, one partition a core."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingLayer
from neurosim.mapping.partitioning.axons import Edges
from neurosim.mapping.partitioning.core_demand import cut

SLACK = 1.25
"""A layer may take this many times its least number of cores where that saves packets (our choice)."""


@dataclass(frozen=True, eq=False)
class Partitioning:
    """One way to cut a layer into partitions.

    Parameters
    ----------
    edges : tuple of ndarray of int64, each (parts + 1,)
        Where rows, columns and channels are cut.
    cores : int
        Number of partitions, one a core.
    reached : tuple of ndarray of float64, each (projections,)
        Parts of rows, columns and channels that an average input spike of each projection reaches.
    """

    edges: Edges
    cores: int
    reached: tuple[NDArray[np.float64], ...]

    @cached_property
    def cost(self) -> float:
        """Packets of an average input spike of each projection, times a slowly rising price of cores (our choice)."""
        rows, columns, channels = self.reached
        weight: float = self.cores**0.25
        return float((rows * columns * channels).sum()) * weight


def even_partitionings(layer: SpikingLayer, spec: ChipSpec) -> Iterator[Partitioning]:
    """Yield every even partitioning of a layer with at least the cores that its neurons need.

    Each comes once; of those with equal largest parts only the one with the fewest parts.
    """
    least = math.ceil(layer.neurons / max(spec.capacity.neurons, 1))
    by_axis = [
        [(cut(size, parts), reached_parts(layer, axis, cut(size, parts))) for parts in distinct(size)]
        for axis, size in enumerate(layer.map_shape)
    ]
    for row_edges, rows in by_axis[0]:
        for column_edges, columns in by_axis[1]:
            for channel_edges, channels in by_axis[2]:
                cores = (len(row_edges) - 1) * (len(column_edges) - 1) * (len(channel_edges) - 1)
                if cores >= least:  # fewer cannot hold the neurons
                    yield Partitioning((row_edges, column_edges, channel_edges), cores, (rows, columns, channels))


def finest(layer: SpikingLayer) -> Partitioning:
    """Return the partitioning with one neuron a core."""
    rows, columns, channels = (cut(size, size) for size in layer.map_shape)
    edges = (rows, columns, channels)
    return Partitioning(edges, layer.neurons, tuple(reached_parts(layer, axis, edges[axis]) for axis in range(3)))


def reached_parts(layer: SpikingLayer, axis: int, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (projections,) float64: parts along one axis that an average source position reaches."""
    # All channels of a group reach the same channels, so that one of each is enough.
    alike = (s.source_shape[0] // s.groups if s.is_stored else 1 for s in layer.sources)
    reaches = ((s.rows, s.columns, s.channels[::each])[axis] for s, each in zip(layer.sources, alike, strict=True))
    return np.array([(np.add.reduceat(reach, edges[:-1], axis=1) > 0).sum(1).mean() for reach in reaches])


def distinct(size: int) -> list[int]:
    """Return the numbers of parts that give different largest parts: 1, 2, ... but not both 20 and 21 parts of 32."""
    # For each largest part the fewest parts that have it.
    return [math.ceil(size / part) for part in sorted({math.ceil(size / parts) for parts in range(1, size + 1)})]

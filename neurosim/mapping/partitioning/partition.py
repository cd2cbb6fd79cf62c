"""The ways to cut a layer's rows, columns and channels into even parts, one part a core."""

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
class Partition:
    """One way to cut a layer: its edges, the cores it takes, the tiles that an average input spike reaches.

    The latter are those of :func:`touched` along rows, columns and channels.
    """

    edges: Edges
    cores: int
    tiles: tuple[NDArray[np.float64], ...]

    @cached_property
    def cost(self) -> float:
        """The packets that an average input spike sends, and a little for the cores."""
        rows, columns, channels = self.tiles
        return float((rows * columns * channels).sum()) * self.cores**0.25


def partitions(layer: SpikingLayer, spec: ChipSpec) -> Iterator[Partition]:
    """Yield every even cutting of a layer's rows, columns and channels into parts of no more neurons than a core holds.

    Each comes once; of those with equal largest parts only the one with the fewest parts.
    """
    least = math.ceil(layer.neurons / max(spec.capacity.neurons, 1))
    spreads = [
        [(cut(size, parts), touched(layer, axis, cut(size, parts))) for parts in distinct(size)]
        for axis, size in enumerate(layer.map_shape)
    ]
    for row_edges, row_tiles in spreads[0]:
        for column_edges, column_tiles in spreads[1]:
            for channel_edges, channel_tiles in spreads[2]:
                cores = (len(row_edges) - 1) * (len(column_edges) - 1) * (len(channel_edges) - 1)
                if cores >= least:
                    yield Partition(
                        (row_edges, column_edges, channel_edges), cores, (row_tiles, column_tiles, channel_tiles)
                    )


def finest(layer: SpikingLayer) -> Partition:
    """Return the cutting with one neuron a core."""
    rows, columns, channels = (cut(size, size) for size in layer.map_shape)
    edges = (rows, columns, channels)
    return Partition(edges, layer.neurons, tuple(touched(layer, axis, edges[axis]) for axis in range(3)))


def touched(layer: SpikingLayer, axis: int, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (sources,) float64: tiles along one axis that an average source position reaches."""
    # All channels of a group reach the same, so one of each says it.
    groups = (s.source_shape[0] // s.groups if s.is_stored else 1 for s in layer.sources)
    reaches = ((s.rows, s.columns, s.channels[::each])[axis] for s, each in zip(layer.sources, groups, strict=True))
    return np.array([(np.add.reduceat(reach, edges[:-1], axis=1) > 0).sum(1).mean() for reach in reaches])


def distinct(size: int) -> list[int]:
    """Return the numbers of parts that give different largest parts: 1, 2, ... but not both 20 and 21 parts of 32."""
    return [math.ceil(size / part) for part in sorted({math.ceil(size / parts) for parts in range(1, size + 1)})]

"""The axons of a core: table entries for the senders of its packets, and for the cores that it sends packets to.

An output axon is a (sender, destination core) pair at the sender's core, an input axon the same pair at the
destination. A sender is a neuron, or with weight sharing one channel of one core, whose packets carry the position.
A layer that reads a source through several projections gets one packet for all of them, so they have one axon.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import gcd

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.projections.projection import Projection
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.placement import Placement

Array = NDArray[np.int64]
Edges = tuple[Array, Array, Array]
CHANNELS = 2  # the axis whose positions are never one sender


@dataclass(frozen=True, eq=False)
class LayerLink:
    """All projections from one layer into another.

    Parameters
    ----------
    source, destination : int
        Numbers of the layers.
    projections : tuple of Projection
        Those between them.
    """

    source: int
    destination: int
    projections: tuple[Projection, ...]

    @cached_property
    def alike(self) -> int:
        """Number of neighbouring source channels that reach the same destination channels."""
        each = (s.source_shape[0] // s.groups if s.is_stored else 1 for s in self.projections)
        return gcd(*each)

    @cached_property
    def reached(self) -> tuple[tuple[Array, ...], ...]:
        """By axis and projection (source positions, destination positions + 1) int64: reached positions before each.

        Of source channels that are alike only the first is there.
        """
        axes = (
            [s.rows for s in self.projections],
            [s.columns for s in self.projections],
            [s.channels[:: self.alike] for s in self.projections],
        )
        return tuple(tuple(_running(reach > 0) for reach in axis) for axis in axes)

    def along(
        self, axis: int, which: Sequence[int], source_edges: Array, destination_edges: Array, shared: bool
    ) -> tuple[Array, Array]:
        """Return the (sender, destination part) pairs along one axis that all the projections ``which`` reach.

        (destination parts,) int64 by part of the destination, (source parts,) int64 by part of the source.
        """
        is_merged = shared and axis != CHANNELS
        pairs = None
        for number in which:
            # A part is reached if more positions are reached before its end than before its start.
            before = self.reached[axis][number]
            reach = before[:, destination_edges[1:]] > before[:, destination_edges[:-1]]
            # With shared weights one sender stands for all positions of its part.
            reach = np.logical_or.reduceat(reach, source_edges[:-1], axis=0) if is_merged else reach
            pairs = reach if pairs is None else pairs & reach
        assert pairs is not None
        if is_merged:
            return pairs.sum(0), pairs.sum(1)
        # Each kept channel stands for ``alike`` senders, which may lie in several parts.
        alike = self.alike if axis == CHANNELS else 1
        return alike * pairs.sum(0), np.add.reduceat(np.repeat(pairs.sum(1), alike), source_edges[:-1])


def subsets(number: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield (sign, which of so many sets) of inclusion and exclusion: signed intersections add up to the union."""
    for size in range(1, number + 1):
        for which in combinations(range(number), size):
            yield (1 if size % 2 else -1), which


def links_of(network: SpikingNetwork) -> list[LayerLink]:
    """Return the links between all layers, in the order of the destination layers."""
    return [
        LayerLink(source, destination, tuple(layer.reading(source)))
        for destination, layer in enumerate(network.layers)
        for source in dict.fromkeys(s.source for s in layer.sources)
    ]


def pairs(link: LayerLink, source_edges: Edges, destination_edges: Edges, shared: bool) -> tuple[Array, Array]:
    """Return the axons of a link by destination core and by source core, each (cores,) int64."""
    parts = []
    for sign, which in subsets(len(link.projections)):
        # Pairs are separable: the product over axes, by core.
        axes = [link.along(a, which, source_edges[a], destination_edges[a], shared) for a in range(3)]
        parts.append([sign * np.einsum("i,j,k->ijk", *(axis[end] for axis in axes)).ravel() for end in (0, 1)])
    inputs, outputs = (np.sum(part, axis=0) for part in zip(*parts, strict=True))
    return inputs, outputs


def axons(network: SpikingNetwork, placement: Placement, spec: ChipSpec) -> list[tuple[Array, Array]]:
    """Return (input axons, output axons), each (cores,) int64, for every layer and for the host's one port."""
    layers = zip(network.layers, placement.layers, strict=True)
    edges = [whole(layer.map_shape) if placed is None else placed.edges for layer, placed in layers]
    return axons_of(network, edges, spec.weight_sharing)


def axons_of(network: SpikingNetwork, edges: Sequence[Edges], shared: bool) -> list[tuple[Array, Array]]:
    """Return what :func:`axons` does for layers cut at ``edges``, with ``shared`` weights or without."""
    sizes = [int(np.prod([len(axis) - 1 for axis in own])) for own in edges]
    counts = [(np.zeros(size, np.int64), np.zeros(size, np.int64)) for size in sizes]
    for link in links_of(network):
        inputs, outputs = pairs(link, edges[link.source], edges[link.destination], shared)
        counts[link.destination][0][:] += inputs
        counts[link.source][1][:] += outputs
    return counts


def whole(shape: tuple[int, int, int]) -> Edges:
    """Return the edges of a map in one part, such as the host's."""
    rows, columns, channels = (np.array([0, size], np.int64) for size in shape)
    return rows, columns, channels


def _running(reach: NDArray[np.bool_]) -> Array:
    return np.concatenate([np.zeros((len(reach), 1), np.int64), reach.cumsum(axis=1)], axis=1)

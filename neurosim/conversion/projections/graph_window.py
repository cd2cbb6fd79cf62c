"""The window of a graph convolution in integers: its map has a row for each node, which reads its neighbours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from neurosim.network.adjacency import Adjacency

Pair = tuple[int, int]


@dataclass(frozen=True, eq=False)
class GraphWindow:
    """Every node, a row of a map of one column, reads itself and its neighbours, each through an edge weight.

    A synapse from channel i of node w to channel c of node v has the weight ``weights[v, w] * W[i, c]``: the second
    factor is stored once for all nodes, the first once for all channels.

    Parameters
    ----------
    neighbours : Adjacency
        Source and target node of every entry.
    weights : ndarray of int64, (entries,)
        Edge weights from 0, in the order of ``neighbours``.
    places : int
        2^places stands for an edge weight of 1.
    """

    neighbours: Adjacency
    weights: NDArray[np.int64]
    places: int
    kernel: ClassVar[Pair] = (1, 1)
    stride: ClassVar[Pair] = (1, 1)
    padding: ClassVar[Pair] = (0, 0)

    @classmethod
    def of(cls, neighbours: Adjacency, real: NDArray[np.float64], weight_bits: int) -> GraphWindow:
        """Return the window with ``real`` edge weights (entries,) in ``weight_bits`` bits without a sign.

        Where all edge weights are 1, they are exactly 1.
        """
        places = 0
        if (real != 1).any():
            # The largest scale at which the largest edge weight, rounded, still fits its bits.
            places = math.floor(math.log2((2**weight_bits - 0.5) / real.max()))
        weights = np.rint(real * 2.0**places).astype(np.int64)
        weights.flags.writeable = False
        return cls(neighbours, weights, places)

    @property
    def one(self) -> int:
        """The integer that stands for an edge weight of 1."""
        return 1 << self.places

    @property
    def is_weighted(self) -> bool:
        """Whether a spike has to be multiplied by the weight of its edge."""
        return bool((self.weights != 1).any())

    @cached_property
    def reach(self) -> int:
        """Largest sum of edge weights into one node."""
        return int(np.add.reduceat(self.weights, self.neighbours.first[:-1]).max())

    def output(self, rows: int, columns: int) -> Pair:
        """Return the size of the map, as many nodes as before."""
        return rows, columns

    def taps(self, axis: int, size: int) -> NDArray[np.int64]:
        """Return (nodes, nodes) int64 along the rows, 1 from a node to each that reads it; the column reads itself."""
        if axis == 1:
            return np.ones((1, 1), np.int64)
        taps = np.zeros((size, size), np.int64)
        taps[self.neighbours.source, self.neighbours.target] = 1
        return taps

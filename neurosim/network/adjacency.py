"""A graph as the list of each node's neighbours, itself among them.

Nodes lie along the rows of a map: a map of ``channels`` x ``nodes`` x 1 holds the features of all nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Adjacency:
    """The neighbours of node v are ``source[first[v] : first[v + 1]]``, rising, v itself among them.

    ``first`` is (nodes + 1,) int64, ``source`` (entries,) int64.
    """

    first: NDArray[np.int64]
    source: NDArray[np.int64]

    @classmethod
    def of(cls, edges: NDArray[np.integer], nodes: int) -> Adjacency:
        """Return the graph of ``nodes`` nodes with undirected ``edges`` (n, 2), each listed once.

        Every node is its own neighbour; an edge from a node to itself says so once more and changes nothing. Edges of
        another form, to a node that is not there or listed twice are a ValueError.
        """
        edges = np.asarray(edges)
        if edges.ndim != 2 or edges.shape[1] != 2 or edges.dtype.kind not in "iu":
            shape = " x ".join(map(str, edges.shape)) or "one"
            raise ValueError(f"edges: wanted n x 2 node numbers, found {shape} of {edges.dtype}")
        pairs = np.sort(edges.astype(np.int64), axis=1)
        outside = np.flatnonzero((pairs[:, 0] < 0) | (pairs[:, 1] >= nodes))
        if outside.size:
            u, v = edges[outside[0]].tolist()
            raise ValueError(f"edges: number {outside[0]} joins {u} and {v}, the graph has nodes 0 to {nodes - 1}")
        keys = pairs[:, 0] * nodes + pairs[:, 1]
        order = np.argsort(keys, kind="stable")
        again = np.flatnonzero(np.diff(keys[order]) == 0)
        if again.size:
            one, two = order[again[0]], order[again[0] + 1]
            u, v = edges[two].tolist()
            raise ValueError(f"edges: numbers {one} and {two} both join {u} and {v}; list each edge once, either way")
        apart = pairs[pairs[:, 0] != pairs[:, 1]]
        itself = np.arange(nodes)
        target = np.concatenate([apart[:, 0], apart[:, 1], itself])
        source = np.concatenate([apart[:, 1], apart[:, 0], itself])
        order = np.lexsort((source, target))
        first = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(target, minlength=nodes))])
        return cls(first.astype(np.int64), source[order])

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.first) - 1

    @property
    def entries(self) -> int:
        """Number of (node, neighbour) pairs: twice the edges between different nodes, and the nodes."""
        return len(self.source)

    @cached_property
    def degree(self) -> NDArray[np.int64]:
        """(nodes,) int64: neighbours of each node, itself included."""
        return np.diff(self.first)

    @cached_property
    def target(self) -> NDArray[np.int64]:
        """(entries,) int64: the node whose neighbour each entry lists."""
        return np.repeat(np.arange(self.nodes), self.degree)

    def gather(self, values: NDArray[Any], weights: NDArray[Any]) -> NDArray[Any]:
        """Return (nodes, ...): ``values`` (nodes, ...) x ``weights`` (entries,), summed over each node's neighbours."""
        messages = values[self.source] * weights.reshape(-1, *[1] * (values.ndim - 1))
        return np.add.reduceat(messages, self.first[:-1], axis=0)  # every node has an entry, itself

"""Which channels of a network can be scaled, and which of them only together.

ReLU is positively homogeneous: a channel's scale can be moved through it, from the weights that make the channel to
those that read it. Nothing stands between the two but layers that keep scales; a sum keeps them if all that it adds has
the same one. So the channels of a residual stream are tied from its first layer to its last, each channel by itself,
and the input and the output of the network are tied to what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurosim.network.graph import Graph

FIXED = 0  # number of the scale of the network's input and output, which is 1


@dataclass(frozen=True, eq=False)
class ChannelTies:
    """The number of the scale of each channel; channels of the same number are scaled together.

    Parameters
    ----------
    of : mapping of str to ndarray of int64, each (channels,)
        Numbers for the output of each node; the scale of number ``FIXED`` is 1.
    count : int
        Number of scales.
    """

    of: Mapping[str, NDArray[np.int64]]
    count: int


def channel_ties(graph: Graph) -> ChannelTies:
    """Return the scales of a graph without batch normalisation."""
    ties = _Ties()
    numbers: dict[str, Sequence[int]] = {}
    for node in graph.nodes:
        sources = [numbers[name] for name in node.inputs]
        numbers[node.name] = node.layer.scales(ties, graph.shapes[node.name], *sources)
    # The output's scale is fixed: logits are compared as they are.
    for number in numbers[graph.nodes[-1].name]:
        ties.join(FIXED, number)
    roots = {name: [ties.root(number) for number in own] for name, own in numbers.items()}
    order = {root: place for place, root in enumerate(sorted({FIXED}.union(*roots.values())))}
    of = {name: np.array([order[root] for root in own], np.int64) for name, own in roots.items()}
    return ChannelTies(of, len(order))


class _Ties:
    """Disjoint sets of numbers, the smallest of each set its root."""

    fixed = FIXED

    def __init__(self) -> None:
        self.parent = [FIXED]

    def fresh(self, count: int) -> list[int]:
        """Return that many numbers of their own."""
        start = len(self.parent)
        self.parent += range(start, start + count)
        return list(range(start, start + count))

    def root(self, number: int) -> int:
        """Return the root of a number's set."""
        while self.parent[number] != number:
            # Path halving keeps the trees flat.
            self.parent[number] = number = self.parent[self.parent[number]]
        return number

    def join(self, one: int, other: int) -> None:
        """Make one set of two."""
        first, second = sorted((self.root(one), self.root(other)))
        self.parent[second] = first


def smallest(
    count: int, numbers: Iterable[NDArray[np.int64]], gains: Iterable[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return the smallest of the ``gains`` allowed for each of ``count`` scales; 1 for ``FIXED``, and for no limit."""
    least = np.full(count, np.inf)
    for own, allowed in zip(numbers, gains, strict=True):
        np.minimum.at(least, own, allowed)
    least[FIXED] = 1.0
    return np.where(np.isfinite(least), least, 1.0)

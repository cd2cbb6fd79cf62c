"""A convolution on a graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.network.adjacency import Adjacency
from neurosim.network.fields import need_choice, need_truth
from neurosim.network.layer import NodeLowering, Parameters, Signal
from neurosim.network.layers.conv2d import Conv2d
from neurosim.network.shapes import Array, Pair, Shape, by

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class GraphConv(Conv2d):
    """A 1 x 1 convolution on each node's features, then a sum over its neighbours (GCN, arXiv 1609.02907).

    Nodes are the rows of a one-column map. With d_v the neighbours of v, itself included, node v gets

        ``folded``  sum_w c_vw W h_w + b, with c_vw = 1 / sqrt(d_v d_w), or 1 / d_v with ``normalisation: mean``
        ``degree``  (sum_w W h_w + g_v b) / d_v, with g_v = sqrt(d_v), or d_v with ``mean``

    ``degree`` is the same function of scaled features: h stands for H / sqrt(d) of the ``symmetric`` network (for H
    itself with ``mean``), so no edge needs a weight. A ``raw`` layer reads H unscaled and takes W h_w / sqrt(d_w).

    Parameters
    ----------
    channels : int
        Features of each node of its output.
    neighbours : Adjacency
        The graph.
    normalisation : {"symmetric", "mean"}
        Whether a neighbour's share falls with the degrees of both nodes, or of the one that reads.
    recipe : {"folded", "degree"}
        Whether shares are edge weights, or thresholds by degree.
    raw : bool
        With ``degree``: whether it reads features that nothing has scaled, as those of the input.
    """

    kernel: Pair = (1, 1)
    neighbours: Adjacency = field(kw_only=True)
    normalisation: Literal["symmetric", "mean"] = "symmetric"
    recipe: Literal["folded", "degree"] = "folded"
    raw: bool = False
    kind: ClassVar[str] = "graph_conv"

    def check(self) -> None:
        """Want what a convolution wants, neighbours and one of each choice."""
        super().check()
        if not isinstance(self.neighbours, Adjacency):
            raise ValueError(f"neighbours: wanted an Adjacency, found {type(self.neighbours).__name__}")
        need_choice("normalisation", self.normalisation, ("symmetric", "mean"))
        need_choice("recipe", self.recipe, ("folded", "degree"))
        need_truth("raw", self.raw)
        if (self.kernel, self.stride, self.padding, self.groups) != ((1, 1), (1, 1), (0, 0), 1):
            raise ValueError("a GraphConv has a 1 x 1 kernel, no stride, no padding and no groups")

    def output(self, *shapes: Shape) -> Shape:
        """Return (channels, nodes, 1)."""
        (shape,) = shapes
        if shape[1:] != (self.neighbours.nodes, 1):
            raise ValueError(f"the graph has {self.neighbours.nodes:,} nodes, a {by(shape[1:])} map does not")
        return super().output(*shapes)

    def macs(self, shape: Shape) -> int:
        """Return the products of the cheaper order: features first, then the sums over neighbours."""
        return super().macs(shape) + self.neighbours.entries * self.channels

    def forward(self, parameters: Parameters, *sources: Array) -> Array:
        """Multiply the features of each node, then sum over its neighbours; inputs are (n, channels, nodes, 1)."""
        (x,) = sources
        weight, bias = parameters["weight"][:, :, 0, 0], parameters.get("bias", np.zeros(1))
        products = np.einsum("ki,niv->vnk", weight.astype(x.dtype), x[..., 0], optimize=True)
        sums = self.neighbours.gather(products, self.edge_weights.astype(x.dtype))
        sums += self.bias_gains.astype(x.dtype)[:, None, None] * bias.astype(x.dtype)
        made: Array = (sums / self.divisors.astype(x.dtype)[:, None, None]).transpose(1, 2, 0)[..., None]
        return made

    def lower(self, node: NodeLowering[Signal], *sources: Signal) -> Signal:
        """Sum the spikes of neighbours; by degree, every node has a threshold of its own instead of edge weights."""
        bias, divisors = node.parameters["bias"], None
        if self.recipe == "degree":
            bias, divisors = self.bias_gains[:, None, None] * bias.astype(np.float64), self.divisors
        return node.aggregate(
            sources[0],
            node.parameters["weight"],
            bias,
            neighbours=self.neighbours,
            edge_weights=self.edge_weights,
            divisors=divisors,
        )

    def fold_refusal(self) -> str:
        """Refuse an offset that does not go into a bias that grows with the root of a node's degree."""
        if self.recipe == "degree" and self.normalisation == "symmetric":
            return (
                "its offset is one for all nodes, a bias of recipe 'degree' is divided by the root of each node's "
                "degree; use recipe 'folded', or normalisation 'mean'"
            )
        return ""

    @classmethod
    def recognises(cls, arrays: Mapping[str, NDArray[Any]]) -> bool:
        """Say no: state dicts name no graph."""
        return False

    def torch_module(self, shape: Shape) -> nn.Module:
        """Refuse: networks on a graph are not trained here."""
        raise NotImplementedError

    @property
    def edge_weights(self) -> NDArray[np.float64]:
        """(entries,): what each neighbour's product is weighted with."""
        degree, target, source = self.neighbours.degree, self.neighbours.target, self.neighbours.source
        if self.recipe == "degree":
            scaled = self.raw and self.normalisation == "symmetric"
            return 1 / np.sqrt(degree[source]) if scaled else np.ones(self.neighbours.entries)
        return 1 / (degree[target] if self.normalisation == "mean" else np.sqrt(degree[target] * degree[source]))

    @property
    def divisors(self) -> NDArray[np.int64]:
        """(nodes,): what each node's sum is divided by."""
        return self.neighbours.degree if self.recipe == "degree" else np.ones(self.neighbours.nodes, np.int64)

    @property
    def bias_gains(self) -> NDArray[np.float64]:
        """(nodes,): what each node's bias is multiplied by before that division."""
        return self.divisors.astype(np.float64) if self.normalisation == "mean" else np.sqrt(self.divisors)

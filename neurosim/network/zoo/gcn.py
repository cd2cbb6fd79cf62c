"""A graph convolutional network."""

from __future__ import annotations

from typing import Literal

from neurosim.network.graph import Graph
from neurosim.network.graph_builder import GraphBuilder
from neurosim.network.importers import edges
from neurosim.network.layers import GraphConv
from neurosim.network.shapes import Shape
from neurosim.network.zoo.option_types import Levels, Width

Recipe = Literal["folded", "degree"]
Normalisation = Literal["symmetric", "mean"]


def gcn(
    input: Shape,
    classes: int,
    graph: str,
    hidden: Width = 16,
    recipe: Recipe = "folded",
    normalisation: Normalisation = "symmetric",
    levels: Levels = 15,
) -> Graph:
    """Two graph convolutions without bias (Kipf and Welling 2016, arXiv 1609.02907) over the edges in a file ``graph``.

    ``input`` is (features, nodes, 1), the output (classes, nodes, 1). ``recipe`` and ``normalisation`` are those of
    :class:`neurosim.network.layers.GraphConv`; the clip value of a network belongs to its recipe.
    """
    sketch, neighbours = GraphBuilder("gcn", input, levels), edges.read(graph, input[1])
    for name, channels in (("conv1", hidden), ("conv2", classes)):
        raw = name == "conv1"
        sketch.add(
            name, GraphConv(channels, neighbours=neighbours, normalisation=normalisation, recipe=recipe, raw=raw)
        )
        if raw:
            sketch.activate(name)
    return sketch.graph()

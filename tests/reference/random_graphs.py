"""Small random graphs and graph networks, and the dense matrices that say what they mean."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from neurosim.conversion.convert import convert
from neurosim.network.adjacency import Adjacency
from neurosim.network.graph import Graph, Network, Node
from neurosim.network.layers import Activation, GraphConv, Input

FEATURES, HIDDEN, CLASSES = 5, 4, 3


@st.composite
def edge_lists(draw, least=1, most=8):
    """(edges (n, 2), nodes): each pair at most once, either way round; nodes may be alone or list a self loop."""
    nodes = draw(st.integers(least, most))
    pairs = [(u, v) for u in range(nodes) for v in range(u, nodes)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14))
    turned = [(v, u) if draw(st.booleans()) else (u, v) for u, v in chosen]
    return np.array(turned, np.int64).reshape(-1, 2), nodes


def adjacency(edges, nodes):
    """A + I as a dense 0/1 matrix."""
    dense = np.eye(nodes, dtype=np.int64)
    for u, v in edges.tolist():
        dense[u, v] = dense[v, u] = 1
    return dense


def gcn(edges, nodes, recipe, normalisation="symmetric", seed=0, bias=False, levels=15):
    """A network of two graph convolutions with random weights."""
    random, how = np.random.default_rng(seed), {"recipe": recipe, "normalisation": normalisation, "bias": bias}
    neighbours = Adjacency.of(edges, nodes)
    graph = Graph(
        "random_gcn",
        (
            Node("input", Input((FEATURES, nodes, 1))),
            Node("conv1", GraphConv(HIDDEN, neighbours=neighbours, raw=True, **how), ("input",)),
            Node("act1", Activation(levels), ("conv1",)),
            Node("conv2", GraphConv(CLASSES, neighbours=neighbours, **how), ("act1",)),
        ),
    )
    parameters = {name: random.normal(size=shape) for name, shape in graph.parameters.items()}
    return Network(graph, parameters | {"act1.lam": np.array(random.uniform(0.5, 3.0))}, "synthetic")


def spiking_gcn(edges, nodes, recipe, model, input_max=1, **how):
    """The same as spikes, accumulators wide enough for any model."""
    levels = model.levels or 15
    network = gcn(edges, nodes, recipe, levels=levels, **how)
    return convert(network, model, accumulator_bits=55, input_unit=1.0, input_max=input_max)


def image(nodes, seed, input_max=1):
    """Random features, (nodes, 1, FEATURES)."""
    return np.random.default_rng(seed).integers(0, input_max + 1, (nodes, 1, FEATURES)).astype(np.uint8)


def unrolled(synapses):
    """The weights of all synapses, (nodes, channels, nodes, channels) int64, from the edge list alone."""
    window, nodes = synapses.window, synapses.shape[1]
    edges = np.zeros((nodes, nodes), np.int64)
    for v in range(nodes):
        for entry in range(window.neighbours.first[v], window.neighbours.first[v + 1]):
            edges[window.neighbours.source[entry], v] = window.weights[entry]
    return np.einsum("wv,ic->wivc", edges, synapses.weights[0, 0].astype(np.int64))

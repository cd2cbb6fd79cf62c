"""Batch normalisation folded into the weights in front of it (conversion.md 3.1)."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import ConversionError
from neurosim.network.graph import Network, Node
from neurosim.network.layers import BatchNorm2d, Conv2d, GraphConv, Linear


def fold(network: Network) -> Network:
    """Return the same function without batch normalisation: w <- G w, b <- beta + G (b - mu), in float64.

    G = gamma / sqrt(var + eps), running statistics. Every layer with weights has a bias afterwards. Weights without a
    normalisation behind them are those of ``network``, in their own type: most of VGG16's lie in its linear layers. A
    normalisation that does not follow a convolution of its own is a ConversionError.
    """
    graph = network.graph
    nodes = {node.name: node for node in graph.nodes}
    users = Counter(name for node in graph.nodes for name in node.inputs)
    parameters: dict[str, NDArray[np.floating]] = {}
    for node in graph.nodes:
        own: dict[str, NDArray[np.floating]] = {
            key: value if key == "weight" else np.asarray(value, np.float64)
            for key, value in network.of(node.name).items()
        }
        if isinstance(node.layer, Conv2d | Linear):
            own.setdefault("bias", np.zeros(node.layer.channels))
        if not isinstance(node.layer, BatchNorm2d):
            parameters |= {f"{node.name}.{key}": value for key, value in own.items()}
            continue
        source = node.inputs[0]
        if not isinstance(nodes[source].layer, Conv2d) or users[source] > 1:
            raise ConversionError(_unfoldable(node, nodes[source], users[source]))
        _check_degrees(node, nodes[source])
        gain = own["weight"] / np.sqrt(own["running_var"] + node.layer.eps)
        parameters[f"{source}.weight"] = parameters[f"{source}.weight"] * gain[:, None, None, None]
        parameters[f"{source}.bias"] = own["bias"] + gain * (parameters[f"{source}.bias"] - own["running_mean"])
    return Network(graph.folded(), parameters, network.weights_origin)


def _check_degrees(node: Node, source: Node) -> None:
    """Refuse a normalisation whose offset does not go into a bias that grows with the root of a node's degree."""
    layer = source.layer
    if isinstance(layer, GraphConv) and layer.recipe == "degree" and layer.normalisation == "symmetric":
        raise ConversionError(
            f"{node.name}: batch normalisation behind {source.name}, a graph convolution of recipe 'degree': its "
            "offset is one for all nodes, a bias there is divided by the root of each node's degree; use recipe "
            "'folded', or normalisation 'mean'"
        )


def _unfoldable(node: Node, source: Node, users: int) -> str:
    kind = type(source.layer).__name__
    why = f"{kind} {source.name}" if users == 1 else f"{source.name}, whose output {users} layers read"
    return f"{node.name}: batch normalisation behind {why}; it can only be folded into a Conv2d that feeds nothing else"

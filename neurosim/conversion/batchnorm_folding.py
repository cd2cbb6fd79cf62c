"""Batch normalisation folded into the weights in front of it (conversion.md 3.1)."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import ConversionError
from neurosim.network.graph import Network, Node
from neurosim.network.layer import Layer


def fold(network: Network) -> Network:
    """Return the same function without batch normalisation: w <- G w, b <- beta + G (b - mu), in float64.

    G = gamma / sqrt(var + eps), running statistics. Every layer with weights has a bias afterwards. Weights without a
    normalisation behind them are those of ``network``, in their own type: most of VGG16's are in its linear layers.
    ConversionError for a normalisation that does not follow a convolution of its own.
    """
    graph, folded = network.graph, network.graph.folded()
    nodes = {node.name: node for node in graph.nodes}
    readers = Counter(name for node in graph.nodes for name in node.inputs)
    parameters: dict[str, NDArray[np.floating]] = {}
    for node in graph.nodes:
        own: dict[str, NDArray[np.floating]] = {
            # Weights keep their type until a gain multiplies them: a copy in float64 would double VGG16.
            key: value if key == "weight" else np.asarray(value, np.float64)
            for key, value in network.of(node.name).items()
        }
        if not node.layer.folds:
            if (bias := folded.parameters.get(f"{node.name}.bias")) is not None:
                own.setdefault("bias", np.zeros(bias))
            parameters |= {f"{node.name}.{key}": value for key, value in own.items()}
            continue
        source = node.inputs[0]
        _refuse_unfoldable(node, nodes[source], readers[source])
        weight, bias_name = f"{source}.weight", f"{source}.bias"
        parameters[weight], parameters[bias_name] = node.layer.fold_into(parameters[weight], parameters[bias_name], own)
    return Network(folded, parameters, network.weights_origin)


def _refuse_unfoldable(node: Node, source: Node, readers: int) -> None:
    """Refuse a normalisation behind a layer that others read as well, or whose weights and bias do not take it."""
    kind = type(source.layer).__name__
    if readers > 1:
        behind, why = f"{source.name}, whose output {readers} layers read", Layer().fold_refusal()
    else:
        behind, why = f"{kind} {source.name}", source.layer.fold_refusal()
    if why:
        raise ConversionError(f"{node.name}: batch normalisation behind {behind}; {why}")

"""A network evaluated in floating point: for calibration, for accuracy before conversion, and to test conversion."""

from __future__ import annotations

from neurosim.errors import ConversionError
from neurosim.network.graph import Network, Node
from neurosim.network.layer import Parameters
from neurosim.network.shapes import Array


def forward(network: Network, images: Array) -> Array:
    """Evaluate a network in floating point.

    Parameters
    ----------
    network : Network
        The graph and its parameters.
    images : ndarray of float
        (n, channels, rows, columns), real values rather than codes.

    Returns
    -------
    ndarray of float
        (n, values of the last layer), in the float type of the images.

    Raises
    ------
    ConversionError
        For a layer that cannot be evaluated, with the name of its node.
    """
    outputs: dict[str, Array] = {}
    last_use = network.graph.last_use
    for number, node in enumerate(network.graph.nodes):
        sources = [outputs[name] for name in node.inputs] or [images]
        outputs[node.name] = evaluate(node, network.of(node.name), *sources)
        for name in {name for name in node.inputs if last_use[name] == number}:
            del outputs[name]
    return outputs[network.graph.nodes[-1].name].reshape(len(images), -1)


def evaluate(node: Node, parameters: Parameters, *sources: Array) -> Array:
    """Return the output (n, channels, rows, columns) of one node for its inputs of that form."""
    try:
        return node.layer.forward(parameters, *sources)
    except NotImplementedError as error:
        why = str(error) or f"cannot evaluate a {type(node.layer).__name__}"
        raise ConversionError(f"{node.name}: {why}") from None

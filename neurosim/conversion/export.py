"""A converted network as a weight file: the integers themselves, and the real value of one step of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.lowering import Lowering
from neurosim.errors import ConversionError


def export(assembly: Lowering) -> dict[str, NDArray]:
    """Return the arrays of ``network/importers/npz.py`` for a finished assembly, folded, in its compact form.

    Converting what the file is read to, for the same model and widths, gives the same integers again. A layer's whole
    bias goes to the first of its layers with weights. A network on a graph is a ConversionError: its integers hang on
    the edges and degrees of the graph, of which the file knows nothing.
    """
    if np.ptp(assembly.input_gain) > 0:
        raise ConversionError("the compact form has one unit per layer; convert with one input unit for all channels")
    shapes = assembly.network.graph.parameters
    for layer in assembly.layers:
        if any(synapses.kind == "graph" for synapses in layer.sources):
            raise ConversionError(
                f"{layer.name}: the integers of a graph convolution hang on its graph, so they have no compact form; "
                "keep the weights as real numbers, and they are converted again where they run"
            )
    arrays: dict[str, NDArray] = {}
    for layer, names in zip(assembly.layers, assembly.nodes, strict=True):
        bias, bias_unit = layer.bias, layer.unit / layer.threshold if layer.threshold else 0.0
        for synapses, name in zip(layer.sources, names, strict=True):
            if name is None:
                continue
            weights = synapses.weights.transpose(3, 2, 0, 1)
            area = synapses.pool.kernel[0] * synapses.pool.kernel[1] if synapses.pool else 1
            source_unit = assembly.layers[synapses.source].unit
            arrays |= {
                f"{name}.weight": weights.reshape(shapes[f"{name}.weight"]),
                f"{name}.weight_unit": np.array(bias_unit / source_unit * area),
                f"{name}.bias": bias.astype(np.int32),
                f"{name}.bias_unit": np.array(bias_unit),
            }
            bias = np.zeros_like(bias)
    return arrays | {name: value for name, value in assembly.network.parameters.items() if name.endswith(".lam")}

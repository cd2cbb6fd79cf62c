"""A converted network as the arrays of a weight file: its integers, and the real value of one step of each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.lowering import Lowering
from neurosim.errors import ConversionError


def export(lowering: Lowering) -> dict[str, NDArray[Any]]:
    """Return the compact form of a converted network, as ``network/importers/npz.py`` reads it.

    To convert it again for the same model and widths gives the same integers. A layer's whole bias goes to the first of
    its nodes with weights.

    Parameters
    ----------
    lowering : Lowering
        After ``assemble``.

    Returns
    -------
    dict of str to ndarray
        ``NODE.weight`` integers, ``NODE.bias`` int32, the unit of each, and clip values ``NODE.lam``.

    Raises
    ------
    ConversionError
        For inputs with a unit a channel, and for a graph network, whose integers depend on edges and degrees that the
        file does not have.
    """
    if np.ptp(lowering.input_gain) > 0:
        raise ConversionError("the compact form has one unit per layer; convert with one input unit for all channels")
    shapes = lowering.network.graph.parameters
    for layer in lowering.layers:
        if any(synapses.kind == "graph" for synapses in layer.sources):
            raise ConversionError(
                f"{layer.name}: the integers of a graph convolution depend on its graph, so they have no compact form; "
                "keep the weights as real numbers, and they are converted again where they run"
            )
    arrays: dict[str, NDArray[Any]] = {}
    for layer, names in zip(lowering.layers, lowering.nodes, strict=True):
        bias, bias_unit = layer.bias, layer.unit / layer.threshold if layer.threshold else 0.0
        for synapses, name in zip(layer.sources, names, strict=True):
            if name is None:
                continue
            weights = synapses.weights.transpose(3, 2, 0, 1)
            # A pool is a sum inside the synapses: one step of the average is worth area steps of the sum.
            area = synapses.pool.kernel[0] * synapses.pool.kernel[1] if synapses.pool else 1
            source_unit = lowering.layers[synapses.source].unit
            arrays |= {
                f"{name}.weight": weights.reshape(shapes[f"{name}.weight"]),
                f"{name}.weight_unit": np.array(bias_unit / source_unit * area),
                f"{name}.bias": bias.astype(np.int32),
                f"{name}.bias_unit": np.array(bias_unit),
            }
            bias = np.zeros_like(bias)
    return arrays | {name: value for name, value in lowering.network.parameters.items() if name.endswith(".lam")}

"""A network evaluated in floating point: for calibration, for accuracy before conversion, and to test conversion."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import ConversionError
from neurosim.network.graph import Network, Node
from neurosim.network.layers import (
    Activation,
    Add,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    GraphConv,
    Input,
    Linear,
    MaxPool2d,
    Pair,
    ReLU,
    Shortcut,
)

Array = NDArray[np.floating]


def forward(network: Network, images: Array) -> Array:
    """Return (n, classes) outputs for ``images`` (n, channels, rows, columns), in the images' float type."""
    outputs: dict[str, Array] = {}
    last_use = {name: number for number, node in enumerate(network.graph.nodes) for name in node.inputs}
    for number, node in enumerate(network.graph.nodes):
        sources = [outputs[name] for name in node.inputs] or [images]
        outputs[node.name] = evaluate(node, network.of(node.name), *sources)
        for name in {name for name in node.inputs if last_use[name] == number}:
            del outputs[name]
    return outputs[network.graph.nodes[-1].name].reshape(len(images), -1)


def evaluate(node: Node, parameters: dict[str, Array], *sources: Array) -> Array:
    """Return the output (n, channels, rows, columns) of one node for its inputs of that form."""
    layer, x = node.layer, sources[0]
    match layer:
        case Input() | Flatten():
            return x if isinstance(layer, Input) else x.reshape(len(x), -1, 1, 1)
        case GraphConv():
            return _gather(layer, x, parameters["weight"][:, :, 0, 0], parameters.get("bias", np.zeros(1)))
        case Conv2d():
            return _convolve(layer, x, parameters["weight"]) + _by_channel(parameters.get("bias", np.zeros(1)), x)
        case Linear():
            y = x.reshape(len(x), -1) @ parameters["weight"].T.astype(x.dtype, copy=False)
            return (y + parameters.get("bias", np.zeros(1)).astype(x.dtype))[:, :, None, None]
        case BatchNorm2d():
            gain = parameters["weight"] / np.sqrt(parameters["running_var"] + layer.eps)
            offset = parameters["bias"] - gain * parameters["running_mean"]
            return x * _by_channel(gain, x) + _by_channel(offset, x)
        case Activation():
            unit = x.dtype.type(float(parameters["lam"]) / layer.levels)
            return unit * np.clip(np.floor(x / unit + x.dtype.type(0.5)), 0, layer.levels)
        case ReLU():
            return np.maximum(x, 0)
        case MaxPool2d():
            return _windows(x, layer.kernel, layer.stride, layer.padding, -np.inf).max(axis=(-2, -1))
        case AvgPool2d():
            return _windows(x, layer.kernel, layer.stride, layer.padding).mean(axis=(-2, -1))
        case GlobalAvgPool2d():
            return x.mean(axis=(2, 3), keepdims=True)
        case Shortcut():
            strided = x[:, :, :: layer.stride, :: layer.stride]
            return np.pad(strided, ((0, 0), (layer.before, layer.after), (0, 0), (0, 0)))
        case Add():
            return sum(sources[1:], start=x)
    raise ConversionError(f"{node.name}: cannot evaluate a {type(layer).__name__}")


def _by_channel(values: Array, x: Array) -> Array:
    return values.astype(x.dtype).reshape(-1, 1, 1)


def _gather(layer: GraphConv, x: Array, weight: Array, bias: Array) -> Array:
    """Multiply the features of each node, then sum over its neighbours; ``x`` is (n, channels, nodes, 1)."""
    products = np.einsum("ki,niv->vnk", weight.astype(x.dtype), x[..., 0], optimize=True)
    sums = layer.neighbours.gather(products, layer.edge_weights.astype(x.dtype))
    sums += layer.bias_gains.astype(x.dtype)[:, None, None] * bias.astype(x.dtype)
    return (sums / layer.divisors.astype(x.dtype)[:, None, None]).transpose(1, 2, 0)[..., None]


def _windows(x: Array, kernel: Pair, stride: Pair, padding: Pair, fill: float = 0.0) -> Array:
    """Return a view (n, channels, rows, columns, kernel rows, kernel columns) of the padded map."""
    pad = ((0, 0), (0, 0), *((size, size) for size in padding))
    padded = np.pad(x, pad, constant_values=fill) if any(padding) else x
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel, axis=(2, 3))
    return windows[:, :, :: stride[0], :: stride[1]]


def _convolve(layer: Conv2d, x: Array, weight: Array) -> Array:
    """Convolve by one matrix product per image and group."""
    windows = _windows(x, layer.kernel, layer.stride, layer.padding)
    rows, columns = windows.shape[2:4]
    if layer.groups == x.shape[1] == layer.channels:
        return np.einsum("ncijkl,ckl->ncij", windows, weight[:, 0].astype(x.dtype), optimize=True)
    blocks = [
        weights.reshape(len(weights), -1).astype(x.dtype, copy=False) @ patches
        for weights, patches in zip(np.split(weight, layer.groups), _patches(windows, layer.groups), strict=True)
    ]
    return np.concatenate(blocks, axis=1).reshape(len(x), layer.channels, rows, columns)


def _patches(windows: Array, groups: int) -> Iterator[Array]:
    """Yield each group's windows as (n, channels x kernel, positions)."""
    for part in np.split(windows, groups, axis=1):
        n, channels, rows, columns, *kernel = part.shape
        yield part.transpose(0, 1, 4, 5, 2, 3).reshape(n, channels * kernel[0] * kernel[1], rows * columns)

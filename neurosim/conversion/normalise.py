"""Clip values measured on data, for networks that were trained without them (conversion.md section 5).

An ordinary ReLU network gets clipped activations; its function is unchanged below the clip values. One value a channel
is had without one threshold a channel: ReLU is positively homogeneous, so a channel's scale can be moved from its
activation into the weights before and behind it, until all channels of a layer reach up to the same clip value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.fold import fold
from neurosim.conversion.scales import scales, smallest
from neurosim.errors import ConversionError
from neurosim.network.forward import evaluate
from neurosim.network.graph import Graph, Network, Node
from neurosim.network.layers import Activation, Conv2d, Linear, ReLU

By = Literal["channel", "layer"]
FAINTEST = 2.0**-10  # a channel is scaled by no more than its inverse: one that is almost never active stays faint
CHUNK = 16  # images evaluated at once: a convolution makes a copy of its map for every weight of its kernel


def normalise(
    network: Network,
    images: NDArray[np.integer],
    unit: float | Sequence[float],
    *,
    by: By = "channel",
    percentile: float = 100.0,
    levels: int = 15,
) -> Network:
    """Return ``network``, folded, with clip values measured on ``images`` (n, rows, columns, channels).

    One step of the images is worth ``unit``, a number or one per channel. A clip value is the ``percentile`` of the
    activations of a layer, or of each of its channels; a channel that is active in fewer cases than that leaves gets
    its maximum. Channels that a residual branch ties to those of another layer are scaled together with them.
    ``levels`` is for activations that were a ReLU; trained clip values can only become smaller.
    """
    if not 0 < percentile <= 100:
        raise ConversionError(f"percentile: above 0 and at most 100, found {percentile:g}")
    folded = fold(network)
    graph, parameters = folded.graph, {name: np.array(value, np.float64) for name, value in folded.parameters.items()}
    gains = {}
    x = (np.asarray(images, np.float64) * np.asarray(unit, np.float64)).transpose(0, 3, 1, 2)
    for node, values in _activations(folded, x):
        tops = _tops(values, percentile) if by == "channel" else np.percentile(values, percentile)
        clip = tops.max()
        if clip <= 0:
            raise ConversionError(f"{node.name}: none of its neurons is active on these images")
        parameters[f"{node.name}.lam"] = np.array(clip)
        if by == "channel":
            gains[node.name] = np.where(tops > 0, clip / np.maximum(tops, clip * FAINTEST), np.inf)
    _scale(graph, parameters, gains)
    nodes = (replace(n, layer=Activation(levels)) if isinstance(n.layer, ReLU) else n for n in graph.nodes)
    return Network(Graph(graph.name, tuple(nodes)), parameters, network.weights_origin)


def _tops(values: NDArray[np.float64], percentile: float) -> NDArray[np.float64]:
    """Return the percentile of each channel (n, channels, rows, columns), or its maximum where that is 0."""
    tops = np.percentile(values, percentile, axis=(0, 2, 3))
    return np.where(tops > 0, tops, values.max(axis=(0, 2, 3)))


def _activations(network: Network, x: NDArray[np.float64]) -> Iterator[tuple[Node, NDArray[np.float64]]]:
    """Yield every activation and its values (n, channels, rows, columns), clipped as trained but not quantised."""
    outputs: dict[str, NDArray[np.float64]] = {}
    last_use = {name: number for number, node in enumerate(network.graph.nodes) for name in node.inputs}
    for number, node in enumerate(network.graph.nodes):
        sources = [outputs[name] for name in node.inputs] or [x]
        own = network.of(node.name)
        if isinstance(node.layer, Activation | ReLU):
            top = own["lam"] if isinstance(node.layer, Activation) else np.inf
            outputs[node.name] = np.clip(sources[0], 0, top)
            yield node, outputs[node.name]
        else:
            chunks = (slice(start, start + CHUNK) for start in range(0, len(x), CHUNK))
            parts = [evaluate(node, own, *(source[chunk] for source in sources)) for chunk in chunks]
            outputs[node.name] = np.concatenate(parts).astype(np.float64, copy=False)
        for name in {name for name in node.inputs if last_use[name] == number}:
            del outputs[name]


def _scale(graph: Graph, parameters: dict[str, NDArray[np.float64]], gains: dict[str, NDArray[np.float64]]) -> None:
    """Multiply channels by what their activations have room for, and divide the weights that read them, in place."""
    tied = scales(graph)
    factors = smallest(tied.count, (tied.of[name] for name in gains), gains.values())
    for node in graph.nodes:
        if isinstance(node.layer, Conv2d | Linear):
            weight, made = parameters[f"{node.name}.weight"], factors[tied.of[node.name]]
            weight *= made.reshape(-1, *[1] * (weight.ndim - 1))
            weight /= _by_input(factors[tied.of[node.inputs[0]]], node, weight)
            parameters[f"{node.name}.bias"] *= made


def _by_input(gain: NDArray[np.float64], reader: Node, weight: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the gain of the channel that each weight reads, in a shape that fits ``weight``."""
    if isinstance(reader.layer, Conv2d):
        by_group = gain.reshape(reader.layer.groups, -1)
        return np.repeat(by_group, weight.shape[0] // reader.layer.groups, axis=0)[:, :, None, None]
    return np.repeat(gain, weight.shape[1] // len(gain))

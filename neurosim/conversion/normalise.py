"""Clip values measured on data, for networks that were trained without them (conversion.md section 5).

An ordinary ReLU network gets clipped activations; its function is unchanged below the clip values. One value a channel
is had without one threshold a channel: ReLU is positively homogeneous, so a channel's scale can be moved from its
activation into the weights before and behind it, until all channels of a layer reach up to the same clip value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.fold import fold
from neurosim.errors import ConversionError
from neurosim.network.forward import evaluate
from neurosim.network.graph import Graph, Network, Node
from neurosim.network.layers import Activation, AvgPool2d, Conv2d, Flatten, GlobalAvgPool2d, Linear, ReLU

FAINTEST = 2.0**-10  # a channel is scaled by no more than its inverse: one that is (almost) never active stays faint


def normalise(
    network: Network,
    images: NDArray[np.integer],
    unit: float,
    *,
    by: Literal["channel", "layer"] = "channel",
    percentile: float = 100.0,
    levels: int = 15,
) -> Network:
    """Return ``network``, folded, with clip values measured on ``images`` (n, rows, columns, channels).

    One step of the images is worth ``unit``. A clip value is the ``percentile`` of the activations of a layer, or of
    each of its channels. Channels keep one common value where a residual branch ties them to those of another layer.
    ``levels`` is for activations that were a ReLU; trained clip values can only become smaller.
    """
    if not 0 < percentile <= 100:
        raise ConversionError(f"percentile: above 0 and at most 100, found {percentile:g}")
    folded = fold(network)
    graph, parameters = folded.graph, {name: np.array(value) for name, value in folded.parameters.items()}
    for node, values in _activations(folded, np.asarray(images, np.float64).transpose(0, 3, 1, 2) * unit):
        tops = np.percentile(values, percentile, axis=(0, 2, 3))
        readers = list(_readers(graph, node)) if by == "channel" else [None]
        if None in readers:
            tops = np.full_like(tops, np.percentile(values, percentile))
        clip = tops.max()
        if clip <= 0:
            raise ConversionError(f"{node.name}: none of its neurons is active on these images")
        parameters[f"{node.name}.lam"] = np.array(clip)
        gain = clip / np.maximum(tops, clip * FAINTEST)
        if (gain != 1).any():
            source = node.inputs[0]
            parameters[f"{source}.weight"] *= gain.reshape(-1, *[1] * (parameters[f"{source}.weight"].ndim - 1))
            parameters[f"{source}.bias"] *= gain
            for reader in readers:
                assert reader is not None
                parameters[f"{reader.name}.weight"] /= _by_input(gain, reader, parameters[f"{reader.name}.weight"])
    nodes = (replace(n, layer=Activation(levels)) if isinstance(n.layer, ReLU) else n for n in graph.nodes)
    return Network(Graph(graph.name, tuple(nodes)), parameters, network.weights_origin)


def _activations(network: Network, x: NDArray[np.float64]) -> Iterator[tuple[Node, NDArray[np.float64]]]:
    """Yield every activation and its values (n, channels, rows, columns), clipped as trained but not quantised."""
    outputs: dict[str, NDArray[np.float64]] = {}
    for node in network.graph.nodes:
        sources = [outputs[name] for name in node.inputs] or [x]
        if isinstance(node.layer, Activation | ReLU):
            top = network.of(node.name)["lam"] if isinstance(node.layer, Activation) else np.inf
            outputs[node.name] = np.clip(sources[0], 0, top)
            yield node, outputs[node.name]
        else:
            outputs[node.name] = np.asarray(evaluate(node, network.of(node.name), *sources), np.float64)


def _readers(graph: Graph, node: Node) -> Iterator[Node | None]:
    """Yield the layers whose weights read an activation; None if its scale cannot be moved into weights."""
    by_name = {other.name: other for other in graph.nodes}
    source = by_name[node.inputs[0]]
    if not isinstance(source.layer, Conv2d | Linear) or _users(graph, source) != [node]:
        yield None
    waiting = _users(graph, node)
    for user in waiting:
        if isinstance(user.layer, AvgPool2d | GlobalAvgPool2d | Flatten):
            waiting += _users(graph, user)
        else:
            yield user if isinstance(user.layer, Conv2d | Linear) else None


def _users(graph: Graph, node: Node) -> list[Node]:
    return [other for other in graph.nodes if node.name in other.inputs]


def _by_input(gain: NDArray[np.float64], reader: Node, weight: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the gain of the channel that each weight reads, in a shape that fits ``weight``."""
    if isinstance(reader.layer, Conv2d):
        by_group = gain.reshape(reader.layer.groups, -1)
        return np.repeat(by_group, weight.shape[0] // reader.layer.groups, axis=0)[:, :, None, None]
    return np.repeat(gain, weight.shape[1] // len(gain))

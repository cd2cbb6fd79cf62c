"""Clip values measured on images, for networks that were trained without them (conversion.md section 5).

An ordinary ReLU network gets clipped activations; its function is unchanged below the clip values. One value a channel
is had without one threshold a channel: ReLU is positively homogeneous, so a channel's scale can be moved from its
activation into the weights before and behind it, until all channels of a layer reach up to the same clip value, or as
far as the layer's weights and sums have room for (``channel_gains.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import lcm
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.batchnorm_folding import fold
from neurosim.conversion.precision.channel_gains import ChannelCodes, WeightReader, bounded, by_weight
from neurosim.conversion.precision.channel_ties import channel_ties, smallest
from neurosim.errors import ConversionError
from neurosim.network.forward import evaluate
from neurosim.network.graph import Graph, Network, Node

By = Literal["channel", "layer"]
Number = TypeVar("Number", bound=np.generic)
FAINTEST = 2.0**-10  # its inverse bounds gains: a channel that is almost never active is not scaled to full range
CHUNK = 16  # images evaluated at once: a convolution makes a copy of its map for every weight of its kernel


def calibrate_clips(
    network: Network,
    images: NDArray[np.integer],
    unit: float | Sequence[float],
    *,
    by: By = "channel",
    percentile: float = 100.0,
    levels: int = 15,
    weight_bits: int = 8,
) -> Network:
    """Return a network, folded, with clip values measured on images.

    A channel that is active in fewer cases than the percentile leaves gets its maximum. Channels that a residual branch
    ties to those of another layer are scaled together with them, and none so far that typical weights of its layer are
    left with few bits (``channel_gains.py``).

    Parameters
    ----------
    network : Network
        With ReLUs, or with clip values, which can only become smaller.
    images : ndarray of int, (n, rows, columns, channels)
        Codes of the calibration set.
    unit : float or sequence of float
        Real value of one step of a code, for all channels or for each.
    by : {"channel", "layer"}
        Whether each channel is scaled to the range of its layer.
    percentile : float
        Of activations, above 0 and at most 100, at which they are clipped.
    levels : int
        Activation levels of what was a ReLU.
    weight_bits : int
        Signed width of weights.

    Returns
    -------
    Network
        Without batch normalisation, with clipped activations.

    Raises
    ------
    ConversionError
        For a percentile out of range, and for a layer that is never active on these images.
    """
    _check_percentile(percentile)
    folded = fold(network)
    graph, parameters = folded.graph, {name: np.array(value, np.float64) for name, value in folded.parameters.items()}
    rooms, codes = {}, {}
    x = (np.asarray(images, np.float64) * np.asarray(unit, np.float64)).transpose(0, 3, 1, 2)
    for node, values in _activations(folded, x):
        tops = _tops(values, percentile) if by == "channel" else np.percentile(values, percentile)
        clip = tops.max()
        if clip <= 0:
            raise ConversionError(f"{node.name}: none of its neurons is active on these images")
        parameters[f"{node.name}.lam"] = np.array(clip)
        if by == "channel":
            # Room of a channel: how far it may be scaled up to reach the layer's clip value.
            rooms[node.name] = np.where(tops > 0, clip / np.maximum(tops, clip * FAINTEST), np.inf)
            codes[node.name] = _codes_of(np.minimum(values, clip), clip / levels, levels)
    if by == "channel":
        codes[graph.input_name] = _codes_of(x, np.asarray(unit, np.float64), int(np.abs(images).max()))
        _scale(graph, parameters, rooms, codes, levels, weight_bits)
    return Network(graph.clipped(levels), parameters, network.weights_origin)


def _check_percentile(percentile: float) -> None:
    if not 0 < percentile <= 100:
        raise ConversionError(f"percentile: above 0 and at most 100, found {percentile:g}")


def _tops(values: NDArray[np.float64], percentile: float) -> NDArray[np.float64]:
    """Return the percentile of each channel (n, channels, rows, columns), or its maximum where that is 0."""
    tops = np.percentile(values, percentile, axis=(0, 2, 3))
    return np.where(tops > 0, tops, values.max(axis=(0, 2, 3)))


def _activations(network: Network, x: NDArray[np.float64]) -> Iterator[tuple[Node, NDArray[np.float64]]]:
    """Yield every activation and its values (n, channels, rows, columns), clipped as trained but not quantised."""
    outputs: dict[str, NDArray[np.float64]] = {}
    last_use = network.graph.last_use
    for number, node in enumerate(network.graph.nodes):
        sources = [outputs[name] for name in node.inputs] or [x]
        own = network.of(node.name)
        if node.layer.fires:
            outputs[node.name] = np.clip(sources[0], 0, own.get("lam", np.inf))
            yield node, outputs[node.name]
        else:
            chunks = (slice(start, start + CHUNK) for start in range(0, len(x), CHUNK))
            parts = [evaluate(node, own, *(source[chunk] for source in sources)) for chunk in chunks]
            outputs[node.name] = np.concatenate(parts).astype(np.float64, copy=False)
        for name in {name for name in node.inputs if last_use[name] == number}:
            del outputs[name]


def _scale(
    graph: Graph,
    parameters: dict[str, NDArray[np.float64]],
    rooms: dict[str, NDArray[np.float64]],
    codes: dict[str, ChannelCodes],
    levels: int,
    weight_bits: int,
) -> None:
    """Multiply channels by what there is room for, and divide the weights that read them, in place.

    ``rooms`` are those of activations (channels,), ``codes`` those of the input and of activations.
    """
    tied = channel_ties(graph)
    room = smallest(tied.count, (tied.of[name] for name in rooms), rooms.values())
    codes, made_units = _codes(graph, codes), _made_units(graph, parameters, levels)
    weighted = [node for node in graph.nodes if node.layer.weighted]
    readers = []
    for node in weighted:
        weight, bias = parameters[f"{node.name}.weight"], parameters[f"{node.name}.bias"]
        own, entering = made_units[node.name], codes[node.inputs[0]]
        inputs = node.layer.weight_inputs(graph.shapes[node.inputs[0]])
        units, power = (_by_input(values, inputs) for values in (entering.unit / own, entering.power))
        read = _by_input(tied.of[node.inputs[0]], inputs)
        readers.append(
            WeightReader.of(weight, bias / own, ChannelCodes(units, power, entering.largest), read, tied.of[node.name])
        )
    # A scale is moved through the ReLU: weights that make a channel are multiplied, those that read it divided.
    gains = bounded(room, readers, weight_bits, _pools(graph))
    for node, reader in zip(weighted, readers, strict=True):
        weight, made = parameters[f"{node.name}.weight"], gains[reader.made]
        weight *= made.reshape(-1, *[1] * (weight.ndim - 1))
        divisor = by_weight(gains[reader.read], weight)
        weight /= divisor.reshape(*divisor.shape, *[1] * (weight.ndim - 2))
        parameters[f"{node.name}.bias"] *= made


def _codes_of(values: NDArray[np.floating], unit: NDArray[np.float64], largest: int) -> ChannelCodes:
    """Return the codes of real ``values`` (n, channels, rows, columns), one of which is worth ``unit``."""
    units = np.broadcast_to(unit, values.shape[1:2])
    return ChannelCodes(units, np.square(values).mean(axis=(0, 2, 3)) / units**2, largest)


def _codes(graph: Graph, measured: dict[str, ChannelCodes]) -> dict[str, ChannelCodes]:
    """Return the codes that leave each node, of those of the input and of activations."""
    codes = dict(measured)
    for node in graph.nodes:
        if node.name in codes:
            continue
        channels, before = graph.shapes[node.name][0], codes[node.inputs[0]]
        if node.layer.sums:  # in what can become spikes nothing but an activation reads it
            codes[node.name] = ChannelCodes(np.ones(channels), np.ones(channels), 1)
        else:  # a pool averages codes, a Flatten takes each channel apart
            unit, power = node.layer.carried(before.unit), node.layer.carried(before.power)
            codes[node.name] = ChannelCodes(unit, power, before.largest)
    return codes


def _made_units(graph: Graph, parameters: dict[str, NDArray[np.float64]], levels: int) -> dict[str, float]:
    """Return, for each node, one code of the activation that its output flows into; 1 where that is the output."""
    made: dict[str, float] = {}
    for node in reversed(graph.nodes):
        lam = parameters.get(f"{node.name}.lam")
        own = made.get(node.name, 1.0) if lam is None else float(lam) / levels
        made.update((name, own) for name in node.inputs)
        made.setdefault(node.name, own)
    return made


def _pools(graph: Graph) -> int:
    """Return the largest factor that pools in front of some of its sources give the other weights of a layer."""
    if all(len(node.inputs) < 2 for node in graph.nodes):
        return 1
    return lcm(*(node.layer.pooled_places(graph.shapes[node.inputs[0]]) for node in graph.nodes if node.inputs))


def _by_input(values: NDArray[Number], inputs: int) -> NDArray[Number]:
    """Return a value of each channel that a layer reads for each of its inputs: a Flatten makes several."""
    return np.repeat(values, inputs // len(values))

"""The quantised network, evaluated densely: the golden model that spikes are compared with.

It shares no code with the simulator. Every layer takes the codes of this reference, never those of the spiking network
(conversion.md section 2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.projections.graph_window import GraphWindow
from neurosim.conversion.projections.projection import Projection, Window
from neurosim.conversion.spiking import SpikingLayer, SpikingNetwork
from neurosim.errors import CountOverflowError

EXACT_IN_FLOAT32 = 2**24  # every whole number up to it is a float32
PART = 2**21  # weights that are copied at a time
LARGEST_SUM = 2**62  # a sum of products and a bias, each below it, fit an int64


@dataclass(frozen=True, eq=False)
class GoldenLayer:
    """What the quantised network gives for one layer, each (n, rows, columns, channels) int64.

    ``accumulated`` is acc: the input of the layer's neurons over the whole inference, bias included, rounding not. Of
    the output layer it is the logits, and there are no codes (None); of the host input the codes are the images, or
    what its spikes stand for.
    """

    accumulated: NDArray[np.int64] | None
    codes: NDArray[np.int64] | None


def golden_layers(network: SpikingNetwork, images: NDArray[np.integer[Any]]) -> list[GoldenLayer]:
    """Return one result per layer for ``images`` (n, rows, columns, channels), all in exact integers.

    A code is what a neuron's spikes decode to, each weighted by the model's ``spike_weight``: n of conversion.md
    section 2, the weight of the one spike, or the count of a rate model. There the network is the one whose neurons see
    their whole input at once: the spikes of all steps through the weights, and the bias as often as the model adds it.
    Only the exact layers of the model must reach these codes.
    """
    model = network.model
    shown = np.asarray(images, np.int64)
    golden = [GoldenLayer(None, shown if model.reads_pixels else model.quantise(shown, network.layers[0].threshold))]
    for layer in network.layers[1:]:
        accumulated: NDArray[np.int64] = sum(_currents(layer, golden), start=np.zeros((), np.int64))
        # quantise() takes the input of one step; behind the first layer that of all steps has been summed.
        often = 1 if layer.role == "first" and model.reads_pixels else model.bias_weight
        if often * int(np.abs(layer.bias).max(initial=0)) >= LARGEST_SUM:
            raise CountOverflowError(
                f"the quantised network's biases, {often:,} times those of {layer.name}, leave int64"
            )
        accumulated, threshold = accumulated + often * layer.bias, often * layer.threshold
        codes = model.quantise(accumulated, threshold) if layer.is_spiking else None
        golden.append(GoldenLayer(accumulated, codes))
    return golden


def _currents(layer: SpikingLayer, golden: list[GoldenLayer]) -> Iterator[NDArray[np.int64]]:
    """Yield the input current from each source, (n, rows, columns, channels)."""
    for synapses in layer.sources:
        codes = golden[synapses.source].codes
        assert codes is not None
        if synapses.pool is not None:
            codes = _windows(codes, synapses.pool).sum(axis=(-2, -1))
        if isinstance(synapses.window, GraphWindow):
            yield _sum_neighbours(codes, synapses, synapses.window)
        else:
            yield _skip(codes, synapses) if synapses.kind == "identity" else _convolve(codes, synapses)


def _windows(codes: NDArray[Any], window: Window | GraphWindow) -> NDArray[Any]:
    """Return a view (n, rows, columns, channels, kernel rows, kernel columns) of the zero-padded map."""
    pad = ((0, 0), *((size, size) for size in window.padding), (0, 0))
    view = np.lib.stride_tricks.sliding_window_view(np.pad(codes, pad), window.kernel, axis=(1, 2))
    return view[:, :: window.stride[0], :: window.stride[1]]


def _sum_neighbours(codes: NDArray[np.int64], synapses: Projection, window: GraphWindow) -> NDArray[np.int64]:
    """Multiply each node's features by the weights, then add the products up, edge by edge."""
    n, nodes, _, features = codes.shape
    weights = synapses.weights.reshape(features, -1)
    largest = int(np.abs(weights.astype(np.int64)).sum(axis=0).max()) * int(np.abs(codes).max(initial=0))
    if largest * window.reach >= LARGEST_SUM:
        raise CountOverflowError(f"the quantised network's sums, up to {largest * window.reach:,}, leave int64")
    exact = np.float64 if largest < 2**53 else np.int64
    products = (codes.reshape(n * nodes, features).astype(exact) @ weights.astype(exact)).astype(np.int64)
    messages = products.reshape(n, nodes, -1).transpose(1, 0, 2)
    sums = np.zeros_like(messages)
    np.add.at(sums, window.neighbours.target, messages[window.neighbours.source] * window.weights[:, None, None])
    return sums.transpose(1, 0, 2)[:, :, None]


def _skip(codes: NDArray[np.int64], synapses: Projection) -> NDArray[np.int64]:
    """Scale, subsample and shift channels."""
    (row_stride, column_stride), offset = synapses.window.stride, synapses.channel_offset
    after = synapses.shape[0] - offset - codes.shape[3]
    strided = codes[:, ::row_stride, ::column_stride] * int(synapses.weights)
    return np.pad(strided, ((0, 0), (0, 0), (0, 0), (offset, after)))


def _convolve(codes: NDArray[np.int64], synapses: Projection) -> NDArray[np.int64]:
    """Multiply windows by weights in the fastest type that is exact for these numbers."""
    weights, groups = synapses.weights, synapses.groups
    largest_code, fan_in = int(np.abs(codes).max(initial=0)), int(np.prod(weights.shape[:3]))
    largest = fan_in * max(-int(weights.min()), int(weights.max())) * largest_code
    if largest >= EXACT_IN_FLOAT32:  # a tighter bound: the sum of the weights themselves
        sums = [np.abs(part.astype(np.int64)).sum(axis=(0, 1, 2)) for part in _parts(weights)]
        largest = int(np.concatenate(sums).max()) * largest_code
    if largest >= LARGEST_SUM:
        raise CountOverflowError(f"the quantised network's sums, up to {largest:,}, leave int64")
    exact = np.float32 if largest < EXACT_IN_FLOAT32 else np.float64 if largest < 2**53 else np.int64
    windows = _windows(codes.astype(exact), synapses.window)  # no partial sum exceeds ``largest``
    n, rows, columns, channels, *kernel = windows.shape
    split = windows.transpose(0, 1, 2, 4, 5, 3).reshape(n * rows * columns, -1, groups, channels // groups)
    patches = split.transpose(2, 0, 1, 3).reshape(groups, n * rows * columns, -1)
    by_group = weights.reshape(kernel[0] * kernel[1] * (channels // groups), groups, -1).transpose(1, 0, 2)
    products = [(patches @ part.astype(exact)).astype(np.int64) for part in _parts(by_group)]
    return np.concatenate(products, axis=2).transpose(1, 0, 2).reshape(n, rows, columns, -1)


def _parts(weights: NDArray[np.integer[Any]]) -> list[NDArray[np.integer[Any]]]:
    """Split the weights by channels, the last axis: float copies of all at once are too large for a large layer."""
    return np.array_split(weights, 1 + weights.size // PART, axis=-1)

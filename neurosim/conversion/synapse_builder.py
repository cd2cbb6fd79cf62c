"""The synapses and neurons that one node becomes: what conversion offers a layer type (``network/layer.py``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.projections.graph_window import GraphWindow
from neurosim.conversion.projections.pooling import compose
from neurosim.conversion.projections.projection import POINT, Projection, Window
from neurosim.conversion.signals import Flow, InputCurrent, LayerSignal, ProjectionDraft
from neurosim.conversion.spiking import SpikingLayer
from neurosim.errors import ConversionError
from neurosim.network.adjacency import Adjacency
from neurosim.network.graph import Network, Node
from neurosim.network.shapes import Array, Pair, Shape

Kind = Literal["conv", "linear", "identity", "graph"]


class SynapseBuilder:
    """Makes synapses for one ``node``, and neurons where it is an activation.

    ``layers`` are the spiking layers so far, ``input_gain`` (channels,) the scale of each input channel, which goes
    into the first weights; ``neurons`` appends the layer that a sum flows into and returns its number.
    """

    def __init__(
        self,
        node: Node,
        network: Network,
        layers: Sequence[SpikingLayer],
        *,
        weight_bits: int,
        input_gain: NDArray[np.float64],
        neurons: Callable[[InputCurrent, str, Shape, float], int],
    ) -> None:
        self.node, self.name, self.layers, self.neurons = node, node.name, layers, neurons
        self.weight_bits, self.input_gain = weight_bits, input_gain
        self.shape = network.graph.shapes[node.name]
        self.input_shape = network.graph.shapes[node.inputs[0]]
        self.parameters: Mapping[str, Array] = network.of(node.name)

    def fire(self, source: Flow, clip: float) -> Flow:
        """Return the spikes of the neurons that a sum flows into."""
        if isinstance(source, LayerSignal):
            raise self._refused("an activation of activations; put a layer with weights between")
        return LayerSignal(self.neurons(source, self.name, self.shape, clip))

    def pool(self, source: Flow, kernel: Pair, stride: Pair, padding: Pair = (0, 0)) -> Flow:
        """Return spikes whose windows the synapses behind them sum up."""
        spikes = self._spikes(source)
        if spikes.flat:
            raise self._refused("a pool behind a Flatten has no rows and columns")
        pool = compose(spikes.pool, Window(kernel, stride, padding), *self.layers[spikes.layer].shape[1:])
        if pool is None:
            raise self._refused(
                "this pool and the one before it do not make one window: the first must tile its map without overlap "
                "or padding"
            )
        return replace(spikes, pool=pool)

    def flatten(self, source: Flow) -> Flow:
        """Return the spikes as a vector; a sum that is one already as it is."""
        if isinstance(source, LayerSignal):
            return replace(source, flat=True)
        if self.input_shape[1:] != (1, 1):
            raise self._refused(f"cannot convert a {type(self.node.layer).__name__} behind {self.node.inputs[0]}")
        return source

    def dense(self, source: Flow, weight: Array, bias: Array) -> Flow:
        """Return a sum over the whole map: a window as large as that."""
        spikes = self._spikes(source)
        rows, columns = self._pooled_size(spikes)
        window = Window((rows, columns), (1, 1))
        return self._weighted("linear", spikes, weight.reshape(len(weight), -1, rows, columns), bias, window)

    def convolve(
        self, source: Flow, weight: Array, bias: Array, *, stride: Pair, padding: Pair, groups: int = 1
    ) -> Flow:
        """Return a sum over windows."""
        spikes = self._spikes(source)
        if spikes.flat and self._pooled_size(spikes) != (1, 1):
            raise self._refused(f"a {type(self.node.layer).__name__} behind a Flatten; use a Linear")
        rows, columns = weight.shape[2:]
        return self._weighted("conv", spikes, weight, bias, Window((rows, columns), stride, padding), groups)

    def aggregate(
        self,
        source: Flow,
        weight: Array,
        bias: Array,
        *,
        neighbours: Adjacency,
        edge_weights: NDArray[np.float64],
        divisors: NDArray[np.int64] | None,
    ) -> Flow:
        """Return sums over neighbours; thresholds of a row are its divisor times as high."""
        spikes = self._spikes(source)
        if spikes.pool is not None or spikes.flat:
            raise self._refused("a graph convolution behind a pool or a Flatten; nodes are rows")
        window = GraphWindow.of(neighbours, edge_weights, self.weight_bits)
        scale = None if divisors is None else divisors[:, None, None]
        return self._weighted("graph", spikes, weight, bias, window, scale=scale)

    def identity(self, source: Flow, stride: int = 1, offset: int = 0) -> Flow:
        """Return one synapse from each neuron that is kept."""
        return self._identity(self._spikes(source), Window((1, 1), (stride, stride)), offset, self.name)

    def add(self, sources: Sequence[Flow]) -> Flow:
        """Return all that flows in; spikes go through an identity each."""
        if any(isinstance(source, LayerSignal) and source.flat for source in sources):
            raise self._refused("adds the output of a Flatten; add before it")
        currents = [
            self._identity(source, POINT, 0, f"{self.name}:{position}") if isinstance(source, LayerSignal) else source
            for position, source in enumerate(sources)
        ]
        # Membranes add what arrives, whichever projection it comes through: an Add costs no layer of its own.
        drafts = tuple(draft for current in currents for draft in current.drafts)
        scale = currents[0].scale
        if not all(np.array_equal(current.scale, scale) for current in currents):  # type: ignore[arg-type]
            raise self._refused(
                "adds a graph convolution of recipe 'degree', whose sums are larger by each node's degree, to one "
                "that is not; use recipe 'folded'"
            )
        return InputCurrent(drafts, sum((current.bias for current in currents), np.zeros(self.shape[0])), scale)

    def _spikes(self, source: Flow) -> LayerSignal:
        if isinstance(source, InputCurrent):
            raise self._refused(
                f"this {type(self.node.layer).__name__} reads {self.node.inputs[0]}, which has no activation; only "
                "activations can become spikes, so put one between them"
            )
        return source

    def _weighted(
        self,
        kind: Kind,
        spikes: LayerSignal,
        weight: Array,
        bias: Array,
        window: Window | GraphWindow,
        groups: int = 1,
        scale: NDArray[np.int64] | None = None,
    ) -> InputCurrent:
        """Return synapses with weights of their own, which lie channels-last from here on."""
        weight = weight.transpose(2, 3, 1, 0)  # to (kernel rows, kernel columns, inputs of a group, channels)
        if spikes.layer == 0:
            weight = weight * self._gain(weight.shape[3], groups)
        synapses = self._synapses(kind, spikes, window, groups=groups)
        draft = ProjectionDraft(synapses, weight, self.name, self.name)
        return InputCurrent((draft,), bias.astype(np.float64), scale)

    def _gain(self, channels: int, groups: int) -> NDArray[np.float64]:
        """Return the per-channel input scale as (channels in a group, destination channels)."""
        by_group = self.input_gain.reshape(groups, -1)
        gain: NDArray[np.float64] = np.repeat(by_group, channels // groups, axis=0).T
        return gain

    def _identity(self, spikes: LayerSignal, window: Window, offset: int, place: str) -> InputCurrent:
        if spikes.layer == 0:
            raise self._refused("a residual branch from the input; its pixels are not spikes")
        synapses = self._synapses("identity", spikes, window, channel_offset=offset)
        return InputCurrent((ProjectionDraft(synapses, np.ones(()), None, place),), np.zeros(self.shape[0]))

    def _pooled_size(self, spikes: LayerSignal) -> Pair:
        _, rows, columns = self.layers[spikes.layer].shape
        return spikes.pool.output(rows, columns) if spikes.pool else (rows, columns)

    def _synapses(self, kind: Kind, spikes: LayerSignal, window: Window | GraphWindow, **more: Any) -> Projection:
        """Return synapses whose integer weights are still to come."""
        shape = self.layers[spikes.layer].shape
        return Projection(kind, spikes.layer, shape, self.shape, np.zeros((), np.int64), window, spikes.pool, **more)

    def _refused(self, why: str) -> ConversionError:
        return ConversionError(f"{self.name}: {why}")

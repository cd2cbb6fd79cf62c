"""The layers of a spiking network, assembled in one walk over a folded graph."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.precision.quantise import quantise
from neurosim.conversion.projections.graph_window import GraphWindow
from neurosim.conversion.projections.pooling import compose
from neurosim.conversion.projections.projection import POINT, Projection, Shape, Window
from neurosim.conversion.projections.real_projection import RealProjection
from neurosim.conversion.spiking import SpikingLayer
from neurosim.errors import ConversionError
from neurosim.network.graph import Network, Node
from neurosim.network.layers import (
    Activation,
    Add,
    AvgPool2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    GraphConv,
    Input,
    Linear,
    MaxPool2d,
    Shortcut,
)
from neurosim.neurons.model import NeuronModel, Role


@dataclass(frozen=True)
class LayerSignal:
    """The activations of a layer on their way to synapses: perhaps pooled, perhaps as a vector."""

    layer: int
    pool: Window | None = None
    flat: bool = False


@dataclass(frozen=True, eq=False)
class ProjectionDraft:
    """Synapses whose integer weights are still to come, their real weights, and the node that holds these."""

    synapses: Projection
    weights: NDArray[np.floating]
    node: str | None  # None: an identity has no weights of its own


@dataclass(frozen=True, eq=False)
class InputCurrent:
    """What flows into membranes: bundles of synapses, and the sum of their biases (channels,).

    With ``scale`` (rows, 1, 1) all of it is so many times larger in a row, and the biases are (rows, 1, channels).
    """

    bundles: tuple[ProjectionDraft, ...]
    bias: NDArray[np.float64]
    scale: NDArray[np.int64] | None = None


class Lowering:
    """One walk over a folded graph; every activation and the output become a layer of neurons.

    ``input_units`` is (channels,), the real value of one input step; ``input_max`` the largest magnitude of an input
    code. After ``assemble``, ``layers`` holds the layers and ``nodes`` the names of the nodes whose weights each
    layer's sources hold.
    """

    def __init__(
        self,
        network: Network,
        model: NeuronModel,
        *,
        levels: int,
        weight_bits: int,
        accumulator_bits: int,
        input_units: NDArray[np.float64],
        input_max: int,
    ) -> None:
        self.network, self.model, self.levels = network, model, levels
        self.weight_bits, self.accumulator_bits = weight_bits, accumulator_bits
        self.input_unit, self.input_max = float(input_units.max()), input_max
        self.input_gain = input_units / self.input_unit  # per-channel scale, taken into the first weights
        self.layers: list[SpikingLayer] = []
        self.nodes: list[tuple[str | None, ...]] = []

    def assemble(self) -> tuple[SpikingLayer, ...]:
        """Walk the graph and return the layers; a ConversionError names the node that cannot be made of spikes."""
        graph = self.network.graph
        signals: dict[str, LayerSignal | InputCurrent] = {}
        for node in graph.nodes:
            if isinstance(node.layer, Input):
                signals[node.name] = self._input(node)
            else:
                signals[node.name] = self._signal(node, [signals[name] for name in node.inputs])
        last = graph.nodes[-1].name
        output = signals[last]
        if isinstance(output, LayerSignal):
            raise ConversionError(f"{last}: the network ends in it; the output must come from a Linear or Conv2d layer")
        self._neurons(output, last, graph.shapes[last], None)
        return tuple(self.layers)

    def _input(self, node: Node) -> LayerSignal:
        shape, none = self.network.graph.shapes[node.name], np.zeros(0, np.int64)
        bits, unit, threshold = 1 + self.input_max.bit_length(), self.input_unit, 0
        if not self.model.reads_pixels:
            unit, threshold = unit * self.input_max, self.input_max
        host = SpikingLayer(node.name, "input", shape, (), none, threshold, unit, 0, bits, input_max=self.input_max)
        self.layers.append(host)
        self.nodes.append(())
        return LayerSignal(0)

    def _signal(self, node: Node, sources: list[LayerSignal | InputCurrent]) -> LayerSignal | InputCurrent:
        """Return what leaves ``node``, given what enters it."""
        layer, source = node.layer, sources[0]
        shape = self.network.graph.shapes[node.name]
        before = self.network.graph.shapes[node.inputs[0]]
        match layer, source:
            case (Activation(), InputCurrent()):
                lam = float(self.network.of(node.name)["lam"])
                return LayerSignal(self._neurons(source, node.name, shape, lam))
            case (Activation(), LayerSignal()):
                raise ConversionError(f"{node.name}: an activation of activations; put a layer with weights between")
            case (MaxPool2d(), _):
                raise ConversionError(f"{node.name}: a maximum of spikes is not a sum; train with average pools")
            case (AvgPool2d() | GlobalAvgPool2d() | Shortcut() | Conv2d() | Linear(), InputCurrent()):
                kind = type(layer).__name__
                raise ConversionError(
                    f"{node.name}: this {kind} reads {node.inputs[0]}, which has no activation; only activations can "
                    "become spikes, so put one between them"
                )
            case (AvgPool2d(kernel, stride, padding), LayerSignal()):
                return self._pool(node, source, Window(kernel, stride, padding), before)
            case (GlobalAvgPool2d(), LayerSignal()):
                return self._pool(node, source, Window(before[1:], (1, 1)), before)
            case (Flatten(), LayerSignal()):
                return replace(source, flat=True)
            case (Flatten(), InputCurrent()) if before[1:] == (1, 1):
                return source
            case (Conv2d() | Linear(), LayerSignal()):
                return self._weighted(node, source)
            case (Shortcut(stride, offset, _), LayerSignal()):
                return self._identity(node, source, shape, Window((1, 1), (stride, stride)), offset)
            case (Add(), _):
                return self._sum(node, sources, shape)
        raise ConversionError(f"{node.name}: cannot convert a {type(layer).__name__} behind {node.inputs[0]}")

    def _pool(self, node: Node, source: LayerSignal, window: Window, before: Shape) -> LayerSignal:
        if source.flat:
            raise ConversionError(f"{node.name}: a pool behind a Flatten has no rows and columns")
        pool = compose(source.pool, window, *self.layers[source.layer].shape[1:])
        if pool is None:
            raise ConversionError(
                f"{node.name}: this pool and the one before it do not make one window: the first must tile its map "
                "without overlap or padding"
            )
        return replace(source, pool=pool)

    def _weighted(self, node: Node, source: LayerSignal) -> InputCurrent:
        """Return the synapses of a Conv2d or Linear, weights channels-last."""
        layer, own = node.layer, self.network.of(node.name)
        weight = own["weight"]
        _, rows, columns = self._pooled(source)
        window: Window | GraphWindow = Window((rows, columns), (1, 1))
        groups, bias, scale = 1, own["bias"].astype(np.float64), None
        if isinstance(layer, Linear):
            weight = weight.reshape(len(weight), -1, rows, columns)  # a Flatten is this, no more
        elif isinstance(layer, GraphConv):
            if source.pool is not None or source.flat:
                raise ConversionError(f"{node.name}: a graph convolution behind a pool or a Flatten; nodes are rows")
            window = GraphWindow.of(layer, self.weight_bits)
            if layer.recipe == "degree":
                bias, scale = layer.bias_gains[:, None, None] * bias, layer.divisors[:, None, None]
        elif isinstance(layer, Conv2d):
            if source.flat and (rows, columns) != (1, 1):
                raise ConversionError(f"{node.name}: a Conv2d behind a Flatten; use a Linear")
            window, groups = Window(layer.kernel, layer.stride, layer.padding), layer.groups
        weight = weight.transpose(2, 3, 1, 0)
        if source.layer == 0:
            weight = weight * self._gain(weight.shape[3], groups)
        kind = {Linear: "linear", GraphConv: "graph"}.get(type(layer), "conv")
        shape = self.network.graph.shapes[node.name]
        synapses = self._synapses(kind, source, shape, window, groups=groups)
        return InputCurrent((ProjectionDraft(synapses, weight, node.name),), bias, scale)

    def _gain(self, channels: int, groups: int) -> NDArray[np.float64]:
        """Return the per-channel input scale as (channels in a group, destination channels)."""
        by_group = self.input_gain.reshape(groups, -1)
        return np.repeat(by_group, channels // groups, axis=0).T

    def _identity(self, node: Node, source: LayerSignal, shape: Shape, window: Window, offset: int = 0) -> InputCurrent:
        if source.layer == 0:
            raise ConversionError(f"{node.name}: a residual branch from the input; its pixels are not spikes")
        synapses = self._synapses("identity", source, shape, window, channel_offset=offset)
        return InputCurrent((ProjectionDraft(synapses, np.ones(()), None),), np.zeros(shape[0]))

    def _sum(self, node: Node, sources: list[LayerSignal | InputCurrent], shape: Shape) -> InputCurrent:
        if any(isinstance(source, LayerSignal) and source.flat for source in sources):
            raise ConversionError(f"{node.name}: adds the output of a Flatten; add before it")
        currents = [
            source if isinstance(source, InputCurrent) else self._identity(node, source, shape, POINT)
            for source in sources
        ]
        bundles = tuple(bundle for current in currents for bundle in current.bundles)
        scale = currents[0].scale
        if not all(np.array_equal(current.scale, scale) for current in currents):  # type: ignore[arg-type]
            raise ConversionError(
                f"{node.name}: adds a graph convolution of recipe 'degree', whose sums are larger by each node's "
                "degree, to one that is not; use recipe 'folded'"
            )
        return InputCurrent(bundles, sum((current.bias for current in currents), np.zeros(shape[0])), scale)

    def _pooled(self, source: LayerSignal) -> Shape:
        channels, rows, columns = self.layers[source.layer].shape
        return (channels, *(source.pool.output(rows, columns) if source.pool else (rows, columns)))

    def _synapses(
        self, kind: str, source: LayerSignal, shape: Shape, window: Window | GraphWindow, **more: int
    ) -> Projection:
        """Return synapses whose weights are still to come."""
        source_shape = self.layers[source.layer].shape
        return Projection(kind, source.layer, source_shape, shape, np.zeros((), np.int64), window, source.pool, **more)  # type: ignore[arg-type]

    def _neurons(self, current: InputCurrent, node: str, shape: Shape, lam: float | None) -> int:
        """Append the layer that ``current`` flows into and return its number; without ``lam`` it is the output."""
        taken = {layer.name for layer in self.layers}
        name = next((bundle.node for bundle in current.bundles if bundle.node and bundle.node not in taken), node)
        role = self._role(name, current, lam)
        unit = 1.0 if lam is None else self.model.unit(lam, self.levels)
        layer = quantise(
            name,
            [self._branch(bundle) for bundle in current.bundles],
            current.bias,
            unit,
            self.model.in_role(role),
            fires=lam is not None,
            weight_bits=self.weight_bits,
            accumulator_bits=self.accumulator_bits,
            scale=current.scale,
        )
        sources = tuple(
            replace(bundle.synapses, weights=_frozen(weights))
            for bundle, weights in zip(current.bundles, layer.weights, strict=True)
        )
        bias, threshold, bits = _frozen(layer.bias), layer.threshold, layer.accumulator_bits
        threshold = _frozen(threshold) if isinstance(threshold, np.ndarray) else threshold
        self.layers.append(
            SpikingLayer(
                name,
                role,
                shape,
                sources,
                bias,
                threshold,
                unit,
                layer.exponent,
                bits,
                full_bits=layer.full_bits,
                typical_bits=layer.typical_bits,
            )
        )
        self.nodes.append(tuple(bundle.node for bundle in current.bundles))
        return len(self.layers) - 1

    def _branch(self, bundle: ProjectionDraft) -> RealProjection:
        number = bundle.synapses.source
        largest = self.input_max if number == 0 and self.model.reads_pixels else self.model.largest_input()
        return RealProjection.behind(bundle.synapses, bundle.weights, self.layers[number].unit, largest)

    def _role(self, name: str, current: InputCurrent, lam: float | None) -> Role:
        numbers = {bundle.synapses.source for bundle in current.bundles}
        if 0 in numbers and lam is None:
            raise ConversionError(f"{name}: the output reads the input itself; a network needs at least one activation")
        if 0 in numbers and len(numbers) > 1:
            raise ConversionError(f"{name}: reads the input beside other layers; only a first layer can read pixels")
        return "output" if lam is None else "first" if 0 in numbers else "hidden"


def _frozen(array: NDArray) -> NDArray:
    """Return the array itself, to be read only from now on."""
    array.flags.writeable = False
    return array

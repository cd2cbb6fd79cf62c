"""Lowering: the layers of a spiking network, made in one walk over a folded graph."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.precision.quantise import quantise
from neurosim.conversion.projections.projection import Shape
from neurosim.conversion.projections.real_projection import RealProjection
from neurosim.conversion.signals import Flow, InputCurrent, LayerSignal, ProjectionDraft
from neurosim.conversion.spiking import SpikingLayer
from neurosim.conversion.synapse_builder import SynapseBuilder
from neurosim.errors import ConversionError
from neurosim.network.graph import Network, Node
from neurosim.neurons.model import NeuronModel, Role

Number = TypeVar("Number", bound=np.generic)


class Lowering:
    """One walk over a folded graph; every activation and the output become a layer of neurons.

    After ``assemble``, ``layers`` are the layers, ``nodes`` the names of the nodes whose weights each layer's sources
    hold, and ``places`` those of the nodes in which their synapses are (``ProjectionDraft``).

    Parameters
    ----------
    network : Network
        Without batch normalisation, with clipped activations.
    model : NeuronModel
        The neurons of all layers.
    levels : int
        Number of non-zero activation levels.
    weight_bits, accumulator_bits : int
        Signed widths of the hardware.
    input_units : ndarray of float64, (channels,)
        Real value of one step of an input code.
    input_max : int
        Largest magnitude of an input code.
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
        # One exponent for the layer needs one unit for its inputs: the rest of a channel's unit goes into its weights.
        self.input_gain = input_units / self.input_unit  # per-channel scale, taken into the first weights
        self.layers: list[SpikingLayer] = []
        self.nodes: list[tuple[str | None, ...]] = []
        self.places: list[tuple[str, ...]] = []

    def assemble(self) -> tuple[SpikingLayer, ...]:
        """Walk the graph and return the layers; ConversionError, naming the node, where one has no spiking form."""
        graph = self.network.graph
        signals: dict[str, Flow] = {}
        for node in graph.nodes:
            sources = [signals[name] for name in node.inputs]
            signals[node.name] = self._leaving(node, sources) if sources else self._input(node)
        last = graph.nodes[-1].name
        output = signals[last]
        if isinstance(output, LayerSignal):
            raise ConversionError(f"{last}: the network ends in it; the output must come from a Linear or Conv2d layer")
        self._neurons(output, last, graph.shapes[last], None)
        return tuple(self.layers)

    def _input(self, node: Node) -> LayerSignal:
        shape, none = self.network.graph.shapes[node.name], np.zeros(0, np.int64)
        bits, unit, threshold = 1 + self.input_max.bit_length(), self.input_unit, 0
        # Spikes of the host are worth whole pixels at the first phase, so that the largest pixel is their threshold.
        if not self.model.reads_pixels:
            unit, threshold = unit * self.input_max, self.input_max
        host = SpikingLayer(node.name, "input", shape, (), none, threshold, unit, 0, bits, input_max=self.input_max)
        self.layers.append(host)
        self.nodes.append(())
        self.places.append(())
        return LayerSignal(0)

    def _leaving(self, node: Node, sources: list[Flow]) -> Flow:
        """Return what leaves ``node``, given what enters it: its layer type knows."""
        builder = SynapseBuilder(
            node,
            self.network,
            self.layers,
            weight_bits=self.weight_bits,
            input_gain=self.input_gain,
            neurons=self._neurons,
        )
        try:
            return node.layer.lower(builder, *sources)
        except NotImplementedError as error:
            why = str(error) or f"cannot convert a {type(node.layer).__name__} behind {node.inputs[0]}"
            raise ConversionError(f"{node.name}: {why}") from None

    def _neurons(self, current: InputCurrent, node: str, shape: Shape, lam: float | None) -> int:
        """Append the layer that ``current`` flows into and return its number; without ``lam`` it is the output."""
        # A layer of neurons is named after the node that holds its weights, as people look for it.
        taken = {layer.name for layer in self.layers}
        name = next((draft.node for draft in current.drafts if draft.node and draft.node not in taken), node)
        role = self._role(name, current, lam)
        unit = 1.0 if lam is None else self.model.unit(lam, self.levels)
        layer = quantise(
            name,
            [self._real_projection(draft) for draft in current.drafts],
            current.bias,
            unit,
            self.model.in_role(role),
            fires=lam is not None,
            weight_bits=self.weight_bits,
            accumulator_bits=self.accumulator_bits,
            scale=current.scale,
        )
        sources = tuple(
            replace(draft.synapses, weights=_frozen(weights))
            for draft, weights in zip(current.drafts, layer.weights, strict=True)
        )
        threshold = _frozen(layer.threshold) if isinstance(layer.threshold, np.ndarray) else layer.threshold
        self.layers.append(
            SpikingLayer(
                name,
                role,
                shape,
                sources,
                _frozen(layer.bias),
                threshold,
                unit,
                exponent=layer.exponent,
                accumulator_bits=layer.accumulator_bits,
                full_bits=layer.full_bits,
                typical_bits=layer.typical_bits,
            )
        )
        self.nodes.append(tuple(draft.node for draft in current.drafts))
        self.places.append(tuple(draft.place for draft in current.drafts))
        return len(self.layers) - 1

    def _real_projection(self, draft: ProjectionDraft) -> RealProjection:
        number = draft.synapses.source
        largest = self.input_max if number == 0 and self.model.reads_pixels else self.model.largest_input()
        return RealProjection.behind(draft.synapses, draft.weights, self.layers[number].unit, largest)

    def _role(self, name: str, current: InputCurrent, lam: float | None) -> Role:
        numbers = {draft.synapses.source for draft in current.drafts}
        if 0 in numbers and lam is None:
            raise ConversionError(f"{name}: the output reads the input itself; a network needs at least one activation")
        if 0 in numbers and len(numbers) > 1:
            raise ConversionError(f"{name}: reads the input beside other layers; only a first layer can read pixels")
        return "output" if lam is None else "first" if 0 in numbers else "hidden"


def _frozen(array: NDArray[Number]) -> NDArray[Number]:
    """Return the array itself, read-only from now on."""
    array.flags.writeable = False
    return array

"""A graph as a PyTorch module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from neurosim.errors import ConversionError
from neurosim.network.graph import Graph, Network, Node
from neurosim.training.integer_grid import IntegerGrid
from neurosim.training.qcfs import QcfsActivation


class _Folded(NamedTuple):
    """What a layer computes with on a grid, in place of its module."""

    weight: Tensor
    bias: Tensor | None


class GraphModule(nn.Module):
    """The layers of a graph, evaluated in its order; parameters have the names of ``Graph.parameters``.

    Settled on a ``grid``, it computes what the converter makes of it: weights and biases folded with the statistics of
    batch normalisation, which stand still, and all of them rounded to the layer's integers.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        self.grid: IntegerGrid | None = None
        self.layers = nn.ModuleDict({_key(node.name): _module(node, graph) for node in graph.nodes[1:]})
        self._normalised = {node.inputs[0]: node.name for node in graph.nodes if node.layer.folds}
        self._last_use = graph.last_use

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (n, classes) for ``images`` (n, channels, rows, columns)."""
        outputs = {self.graph.nodes[0].name: images}
        for number, node in enumerate(self.graph.nodes[1:], start=1):
            sources = [outputs[name] for name in node.inputs]
            outputs[node.name] = self._evaluate(node, sources)
            for name in {name for name in node.inputs if self._last_use[name] == number}:
                del outputs[name]
        return outputs[self.graph.nodes[-1].name].flatten(1)

    @property
    def activations(self) -> dict[str, QcfsActivation]:
        """Its activations by the names of their nodes, in order."""
        made = ((node.name, self.layers[_key(node.name)]) for node in self.graph.nodes[1:])
        return {name: layer for name, layer in made if isinstance(layer, QcfsActivation)}

    def normalisation(self, name: str) -> nn.BatchNorm2d:
        """Return the batch normalisation of one node."""
        layer = self.layers[_key(name)]
        assert isinstance(layer, nn.BatchNorm2d)
        return layer

    @torch.no_grad()
    def rest_constant_channels(self) -> None:
        """Take the weights from normalised channels that have not varied for hundreds of batches.

        Their running variance has decayed to nothing, as it does behind a channel that never fires, so normalisation
        divides by the root of ``eps``: behind it such a weight is hundreds of times as large as any other, and its
        layer would have no integers left for those. What the channel gives stays what it was.
        """
        for name, after in self._normalised.items():
            layer: Any = self.layers[_key(name)]
            norm = self.normalisation(after)
            assert norm.running_mean is not None
            assert norm.running_var is not None
            constant = norm.running_var < torch.finfo(torch.float32).tiny
            layer.weight[constant] = 0.0
            norm.running_mean[constant] = 0.0 if layer.bias is None else layer.bias[constant]

    def settle(self, grid: IntegerGrid) -> None:
        """Compute on a grid from now on; clip values stand still, on which it depends."""
        self.grid = grid
        for name, activation in self.activations.items():
            activation.lam.requires_grad_(False)
            activation.rounding = grid.rounding(name)

    def load(self, parameters: Mapping[str, np.ndarray]) -> None:
        """Take over parameters by their names in the graph, as floating-point arrays."""
        with torch.no_grad():
            for name, tensor in self._tensors().items():
                tensor.copy_(torch.from_numpy(np.array(parameters[name], np.float32)))

    @torch.no_grad()
    def network(self) -> Network:
        """Return what it has learnt, float32; on a grid, parameters that fold to the numbers that it computes with."""
        arrays = {name: tensor.detach().cpu().numpy().copy() for name, tensor in self._tensors().items()}
        if (grid := self.grid) is not None:
            for name in grid.steps:
                arrays |= self._unfolded(name, arrays, grid)
        return Network(self.graph, arrays, "trained")

    def _unfolded(self, name: str, arrays: Mapping[str, np.ndarray], grid: IntegerGrid) -> dict[str, np.ndarray]:
        """Return the parameters of one layer, or of its normalisation, that fold to what it is on the grid."""
        weight, bias = (
            None if tensor is None else tensor.double().cpu().numpy() for tensor in self._folded(name, grid)
        )
        assert weight is not None
        if (after := self._normalised.get(name)) is None:
            found = {f"{name}.weight": weight, f"{name}.bias": bias}
            return {key: array.astype(np.float32) for key, array in found.items() if array is not None}
        assert bias is not None
        norm = {key: arrays[f"{after}.{key}"].astype(np.float64) for key in ("weight", "running_mean", "running_var")}
        gain = norm["weight"] / np.sqrt(norm["running_var"] + self.normalisation(after).eps)
        own = arrays.get(f"{name}.bias", np.zeros(1)).astype(np.float64)
        by_channel = gain.reshape(-1, *[1] * (weight.ndim - 1))
        # A channel of gain 0 has no weights behind its normalisation, whatever they are before it.
        weight = np.divide(weight, by_channel, out=np.zeros_like(weight), where=by_channel != 0)
        bias = bias - gain * (own - norm["running_mean"])
        return {f"{name}.weight": weight.astype(np.float32), f"{after}.bias": bias.astype(np.float32)}

    def parameters_by_name(self) -> dict[str, nn.Parameter]:
        """What is learnt by gradients, by names in the graph."""
        return {name: tensor for name, tensor in self._tensors().items() if isinstance(tensor, nn.Parameter)}

    def _tensors(self) -> dict[str, Tensor]:
        """Return parameters and running statistics by their names in the graph."""
        state = dict(self.layers.named_parameters()) | dict(self.layers.named_buffers())
        return {
            name: state[f"{_key(name.rpartition('.')[0])}.{name.rpartition('.')[2]}"] for name in self.graph.parameters
        }

    def _evaluate(self, node: Node, sources: list[Tensor]) -> Tensor:
        layer, grid = node.layer, self.grid
        module: Any = self.layers[_key(node.name)]
        if grid is None or layer.fires:
            return layer.torch_forward(module, *sources)
        if layer.folds:
            return sources[0]  # folded into the convolution before it
        if layer.weighted:
            module = _Folded(*self._folded(node.name, grid))
        entering = (grid.branch(f"{node.name}:{position}", source) for position, source in enumerate(sources))
        return grid.branch(node.name, layer.torch_forward(module, *entering))

    def _folded(self, name: str, grid: IntegerGrid) -> tuple[Tensor, Tensor | None]:
        """Return weights and biases of a layer, its normalisation folded in, on the grid."""
        layer: Any = self.layers[_key(name)]
        weight, bias = layer.weight, layer.bias
        if (after := self._normalised.get(name)) is not None:
            norm = self.normalisation(after)
            assert norm.running_mean is not None
            assert norm.running_var is not None
            gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            weight = weight * gain.reshape(-1, *[1] * (weight.ndim - 1))
            own = -norm.running_mean if bias is None else bias - norm.running_mean
            bias = norm.bias + gain * own
        return grid.weight(name, weight), grid.bias(name, bias)


def _key(name: str) -> str:
    """Return a node's name as PyTorch allows it, without dots."""
    return name.replace(".", "/")


def _module(node: Node, graph: Graph) -> nn.Module:
    """Return the module of one node; ConversionError for a layer that cannot be trained for spikes."""
    if (levels := node.layer.activation_levels) is not None:
        return QcfsActivation(levels)
    try:
        return node.layer.torch_module(graph.shapes[node.inputs[0]])
    except NotImplementedError as error:
        raise ConversionError(f"{node.name}: {str(error) or _untrainable(node)}") from None


def _untrainable(node: Node) -> str:
    return f"a {type(node.layer).__name__} cannot be trained"

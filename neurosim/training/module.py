"""A graph as a PyTorch module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from neurosim.errors import ConversionError
from neurosim.network import layers
from neurosim.network.graph import Graph, Network, Node
from neurosim.training.grid import Grid
from neurosim.training.qcfs import Activation


class GraphModule(nn.Module):
    """The layers of a graph, evaluated in its order; parameters have the names of ``Graph.parameters``.

    With a ``grid``, weights are what the converter makes of them: folded with the statistics of batch normalisation,
    which stand still, and rounded to the layer's integers.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        self.grid: Grid | None = None
        self.layers = nn.ModuleDict({_key(node.name): _layer(node, graph) for node in graph.nodes[1:]})
        normalised = {node.inputs[0]: node.name for node in graph.nodes if isinstance(node.layer, layers.BatchNorm2d)}
        self._normalisation = {name: self.layers[_key(after)] for name, after in normalised.items()}
        self._last_use = {name: number for number, node in enumerate(graph.nodes) for name in node.inputs}

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
    def activations(self) -> dict[str, Activation]:
        """Its activations by the names of their nodes, in order."""
        made = ((node.name, self.layers[_key(node.name)]) for node in self.graph.nodes[1:])
        return {name: layer for name, layer in made if isinstance(layer, Activation)}

    def normalisation(self, name: str) -> nn.BatchNorm2d:
        """Return the batch normalisation of one node."""
        layer = self.layers[_key(name)]
        assert isinstance(layer, nn.BatchNorm2d)
        return layer

    def load(self, parameters: Mapping[str, np.ndarray]) -> None:
        """Take over parameters by their names in the graph, as floating-point arrays."""
        with torch.no_grad():
            for name, tensor in self._tensors().items():
                tensor.copy_(torch.from_numpy(np.array(parameters[name], np.float32)))

    def network(self) -> Network:
        """Return what it has learnt, float32; with a grid, the weights that it computes with."""
        arrays = {name: tensor.detach().cpu().numpy().copy() for name, tensor in self._tensors().items()}
        network = Network(self.graph, arrays, "trained")
        return network if self.grid is None else self.grid.rounded(network)

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
        x = sources[0]
        layer: Any = self.layers[_key(node.name)]
        match node.layer:
            case layers.Add():
                return sum(sources[1:], start=x)
            case layers.Shortcut(stride, before, after):
                return functional.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, before, after))
            case layers.Conv2d() | layers.Linear() if self.grid is not None:
                return self._on_grid(node, layer, x, self.grid)
            case layers.BatchNorm2d() if self.grid is not None:
                offset = layer.bias - _gain(layer) * layer.running_mean
                return x + offset.to(x.dtype)[:, None, None]
            case layers.Linear():
                y: Tensor = layer(x.flatten(1))
                return y[:, :, None, None]
        made: Tensor = layer(x)
        return made

    def _on_grid(self, node: Node, layer: Any, x: Tensor, grid: Grid) -> Tensor:
        """Evaluate a layer with folded, rounded weights; the offset of its normalisation is added behind it."""
        weight, bias = layer.weight, layer.bias
        if (norm := self._normalisation.get(node.name)) is not None:
            gain = _gain(norm)
            weight = weight * gain.reshape(-1, *[1] * (weight.ndim - 1))
            bias = None if bias is None else bias * gain
        weight = grid.straight_through(node.name, weight)
        if isinstance(layer, nn.Linear):
            return functional.linear(x.flatten(1), weight, bias)[:, :, None, None]
        return functional.conv2d(x, weight, bias, layer.stride, layer.padding, 1, layer.groups)


def _key(name: str) -> str:
    """Return a node's name as PyTorch allows it, without dots."""
    return name.replace(".", "/")


def _gain(norm: nn.Module) -> Tensor:
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_var is not None
    return norm.weight / torch.sqrt(norm.running_var + norm.eps)


def _layer(node: Node, graph: Graph) -> nn.Module:
    """Return the module of one node; ConversionError for a layer that cannot be trained for spikes."""
    channels, rows, columns = graph.shapes[node.inputs[0]]
    match node.layer:
        case layers.Conv2d(out, kernel, stride, padding, groups, bias):
            return nn.Conv2d(channels, out, kernel, stride, padding, groups=groups, bias=bias)
        case layers.Linear(out, bias):
            return nn.Linear(channels * rows * columns, out, bias)
        case layers.BatchNorm2d(eps):
            return nn.BatchNorm2d(channels, eps)
        case layers.Activation(levels):
            return Activation(levels)
        case layers.GlobalAvgPool2d():
            return nn.AdaptiveAvgPool2d(1)
        case layers.MaxPool2d() | layers.ReLU():
            raise ConversionError(f"{node.name}: a {type(node.layer).__name__} cannot become spikes; train without it")
        case layers.AvgPool2d(kernel, stride, padding):
            return nn.AvgPool2d(kernel, stride, padding)
        case layers.Flatten() | layers.Add() | layers.Shortcut():
            return nn.Identity()
    raise ConversionError(f"{node.name}: a {type(node.layer).__name__} cannot be trained")

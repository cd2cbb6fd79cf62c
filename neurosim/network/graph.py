"""Named layers joined into a network, shapes checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import ConversionError
from neurosim.network.layers import Activation, BatchNorm2d, Conv2d, Input, Layer, Linear, ReLU, Shape


@dataclass(frozen=True)
class Node:
    """One layer under its name, and the names of the nodes that feed it."""

    name: str
    layer: Layer
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graph:
    """Nodes in an order in which each comes after its inputs; the last is the output.

    Building one checks names, numbers of inputs and shapes; the first thing wrong is a ConversionError naming the node.
    """

    name: str
    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        inputs = sum(isinstance(node.layer, Input) for node in self.nodes)
        if inputs != 1:
            raise ConversionError(f"{self.name}: a network has one Input, this has {inputs}")
        _ = self.shapes
        read = {name for node in self.nodes for name in node.inputs}
        for node in self.nodes[:-1]:
            if node.name not in read:
                raise ConversionError(f"{node.name}: no layer reads its output")

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """(channels, rows, columns) of every node's output, by name."""
        shapes: dict[str, Shape] = {}
        for node in self.nodes:
            if node.name in shapes:
                raise ConversionError(f"{node.name}: two layers have this name")
            if unknown := [name for name in node.inputs if name not in shapes]:
                raise ConversionError(f"{node.name}: its input {unknown[0]!r} is not a layer before it")
            wanted = node.layer.inputs
            if len(node.inputs) < 2 if wanted < 0 else len(node.inputs) != wanted:
                takes = "two or more inputs" if wanted < 0 else f"{wanted} input{'s' * (wanted != 1)}"
                raise ConversionError(f"{node.name}: takes {takes}, has {len(node.inputs)}")
            try:
                shapes[node.name] = node.layer.output(*(shapes[name] for name in node.inputs))
            except ValueError as error:
                raise ConversionError(f"{node.name}: {error}") from None
        return shapes

    @property
    def input(self) -> Input:
        """Its one Input layer."""
        return next(node.layer for node in self.nodes if isinstance(node.layer, Input))

    @cached_property
    def parameters(self) -> Mapping[str, tuple[int, ...]]:
        """Shapes of all parameters by their full name, ``node.parameter``."""
        return {
            f"{node.name}.{name}": shape
            for node in self.nodes
            if node.inputs
            for name, shape in node.layer.parameters(self.shapes[node.inputs[0]]).items()
        }

    @property
    def macs(self) -> int:
        """Nominal products of one evaluation, fan-in x neurons, zero padding included."""
        return sum(node.layer.macs(self.shapes[node.inputs[0]]) for node in self.nodes if node.inputs)

    @property
    def neurons(self) -> int:
        """Number of activations, each of which becomes a neuron that fires."""
        maps = (self.shapes[node.name] for node in self.nodes if isinstance(node.layer, Activation | ReLU))
        return sum(channels * rows * columns for channels, rows, columns in maps)

    @property
    def levels(self) -> int:
        """The number of non-zero activation levels, one for the whole network."""
        levels = {node.layer.levels for node in self.nodes if isinstance(node.layer, Activation)}
        if len(levels) != 1:
            found = " and ".join(map(str, sorted(levels))) or "none"
            raise ConversionError(f"{self.name}: all activations must have the same levels, found {found}")
        return levels.pop()

    def with_levels(self, levels: int) -> Graph:
        """Return the same graph with ``levels`` activation levels everywhere."""
        nodes = (
            replace(node, layer=replace(node.layer, levels=levels)) if isinstance(node.layer, Activation) else node
            for node in self.nodes
        )
        return Graph(self.name, tuple(nodes))

    def rectified(self) -> Graph:
        """Return the same graph with activations that are a ReLU, without clip values and levels."""
        nodes = (replace(node, layer=ReLU()) if isinstance(node.layer, Activation) else node for node in self.nodes)
        return Graph(self.name, tuple(nodes))

    @property
    def unclipped(self) -> tuple[str, ...]:
        """The names of its ReLU activations: before they can become spikes they need clip values."""
        return tuple(node.name for node in self.nodes if isinstance(node.layer, ReLU))

    def folded(self) -> Graph:
        """Return the graph without batch normalisation, a bias in each layer with weights instead."""
        gone = {node.name: node.inputs[0] for node in self.nodes if isinstance(node.layer, BatchNorm2d)}
        nodes = []
        for node in self.nodes:
            if node.name in gone:
                continue
            layer = node.layer
            if isinstance(layer, Conv2d | Linear):
                layer = replace(layer, bias=True)
            nodes.append(Node(node.name, layer, tuple(gone.get(name, name) for name in node.inputs)))
        return Graph(self.name, tuple(nodes))


@dataclass(frozen=True, eq=False)
class Network:
    """A graph and its parameters: floating-point arrays by full name, as ``Graph.parameters`` lists them."""

    graph: Graph
    parameters: Mapping[str, NDArray[np.floating]]
    weights_origin: Literal["trained", "synthetic"]

    def of(self, name: str) -> dict[str, NDArray[np.floating]]:
        """Return the parameters of one node, by their short names."""
        prefix = f"{name}."
        own = {key.removeprefix(prefix): value for key, value in self.parameters.items() if key.startswith(prefix)}
        return {key: value for key, value in own.items() if "." not in key}

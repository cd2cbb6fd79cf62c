"""Named layers joined into a network, shapes checked once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import ConversionError
from neurosim.messages import suggest
from neurosim.network.layers import (
    Activation,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Input,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Shape,
)
from neurosim.network.parameters import problems

LARGEST_MAP = 2**25  # numbers of one image; what this refuses would take gigabytes before a chip refused it
MOST_WEIGHTS = 2**28  # numbers of all layers, twice those of VGG16 for ImageNet
MOST_TOLD = 20


@dataclass(frozen=True)
class Node:
    """One layer under its name, and the names of the nodes that feed it.

    A layer with a field that cannot be is a ConversionError naming the node.
    """

    name: str
    layer: Layer
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ConversionError(f"the name of a node: wanted a text, found {self.name!r}")
        if not isinstance(self.layer, Layer):
            raise ConversionError(f"{self.name}: wanted a layer, found {self.layer!r}")
        if not isinstance(self.inputs, tuple) or not all(isinstance(name, str) for name in self.inputs):
            raise ConversionError(f"{self.name}: inputs: wanted a tuple of names, found {self.inputs!r}")
        try:
            self.layer.check()
        except ValueError as error:
            raise ConversionError(f"{self.name}: {error}") from None


@dataclass(frozen=True)
class Graph:
    """Nodes in an order in which each comes after its inputs; the last is the output.

    Building one checks names, numbers of inputs, shapes and sizes; the first thing wrong is a ConversionError naming
    the node.
    """

    name: str
    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        if strangers := [node for node in self.nodes if not isinstance(node, Node)]:
            raise ConversionError(f"{self.name}: wanted nodes, found {strangers[0]!r}")
        inputs = sum(isinstance(node.layer, Input) for node in self.nodes)
        if inputs != 1:
            raise ConversionError(f"{self.name}: a network has one Input, this has {inputs}")
        self._check_size()
        read = {name for node in self.nodes for name in node.inputs}
        for node in self.nodes[:-1]:
            if node.name not in read:
                raise ConversionError(f"{node.name}: no layer reads its output")

    def _check_size(self) -> None:
        """Refuse maps and weights that no memory holds, from their shapes alone."""
        for name, shape in self.shapes.items():
            if math.prod(shape) > LARGEST_MAP:
                sizes = " x ".join(f"{size:,}" for size in shape)
                raise ConversionError(f"{name}: a map of {sizes} numbers; at most {LARGEST_MAP:,} are taken")
        weights = {name: math.prod(shape) for name, shape in self.parameters.items()}
        if sum(weights.values()) > MOST_WEIGHTS:
            name = max(weights, key=weights.__getitem__)
            sizes = " x ".join(f"{size:,}" for size in self.parameters[name])
            raise ConversionError(
                f"{name.rpartition('.')[0]}: a {name.rpartition('.')[2]} of {sizes} numbers; at most "
                f"{MOST_WEIGHTS:,} are taken in all"
            )

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """(channels, rows, columns) of every node's output, by name."""
        shapes: dict[str, Shape] = {}
        for node in self.nodes:
            if node.name in shapes:
                raise ConversionError(f"{node.name}: two layers have this name")
            if unknown := [name for name in node.inputs if name not in shapes]:
                raise ConversionError(f"{node.name}: {self._not_before(unknown[0], shapes)}")
            wanted = node.layer.inputs
            if len(node.inputs) < 2 if wanted < 0 else len(node.inputs) != wanted:
                takes = "two or more inputs" if wanted < 0 else f"{wanted} input{'s' * (wanted != 1)}"
                raise ConversionError(f"{node.name}: takes {takes}, has {len(node.inputs)}")
            try:
                shapes[node.name] = node.layer.output(*(shapes[name] for name in node.inputs))
            except ValueError as error:
                raise ConversionError(f"{node.name}: {error}") from None
        return shapes

    def _not_before(self, name: str, before: Mapping[str, Shape]) -> str:
        """Return why ``name`` is no input of a node that comes after the nodes ``before``."""
        if name in (node.name for node in self.nodes):
            return f"its input {name!r} does not come before it; nodes are listed after their inputs, without cycles"
        return f"its input {name!r} is not a layer before it{suggest(name, before)}"

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
        activations = {node.name: node.layer for node in self.nodes if isinstance(node.layer, Activation)}
        return self._with({name: replace(layer, levels=levels) for name, layer in activations.items()})

    def rectified(self) -> Graph:
        """Return the same graph with activations that are a ReLU, without clip values and levels."""
        return self._with({node.name: ReLU() for node in self.nodes if isinstance(node.layer, Activation)})

    def pooled(self, maximum: bool) -> Graph:
        """Return the same graph with pools that all take the maximum, or all the average."""
        kind = MaxPool2d if maximum else AvgPool2d
        pools = {node.name: node.layer for node in self.nodes if isinstance(node.layer, AvgPool2d)}
        return self._with({name: kind(pool.kernel, pool.stride, pool.padding) for name, pool in pools.items()})

    def with_eps(self, eps: float) -> Graph:
        """Return the same graph with ``eps`` beside the variance in every batch normalisation."""
        return self._with({node.name: BatchNorm2d(eps) for node in self.nodes if isinstance(node.layer, BatchNorm2d)})

    def _with(self, layers: Mapping[str, Layer]) -> Graph:
        """Return the same graph with other ``layers`` by their nodes' names."""
        nodes = (replace(node, layer=layers[node.name]) if node.name in layers else node for node in self.nodes)
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
    """A graph and its parameters: floating-point arrays by full name, as ``Graph.parameters`` lists them.

    Parameters that are missing, unknown, of another shape or type, infinite, not a number, a variance below 0 or a clip
    value that is not above 0 are a ConversionError; so is what is no graph.
    """

    graph: Graph
    parameters: Mapping[str, NDArray[np.floating]]
    weights_origin: Literal["trained", "synthetic"]

    def __post_init__(self) -> None:
        for name, value, kind in (("graph", self.graph, Graph), ("parameters", self.parameters, Mapping)):
            if not isinstance(value, kind):
                raise ConversionError(f"{name}: wanted a {kind.__name__}, found {_briefly(value)}")
        if self.weights_origin not in ("trained", "synthetic"):
            raise ConversionError(f"weights_origin: wanted 'trained' or 'synthetic', found {self.weights_origin!r}")
        if found := problems(self.parameters, self.graph.parameters):
            more = [f"and {len(found) - MOST_TOLD:,} more"] * (len(found) > MOST_TOLD)
            raise ConversionError("\n".join(found[:MOST_TOLD] + more))

    def of(self, name: str) -> dict[str, NDArray[np.floating]]:
        """Return the parameters of one node, by their short names."""
        prefix = f"{name}."
        own = {key.removeprefix(prefix): value for key, value in self.parameters.items() if key.startswith(prefix)}
        return {key: value for key, value in own.items() if "." not in key}


def _briefly(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."

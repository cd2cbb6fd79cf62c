"""Named layers joined into a network, shapes checked once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import ConversionError
from neurosim.messages import suggest
from neurosim.network.input import Input
from neurosim.network.layer import Layer
from neurosim.network.parameters import problems
from neurosim.network.shapes import Shape

Kind = TypeVar("Kind", bound=Layer)

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
        if (inputs := len(self.of_type(Input))) != 1:
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

    def of_type(self, kind: type[Kind]) -> dict[str, Kind]:
        """Return the layers of one type, or made from it, by the names of their nodes, in order."""
        return {node.name: node.layer for node in self.nodes if isinstance(node.layer, kind)}

    @property
    def input(self) -> Input:
        """Its one Input layer."""
        (layer,) = self.of_type(Input).values()
        return layer

    @property
    def input_name(self) -> str:
        """The name of the node of its Input."""
        (name,) = self.of_type(Input)
        return name

    @property
    def last_use(self) -> dict[str, int]:
        """For every node that is read, the number of the last node that reads it."""
        return {name: number for number, node in enumerate(self.nodes) for name in node.inputs}

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
        return sum(math.prod(self.shapes[node.name]) for node in self.nodes if node.layer.fires)

    @property
    def levels(self) -> int:
        """The number of non-zero activation levels, one for the whole network."""
        levels = {node.layer.activation_levels for node in self.nodes} - {None}
        if len(levels) != 1:
            found = " and ".join(map(str, sorted(filter(None, levels)))) or "none"
            raise ConversionError(f"{self.name}: all activations must have the same levels, found {found}")
        (only,) = filter(None, levels)
        return only

    @property
    def unclipped(self) -> tuple[str, ...]:
        """The names of its activations without levels: before they can become spikes they need clip values."""
        return tuple(node.name for node in self.nodes if node.layer.fires and node.layer.activation_levels is None)

    def replaced(self, layers: Mapping[str, Layer]) -> Graph:
        """Return the same graph with other ``layers`` by their nodes' names."""
        return Graph(self.name, tuple(replace(node, layer=layers.get(node.name, node.layer)) for node in self.nodes))

    def _changed(self, change: Callable[[Layer], Layer]) -> Graph:
        return self.replaced({node.name: change(node.layer) for node in self.nodes})

    def with_levels(self, levels: int) -> Graph:
        """Return the same graph with ``levels`` activation levels everywhere."""
        return self._changed(lambda layer: layer.with_levels(levels))

    def rectified(self) -> Graph:
        """Return the same graph with activations that are a ReLU, without clip values and levels."""
        return self._changed(lambda layer: layer.rectified())

    def clipped(self, levels: int) -> Graph:
        """Return the same graph with a clip value and ``levels`` for every ReLU."""
        return self._changed(lambda layer: layer.clipped(levels))

    def pooled(self, maximum: bool) -> Graph:
        """Return the same graph with pools that all take the maximum, or all the average."""
        return self._changed(lambda layer: layer.pooled(maximum))

    def folded(self) -> Graph:
        """Return the graph without batch normalisation, a bias in each layer with weights instead."""
        gone = {node.name: node.inputs[0] for node in self.nodes if node.layer.folds}
        nodes = (
            Node(node.name, node.layer.biased(), tuple(gone.get(name, name) for name in node.inputs))
            for node in self.nodes
            if node.name not in gone
        )
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

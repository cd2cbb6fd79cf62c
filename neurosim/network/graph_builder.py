"""A graph drawn layer by layer."""

from __future__ import annotations

from neurosim.errors import ConversionError
from neurosim.network.graph import Graph, Node
from neurosim.network.layers import Activation, BatchNorm2d, Conv2d, Input, Layer, Shape


class GraphBuilder:
    """A graph being drawn: each new layer follows the last one drawn, unless its inputs are named."""

    def __init__(self, name: str, shape: Shape, levels: int) -> None:
        self.name, self.levels = name, levels
        self.nodes = [Node("input", Input(shape))]
        self.shapes, self.last = {"input": shape}, "input"

    def add(self, name: str, layer: Layer, *inputs: str) -> str:
        """Draw one layer and return its name; one that does not fit is a ConversionError."""
        node = Node(name, layer, inputs or (self.last,))
        self.nodes.append(node)
        try:
            self.shapes[name] = layer.output(*(self.shapes[source] for source in node.inputs))
        except ValueError as error:
            raise ConversionError(f"{name}: {error}") from None
        self.last = name
        return name

    @property
    def shape(self) -> Shape:
        """(channels, rows, columns) of the last layer drawn."""
        return self.shapes[self.last]

    def conv(
        self,
        name: str,
        channels: int,
        kernel: int,
        stride: int = 1,
        groups: int = 1,
        source: str = "",
        norm: bool = True,
    ) -> str:
        """Draw a convolution with "same" padding and its batch normalisation or its bias, and return the last name."""
        padding = (kernel // 2, kernel // 2)
        layer = Conv2d(channels, (kernel, kernel), (stride, stride), padding, groups, bias=not norm)
        self.add(name, layer, *([source] if source else []))
        return self.add(f"{name}.bn", BatchNorm2d()) if norm else name

    def activate(self, name: str) -> str:
        """Draw the activation behind the layer ``name``."""
        return self.add(f"{name}.act", Activation(self.levels))

    def graph(self) -> Graph:
        """Return what has been drawn."""
        return Graph(self.name, tuple(self.nodes))

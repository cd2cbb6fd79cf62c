"""The size of a network as papers count it: 3 x 3 convolutions, products with the zero padding, nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from neurosim.network.layers import Conv2d
from neurosim.network.zoo import build

CIFAR = (3, 32, 32)
OPTIONS: dict[str, dict[str, Any]] = {"resnet18": {"shortcut": "identity"}}
TITLES = {"vgg16": "VGG16", "resnet18": "ResNet18", "resnet20": "ResNet20"}


@dataclass(frozen=True)
class Size:
    """Nominal products and firing neurons of each convolution, in order.

    Left out, because the papers' formulas do: the classifier, shortcut convolutions and pools.
    """

    name: str
    layer_macs: tuple[int, ...]
    layer_neurons: tuple[int, ...]

    @property
    def title(self) -> str:
        """The name as papers write it."""
        return TITLES[self.name]

    @property
    def macs(self) -> int:
        """Products of all layers."""
        return sum(self.layer_macs)

    @property
    def neurons(self) -> int:
        """Neurons of all layers."""
        return sum(self.layer_neurons)


def size_of(name: str) -> Size:
    """Return the size of a network of the zoo on a CIFAR image."""
    graph = build(name, CIFAR, 10, **OPTIONS.get(name, {}))
    convolutions = graph.of_type(Conv2d)
    return Size(
        name,
        tuple(node.layer.macs(graph.shapes[node.inputs[0]]) for node in graph.nodes if node.name in convolutions),
        tuple(math.prod(graph.shapes[name]) for name in convolutions),
    )

"""Residual networks of two-convolution blocks."""

from __future__ import annotations

from typing import Literal

from neurosim.network.graph import Graph
from neurosim.network.graph_builder import GraphBuilder
from neurosim.network.layers import Add, AvgPool2d, Flatten, GlobalAvgPool2d, Linear, Shortcut
from neurosim.network.shapes import Shape
from neurosim.network.zoo.option_types import Levels, is_small

ShortcutKind = Literal["conv", "identity"]


def _resnet(
    name: str, input: Shape, classes: int, levels: int, stages: tuple[tuple[int, int], ...], shortcut: str
) -> Graph:
    """Draw a network of two-convolution residual blocks; ``stages`` lists (channels, blocks)."""
    sketch = GraphBuilder(name, input, levels)
    sketch.conv("stem", stages[0][0], 3 if is_small(input) else 7, 1 if is_small(input) else 2)
    source = sketch.activate("stem")
    if not is_small(input):
        source = sketch.add("pool", AvgPool2d((3, 3), (2, 2), (1, 1)))
    for stage, (channels, blocks) in enumerate(stages, start=1):
        for number in range(1, blocks + 1):
            block, before = f"stage{stage}.block{number}", sketch.shape[0]
            stride = 2 if stage > 1 and number == 1 else 1
            sketch.conv(f"{block}.conv1", channels, 3, stride)
            sketch.activate(f"{block}.conv1")
            branch = sketch.conv(f"{block}.conv2", channels, 3)
            if stride > 1 or before != channels:
                if shortcut == "conv":
                    source = sketch.conv(f"{block}.shortcut", channels, 1, stride, source=source)
                else:
                    extra = channels - before
                    source = sketch.add(f"{block}.shortcut", Shortcut(stride, extra // 2, extra - extra // 2), source)
            sketch.add(f"{block}.add", Add(), branch, source)
            source = sketch.activate(f"{block}.conv2")
    sketch.add("pool_all", GlobalAvgPool2d())
    sketch.add("flatten", Flatten())
    sketch.add("classifier", Linear(classes))
    return sketch.graph()


def resnet18(input: Shape, classes: int, levels: Levels = 15, shortcut: ShortcutKind = "conv") -> Graph:
    """ResNet-18 (He et al. 2015, arXiv 1512.03385): 1 x 1 convolutions where a shortcut changes shape.

    ``shortcut: identity`` takes option A instead. Large inputs: a 7 x 7 stem of stride 2 and an average pool for the
    maximum pool behind it.
    """
    return _resnet("resnet18", input, classes, levels, ((64, 2), (128, 2), (256, 2), (512, 2)), shortcut)


def resnet34(input: Shape, classes: int, levels: Levels = 15, shortcut: ShortcutKind = "conv") -> Graph:
    """ResNet-34, otherwise as ``resnet18``."""
    return _resnet("resnet34", input, classes, levels, ((64, 3), (128, 4), (256, 6), (512, 3)), shortcut)


def resnet20(input: Shape, classes: int, levels: Levels = 15, shortcut: ShortcutKind = "identity") -> Graph:
    """ResNet-20 for CIFAR (He et al. 2015, section 4.2), shortcuts of option A unless ``shortcut: conv``."""
    return _resnet("resnet20", input, classes, levels, ((16, 3), (32, 3), (64, 3)), shortcut)


def resnet32(input: Shape, classes: int, levels: Levels = 15, shortcut: ShortcutKind = "identity") -> Graph:
    """ResNet-32 for CIFAR, otherwise as ``resnet20``."""
    return _resnet("resnet32", input, classes, levels, ((16, 5), (32, 5), (64, 5)), shortcut)


def resnet44(input: Shape, classes: int, levels: Levels = 15, shortcut: ShortcutKind = "identity") -> Graph:
    """ResNet-44 for CIFAR, otherwise as ``resnet20``."""
    return _resnet("resnet44", input, classes, levels, ((16, 7), (32, 7), (64, 7)), shortcut)


def resnet56(input: Shape, classes: int, levels: Levels = 15, shortcut: ShortcutKind = "identity") -> Graph:
    """ResNet-56 for CIFAR, otherwise as ``resnet20``."""
    return _resnet("resnet56", input, classes, levels, ((16, 9), (32, 9), (64, 9)), shortcut)


def resnet110(input: Shape, classes: int, levels: Levels = 15, shortcut: ShortcutKind = "identity") -> Graph:
    """ResNet-110 for CIFAR, otherwise as ``resnet20``."""
    return _resnet("resnet110", input, classes, levels, ((16, 18), (32, 18), (64, 18)), shortcut)

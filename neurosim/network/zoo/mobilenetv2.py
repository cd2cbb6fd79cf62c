"""MobileNetV2: inverted residual blocks around depthwise convolutions."""

from __future__ import annotations

from neurosim.network.graph import Graph
from neurosim.network.graph_builder import GraphBuilder
from neurosim.network.layers import Add, Flatten, GlobalAvgPool2d, Linear
from neurosim.network.shapes import Shape
from neurosim.network.zoo.option_types import Levels, is_small


def mobilenetv2(input: Shape, classes: int, levels: Levels = 15) -> Graph:
    """MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), with an activation behind every bottleneck.

    The published bottlenecks are linear, but only an activation can become spikes. Small inputs: the stem and the
    stage of 24 channels keep stride 1.
    """
    small = is_small(input)
    sketch = GraphBuilder("mobilenetv2", input, levels)
    sketch.conv("stem", 32, 3, 1 if small else 2)
    source = sketch.activate("stem")
    table = ((1, 16, 1, 1), (6, 24, 2, 1 if small else 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2))
    for stage, (expansion, channels, blocks, first_stride) in enumerate((*table, (6, 320, 1, 1)), start=1):
        for number in range(1, blocks + 1):
            block, before = f"stage{stage}.block{number}", sketch.shape[0]
            stride, wide = first_stride if number == 1 else 1, expansion * before
            if expansion > 1:
                sketch.conv(f"{block}.expand", wide, 1)
                sketch.activate(f"{block}.expand")
            sketch.conv(f"{block}.depthwise", wide, 3, stride, groups=wide)
            sketch.activate(f"{block}.depthwise")
            branch = sketch.conv(f"{block}.project", channels, 1)
            if stride == 1 and before == channels:
                sketch.add(f"{block}.add", Add(), branch, source)
            source = sketch.activate(f"{block}.project")
    sketch.conv("head", 1280, 1)
    sketch.activate("head")
    sketch.add("pool_all", GlobalAvgPool2d())
    sketch.add("flatten", Flatten())
    sketch.add("classifier", Linear(classes))
    return sketch.graph()

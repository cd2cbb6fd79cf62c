"""Small networks for digits."""

from __future__ import annotations

from neurosim.network.graph import Graph
from neurosim.network.graph_builder import GraphBuilder
from neurosim.network.layers import AvgPool2d, Conv2d, Flatten, Linear
from neurosim.network.shapes import Shape
from neurosim.network.zoo.option_types import Levels


def lenet(input: Shape, classes: int, levels: Levels = 15) -> Graph:
    """LeNet-5 (LeCun et al. 1998) without batch normalisation; inputs under 32 rows are padded by 2."""
    sketch = GraphBuilder("lenet", input, levels)
    padding = 2 if input[1] < 32 else 0
    sketch.add("conv1", Conv2d(6, (5, 5), padding=(padding, padding), bias=True))
    sketch.activate("conv1")
    sketch.add("pool1", AvgPool2d((2, 2), (2, 2)))
    sketch.add("conv2", Conv2d(16, (5, 5), bias=True))
    sketch.activate("conv2")
    sketch.add("pool2", AvgPool2d((2, 2), (2, 2)))
    sketch.add("flatten", Flatten())
    for name, features in (("fc1", 120), ("fc2", 84)):
        sketch.add(name, Linear(features))
        sketch.activate(name)
    sketch.add("classifier", Linear(classes))
    return sketch.graph()


def digits_cnn(input: Shape = (1, 8, 8), classes: int = 10, levels: Levels = 15) -> Graph:
    """Three 3 x 3 convolutions of 16, 16 and 32 channels and one linear layer, for 8 x 8 digits."""
    sketch = GraphBuilder("digits_cnn", input, levels)
    for number, channels in enumerate((16, 16, 32), start=1):
        sketch.conv(f"conv{number}", channels, 3)
        sketch.activate(f"conv{number}")
        if number > 1:
            sketch.add(f"pool{number}", AvgPool2d((2, 2), (2, 2)))
    sketch.add("flatten", Flatten())
    sketch.add("classifier", Linear(classes))
    return sketch.graph()

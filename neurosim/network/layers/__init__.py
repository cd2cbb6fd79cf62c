"""The layers a network is made of, one file a type; the folder is the list of what there is.

Shapes are (channels, rows, columns); weights lie as in PyTorch, (out, in / groups, kernel rows, kernel columns). What
a layer type has to say stands in ``network/layer.py``.
"""

from neurosim.network.input import Input
from neurosim.network.layer import Layer
from neurosim.network.layers.activation import Activation
from neurosim.network.layers.add import Add
from neurosim.network.layers.avg_pool2d import AvgPool2d
from neurosim.network.layers.batch_norm2d import BatchNorm2d
from neurosim.network.layers.conv2d import Conv2d
from neurosim.network.layers.flatten import Flatten
from neurosim.network.layers.global_avg_pool2d import GlobalAvgPool2d
from neurosim.network.layers.graph_conv import GraphConv
from neurosim.network.layers.linear import Linear
from neurosim.network.layers.max_pool2d import MaxPool2d
from neurosim.network.layers.relu import ReLU
from neurosim.network.layers.shortcut import Shortcut
from neurosim.network.shapes import Pair, Shape

__all__ = [
    "Activation",
    "Add",
    "AvgPool2d",
    "BatchNorm2d",
    "Conv2d",
    "Flatten",
    "GlobalAvgPool2d",
    "GraphConv",
    "Input",
    "Layer",
    "Linear",
    "MaxPool2d",
    "Pair",
    "ReLU",
    "Shape",
    "Shortcut",
]

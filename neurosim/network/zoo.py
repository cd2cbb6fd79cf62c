"""The networks that neurosim knows by name, without weights.

``NETWORKS[name](input, classes, **options)`` builds a graph; ``build`` does the same and checks the options. All of
them use average pools, because a maximum of spikes is not a sum, and clipped activations of ``levels`` steps.
Small inputs (under 64 rows) get the CIFAR form of a network, larger ones the ImageNet form.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le

from neurosim.errors import ConversionError, DocumentError
from neurosim.kinds import suggest, unknown
from neurosim.network.graph import Graph, Node
from neurosim.network.importers import edges
from neurosim.network.layers import (
    Activation,
    Add,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    GraphConv,
    Input,
    Layer,
    Linear,
    Shape,
    Shortcut,
)

Levels = Annotated[int, Ge(1), Le(2**31 - 1)]
Width = Annotated[int, Ge(1), Le(2**20)]


class Sketch:
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

    def conv(self, name: str, channels: int, kernel: int, stride: int = 1, groups: int = 1, source: str = "") -> str:
        """Draw a convolution with "same" padding and its batch normalisation, and return the latter's name."""
        layer = Conv2d(channels, (kernel, kernel), (stride, stride), (kernel // 2, kernel // 2), groups)
        self.add(name, layer, *([source] if source else []))
        return self.add(f"{name}.bn", BatchNorm2d())

    def activate(self, name: str) -> str:
        """Draw the activation behind the layer ``name``."""
        return self.add(f"{name}.act", Activation(self.levels))

    def graph(self) -> Graph:
        """Return what has been drawn."""
        return Graph(self.name, tuple(self.nodes))


def _is_small(shape: Shape) -> bool:
    return shape[1] < 64


def vgg16(input: Shape, classes: int, levels: Levels = 15) -> Graph:
    """VGG16 (Simonyan and Zisserman 2014, arXiv 1409.1556), configuration D with batch normalisation.

    Small inputs: one linear layer behind the last pool. Larger ones: two hidden linear layers of 4096 before it.
    """
    sketch = Sketch("vgg16", input, levels)
    for stage, (channels, convolutions) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), start=1):
        for number in range(1, convolutions + 1):
            sketch.conv(f"conv{stage}_{number}", channels, 3)
            sketch.activate(f"conv{stage}_{number}")
        sketch.add(f"pool{stage}", AvgPool2d((2, 2), (2, 2)))
    sketch.add("flatten", Flatten())
    for name in () if _is_small(input) else ("fc1", "fc2"):
        sketch.add(name, Linear(4096))
        sketch.activate(name)
    sketch.add("classifier", Linear(classes))
    return sketch.graph()


def _resnet(
    name: str, input: Shape, classes: int, levels: int, stages: tuple[tuple[int, int], ...], shortcut: str
) -> Graph:
    """Draw a network of two-convolution residual blocks; ``stages`` lists (channels, blocks)."""
    sketch = Sketch(name, input, levels)
    sketch.conv("stem", stages[0][0], 3 if _is_small(input) else 7, 1 if _is_small(input) else 2)
    source = sketch.activate("stem")
    if not _is_small(input):
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


ShortcutKind = Literal["conv", "identity"]


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


def mobilenetv2(input: Shape, classes: int, levels: Levels = 15) -> Graph:
    """MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), with an activation behind every bottleneck.

    The published bottlenecks are linear, but only an activation can become spikes. Small inputs: the stem and the
    stage of 24 channels keep stride 1.
    """
    small = _is_small(input)
    sketch = Sketch("mobilenetv2", input, levels)
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


def lenet(input: Shape, classes: int, levels: Levels = 15) -> Graph:
    """LeNet-5 (LeCun et al. 1998) without batch normalisation; inputs under 32 rows are padded by 2."""
    sketch = Sketch("lenet", input, levels)
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


def vgg8(input: Shape, classes: int, levels: Levels = 15) -> Graph:
    """A small network in the manner of VGG: three stages of two 3 x 3 convolutions, 32, 64 and 128 channels."""
    sketch = Sketch("vgg8", input, levels)
    for stage, channels in enumerate((32, 64, 128), start=1):
        for number in (1, 2):
            sketch.conv(f"conv{stage}_{number}", channels, 3)
            sketch.activate(f"conv{stage}_{number}")
        sketch.add(f"pool{stage}", AvgPool2d((2, 2), (2, 2)))
    sketch.add("flatten", Flatten())
    sketch.add("fc1", Linear(256))
    sketch.activate("fc1")
    sketch.add("classifier", Linear(classes))
    return sketch.graph()


def digits_cnn(input: Shape = (1, 8, 8), classes: int = 10, levels: Levels = 15) -> Graph:
    """Three 3 x 3 convolutions of 16, 16 and 32 channels and one linear layer, for 8 x 8 digits."""
    sketch = Sketch("digits_cnn", input, levels)
    for number, channels in enumerate((16, 16, 32), start=1):
        sketch.conv(f"conv{number}", channels, 3)
        sketch.activate(f"conv{number}")
        if number > 1:
            sketch.add(f"pool{number}", AvgPool2d((2, 2), (2, 2)))
    sketch.add("flatten", Flatten())
    sketch.add("classifier", Linear(classes))
    return sketch.graph()


Recipe = Literal["folded", "degree"]
Normalisation = Literal["symmetric", "mean"]


def gcn(
    input: Shape,
    classes: int,
    graph: str,
    hidden: Width = 16,
    recipe: Recipe = "folded",
    normalisation: Normalisation = "symmetric",
    levels: Levels = 15,
) -> Graph:
    """Two graph convolutions without bias (Kipf and Welling 2016, arXiv 1609.02907) over the edges in a file ``graph``.

    ``input`` is (features, nodes, 1), the output (classes, nodes, 1). ``recipe`` and ``normalisation`` are those of
    :class:`neurosim.network.layers.GraphConv`; the clip value of a network belongs to its recipe.
    """
    sketch, neighbours = Sketch("gcn", input, levels), edges.read(graph, input[1])
    for name, channels in (("conv1", hidden), ("conv2", classes)):
        raw = name == "conv1"
        sketch.add(
            name, GraphConv(channels, neighbours=neighbours, normalisation=normalisation, recipe=recipe, raw=raw)
        )
        if raw:
            sketch.activate(name)
    return sketch.graph()


NETWORKS: dict[str, Callable[..., Graph]] = {
    builder.__name__: builder
    for builder in (vgg16, resnet18, resnet20, resnet34, mobilenetv2, vgg8, lenet, digits_cnn, gcn)
}
CHOICES: dict[str, tuple[str, ...]] = {
    "activation": ("clipped", "relu"),
    "shortcut": ("conv", "identity"),
    "recipe": ("folded", "degree"),
    "normalisation": ("symmetric", "mean"),
}


def option_names(name: str) -> list[str]:
    """Return the options of a network of the zoo, ``activation`` of every one among them."""
    return [*list(inspect.signature(NETWORKS[name]).parameters)[2:], "activation"]


def build(name: str, input: Shape, classes: int, **options: Any) -> Graph:
    """Return the graph of a network of the zoo; an unknown name, option or value is a DocumentError.

    ``activation: relu`` makes every activation a ReLU, as of a network that was trained with it; else they are clipped.
    """
    if name not in NETWORKS:
        raise DocumentError(unknown("network", name, NETWORKS))
    signature = option_names(name)
    for option, value in options.items():
        if option not in signature:
            nearest = suggest(option, signature) or f"; there are: {', '.join(signature)}"
            raise DocumentError(f"network {name}: unknown option '{option}'{nearest}")
        if option in CHOICES and value not in CHOICES[option]:
            one, other = CHOICES[option]
            raise DocumentError(f"network {name}: {option} is '{one}' or '{other}', not {value!r}")
        if option in ("levels", "hidden") and (type(value) is not int or value < 1):
            raise DocumentError(f"network {name}: {option} is a whole number from 1, not {value!r}")
    if name == "gcn" and "graph" not in options:
        raise DocumentError("network gcn: it needs 'graph', an .npz file with the edges")
    activation = options.pop("activation", "clipped")
    graph = NETWORKS[name](input, classes, **options)
    return graph.rectified() if activation == "relu" else graph

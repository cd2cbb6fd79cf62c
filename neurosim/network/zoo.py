"""The networks that neurosim knows by name, without weights.

``NETWORKS[name](input, classes, **options)`` builds a graph; ``build`` does the same and checks the options, and has
some that every network has. All of them use average pools, because a maximum of spikes is not a sum, and clipped
activations of ``levels`` steps, unless an option says otherwise.
Small inputs (under 64 rows) get the CIFAR form of a network, larger ones the ImageNet form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, cast

from annotated_types import Ge, Gt, Le, Lt

from neurosim.errors import DocumentError
from neurosim.network.fields import LARGEST
from neurosim.network.graph import Graph
from neurosim.network.graph_builder import GraphBuilder
from neurosim.network.importers import edges
from neurosim.network.layers import (
    Add,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    GraphConv,
    Linear,
    Shape,
    Shortcut,
)
from neurosim.plugins import DISTRIBUTION, known, made, origin, parameters, resolve, unknown

__all__ = ["MODIFIERS", "NETWORKS", "GraphBuilder", "build", "builder", "network_names", "option_names"]

Levels = Annotated[int, Ge(1), Le(LARGEST)]
Width = Annotated[int, Ge(1), Le(LARGEST)]
Hidden = Annotated[int, Ge(0), Le(LARGEST)]


def _is_small(shape: Shape) -> bool:
    return shape[1] < 64


HIDDEN = 4096  # neurons of each hidden linear layer of a published VGG


def _vgg(
    name: str,
    input: Shape,
    classes: int,
    levels: int,
    batch_norm: bool,
    hidden: Hidden | None,
    convolutions: Sequence[int],
) -> Graph:
    """Draw five stages of 3 x 3 convolutions, ``convolutions`` of them in each, a pool behind every stage."""
    sketch = GraphBuilder(name, input, levels)
    for stage, (channels, count) in enumerate(zip((64, 128, 256, 512, 512), convolutions, strict=True), start=1):
        for number in range(1, count + 1):
            sketch.conv(f"conv{stage}_{number}", channels, 3, norm=batch_norm)
            sketch.activate(f"conv{stage}_{number}")
        sketch.add(f"pool{stage}", AvgPool2d((2, 2), (2, 2)))
    sketch.add("flatten", Flatten())
    features = (0 if _is_small(input) else HIDDEN) if hidden is None else hidden
    for linear in ("fc1", "fc2") if features else ():
        sketch.add(linear, Linear(features))
        sketch.activate(linear)
    sketch.add("classifier", Linear(classes))
    return sketch.graph()


def vgg16(
    input: Shape, classes: int, levels: Levels = 15, batch_norm: bool = True, hidden: Hidden | None = None
) -> Graph:
    """VGG16 (Simonyan and Zisserman 2014, arXiv 1409.1556), configuration D with batch normalisation.

    Small inputs: one linear layer behind the last pool. Larger ones: two hidden linear layers of 4096 before it.
    ``hidden`` says how wide these two are whatever the input, 0 that there are none; ``batch_norm: false`` leaves out
    the normalisation and gives convolutions a bias.
    """
    return _vgg("vgg16", input, classes, levels, batch_norm, hidden, (2, 2, 3, 3, 3))


def vgg11(
    input: Shape, classes: int, levels: Levels = 15, batch_norm: bool = True, hidden: Hidden | None = None
) -> Graph:
    """VGG11, configuration A, otherwise as ``vgg16``."""
    return _vgg("vgg11", input, classes, levels, batch_norm, hidden, (1, 1, 2, 2, 2))


def vgg13(
    input: Shape, classes: int, levels: Levels = 15, batch_norm: bool = True, hidden: Hidden | None = None
) -> Graph:
    """VGG13, configuration B, otherwise as ``vgg16``."""
    return _vgg("vgg13", input, classes, levels, batch_norm, hidden, (2, 2, 2, 2, 2))


def vgg19(
    input: Shape, classes: int, levels: Levels = 15, batch_norm: bool = True, hidden: Hidden | None = None
) -> Graph:
    """VGG19, configuration E, otherwise as ``vgg16``."""
    return _vgg("vgg19", input, classes, levels, batch_norm, hidden, (2, 2, 4, 4, 4))


def _resnet(
    name: str, input: Shape, classes: int, levels: int, stages: tuple[tuple[int, int], ...], shortcut: str
) -> Graph:
    """Draw a network of two-convolution residual blocks; ``stages`` lists (channels, blocks)."""
    sketch = GraphBuilder(name, input, levels)
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


def mobilenetv2(input: Shape, classes: int, levels: Levels = 15) -> Graph:
    """MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), with an activation behind every bottleneck.

    The published bottlenecks are linear, but only an activation can become spikes. Small inputs: the stem and the
    stage of 24 channels keep stride 1.
    """
    small = _is_small(input)
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


def vgg8(input: Shape, classes: int, levels: Levels = 15) -> Graph:
    """A small network in the manner of VGG: three stages of two 3 x 3 convolutions, 32, 64 and 128 channels."""
    sketch = GraphBuilder("vgg8", input, levels)
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
    sketch = GraphBuilder("digits_cnn", input, levels)
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
    sketch, neighbours = GraphBuilder("gcn", input, levels), edges.read(graph, input[1])
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
    for builder in (
        vgg16, vgg11, vgg13, vgg19, resnet18, resnet34, resnet20, resnet32, resnet44, resnet56, resnet110,
        mobilenetv2, vgg8, lenet, digits_cnn, gcn,
    )
}  # fmt: skip
PACKAGE = "neurosim.network.zoo"
MODIFIERS = {
    "activation": Literal["clipped", "relu"],
    "pool": Literal["average", "max"],
    "eps": Annotated[float, Gt(0), Lt(1)],
}
"""Options of every network, and their types: what is changed in a graph once it is drawn."""
ARGUMENTS = ("input", "classes")
"""What every builder takes beside its options."""


def network_names() -> list[str]:
    """Return the networks that are known by name, sorted, those of other packages among them."""
    return sorted({*NETWORKS, *known(PACKAGE)})


def builder(name: str) -> Callable[..., Graph]:
    """Return the function that draws a network: one of the zoo, of another package, or of the user's own file.

    DocumentError for a name that does not exist, and for one that another package has as well.
    """
    if name in NETWORKS and name in known(PACKAGE):
        raise DocumentError(f"network '{name}' is given by {DISTRIBUTION} and by {origin(PACKAGE, name)}")
    if name in NETWORKS:
        return NETWORKS[name]
    if not name.endswith(".py") and name not in known(PACKAGE):
        raise DocumentError(unknown("network", name, network_names()))
    return cast(Callable[..., Graph], resolve(PACKAGE, name))


def option_names(name: str) -> list[str]:
    """Return the options of a network of the zoo, those that every one has among them."""
    return [*(name for name in parameters(builder(name)) if name not in ARGUMENTS), *MODIFIERS]


def build(name: str, input: Shape, classes: int, **options: Any) -> Graph:
    """Return the graph of a network of the zoo; an unknown name, option or value is a DocumentError.

    ``activation: relu`` makes every activation a ReLU, as of a network that was trained with it; else they are clipped.
    ``pool: max`` makes every pool a maximum; else they are averages. ``eps`` is what stands beside the variance in
    every batch normalisation, 1e-5 if it is not said.
    """
    given = {"input": input, "classes": classes}
    graph: Graph = made(builder(name), f"network {name}", options, given, MODIFIERS)
    return _changed(graph, **{key: value for key, value in options.items() if key in MODIFIERS})


def _changed(graph: Graph, activation: str = "clipped", pool: str | None = None, eps: float | None = None) -> Graph:
    """Return a graph with the options of every network put in; one that it has no use for is a DocumentError."""
    for option, value, kind in (("pool", pool, AvgPool2d), ("eps", eps, BatchNorm2d)):
        if value is not None and not any(isinstance(node.layer, kind) for node in graph.nodes):
            without = {"pool": "pools that a maximum could take the place of", "eps": "batch normalisation"}[option]
            raise DocumentError(f"network {graph.name}: {option} has no meaning, it has no {without}; leave it out")
    graph = graph if pool is None else graph.pooled(pool == "max")
    graph = graph if eps is None else graph.with_eps(eps)
    return graph.rectified() if activation == "relu" else graph

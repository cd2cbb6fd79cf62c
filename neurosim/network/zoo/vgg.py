"""VGG: stages of 3 x 3 convolutions with a pool behind each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from annotated_types import Ge, Le

from neurosim.network.fields import LARGEST
from neurosim.network.graph import Graph
from neurosim.network.graph_builder import GraphBuilder
from neurosim.network.layers import AvgPool2d, Flatten, Linear
from neurosim.network.shapes import Shape
from neurosim.network.zoo.option_types import Levels, is_small

Hidden = Annotated[int, Ge(0), Le(LARGEST)]
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
    features = (0 if is_small(input) else HIDDEN) if hidden is None else hidden
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

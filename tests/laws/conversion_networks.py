"""Small random networks that use everything conversion knows, as a Hypothesis strategy."""

from __future__ import annotations

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from neurosim.conversion.convert import convert
from neurosim.conversion.synthetic_weights import synthetic_weights
from neurosim.errors import ConversionError
from neurosim.network.graph import Network
from neurosim.network.layers import (
    Activation,
    Add,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    Shortcut,
)
from neurosim.network.zoo import GraphBuilder
from neurosim.neurons.accumulate_fire import AccumulateFire

PARTS = (
    "conv",
    "strided",
    "depthwise",
    "pool",
    "padded_pool",
    "identity",
    "pooled_identity",
    "pooled_skip",
    "option_a",
    "conv_skip",
)


@st.composite
def networks(draw, levels=7, parts=3):
    """Draw a network of at most 6 x 6 maps, with batch normalisation, biases and calibrated clip values."""
    sketch = GraphBuilder("random", (2, draw(st.integers(4, 6)), draw(st.integers(4, 6))), levels)
    sketch.conv("stem", 4, 3)
    sketch.activate("stem")
    for number, part in enumerate(draw(st.lists(st.sampled_from(PARTS), max_size=parts))):
        _draw_part(sketch, part, f"part{number}")
    if draw(st.booleans()):
        sketch.add("pool_all", GlobalAvgPool2d())
    sketch.add("flatten", Flatten())
    if draw(st.booleans()):
        sketch.add("fc", Linear(5))
        sketch.activate("fc")
    sketch.add("classifier", Linear(3))
    network = with_random_statistics(sketch, draw(st.integers(0, 999)))
    try:
        convert(network, AccumulateFire(levels.bit_length()))
    except ConversionError:
        reject()  # a layer so quiet that no exponent fits, which has a test of its own
    return network


def _draw_part(sketch: GraphBuilder, part: str, name: str) -> None:
    source, channels, (rows, columns) = sketch.last, sketch.shape[0], sketch.shape[1:]
    if part == "pooled_skip" and (rows % 2 or columns % 2):
        part = "conv"
    if part in ("pool", "padded_pool", "pooled_identity") and min(rows, columns) >= 2:
        source = sketch.add(f"{name}.pool", AvgPool2d((2, 2), (2, 2), (1, 1) if part == "padded_pool" else (0, 0)))
    if part in ("pool", "padded_pool"):
        part = "conv"
    if part == "depthwise":
        sketch.conv(name, channels, 3, groups=channels)
    elif part in ("conv", "strided"):
        sketch.add(name, Conv2d(3, (3, 1), (2, 1) if part == "strided" else (1, 1), (1, 0), bias=True))
        sketch.add(f"{name}.bn", BatchNorm2d())
    else:
        stride = 2 if part in ("option_a", "conv_skip", "pooled_skip") else 1
        wide = channels + (3 if part == "option_a" else 0)
        branch = sketch.conv(name, wide, 3, stride, source=source)
        if part == "option_a":
            source = sketch.add(f"{name}.skip", Shortcut(stride, 1, 2), source)
        elif part == "pooled_skip":
            source = sketch.add(f"{name}.skip", AvgPool2d((2, 2), (2, 2)), source)
        elif part == "conv_skip":
            source = sketch.conv(f"{name}.skip", wide, 1, stride, source=source)
        sketch.add(f"{name}.add", Add(), branch, source)
    sketch.add(f"{name}.act", Activation(sketch.levels))


def with_random_statistics(sketch: GraphBuilder, seed: int) -> Network:
    random = np.random.default_rng(seed)
    graph = sketch.graph()
    images = random.integers(0, 256, (4, *graph.input.shape[1:], graph.input.shape[0]))
    network = synthetic_weights(graph, images, 1 / 255, activity=0.3, seed=seed)
    shifted = {
        name: value + random.normal(0, 0.3, value.shape) if name.endswith("bias") else value
        for name, value in network.parameters.items()
    }
    return Network(graph, {name: np.asarray(value, np.float64) for name, value in shifted.items()}, "synthetic")

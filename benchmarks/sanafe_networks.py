"""The networks that run in both simulators: a LeNet-like one, and one of CIFAR's size with three million synapses.

Both simulators must be able to hold them: valid convolutions without padding or pooling, strides instead of pools, no
biases, whole-number weights, neurons that reset to zero. The first layer is the code that both are fed with: one
neuron for each pixel, driven by a constant current of the pixel's value; its spikes are the input of everything after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.projections.projection import Projection, Shape, Window
from neurosim.conversion.spiking import SpikingLayer, SpikingNetwork
from neurosim.neurons.if_hard import IfHard
from neurosim.neurons.model import NeuronModel

PIXEL_THRESHOLD = 64
LARGEST_PIXEL = 40


@dataclass(frozen=True)
class Stage:
    """One layer: a convolution of ``kernel`` x ``kernel``, or a linear layer where ``kernel`` is 0."""

    channels: int
    threshold: int
    kernel: int = 0
    stride: int = 1


@dataclass(frozen=True)
class Sketch:
    """A network to be filled with drawn weights; ``pixels`` is (channels, rows, columns)."""

    name: str
    pixels: Shape
    stages: tuple[Stage, ...]
    steps: int = 16
    seed: int = 1


SKETCHES = {
    sketch.name: sketch
    for sketch in (
        Sketch(
            "lenet",
            (1, 28, 28),
            (Stage(6, 60, 5, 2), Stage(16, 200, 5, 2), Stage(120, 200), Stage(84, 100), Stage(10, 100)),
        ),
        Sketch(
            "cifar",
            (3, 32, 32),
            (Stage(16, 60, 3, 1), Stage(32, 150, 3, 2), Stage(32, 250, 3, 1), Stage(64, 250, 3, 2), Stage(10, 250)),
        ),
    )
}


def spiking_network(sketch: Sketch) -> SpikingNetwork:
    """Return the network with weights drawn by the sketch's seed; its last layer only accumulates."""
    model: NeuronModel = IfHard(sketch.steps)
    random = np.random.default_rng(sketch.seed)
    host = SpikingLayer("host", "input", sketch.pixels, (), np.zeros(0, np.int64), 0, 1.0, 0, 8)
    layers = [host, pixel_layer(sketch.pixels, model)]
    for number, stage in enumerate(sketch.stages, start=2):
        role = "output" if number == len(sketch.stages) + 1 else "hidden"
        layers.append(layer_of(f"layer{number}", role, stage, layers[-1].shape, model, random))
    return SpikingNetwork(sketch.name, tuple(layers), model, sketch.steps, 8, "synthetic")


def pixels(sketch: Sketch) -> NDArray[np.uint8]:
    """Return one image, (1, rows, columns, channels) uint8."""
    channels, rows, columns = sketch.pixels
    random = np.random.default_rng(sketch.seed + 1)
    return random.integers(0, LARGEST_PIXEL, (1, rows, columns, channels), dtype=np.uint8)


def pixel_layer(shape: Shape, model: NeuronModel) -> SpikingLayer:
    """Return one neuron for each pixel of ``shape``, fed by its pixel alone with weight 1."""
    weights = np.ones((1, 1, 1, shape[0]), np.int8)
    synapses = Projection("conv", 0, shape, shape, weights, Window((1, 1), (1, 1)), groups=shape[0])
    return spiking_layer("pixels", "first", synapses, PIXEL_THRESHOLD, LARGEST_PIXEL, model)


def layer_of(
    name: str, role: str, stage: Stage, before: Shape, model: NeuronModel, random: np.random.Generator
) -> SpikingLayer:
    """Return the layer of one stage behind a map of shape ``before``; layer n reads layer n - 1."""
    channels, rows, columns = before
    size = (stage.kernel, stage.kernel) if stage.kernel else (rows, columns)
    window = Window(size, (stage.stride, stage.stride))
    shape = (stage.channels, *window.output(rows, columns))
    weights = random.integers(-12, 15, (*size, channels, stage.channels)).astype(np.int8)
    kind = "conv" if stage.kernel else "linear"
    source = int(name.removeprefix("layer")) - 1
    synapses = Projection(kind, source, before, shape, weights, window)  # type: ignore[arg-type]
    return spiking_layer(name, role, synapses, stage.threshold, model.largest_input(), model)


def spiking_layer(
    name: str, role: str, synapses: Projection, threshold: int, largest: int, model: NeuronModel
) -> SpikingLayer:
    """Return a layer without bias whose accumulators are as wide as any sum of it can get."""
    reach = int(np.abs(synapses.weights.astype(np.int64)).sum((0, 1, 2)).max()) * largest
    bits = 1 + model.width(reach, threshold).bit_length()
    bias = np.zeros(synapses.shape[0], np.int64)
    return SpikingLayer(name, role, synapses.shape, (synapses,), bias, threshold, 1.0, 0, bits)  # type: ignore[arg-type]

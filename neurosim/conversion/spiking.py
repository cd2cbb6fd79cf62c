"""A spiking network: layers of integer neurons joined by integer synapses.

Maps are (rows, columns, channels) in memory, channels last, so that one source neuron's weights for all destination
channels are contiguous. ``shape`` is always (channels, rows, columns), as people write it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.projections.projection import Projection, Shape
from neurosim.datasets.image_codes import checked_images
from neurosim.datasets.pixels import LARGEST_CODE

if TYPE_CHECKING:
    from neurosim.neurons.model import NeuronModel, Threshold


@dataclass(frozen=True, eq=False)
class SpikingLayer:
    """One layer of neurons that share a threshold.

    ``bias`` is (channels,) int64 and ``threshold`` the integer that stands for one activation unit ``unit``
    (conversion.md section 3); ``exponent`` is the p of that section. ``accumulator_bits`` is the signed width that no
    partial sum can leave; it would be ``full_bits`` if the weights took all their bits, of which the typical one takes
    ``typical_bits`` (``quantise.py``; 0: nobody knows). Layer 0 is the host input: no sources, ``input_max`` the
    largest magnitude of a pixel (0: nobody knows), which is its threshold where the host sends spikes, else none. Where
    each row has a threshold and biases of its own (a graph's nodes, by their degree), they are (rows, 1, 1) and
    (rows, 1, channels) int64.
    """

    name: str
    role: Literal["input", "first", "hidden", "output"]
    shape: Shape
    sources: tuple[Projection, ...]
    bias: NDArray[np.int64]
    threshold: Threshold
    unit: float
    exponent: int
    accumulator_bits: int
    full_bits: int = 0
    input_max: int = 0
    typical_bits: int = 0

    @property
    def neurons(self) -> int:
        """Number of neurons."""
        channels, rows, columns = self.shape
        return channels * rows * columns

    @property
    def map_shape(self) -> Shape:
        """Shape in memory: (rows, columns, channels)."""
        channels, rows, columns = self.shape
        return rows, columns, channels

    @property
    def is_spiking(self) -> bool:
        """Whether its neurons fire: neither the host input nor the accumulate-only last layer."""
        return self.role in ("first", "hidden")

    @property
    def is_uniform(self) -> bool:
        """Whether all rows share one threshold and one bias a channel."""
        return not isinstance(self.threshold, np.ndarray)

    @property
    def macs(self) -> int:
        """In-bounds products of one dense evaluation."""
        return sum(synapses.macs for synapses in self.sources)

    def reading(self, source: int) -> list[Projection]:
        """Return the synapses from layer ``source``; there may be several kinds, as a convolution and an identity."""
        return [synapses for synapses in self.sources if synapses.source == source]

    @property
    def potential_dtype(self) -> np.dtype:
        """The integer type that holds every partial sum exactly."""
        return np.dtype(np.int32 if self.accumulator_bits <= 32 else np.int64)


@dataclass(frozen=True, eq=False)
class SpikingNetwork:
    """A converted network: ``layers[0]`` is the host input, ``layers[-1]`` the accumulate-only output.

    ``levels`` is the number of non-zero activation levels it was folded for; ``weights_origin`` is passed through to
    every report.
    """

    name: str
    layers: tuple[SpikingLayer, ...]
    model: NeuronModel
    levels: int
    weight_bits: int
    weights_origin: Literal["trained", "synthetic"]

    def checked_images(self, images: Any) -> NDArray[np.integer]:
        """Return ``images`` as the host sends them; ConversionError, naming the input, where it takes none such."""
        host = self.layers[0]
        return checked_images(images, host.shape, host.input_max or LARGEST_CODE, host.name)

    @property
    def steps(self) -> int:
        """Time steps T."""
        return self.model.steps

    @property
    def multiplies_input(self) -> bool:
        """Whether the host sends values that a first layer multiplies by; values of 0 and 1 are only added."""
        return self.model.reads_pixels and self.layers[0].accumulator_bits > 2

    @property
    def spiking(self) -> tuple[int, ...]:
        """Numbers of the layers that fire."""
        return tuple(number for number, layer in enumerate(self.layers) if layer.is_spiking)

    @property
    def neurons(self) -> int:
        """Number of neurons that fire (input and output excluded)."""
        return sum(self.layers[number].neurons for number in self.spiking)

    @property
    def macs(self) -> int:
        """In-bounds products of one dense inference."""
        return sum(layer.macs for layer in self.layers)

    @property
    def weights(self) -> int:
        """Stored weights."""
        return sum(s.weights.size for layer in self.layers for s in layer.sources if s.is_stored)

    @property
    def synapses(self) -> int:
        """In-bounds synapses, each neuron pair counted once per tap, pools unrolled."""
        return sum(int(s.fan_out().sum()) for layer in self.layers for s in layer.sources)

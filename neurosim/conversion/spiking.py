"""A spiking network: layers of integer neurons, joined by projections of integer synapses.

Maps are (rows, columns, channels) in memory, channels last, so that one source neuron's weights for all destination
channels are contiguous. ``shape`` is always (channels, rows, columns), as it is usually written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.projections.projection import Projection, Shape
from neurosim.datasets.pixels import LARGEST_CODE, checked_images

if TYPE_CHECKING:
    from neurosim.neurons.model import NeuronModel, Threshold


@dataclass(frozen=True, eq=False)
class SpikingLayer:
    """One layer of neurons that share a threshold.

    Where each row has a threshold and biases of its own (a graph's nodes, by their degree), these are (rows, 1, 1) and
    (rows, 1, channels) int64. Symbols are those of conversion.md section 3.

    Parameters
    ----------
    name : str
        That of its node in the network.
    role : {"input", "first", "hidden", "output"}
        Layer 0 is the host input, without sources; ``first`` reads it, ``output`` accumulates and never fires.
    shape : tuple of int
        (channels, rows, columns).
    sources : tuple of Projection
        The synapses into it.
    bias : ndarray of int64, (channels,)
        Added to the sum of synapses.
    threshold : int
        Integer that stands for one unit of the activation; of the host input the largest pixel code where it sends
        spikes, else 0.
    unit : float
        Real value of the threshold.
    exponent : int
        p: weights are multiplied by 2^p before they are rounded.
    accumulator_bits : int
        Signed width that no partial sum exceeds.
    full_bits : int
        What ``accumulator_bits`` would be if weights took all their bits.
    input_max : int
        Largest magnitude of a pixel code, of the host input only; 0: not known.
    typical_bits : int
        Bits of the median weight magnitude, its sign included (``precision/quantise.py``); 0: not known.
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
        """Return the projections from layer ``source``; there may be several, such as a convolution and an identity."""
        return [synapses for synapses in self.sources if synapses.source == source]

    @property
    def potential_dtype(self) -> np.dtype[np.int32] | np.dtype[np.int64]:
        """The integer type that holds every partial sum exactly."""
        return np.dtype(np.int32) if self.accumulator_bits <= 32 else np.dtype(np.int64)


@dataclass(frozen=True, eq=False)
class SpikingNetwork:
    """A converted network.

    Parameters
    ----------
    name : str
        Name of the network.
    layers : tuple of SpikingLayer
        The host input first, the output, which only accumulates, last.
    model : NeuronModel
        The neurons of all layers.
    levels : int
        Number of non-zero activation levels.
    weight_bits : int
        Signed width of weights.
    weights_origin : {"trained", "synthetic"}
        Every report says it.
    """

    name: str
    layers: tuple[SpikingLayer, ...]
    model: NeuronModel
    levels: int
    weight_bits: int
    weights_origin: Literal["trained", "synthetic"]

    def checked_images(self, images: Any) -> NDArray[np.integer]:
        """Return ``images`` as the host sends them; ConversionError, naming the input, where they do not fit it."""
        host = self.layers[0]
        return checked_images(images, host.shape, host.input_max or LARGEST_CODE, host.name)

    @property
    def steps(self) -> int:
        """Time steps T."""
        return self.model.steps

    @property
    def multiplies_input(self) -> bool:
        """Whether the host sends values by which a first layer multiplies; values of 0 and 1 are only added."""
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

"""What a neuron model is: a small program over the operations that a neuron's datapath offers.

A model never loops over neurons. It calls ``shift``, ``add``, ``compare``, ``subtract`` and their like on whole
layers; whoever runs it supplies the datapath: plain NumPy, or the chip's neuron unit, whose numba kernels also count
what they do and say how long it takes. So operations are counted because they happen, and a new model is one new file:
a frozen dataclass that inherits :class:`NeuronModel` (or another model), whose fields are its options.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import ConversionError

Potential = NDArray[np.integer]
Mask = NDArray[np.bool_]
ExactLayers = Literal["all", "first", "none"]
Role = Literal["input", "first", "hidden", "output"]
Threshold = int | NDArray[np.int64]  # one for the layer, or (rows, 1, 1): one for each row of the map


def need_whole(option: str, value: object, least: int, most: int) -> None:
    """Raise a ConversionError unless ``value`` is a whole number from ``least`` to ``most``."""
    if type(value) is not int or not least <= value <= most:
        raise ConversionError(f"{option} is a whole number from {least} to {most}, found {value}")


def at_least(threshold: Threshold, factor: Fraction) -> Threshold:
    """Return ceil(``factor`` x ``threshold``), exactly: in Python's integers, which do not overflow."""
    if not isinstance(threshold, np.ndarray):
        return ceil(factor * threshold)
    return -(threshold.astype(object) * -factor.numerator // factor.denominator).astype(np.int64)


class Datapath(Protocol):
    """The operations of a neuron unit; each works in place on every neuron of the layer, or on those of ``where``.

    Thresholds and amounts are one number for the layer, or arrays that fit the potentials.
    """

    def shift(self, potential: Potential, places: int, where: Mask | None = None) -> None:
        """Multiply by 2**places, rounding down; one ``shift`` a neuron, none if ``places`` is 0."""

    def add(self, potential: Potential, amount: Potential | int, where: Mask | None = None) -> None:
        """Add ``amount``; one ``add`` a neuron."""

    def multiply(self, potential: Potential, factor: Fraction, where: Mask | None = None) -> None:
        """Multiply by ``factor``, rounding down; one ``multiply`` a neuron."""

    def shift_threshold(self, threshold: Threshold, places: int) -> Threshold:
        """Shift the layer's threshold; one ``shift`` for the whole layer, or for every position with one of its own."""

    def compare(self, potential: Potential, threshold: Potential | int, where: Mask | None = None) -> Mask:
        """Return ``potential >= threshold``, False outside ``where``; one ``compare`` a neuron."""

    def subtract(self, potential: Potential, fired: Mask, amount: Potential | int) -> None:
        """Subtract ``amount`` where ``fired``; one ``reset`` a neuron that fired."""

    def clear(self, potential: Potential, fired: Mask) -> None:
        """Set to 0 where ``fired``; one ``reset`` a neuron that fired."""


@dataclass(eq=False)
class Membrane:
    """The double-buffered state of one layer.

    ``potential`` (rows, columns, channels) is what the neuron unit works on, ``inbox`` of the same shape and type what
    the synapse unit adds to. ``extra`` holds whatever else a model keeps.
    """

    potential: Potential
    input_accumulator: Potential
    extra: dict[str, Any] = field(default_factory=dict)


class Parameters(Protocol):
    """What a model needs to know of a layer (``SpikingLayer`` has it)."""

    @property
    def bias(self) -> NDArray[np.int64]:
        """(channels,) int64, or (rows, 1, channels)."""

    @property
    def threshold(self) -> Threshold:
        """The integer that stands for one activation unit, or (rows, 1, 1) of them."""

    @property
    def role(self) -> Role:
        """first: fed by the host once; hidden; output: accumulates only."""


class NeuronModel(Protocol):
    """A neuron model: how inputs enter a membrane, when it fires, and what a spike is worth.

    What has a body here is what most models do; a model says only what it does differently.
    """

    kind: ClassVar[str]
    steps: int  # time steps T

    @property
    def waits_for_all_steps(self) -> bool:
        """Whether it fires only after every step of its input has been accumulated, so that layers take turns."""
        return False

    @property
    def keeps_input(self) -> bool:
        """Whether a first layer keeps the host's pixels in its inbox and takes them in again at every scan."""
        return not self.waits_for_all_steps

    @property
    def reads_pixels(self) -> bool:
        """Whether the host sends pixel values, at once, which a first layer multiplies by; else it sends spikes."""
        return True

    @property
    def exact_layers(self) -> ExactLayers:
        """Return which layers must equal the quantised network."""
        return "none"

    @property
    def levels(self) -> int | None:
        """Number of non-zero activation levels that its codes stand for; None if it does not matter."""
        return None

    @property
    def is_graded(self) -> bool:
        """Whether a spike carries a number that every synapse multiplies by; else it is sent that many times."""
        return False

    @property
    def spike_bits(self) -> int:
        """Bits of what one neuron emits in one step."""
        return 1

    @property
    def operations(self) -> frozenset[str]:
        """Return the operations that it may ask of the neuron unit."""
        return frozenset({"add", "compare", "reset"})

    @property
    def is_linear_in_spikes(self) -> bool:
        """Whether a spike is one addition for each of its synapses and one reset, and all else is done without any."""
        return False

    @property
    def bias_weight(self) -> int:
        """How often the bias has entered a hidden or output membrane by the end of an inference, as a multiplier."""
        return 1

    @property
    def output_scale(self) -> Fraction:
        """Return final potentials of the output layer in units of the quantised network's logits."""
        return Fraction(1)

    def unit(self, clip: float, levels: int) -> float:
        """Return the real value that one threshold stands for, given a layer's clip value and levels."""

    def largest_input(self) -> int:
        """Return the largest code that a source neuron delivers over all steps (spikes weighted by their worth)."""

    def in_role(self, role: Role) -> NeuronModel:
        """Return the model as a layer of this role needs it."""
        return self

    def width(self, reach: int, threshold: int) -> int:
        """Return U of conversion.md 3.5; ``reach`` is max_c(sum |W| x inputs + |B|) at the largest input codes."""

    def spike_weight(self, step: int) -> int:
        """Return what a spike of scan ``step`` (from 0) adds to the decoded code."""

    def scans(self, role: Role) -> int:
        """Return how many neuron scans a layer of this role makes in one inference."""

    def input_order(self, role: Role) -> Sequence[int]:
        """Return which scan of its sources each plane of a layer's input is; each scan once, unless input is replayed.

        A first layer's input is the host's image, a single plane.
        """
        return range(self.scans("input" if role == "first" else "hidden"))

    def lookahead(self, role: Role) -> int:
        """Return how many further planes of input must be in before a scan: scan k needs those up to k + this."""
        return self.steps - 1 if self.waits_for_all_steps or (role == "output" and self.scans(role) == 1) else 0

    def encode_input(self, image: NDArray[np.integer], largest: Threshold, step: int) -> NDArray[np.integer]:
        """Return what the host sends of ``image`` in its scan ``step``; ``largest`` is the largest pixel value."""
        return image

    def begin_step(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> None:
        """Prepare ``membrane.inbox`` for plane ``step`` of the input; called before any of it is accumulated."""

    def update(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask | NDArray[np.uint8]:
        """Scan the layer once: take the inbox in, fire, reset. Returns the spikes (all False for an output layer)."""

    def planes(self, codes: NDArray[np.int64]) -> NDArray[np.uint8] | None:
        """Return the spikes (steps, ...) that ``codes`` stand for, or None where only their weighted sum is fixed."""
        return None

    def quantise(self, accumulated: NDArray[np.int64], threshold: Threshold) -> NDArray[np.int64]:
        """Return the activation codes that the quantised network gives for exact accumulated inputs."""

    def rounding(self, threshold: Threshold) -> Threshold:
        """Return the constant that is added before dividing by ``threshold``."""
        return threshold >> 1

    def ties(self, accumulated: NDArray[np.int64], threshold: Threshold, top: int) -> Mask:
        """Return which accumulated inputs lie exactly on the border of a code up to ``top`` and the one below."""
        rounding = self.rounding(threshold)
        # Half of an odd threshold is no integer.
        has_ties = np.logical_or(rounding == 0, 2 * rounding == threshold)
        code, rest = np.divmod(accumulated + rounding, threshold)
        return has_ties & (rest == 0) & (code >= 1) & (code <= top)

"""The protocol of a neuron model: a small program over the operations of a neuron's datapath.

A model never loops over neurons. It calls ``shift``, ``add``, ``compare``, ``subtract`` and the like on whole layers;
the caller supplies the datapath: plain NumPy, or the chip's neuron unit, whose numba kernels also count operations and
cycles. So operations are counted because they are done, and a new model is one new file: a frozen dataclass that
inherits :class:`NeuronModel` (or another model), whose fields are its options.
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
ExactLayers = Literal["all", "first", "none"]  # that must equal the quantised network
Role = Literal["input", "first", "hidden", "output"]
Threshold = int | NDArray[np.int64]  # one for the layer, or (rows, 1, 1), one for each row of the map


def need_whole(option: str, value: object, least: int, most: int) -> None:
    """Raise a ConversionError unless ``value`` is a whole number from ``least`` to ``most``."""
    if type(value) is not int or not least <= value <= most:
        raise ConversionError(f"{option} is a whole number from {least} to {most}, found {value}")


def at_least(threshold: Threshold, factor: Fraction) -> Threshold:
    """Return ceil(``factor`` x ``threshold``) exactly, in Python's integers, which do not overflow."""
    if not isinstance(threshold, np.ndarray):
        return ceil(factor * threshold)
    # ceil(a / b) = -(-a // b); objects are Python's integers.
    return -(threshold.astype(object) * -factor.numerator // factor.denominator).astype(np.int64)


class Datapath(Protocol):
    """The operations of a neuron unit, each in place on every neuron of a layer, or on those of the mask ``where``.

    Potentials are (rows, columns, channels) int32 or int64; thresholds and amounts are one number for the layer, or
    arrays that broadcast to the potentials.
    """

    def shift(self, potential: Potential, places: int, where: Mask | None = None) -> None:
        """Multiply by 2**places, rounding down; counts one ``shift`` a neuron, none if ``places`` is 0."""

    def add(self, potential: Potential, amount: Potential | int, where: Mask | None = None) -> None:
        """Add ``amount``; counts one ``add`` a neuron."""

    def multiply(self, potential: Potential, factor: Fraction, where: Mask | None = None) -> None:
        """Multiply by ``factor``, rounding down; counts one ``multiply`` a neuron."""

    def shift_threshold(self, threshold: Threshold, places: int) -> Threshold:
        """Shift the layer's threshold; counts one ``shift`` for the layer, or one for each row with its own."""

    def compare(self, potential: Potential, threshold: Potential | int, where: Mask | None = None) -> Mask:
        """Return ``potential >= threshold``, False outside ``where``; counts one ``compare`` a neuron."""

    def subtract(self, potential: Potential, fired: Mask, amount: Potential | int) -> None:
        """Subtract ``amount`` where ``fired``; counts one ``reset`` a neuron that fired."""

    def clear(self, potential: Potential, fired: Mask) -> None:
        """Set to 0 where ``fired``; counts one ``reset`` a neuron that fired."""


@dataclass(eq=False)
class Membrane:
    """The double-buffered state of one layer.

    Parameters
    ----------
    potential : ndarray of int32 or int64, (rows, columns, channels)
        What the neuron unit updates.
    input_accumulator : ndarray of the same shape and type
        What the synapse unit adds to.
    extra : dict
        Further state of a model, by name.
    """

    potential: Potential
    input_accumulator: Potential
    extra: dict[str, Any] = field(default_factory=dict)


class Parameters(Protocol):
    """What a model reads of a layer; ``SpikingLayer`` has it."""

    @property
    def bias(self) -> NDArray[np.int64]:
        """(channels,) int64, or (rows, 1, channels) where rows have their own."""

    @property
    def threshold(self) -> Threshold:
        """Integer that stands for one unit of the activation, or (rows, 1, 1) int64 of them."""

    @property
    def role(self) -> Role:
        """``first`` is fed by the host, ``hidden`` by spikes, ``output`` accumulates and never fires."""


class NeuronModel(Protocol):
    """A neuron model: how input enters a membrane, when it fires, and what a spike is worth.

    Methods with a body here are defaults that suit most models. For each spike map of its input (or the host's pixels)
    a layer calls ``begin_step``, then the synapse unit accumulates into ``membrane.input_accumulator``; each neuron
    update is one call of ``update``. Steps count from 0 in code, from 1 in the equations of docstrings. There T is
    ``steps``, Th a threshold, I(t) the synaptic input of step t, B a bias, ``//`` rounds down, ``[...]`` is 1 where it
    holds, else 0.

    Attributes
    ----------
    kind : str
        Name of the model: that of its file.
    steps : int
        Time steps T; the first field, which a workload gives as ``steps``.
    """

    kind: ClassVar[str]
    steps: int

    @property
    def waits_for_all_steps(self) -> bool:
        """Whether it fires only once all steps of its input are accumulated, so that layers take turns."""
        return False

    @property
    def keeps_input(self) -> bool:
        """Whether a first layer keeps the host's pixels in its input accumulator and integrates them in every step."""
        return not self.waits_for_all_steps

    @property
    def reads_pixels(self) -> bool:
        """Whether the host sends pixel values, all at once, by which a first layer multiplies; else it sends spikes."""
        return True

    @property
    def exact_layers(self) -> ExactLayers:
        """Layers whose codes must equal those of the quantised network: the model's claim, which runs check."""
        return "none"

    @property
    def levels(self) -> int | None:
        """Number of non-zero activation levels that its codes represent; None if any number will do."""
        return None

    @property
    def is_graded(self) -> bool:
        """Whether a packet carries a number by which every synapse multiplies; else a packet is sent for each spike."""
        return False

    @property
    def spike_bits(self) -> int:
        """Bits of what one neuron emits in one step, as spike buffers store it."""
        return 1

    @property
    def operations(self) -> frozenset[str]:
        """Operations of the neuron unit that it uses, by their names in the ledger."""
        return frozenset({"add", "compare", "reset"})

    @property
    def is_linear_in_spikes(self) -> bool:
        """Whether a spike costs one addition a synapse and one reset, and no other operation depends on spikes."""
        return False

    @property
    def bias_weight(self) -> int:
        """Multiple of the bias that has entered a hidden or output membrane by the end of an inference."""
        return 1

    @property
    def output_scale(self) -> Fraction:
        """Final potentials of the output layer, in units of the quantised network's logits."""
        return Fraction(1)

    def unit(self, clip: float, levels: int) -> float:
        """Return the real value of one threshold, given a layer's clip value and number of activation levels."""

    def largest_input(self) -> int:
        """Return the largest code of a source neuron: its spikes of all steps, each times its weight."""

    def in_role(self, role: Role) -> NeuronModel:
        """Return the model as a layer of this role runs it."""
        return self

    def width(self, reach: int, threshold: int) -> int:
        """Return the largest magnitude that an accumulator can hold, U of conversion.md 3.5.

        Parameters
        ----------
        reach : int
            Largest over channels of sum |W| x largest input code + |B|.
        threshold : int
            The layer's largest threshold, 0 of an output layer.

        Returns
        -------
        int
            A bound of every partial sum and of every number that potentials are compared with.
        """

    def spike_weight(self, step: int) -> int:
        """Return what a spike of neuron update ``step`` (from 0) adds to the decoded code."""

    def scans(self, role: Role) -> int:
        """Return the number of neuron updates of a layer of this role in one inference; of the host, maps sent."""

    def input_order(self, role: Role) -> Sequence[int]:
        """Return, for each spike map of a layer's input, the update of its sources whose spikes it is.

        Each update comes once unless input is replayed. The host's pixels, input of a first layer, count as one map.
        """
        return range(self.scans("input" if role == "first" else "hidden"))

    def lookahead(self, role: Role) -> int:
        """Return how many spike maps of input an update is behind: update k needs spike maps 0 to k + lookahead."""
        return self.steps - 1 if self.waits_for_all_steps or (role == "output" and self.scans(role) == 1) else 0

    def encode_input(self, image: NDArray[np.integer], largest: Threshold, step: int) -> NDArray[np.integer]:
        """Return what the host sends of an image in one map.

        Parameters
        ----------
        image : ndarray of int, (rows, columns, channels)
            Pixel codes.
        largest : int
            Largest pixel code.
        step : int
            Number of the map, from 0.

        Returns
        -------
        ndarray of int, (rows, columns, channels)
            Pixel codes, or 1 where a spike is sent.
        """
        return image

    def begin_step(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> None:
        """Prepare a membrane for one spike map of input, before any of it is accumulated.

        Parameters
        ----------
        datapath : Datapath
            Does and counts the operations.
        layer : Parameters
            Bias, threshold and role of the layer.
        membrane : Membrane
            Its state, which is changed.
        step : int
            Number of the spike map, from 0.
        """

    def update(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask | NDArray[np.uint8]:
        """Update every neuron of a layer once: integrate the accumulated input, fire, reset.

        Parameters
        ----------
        datapath : Datapath
            Does and counts the operations.
        layer : Parameters
            Bias, threshold and role of the layer.
        membrane : Membrane
            Its state, which is changed.
        step : int
            Number of the update, from 0.

        Returns
        -------
        ndarray of bool or uint8, (rows, columns, channels)
            Spikes, or numbers of spikes; none of an output layer.
        """

    def spike_maps(self, codes: NDArray[np.int64]) -> NDArray[np.uint8] | None:
        """Return the spikes (steps, ...) of ``codes`` (...), or None where only their weighted sum is determined."""
        return None

    def quantise(self, accumulated: NDArray[np.int64], threshold: Threshold) -> NDArray[np.int64]:
        """Return the activation codes of the quantised network for exact sums of inputs, of the same shape."""

    def rounding(self, threshold: Threshold) -> Threshold:
        """Return the constant that is added before a division by ``threshold``: half of it rounds to the nearest."""
        return threshold >> 1

    def ties(self, accumulated: NDArray[np.int64], threshold: Threshold, top: int) -> Mask:
        """Return which sums of inputs lie exactly on the border between a code up to ``top`` and the one below."""
        rounding = self.rounding(threshold)
        # Half of an odd threshold is no integer, so that no sum lies on its borders.
        has_ties = np.logical_or(rounding == 0, 2 * rounding == threshold)
        # On the border the division by the threshold leaves no rest.
        code, rest = np.divmod(accumulated + rounding, threshold)
        on_border: Mask = has_ties & (rest == 0) & (code >= 1) & (code <= top)
        return on_border

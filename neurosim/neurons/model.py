"""What a neuron model is: a small program over the operations that a neuron's datapath offers.

A model never loops over neurons. It calls ``shift``, ``add``, ``compare``, ``subtract`` and ``clear`` on whole
layers; whoever runs it supplies the datapath: plain NumPy, or the chip's neuron unit, whose numba kernels also count
what they do and say how long it takes. So operations are counted because they happen, and a new model is one new file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Potential = NDArray[np.integer]
Mask = NDArray[np.bool_]
Claim = Literal["all", "first", "none"]
Role = Literal["input", "first", "hidden", "output"]


class Datapath(Protocol):
    """The operations of a neuron unit; each works in place on every neuron of the layer."""

    def shift(self, potential: Potential, places: int) -> None:
        """Multiply by 2**places; one ``shift`` a neuron, none if ``places`` is 0."""

    def add(self, potential: Potential, amount: Potential | int) -> None:
        """Add ``amount``; one ``add`` a neuron."""

    def shift_threshold(self, threshold: int, places: int) -> int:
        """Shift the layer's one threshold; one ``shift`` for the whole layer."""

    def compare(self, potential: Potential, threshold: int) -> Mask:
        """Return ``potential >= threshold``; one ``compare`` a neuron."""

    def subtract(self, potential: Potential, fired: Mask, amount: int) -> None:
        """Subtract ``amount`` where ``fired``; one ``reset`` a spike."""

    def clear(self, potential: Potential, fired: Mask) -> None:
        """Set to 0 where ``fired``; one ``reset`` a spike."""


@dataclass(eq=False)
class Membrane:
    """The double-buffered state of one layer.

    ``potential`` (rows, columns, channels) is what the neuron unit works on, ``inbox`` of the same shape and type what
    the synapse unit adds to. ``extra`` holds whatever else a model keeps.
    """

    potential: Potential
    inbox: Potential
    extra: dict[str, Any] = field(default_factory=dict)


class Parameters(Protocol):
    """What a model needs to know of a layer (``SpikingLayer`` has it)."""

    @property
    def bias(self) -> NDArray[np.int64]:
        """(channels,) int64."""

    @property
    def threshold(self) -> int:
        """The integer that stands for one activation unit."""

    @property
    def role(self) -> Role:
        """first: fed by the host once; hidden; output: accumulates only."""


class NeuronModel(Protocol):
    """A neuron model: how inputs enter a membrane, when it fires, and what a spike is worth."""

    kind: ClassVar[str]
    waits_for_all_steps: ClassVar[bool]  # fires only after every step of its input has been accumulated
    claims: ClassVar[Claim]  # the layers that must equal the quantised network

    @property
    def steps(self) -> int:
        """Time steps T."""

    def unit(self, clip: float, levels: int) -> float:
        """Return the real value that one threshold stands for, given a layer's clip value and levels."""

    def largest_input(self) -> int:
        """Return the largest code that a source neuron delivers over all steps (spikes weighted by their worth)."""

    def width(self, reach: int, threshold: int) -> int:
        """Return U of conversion.md 3.5; ``reach`` is max_c(sum |W| x inputs + |B|) at the largest input codes."""

    def spike_weight(self, step: int) -> int:
        """Return what a spike of step ``step`` (from 0) adds to the decoded code."""

    def updates(self, role: Role) -> int:
        """Return how many neuron scans a layer of this role makes in one inference."""

    def open(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> None:
        """Prepare ``membrane.inbox`` for the input plane of ``step``; called before any of it is accumulated."""

    def update(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask | NDArray[np.uint8]:
        """Scan the layer once: take the inbox in, fire, reset. Returns the spikes (all False for an output layer)."""

    def planes(self, codes: NDArray[np.int64]) -> NDArray[np.uint8] | None:
        """Return the spikes (steps, ...) that ``codes`` stand for, or None where only their count is fixed."""

    def quantise(self, accumulated: NDArray[np.int64], threshold: int) -> NDArray[np.int64]:
        """Return the activation codes that the quantised network gives for exact accumulated inputs."""

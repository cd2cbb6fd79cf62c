"""The integer grid: what the converter will make of a network's weights and biases, so that training sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from neurosim.conversion.convert import lower
from neurosim.conversion.export import export
from neurosim.conversion.lowering import Lowering
from neurosim.network.graph import Network
from neurosim.neurons.accumulate_fire import AccumulateFire


class StraightThrough(torch.autograd.Function):
    """Rounding to whole steps, within +-``largest`` of them if it is given; with a straight-through gradient."""

    @staticmethod
    def forward(context: Any, real: Tensor, step: float, largest: int | None) -> Tensor:
        """Return the multiple of ``step`` nearest to each value."""
        whole = (real / step).round_()
        return (whole if largest is None else whole.clamp_(-largest, largest)).mul_(step)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        """Return the gradient as it is."""
        return gradient, None, None


round_through: Callable[[Tensor, float, int | None], Tensor] = StraightThrough.apply


@dataclass(frozen=True)
class IntegerGrid:
    """The integers that the converter makes of a network's real numbers.

    ``steps`` is the real value of one integer step of each layer's folded weights, ``largest`` the largest integer, and
    ``bias_steps`` that of a bias. ``identities`` is what a residual branch is multiplied by, by the place where it
    becomes a synapse: a Shortcut, or one input of an Add, written ``name:position``. ``thresholds`` are those of the
    activations, in steps. All but the weights may be missing; what is missing is not rounded.
    """

    steps: Mapping[str, float]
    largest: int
    bias_steps: Mapping[str, float] = field(default_factory=dict)
    identities: Mapping[str, float] = field(default_factory=dict)
    thresholds: Mapping[str, int] = field(default_factory=dict)

    @staticmethod
    def of(network: Network, steps: int, weight_bits: int, input_unit: float, input_max: int) -> IntegerGrid:
        """Return the grid that the converter chooses for ``network`` as it stands."""
        model = AccumulateFire(steps)
        lowering = lower(network, model, weight_bits=weight_bits, input_unit=input_unit, input_max=input_max)
        arrays, thresholds = export(lowering), {}
        fired = (node.name for node in lowering.network.graph.nodes if node.layer.fires)
        for name, layer in zip(fired, lowering.layers[1:-1], strict=True):
            thresholds[name] = int(layer.threshold)
        return IntegerGrid(
            steps=_units(arrays, ".weight_unit"),
            largest=2 ** (weight_bits - 1) - 1,
            bias_steps=_units(arrays, ".bias_unit"),
            identities=_identities(lowering),
            thresholds=thresholds,
        )

    def weight(self, name: str, real: Tensor) -> Tensor:
        """Return the rounded weights of the layer ``name``, differentiable as if they were not rounded."""
        return round_through(real, self.steps[name], self.largest)

    def bias(self, name: str, real: Tensor | None) -> Tensor | None:
        """Return the rounded biases of the layer ``name`` likewise."""
        if real is None or name not in self.bias_steps:
            return real
        return round_through(real, self.bias_steps[name], None)

    def branch(self, place: str, real: Tensor) -> Tensor:
        """Return a residual branch as the identity synapse at ``place`` will scale it."""
        factor = self.identities.get(place)
        return real if factor is None else real * factor

    def rounding(self, activation: str) -> float:
        """Return what an activation adds to its input, in levels, before it takes the floor.

        A half, and a quarter of the least difference between two inputs: the chip rounds a tie up, and so this rounds
        it up too, whatever the rounding errors of the floating-point sum.
        """
        threshold = self.thresholds.get(activation)
        return 0.5 if threshold is None else 0.5 + 0.25 / threshold


def _units(arrays: Mapping[str, NDArray[Any]], ending: str) -> dict[str, float]:
    return {name.removesuffix(ending): float(array) for name, array in arrays.items() if name.endswith(ending)}


def _identities(lowering: Lowering) -> dict[str, float]:
    """Return the real values of the identity synapses by the place where each was made."""
    identities: dict[str, float] = {}
    for layer, places in zip(lowering.layers, lowering.places, strict=True):
        for place, projection in zip(places, layer.sources, strict=True):
            if projection.kind == "identity":
                area = projection.pool.kernel[0] * projection.pool.kernel[1] if projection.pool else 1
                step = layer.unit / int(layer.threshold) / lowering.layers[projection.source].unit * area
                identities[place] = int(projection.weights) * step
    return identities

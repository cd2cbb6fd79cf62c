"""Policies for a network trained for T0 steps of ``accumulate_fire`` and run in T others (conversion.md 10.2).

``requantise``, T < T0: the network rounds to T bits everywhere. ``truncate``, T < T0: it rounds to T0 bits and emits
the upper T of them. ``pad``, T > T0: it is idle in the last steps. ``requantise``, T > T0: ``refine`` makes the finer
network, which is never called lossless: it equals its own quantised network, which is not the trained one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.precision.quantise import width
from neurosim.conversion.precision.rounding import magnitudes
from neurosim.conversion.projections.real_projection import RealProjection
from neurosim.conversion.spiking import SpikingLayer
from neurosim.errors import ConversionError
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.model import Datapath, Mask, Membrane, NeuronModel, Parameters, Role, Threshold

Policy = Literal["requantise", "truncate", "pad"]


def adapt(model: NeuronModel, levels: int, policy: Policy) -> AccumulateFire:
    """Return the neuron model with which a network of ``levels`` activation levels runs ``model.steps`` steps.

    ``requantise`` to more steps changes the layers and not the model, which is returned as it is. ConversionError where
    the policy does not apply.
    """
    trained = levels.bit_length()
    if type(model) is not AccumulateFire or levels != 2**trained - 1:
        raise ConversionError(
            f"policy {policy}: it is for accumulate_fire and 2^steps - 1 levels, not {model.kind} and {levels} levels"
        )
    if model.steps == trained or (policy == "requantise" and model.steps > trained):
        return model
    if policy == "pad" and model.steps > trained:
        return PaddedFire(model.steps, trained)
    if policy != "pad" and model.steps < trained:
        return CoarseFire(model.steps, trained, policy)
    number = "more steps than" if policy == "pad" else "fewer steps than"
    raise ConversionError(f"policy {policy}: it is for {number} the trained {trained}, not for {model.steps}")


def refine(
    layers: Sequence[SpikingLayer], trained_steps: int, model: AccumulateFire, input_max: int, accumulator_bits: int
) -> list[SpikingLayer]:
    """Return layers of ``trained_steps`` steps for the e more steps of ``model``, with the same weights.

    The first layer's threshold is divided by 2**e; every later layer gets inputs that are 2**e finer, so that its bias
    is multiplied instead. ConversionError where a threshold does not divide or an accumulator overflows.
    """
    extra = model.steps - trained_steps
    finer = [layers[0]]
    for layer in layers[1:]:
        if layer.role == "first" and np.any(layer.threshold % (1 << extra)):
            raise ConversionError(
                f"{layer.name}: its threshold {int(np.max(layer.threshold)):,} cannot be divided by {1 << extra:,} for "
                f"{model.steps} steps; train for that many"
            )
        # Codes of T steps are 2**e times those of T0: the pixels, input of the first layer, are not.
        first, fires = layer.role == "first", layer.is_spiking
        bias = layer.bias if first else np.left_shift(layer.bias, extra)
        bias.flags.writeable = False
        threshold = layer.threshold >> extra if first else layer.threshold if fires else layer.threshold << extra
        largest = input_max if first else model.largest_input()
        # Only the bound of the accumulator is computed anew: weights and units do not matter for it.
        projections = [RealProjection.behind(source, np.zeros(()), 1.0, largest) for source in layer.sources]
        sums = [magnitudes(source.weights) for source in layer.sources]
        bits = width(projections, sums, bias, model, int(np.max(threshold)) if fires else 0)
        if bits > accumulator_bits:
            raise ConversionError(
                f"{layer.name}: needs {bits} accumulator bits for {model.steps} steps, "
                f"the hardware has {accumulator_bits}"
            )
        unit = layer.unit / 2**extra if fires else layer.unit
        finer.append(replace(layer, bias=bias, threshold=threshold, unit=unit, accumulator_bits=bits))
    return finer


@dataclass(frozen=True)
class Rescaled:
    """A layer's parameters with another bias and threshold."""

    bias: NDArray[np.int64]
    threshold: Threshold
    role: Role


@dataclass(frozen=True)
class CoarseFire(AccumulateFire):
    """As ``accumulate_fire``, but firing T of T0 bits, the upper ones: a spike of step t is worth 2^(T0-t).

    A layer shifts its Horner sum by T0 - T more places before it adds its bias. ``requantise`` rounds to the bits that
    are fired, ``truncate`` to those of T0 steps.
    """

    trained_steps: int
    policy: Policy

    @property
    def dropped(self) -> int:
        """Number of bits that are not fired."""
        return self.trained_steps - self.steps

    def largest_input(self) -> int:
        """Return the code of T ones and T0 - T zeros."""
        return super().largest_input() << self.dropped

    def width(self, reach: int, threshold: int) -> int:
        """Return the bound of every partial sum and of the largest threshold."""
        return super().width(reach, threshold << self.dropped)

    def spike_weight(self, step: int) -> int:
        """Return 2^(T0-1-step)."""
        return super().spike_weight(step) << self.dropped

    def update(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask:
        """Give the sum its full weight, then fire at the upper thresholds of the ladder."""
        # Spikes bring codes without their lower bits; pixels bring whole codes.
        if step == 0 and layer.role != "first":
            datapath.shift(membrane.input_accumulator, self.dropped)
        return super().update(datapath, self._upper(layer), membrane, step)

    def _upper(self, layer: Parameters) -> Rescaled:
        if layer.role == "output":
            return Rescaled(layer.bias, layer.threshold, layer.role)
        threshold = layer.threshold << self.dropped
        # The rounding that is added is half of the coarse threshold; truncation wants half of the trained one.
        excess = (threshold >> 1) - (layer.threshold >> 1) if self.policy == "truncate" else 0
        return Rescaled(layer.bias - excess, threshold, layer.role)

    def spike_maps(self, codes: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the upper bits of ``codes``."""
        return super().spike_maps(codes >> self.dropped)

    def quantise(self, accumulated: NDArray[np.int64], threshold: Threshold) -> NDArray[np.int64]:
        """Return a multiple of 2^(T0-T): the nearest one, or the code of T0 bits without its lower bits."""
        if self.policy == "requantise":
            return super().quantise(accumulated, threshold << self.dropped) << self.dropped
        code = AccumulateFire(self.trained_steps).quantise(accumulated, threshold)
        return (code >> self.dropped) << self.dropped


@dataclass(frozen=True)
class PaddedFire(AccumulateFire):
    """``accumulate_fire`` of T0 steps, idle in the T - T0 that follow; its codes and logits are those of T0 steps."""

    trained_steps: int

    @property
    def trained(self) -> AccumulateFire:
        """The neuron of T0 steps."""
        return AccumulateFire(self.trained_steps)

    def largest_input(self) -> int:
        """Return 2^T0 - 1."""
        return self.trained.largest_input()

    def width(self, reach: int, threshold: int) -> int:
        """Return the bound of T0 steps."""
        return self.trained.width(reach, threshold)

    def spike_weight(self, step: int) -> int:
        """Return 2^(T0-1-step), and 0 for an idle step."""
        return self.trained.spike_weight(step) if step < self.trained_steps else 0

    def begin_step(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> None:
        """Double the sum, but not for an idle step."""
        if step < self.trained_steps:
            self.trained.begin_step(datapath, layer, membrane, step)

    def update(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask:
        """Emit one bit of the code, and nothing in an idle step."""
        if step >= self.trained_steps:  # idle: nothing is compared, nothing counted
            return np.zeros(membrane.potential.shape, np.bool_)
        return self.trained.update(datapath, layer, membrane, step)

    def spike_maps(self, codes: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the bits of ``codes``, then empty spike maps."""
        idle = np.zeros((self.steps - self.trained_steps, *codes.shape), np.uint8)
        return np.concatenate([self.trained.spike_maps(codes), idle])

    def quantise(self, accumulated: NDArray[np.int64], threshold: Threshold) -> NDArray[np.int64]:
        """Return the code of T0 bits."""
        return self.trained.quantise(accumulated, threshold)

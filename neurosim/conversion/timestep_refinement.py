"""A network trained for T0 steps, requantised to more: a finer quantiser than was trained (conversion.md 10.2).

Never call its result lossless: it equals its own finer network, which is not the trained one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from neurosim.conversion.precision.quantise import width
from neurosim.conversion.precision.rounding import magnitudes
from neurosim.conversion.projections.real_projection import RealProjection
from neurosim.conversion.spiking import SpikingLayer
from neurosim.errors import ConversionError
from neurosim.neurons.accumulate_fire import AccumulateFire


def refine(
    layers: Sequence[SpikingLayer], trained_steps: int, model: AccumulateFire, input_max: int, accumulator_bits: int
) -> list[SpikingLayer]:
    """Return layers of ``trained_steps`` steps for the more steps of ``model``, e more, with the same weights.

    The first layer's threshold is divided by 2**e; every later layer gets inputs that are 2**e finer, so its bias is
    multiplied instead. A threshold that does not divide and an accumulator that overflows are ConversionErrors.
    """
    extra = model.steps - trained_steps
    finer = [layers[0]]
    for layer in layers[1:]:
        if layer.role == "first" and np.any(layer.threshold % (1 << extra)):
            raise ConversionError(
                f"{layer.name}: its threshold {int(np.max(layer.threshold)):,} cannot be divided by {1 << extra:,} for "
                f"{model.steps} steps; train for that many"
            )
        first, fires = layer.role == "first", layer.is_spiking
        bias = layer.bias if first else np.left_shift(layer.bias, extra)
        bias.flags.writeable = False
        threshold = layer.threshold >> extra if first else layer.threshold if fires else layer.threshold << extra
        largest = input_max if first else model.largest_input()
        branches = [RealProjection.behind(source, np.zeros(()), 1.0, largest) for source in layer.sources]
        sums = [magnitudes(source.weights) for source in layer.sources]
        bits = width(branches, sums, bias, model, int(np.max(threshold)) if fires else 0)
        if bits > accumulator_bits:
            raise ConversionError(
                f"{layer.name}: needs {bits} accumulator bits for {model.steps} steps, "
                f"the hardware has {accumulator_bits}"
            )
        unit = layer.unit / 2**extra if fires else layer.unit
        finer.append(replace(layer, bias=bias, threshold=threshold, unit=unit, accumulator_bits=bits))
    return finer

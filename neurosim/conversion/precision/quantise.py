"""Quantisation of a layer: its real projections as integers that share one threshold (conversion.md 3.2 to 3.6)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.precision.rounding import Rounding, at_least
from neurosim.conversion.projections.real_projection import RealProjection
from neurosim.errors import ConversionError
from neurosim.neurons.model import NeuronModel, Threshold

WIDEST_ACCUMULATOR = 63  # bits, signed: every sum fits an int64 with one to spare


@dataclass(frozen=True, eq=False)
class Quantised:
    """One layer in integers.

    Where rows have thresholds of their own, these are (rows, 1, 1) int64 and the bias is (rows, 1, channels). Where
    even ``WIDEST_ACCUMULATOR`` bits are too few there are no weights, and only ``accumulator_bits`` is valid.

    Parameters
    ----------
    exponent : int
        p: weights are multiplied by 2^p before they are rounded.
    threshold : int
        q 2^p, which stands for one unit of the activation.
    weights : tuple of ndarray of int
        In the order of the projections, of the narrowest type for their bits; of an identity () int64.
    bias : ndarray of int64, (channels,)
        The sum over the projections.
    accumulator_bits : int
        Signed width that no partial sum exceeds.
    full_bits : int
        What it would be if the weights took all their bits.
    typical_bits : int
        Bits, with a sign, of the median magnitude of the stored weights that are not 0 before rounding: 1 if it is
        rounded to 0, and so more than half of them are; 0 if there are none.
    """

    exponent: int
    threshold: Threshold
    weights: tuple[NDArray[np.integer], ...]
    bias: NDArray[np.int64]
    accumulator_bits: int
    full_bits: int = 0
    typical_bits: int = 0


def quantise(
    name: str,
    projections: Sequence[RealProjection],
    bias: NDArray[np.float64],
    unit: float,
    model: NeuronModel,
    *,
    fires: bool,
    weight_bits: int,
    accumulator_bits: int,
    scale: NDArray[np.int64] | None = None,
) -> Quantised:
    """Return the layer at the largest exponent at which weights and accumulator fit.

    Parameters
    ----------
    name : str
        Of the layer, for errors.
    projections : sequence of RealProjection
        The projections into it.
    bias : ndarray of float64, (channels,)
        Real, the sum over the projections; (rows, 1, channels) with ``scale``.
    unit : float
        Real value of the threshold.
    model : NeuronModel
        Bounds the accumulator.
    fires : bool
        Whether the layer has a threshold; an output has none.
    weight_bits, accumulator_bits : int
        Signed widths of the hardware.
    scale : ndarray of int64, (rows, 1, 1), optional
        Times that sums, bias and threshold of a row are larger.

    Returns
    -------
    Quantised
        The integers, bias and threshold.

    Raises
    ------
    ConversionError
        Where no exponent from 0 fits, with the numbers.
    """
    rounding = Rounding(projections, unit, weight_bits)
    full = _largest_exponent(name, rounding.largest, weight_bits, accumulator_bits)
    enough = _least_exponent(rounding.largest, full, weight_bits)
    layer = _at(enough, rounding, bias / unit, model, fires, scale)
    # Exponents are bounded by the accumulator's width, so that the exponent is a lower bound of the width, too.
    full_bits = max(layer.accumulator_bits, enough) if rounding.largest > 0 else 0
    # From the finest weights down: each exponent less takes one bit from weights and accumulator alike.
    for exponent in range(min(full, accumulator_bits), -1, -1):
        if exponent != layer.exponent:
            layer = _at(exponent, rounding, bias / unit, model, fires, scale)
        if layer.accumulator_bits <= accumulator_bits:
            return replace(layer, full_bits=full_bits, typical_bits=_typical_bits(layer.weights, projections))
    raise ConversionError(
        f"{name}: needs {layer.accumulator_bits} accumulator bits at exponent 0 "
        f"(threshold {int(np.max(layer.threshold)):,}), the hardware has {accumulator_bits}"
    )


def _largest_exponent(name: str, largest: float, weight_bits: int, accumulator_bits: int) -> int:
    """Return the largest exponent at which a weight that is ``largest`` at exponent 0 fits; ConversionError if none."""
    limit = 2 ** (weight_bits - 1) - 1
    if (least := round(largest)) > limit:
        raise ConversionError(
            f"{name}: its largest weight is {least:,} at exponent 0, {weight_bits} bits hold {limit:,}; use more "
            "weight bits, or clip the activations of this layer higher (measured clip values: a higher percentile)"
        )
    if largest == 0:
        return accumulator_bits
    # rint rounds limit + 1/2 up for an odd limit, so that one exponent above the logarithm's is tried as well.
    exponent = min(math.floor(math.log2((limit + 0.5) / largest)) + 1, WIDEST_ACCUMULATOR + 1)
    while round(largest * 2.0**exponent) > limit:
        exponent -= 1
    return exponent


def _least_exponent(largest: float, full: int, weight_bits: int) -> int:
    """Return the least exponent at which the largest weight takes all bits: ``full``, or one less if it rounds up."""
    rounded_up = full > 0 and round(largest * 2.0 ** (full - 1)) >= 2 ** (weight_bits - 2)
    return full - rounded_up


def _typical_bits(weights: Sequence[NDArray[np.integer]], projections: Sequence[RealProjection]) -> int:
    """Return ``Quantised.typical_bits``."""
    stored = [
        (own, projection.weights)
        for own, projection in zip(weights, projections, strict=True)
        if projection.weights.ndim
    ]
    # The median has b bits if at least half of the non-zero weights reach 2^(b-1): no sort of a hundred million.
    alive = sum(int(np.count_nonzero(real.transpose(3, 2, 0, 1))) for _, real in stored)
    bits = 0
    while alive and 2 * sum(at_least(own, 1 << bits) for own, _ in stored) >= alive:
        bits += 1
    return 1 + bits if alive else 0


def _at(
    exponent: int,
    rounding: Rounding,
    bias: NDArray[np.float64],
    model: NeuronModel,
    fires: bool,
    scale: NDArray[np.int64] | None,
) -> Quantised:
    """Return the layer at one exponent, whether or not its accumulator fits."""
    threshold: Threshold = rounding.q << exponent  # q is whole behind every pool, whatever the exponent
    weights, sums = rounding.at(exponent)
    real_bias = np.rint(bias * threshold)
    highest = int(threshold if scale is None else threshold * scale.max())
    bits = width(rounding.projections, sums, real_bias, model, highest if fires else 0)
    if bits > WIDEST_ACCUMULATOR:  # an int64 bias could overflow: only the width is reported
        return Quantised(exponent, threshold, (), np.zeros(bias.shape, np.int64), bits)
    integers = tuple(np.array(own, np.int64) if isinstance(own, int) else own for own in weights)
    if scale is not None:
        threshold = threshold * scale
    return Quantised(exponent, threshold, integers, real_bias.astype(np.int64), bits)


def width(
    projections: Sequence[RealProjection],
    sums: Sequence[NDArray[np.float64]],
    bias: NDArray[Any],
    model: NeuronModel,
    threshold: int,
) -> int:
    """Return the signed width that no partial sum of a layer exceeds (conversion.md 3.5).

    ``sums`` are the sums of weight magnitudes by channel, in the order of the projections; ``bias`` is rounded, of any
    type. ``threshold`` is the highest of the layer, 0 of an output.
    """
    reach = np.abs(bias.astype(np.float64)).reshape(-1, bias.shape[-1]).max(axis=0)
    for projection, own in zip(projections, sums, strict=True):
        reach[slice(*projection.reached)] += projection.span * projection.largest_code * own
    # float64 is exact below 2**53; above, the layer is far too wide, and only the number of bits matters.
    return 1 + model.width(int(reach.max()), threshold).bit_length()

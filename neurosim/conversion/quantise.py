"""Real synapses of one layer turned into integers that share one threshold (conversion.md 3.2 to 3.6)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.neighbourhood import Neighbourhood
from neurosim.conversion.synapses import Synapses
from neurosim.errors import ConversionError
from neurosim.neurons.model import NeuronModel, Threshold

WIDEST_ACCUMULATOR = 63  # bits, signed: every sum fits an int64 with one to spare


@dataclass(frozen=True, eq=False)
class Branch:
    """The real-valued synapses from one source.

    ``weights`` is (kernel rows, kernel columns, source channels / groups, channels) float64, or () for an identity.
    The source has unit ``unit`` and codes up to ``largest_code`` in magnitude. Behind an average pool, or on a graph,
    what is added up is ``gain`` times the average and up to ``span`` times as large as one code. ``reached`` are the
    first and the end of the destination channels that it reaches.
    """

    weights: NDArray[np.float64]
    unit: float
    largest_code: int
    gain: int = 1
    span: int = 1
    reached: tuple[int, int | None] = (0, None)

    @classmethod
    def behind(cls, synapses: Synapses, weights: NDArray[np.float64], unit: float, largest_code: int) -> Branch:
        """Return the branch that ``synapses`` with these weights are, behind a source of that unit and largest code."""
        area = synapses.pool.kernel[0] * synapses.pool.kernel[1] if synapses.pool else 1
        reached: tuple[int, int | None] = (0, None)
        if synapses.kind == "identity":
            reached = (synapses.channel_offset, synapses.channel_offset + synapses.source_shape[0])
        if isinstance(synapses.window, Neighbourhood):
            return cls(weights, unit, largest_code, synapses.window.one, synapses.window.reach)
        return cls(weights, unit, largest_code, area, area, reached)


@dataclass(frozen=True, eq=False)
class Quantised:
    """One layer in integers: ``threshold`` = q 2**exponent stands for one unit of its activation.

    ``weights`` are in the order of the branches, ``bias`` is (channels,) int64, ``accumulator_bits`` the signed width
    that no partial sum leaves, ``full_bits`` what it would be if the weights took all their bits. Where rows have
    thresholds of their own, they are (rows, 1, 1) int64 and the bias is (rows, 1, channels).
    """

    exponent: int
    threshold: Threshold
    weights: tuple[NDArray[np.int64], ...]
    bias: NDArray[np.int64]
    accumulator_bits: int
    full_bits: int = 0

    @property
    def largest_weight(self) -> int:
        """Return the largest magnitude among the stored weights (identities excepted)."""
        return max((int(np.abs(weights).max()) for weights in self.weights if weights.ndim), default=0)


def quantise(
    name: str,
    branches: Sequence[Branch],
    bias: NDArray[np.float64],
    unit: float,
    model: NeuronModel,
    *,
    fires: bool,
    weight_bits: int,
    accumulator_bits: int,
    scale: NDArray[np.int64] | None = None,
) -> Quantised:
    """Return the layer at the largest exponent whose weights and accumulator fit.

    ``bias`` is (channels,) real, the sum over the branches; ``unit`` the value that the threshold stands for. With
    ``scale`` (rows, 1, 1) the sums, the bias (rows, 1, channels) and the thresholds of a row are so many times larger.
    No exponent that fits is a ConversionError with the numbers.
    """
    limit = 2 ** (weight_bits - 1) - 1
    q = math.lcm(*(branch.gain for branch in branches))
    ratios = [branch.weights * (branch.unit / unit) * (q // branch.gain) for branch in branches]
    largest = max((np.abs(ratio).max() for ratio in ratios if ratio.ndim), default=0.0)
    # rint rounds limit + 1/2 up for an odd limit, so one exponent more than the logarithm allows is tried as well.
    first = math.floor(math.log2((limit + 0.5) / largest)) + 1 if largest > 0 else accumulator_bits
    full_bits = 0
    for exponent in range(min(first, accumulator_bits), -1, -1):
        layer = _at(exponent, q, branches, ratios, bias / unit, model, fires, scale)
        if layer.largest_weight <= limit:
            full_bits = full_bits or layer.accumulator_bits
            if layer.accumulator_bits <= accumulator_bits:
                return replace(layer, full_bits=full_bits)
    layer = _at(0, q, branches, ratios, bias / unit, model, fires, scale)
    if layer.largest_weight > limit:
        raise ConversionError(
            f"{name}: its largest weight is {layer.largest_weight:,} at exponent 0, {weight_bits} bits hold {limit:,}; "
            "use more weight bits, or clip the activations of this layer higher"
        )
    raise ConversionError(
        f"{name}: needs {layer.accumulator_bits} accumulator bits at exponent 0 "
        f"(threshold {int(np.max(layer.threshold)):,}), the hardware has {accumulator_bits}"
    )


def _at(
    exponent: int,
    q: int,
    branches: Sequence[Branch],
    ratios: Sequence[NDArray[np.float64]],
    bias: NDArray[np.float64],
    model: NeuronModel,
    fires: bool,
    scale: NDArray[np.int64] | None,
) -> Quantised:
    """Return the layer at one exponent, whether or not it fits."""
    threshold: Threshold = q << exponent
    real_weights = [np.rint(ratio * 2.0**exponent) for ratio in ratios]
    real_bias = np.rint(bias * threshold)
    highest = int(threshold if scale is None else threshold * scale.max())
    bits = width(branches, real_weights, real_bias, model, highest if fires else 0)
    if bits > WIDEST_ACCUMULATOR:
        nothing = tuple(np.zeros(weights.shape, np.int64) for weights in real_weights)
        return Quantised(exponent, threshold, nothing, np.zeros(bias.shape, np.int64), bits)
    integers = tuple(np.asarray(weights, np.int64) for weights in real_weights)
    if scale is not None:
        threshold = threshold * scale
    return Quantised(exponent, threshold, integers, real_bias.astype(np.int64), bits)


def width(
    branches: Sequence[Branch],
    weights: Sequence[NDArray],
    bias: NDArray,
    model: NeuronModel,
    threshold: int,
) -> int:
    """Return the signed bits that no partial sum of a layer leaves (conversion.md 3.5), 0 the threshold of an output.

    ``weights`` and ``bias`` are whole numbers of any type, in the order of the branches. Where rows have thresholds of
    their own, ``threshold`` is the highest.
    """
    reach = np.abs(bias.astype(np.float64)).reshape(-1, bias.shape[-1]).max(axis=0)
    for branch, whole in zip(branches, weights, strict=True):
        magnitudes = np.abs(whole.astype(np.float64))
        sums = magnitudes.sum(axis=(0, 1, 2)) if whole.ndim else magnitudes
        reach[slice(*branch.reached)] += branch.span * branch.largest_code * sums
    # float64 is exact below 2**53; above, the layer is far too wide, and by how many bits is all that is asked.
    return 1 + model.width(int(reach.max()), threshold).bit_length()

"""How far the channels of a network may be scaled up (conversion.md 3.7).

All weights of a layer share one exponent. A channel that is scaled up until its weights are the largest of the layer
takes bits from the weights of every other channel: one faint neuron could take them all. So a layer gives up bits for
the gains of its channels only as long as rounding its weights adds less noise than rounding its activations does, its
typical weight keeps enough of them, and its exponent does not fall below 0. Else gains end where the channel's weights,
or its sum, would become the largest, and the layer keeps the exponent that it has without gains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
KEPT = (
    4  # steps that gains leave a typical weight, before its exponent is rounded down: 2 bits beside its sign at least
)
SAMPLE = 1 << 16  # kernels of a layer that its typical weight is looked for in
ROUNDS = 50  # in which gains settle; most networks need fewer than ten
SETTLED = 1e-6  # relative: a gain that falls by less has settled, and every gain stays so far below its limit


@dataclass(frozen=True, eq=False)
class ChannelCodes:
    """What leaves a node: of each channel what one code is worth and the mean square of its codes, and the largest."""

    unit: Floats
    power: Floats
    largest: int


@dataclass(frozen=True, eq=False)
class WeightReader:
    """One node with weights, in integers at exponent 0 but not rounded, before any channel is scaled.

    ``peaks`` (channels, inputs of a group) are the largest magnitudes of its kernels; ``sums``, of the same shape, what
    an input adds to a membrane at most, and ``bias`` (channels,) what the bias does. ``read`` (inputs,) and ``made``
    (channels,) are the numbers of their scales (``scales.py``), ``power`` (inputs,) the mean squares of codes, each of
    which meets ``taps`` weights of a kernel.
    """

    peaks: Floats
    sums: Floats
    bias: Floats
    power: Floats
    taps: int
    read: NDArray[np.int64]
    made: NDArray[np.int64]

    @classmethod
    def of(
        cls, weight: Floats, bias: Floats, codes: ChannelCodes, read: NDArray[np.int64], made: NDArray
    ) -> WeightReader:
        """Return the node with ``weight`` (channels, inputs of a group, ...) and ``bias`` (channels,).

        Both are in units of what the node makes, and so is the unit of the ``codes`` of each of its inputs.
        """
        kernels = np.abs(weight).reshape(*weight.shape[:2], -1)
        factor = by_weight(codes.unit, weight)
        sums = kernels.sum(axis=2) * (factor * codes.largest)
        return cls(kernels.max(axis=2) * factor, sums, np.abs(bias), codes.power, kernels.shape[2], read, made)

    @property
    def largest(self) -> float:
        """The largest magnitude of a weight."""
        return float(self.peaks.max())

    def typical(self, gains: Floats) -> float:
        """Return the median of the largest magnitudes of kernels that are not 0, with these gains of all scales."""
        stride = max(1, round((self.peaks.size / SAMPLE) ** 0.5))
        gain = np.broadcast_to(by_weight(gains[self.read], self.peaks), self.peaks.shape)
        scaled = (self.peaks * gains[self.made][:, None] / gain)[::stride, ::stride]
        return float(np.median(scaled[scaled > 0])) if scaled.any() else 0.0

    def noise(self, gains: Floats) -> float:
        """Return by how much rounding weights to steps of 1 disturbs a typical sum, in parts of rounding the sum."""
        power = by_weight(self.power * gains[self.read] ** 2, self.peaks).sum(axis=1)
        return float(np.sqrt(self.taps * np.median(power)))

    def slack(self, gains: Floats, limit: int, pools: int) -> float:
        """Return how many times larger than without gains the largest weight may be, at least 1.

        ``limit`` is the largest integer; ``pools`` is that of ``bounded``.
        """
        largest, noise = self.largest, self.noise(gains)
        most = limit / KEPT * self.typical(gains)
        if largest * pools <= limit:
            most = min(most, limit / pools)
        if noise > 0:
            most = min(most, limit / noise)
        return max(1.0, most / largest) if largest else 1.0

    def limits(self, gains: Floats, slack: float) -> Floats:
        """Return (channels,): the gains at which a channel's largest weight, or its sum, is as large as may be.

        ``gains`` are those of all scales: an input that is scaled up has weights that are as much smaller.
        """
        gain = by_weight(gains[self.read], self.peaks)
        found = np.full(len(self.bias), np.inf)
        for unscaled, own in (
            (self.peaks.max(axis=1), (self.peaks / gain).max(axis=1)),
            (self.sums.sum(axis=1) + self.bias, (self.sums / gain).sum(axis=1) + self.bias),
        ):
            limit = np.divide(slack * unscaled.max(), own, out=np.full(len(own), np.inf), where=own > 0)
            np.minimum(found, limit * (1 - SETTLED), out=found)
        return np.maximum(found, 1.0)


def bounded(room: Floats, readers: Sequence[WeightReader], weight_bits: int, pools: int) -> Floats:
    """Return the gain of each scale: at most its ``room``, and what the limits of all that make it leave.

    ``pools`` is the largest factor between weights of one layer that come through pools and those that do not. Limits
    depend on gains, and gains on limits. They start from all the room there is and only fall; should they not settle,
    limits are those of inputs that are not scaled and layers that give up nothing, which are the lowest.
    """
    limit = 2 ** (weight_bits - 1) - 1
    gains = room.copy()
    for _ in range(ROUNDS):
        before = gains.copy()
        for reader in readers:
            slack = reader.slack(gains, limit, pools)
            np.minimum.at(gains, reader.made, reader.limits(gains, slack))
        if (gains >= before * (1 - SETTLED)).all():
            return gains
    for reader in readers:
        np.minimum.at(gains, reader.made, reader.limits(np.ones_like(gains), 1.0))
    return gains


def by_weight(values: Floats, weight: Floats) -> Floats:
    """Return the value of the input that each weight (channels, inputs of a group, ...) reads.

    ``values`` is (inputs,), the result (channels, inputs of a group), or one row for all channels of a node without
    groups.
    """
    by_group = values.reshape(-1, weight.shape[1])
    return by_group if len(by_group) == 1 else np.repeat(by_group, len(weight) // len(by_group), axis=0)

"""Gains: how far the channels of a network may be scaled up (conversion.md 3.7).

All weights of a layer share one exponent. A channel that is scaled up until its weights are the largest of the layer
takes bits from the weights of every other channel: one almost inactive neuron could take them all. So a layer gives up
bits for the gains of its channels only as long as rounding its weights adds less noise than rounding its activations
does, its typical weight keeps enough of them, and its exponent does not fall below 0. Otherwise gains are limited to
those at which the channel's weights, or its sum, become the largest, and the layer keeps the exponent that it has
without gains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
TYPICAL_STEPS = 4
"""Steps that gains leave a typical weight before its exponent is rounded down: at least 2 bits beside its sign."""

SAMPLE = 1 << 16  # kernels of a layer in which its typical weight is estimated
ROUNDS = 50  # of the fixed-point iteration of gains; most networks converge in fewer than ten
CONVERGED = 1e-6  # relative: a gain that falls by less has converged, and every gain stays so far below its limit


@dataclass(frozen=True, eq=False)
class ChannelCodes:
    """The codes that leave a node.

    Parameters
    ----------
    unit : ndarray of float, (channels,)
        Real value of one code of each channel.
    power : ndarray of float, (channels,)
        Mean square of its codes.
    largest : int
        Largest magnitude of a code of any channel.
    """

    unit: Floats
    power: Floats
    largest: int


@dataclass(frozen=True, eq=False)
class WeightReader:
    """One node with weights, in steps of exponent 0 but not rounded, before any channel is scaled.

    Parameters
    ----------
    peaks : ndarray of float, (channels, inputs of a group)
        Largest magnitude in each kernel.
    sums : ndarray of float, (channels, inputs of a group)
        Largest magnitude that an input adds to a membrane.
    bias : ndarray of float, (channels,)
        Magnitude of the bias.
    power : ndarray of float, (inputs,)
        Mean square of the codes of each input.
    taps : int
        Weights of a kernel, each of which multiplies a code.
    read : ndarray of int64, (inputs,)
        Numbers of the scales of its inputs (``channel_ties.py``).
    made : ndarray of int64, (channels,)
        Numbers of the scales of its outputs.
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
        cls, weight: Floats, bias: Floats, codes: ChannelCodes, read: NDArray[np.int64], made: NDArray[np.int64]
    ) -> WeightReader:
        """Return the reader with ``weight`` (channels, inputs of a group, ...) and ``bias`` (channels,).

        Both, and the units of the input ``codes``, are in units of the codes that the node makes.
        """
        kernels = np.abs(weight).reshape(*weight.shape[:2], -1)
        factor = by_weight(codes.unit, weight)
        sums = kernels.sum(axis=2) * (factor * codes.largest)
        return cls(kernels.max(axis=2) * factor, sums, np.abs(bias), codes.power, kernels.shape[2], read, made)

    @property
    def largest(self) -> float:
        """Largest magnitude of a weight."""
        return float(self.peaks.max())

    def typical(self, gains: Floats) -> float:
        """Return the median over non-zero kernels of their largest magnitude, with these gains of all scales."""
        # Every stride-th kernel along both axes: a deterministic sample of the median.
        stride = max(1, round((self.peaks.size / SAMPLE) ** 0.5))
        gain = np.broadcast_to(by_weight(gains[self.read], self.peaks), self.peaks.shape)
        scaled = (self.peaks * gains[self.made][:, None] / gain)[::stride, ::stride]
        return float(np.median(scaled[scaled > 0])) if scaled.any() else 0.0

    def noise(self, gains: Floats) -> float:
        """Return the noise of a typical sum from rounding weights to steps of 1, relative to rounding the sum."""
        power = by_weight(self.power * gains[self.read] ** 2, self.peaks).sum(axis=1)
        return float(np.sqrt(self.taps * np.median(power)))

    def slack(self, gains: Floats, limit: int, pools: int) -> float:
        """Return the factor, at least 1, by which the largest weight may exceed that without gains.

        ``limit`` is the largest integer weight; ``pools`` is that of ``bounded``.
        """
        largest, noise = self.largest, self.noise(gains)
        most = limit / TYPICAL_STEPS * self.typical(gains)
        if largest * pools <= limit:
            most = min(most, limit / pools)
        if noise > 0:
            most = min(most, limit / noise)
        return max(1.0, most / largest) if largest else 1.0

    def limits(self, gains: Floats, slack: float) -> Floats:
        """Return (channels,): the gains at which a channel's largest weight, or its sum, reaches its limit.

        ``gains`` are those of all scales: weights of an input that is scaled up are smaller by its gain.
        """
        # Both bounds: of the largest weight, which sets the exponent, and of the sum, which sets the accumulator.
        gain = by_weight(gains[self.read], self.peaks)
        limits = np.full(len(self.bias), np.inf)
        for unscaled, own in (
            (self.peaks.max(axis=1), (self.peaks / gain).max(axis=1)),
            (self.sums.sum(axis=1) + self.bias, (self.sums / gain).sum(axis=1) + self.bias),
        ):
            limit = np.divide(slack * unscaled.max(), own, out=np.full(len(own), np.inf), where=own > 0)
            np.minimum(limits, limit * (1 - CONVERGED), out=limits)
        at_least_one: Floats = np.maximum(limits, 1.0)
        return at_least_one


def bounded(room: Floats, readers: Sequence[WeightReader], weight_bits: int, pools: int) -> Floats:
    """Return the gain of each scale: at most its ``room`` and the limits of all readers that make it.

    ``pools`` is the largest factor between weights of one layer that come through pools and those that do not. Limits
    depend on gains, and gains on limits: a fixed-point iteration from the full room, in which gains only fall. Should
    it not converge, limits are those of unscaled inputs and of layers that give up no bits, which are the lowest.
    """
    limit = 2 ** (weight_bits - 1) - 1
    gains = room.copy()
    for _ in range(ROUNDS):
        before = gains.copy()
        # Jacobi-like: every reader limits the gains of the scales that it makes, given those of its inputs.
        for reader in readers:
            slack = reader.slack(gains, limit, pools)
            np.minimum.at(gains, reader.made, reader.limits(gains, slack))
        if (gains >= before * (1 - CONVERGED)).all():
            return gains
    for reader in readers:
        np.minimum.at(gains, reader.made, reader.limits(np.ones_like(gains), 1.0))
    return gains


def by_weight(values: Floats, weight: Floats) -> Floats:
    """Return, for each weight (channels, inputs of a group, ...), the value of the input that it multiplies.

    ``values`` is (inputs,), the result (channels, inputs of a group), or one row for all channels of a node without
    groups.
    """
    by_group = values.reshape(-1, weight.shape[1])
    return by_group if len(by_group) == 1 else np.repeat(by_group, len(weight) // len(by_group), axis=0)

"""The neuron unit: shift, compare, fire and reset, in one scan over a core's neurons.

:class:`NeuronUnit` is the datapath on which neuron models run. It works on a whole layer at once, because all cores of
a layer do the same, and counts what it does: an operation is done on all neurons, on those that fired, or on a mask.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.core.neuron_kernels import (
    add_where,
    clear,
    compare,
    multiply_where,
    shift,
    shift_where,
    subtract,
    subtract_each,
)
from neurosim.chip.spec import NeuronUnitSpec as Stages
from neurosim.kernels import kernel
from neurosim.neurons.model import Threshold

Potential = NDArray[np.integer[Any]]
Mask = NDArray[np.bool_]
Array = NDArray[np.int64]
WRITES = ("shift", "add", "multiply")  # operations that change a potential whether it fires or not


@dataclass(eq=False)
class NeuronUnit:
    """The neuron units of the cores that hold one layer, during one scan.

    A multiplication takes the time of a shift, a threshold is shifted meanwhile, and a group passes a stage even if
    none of its neurons needs it.

    Attributes
    ----------
    stages : NeuronUnitSpec
        Lanes and ticks of each stage.
    everywhere : dict
        How often each operation was done on every neuron.
    where_fired : dict
        How often on each neuron that ``fired``, whether or not it sends a spike.
    once, by_row : dict
        How often for the whole layer, and for each row of a core's neurons.
    fired : (rows, columns, channels) bool or None
        The neurons that fired.
    somewhere : list
        Operations done on the neurons of a mask.
    """

    stages: Stages
    everywhere: dict[str, int] = field(default_factory=dict)
    where_fired: dict[str, int] = field(default_factory=dict)
    once: dict[str, int] = field(default_factory=dict)
    by_row: dict[str, int] = field(default_factory=dict)
    fired: Mask | None = None
    somewhere: list[tuple[str, Mask]] = field(default_factory=list)

    def shift(self, potential: Potential, places: int, where: Mask | None = None) -> None:
        """Multiply by 2**places, rounding down, in place; one ``shift`` a neuron unless ``places`` is 0."""
        if where is not None:
            shift_where(potential.reshape(-1), places, where.reshape(-1))
        elif places < 0:
            np.right_shift(potential, -places, out=potential)
        else:
            shift(potential.reshape(-1), places)
        if places:
            self._count(self.everywhere, "shift", where)

    def add(self, potential: Potential, amount: Potential | int, where: Mask | None = None) -> None:
        """Add ``amount`` in place; one ``add`` a neuron."""
        amount = np.asarray(amount).astype(potential.dtype, copy=False)
        if where is None:
            np.add(potential, amount, out=potential)
        else:
            add_where(potential.reshape(-1), np.broadcast_to(amount, potential.shape).reshape(-1), where.reshape(-1))
        self._count(self.everywhere, "add", where)

    def multiply(self, potential: Potential, factor: Fraction, where: Mask | None = None) -> None:
        """Multiply by ``factor``, rounding down, in place; one ``multiply`` a neuron."""
        chosen = np.ones(potential.shape, np.bool_) if where is None else where
        if potential.dtype == np.int32 and factor.numerator < 1 << 31:
            multiply_where(potential.reshape(-1), factor.numerator, factor.denominator, chosen.reshape(-1))
        else:  # in Python's integers, because a product may leave int64
            product = potential[chosen].astype(object) * factor.numerator // factor.denominator
            potential[chosen] = product.astype(potential.dtype)
        self._count(self.everywhere, "multiply", where)

    def shift_threshold(self, threshold: Threshold, places: int) -> Threshold:
        """Return ``threshold`` shifted up by ``places`` (down if negative); one ``shift`` for each that there is."""
        if places:
            self._count(self.by_row if isinstance(threshold, np.ndarray) else self.once, "shift")
        return threshold << places if places >= 0 else threshold >> -places

    def compare(self, potential: Potential, threshold: Potential | int, where: Mask | None = None) -> Mask:
        """Return ``potential >= threshold``, False outside ``where``; one ``compare`` a neuron."""
        fired = np.empty(potential.shape, np.bool_)
        if isinstance(threshold, np.ndarray):
            np.greater_equal(potential, threshold, out=fired)
        else:
            compare(potential.reshape(-1), threshold, fired.reshape(-1))
        self._count(self.everywhere, "compare", where)
        return fired if where is None else fired & where

    def subtract(self, potential: Potential, fired: Mask, amount: Potential | int) -> None:
        """Subtract ``amount`` where ``fired``, in place; one ``reset`` a neuron that fired."""
        if isinstance(amount, np.ndarray):
            amounts = np.broadcast_to(amount.astype(potential.dtype, copy=False), potential.shape)
            subtract_each(potential.reshape(-1), fired.reshape(-1), amounts.reshape(-1))
        else:
            subtract(potential.reshape(-1), fired.reshape(-1), amount)
        self.fired = fired
        self._count(self.where_fired, "reset")

    def clear(self, potential: Potential, fired: Mask) -> None:
        """Set to 0 where ``fired``, in place; one ``reset`` a neuron that fired."""
        clear(potential.reshape(-1), fired.reshape(-1))
        self.fired = fired
        self._count(self.where_fired, "reset")

    def _count(self, counts: dict[str, int], operation: str, where: Mask | None = None) -> None:
        if where is None:
            counts[operation] = counts.get(operation, 0) + 1
        else:
            self.somewhere.append((operation, where.copy()))

    def written(self, shape: tuple[int, int, int]) -> Mask:
        """Return which potentials of a map of ``shape`` the scan writes back."""
        if any(operation in self.everywhere for operation in WRITES):
            return np.ones(shape, np.bool_)
        masks = [mask for operation, mask in self.somewhere if operation in WRITES]
        masks += [] if self.fired is None else [self.fired]
        return np.logical_or.reduce(masks) if masks else np.zeros(shape, np.bool_)

    @property
    def is_idle(self) -> bool:
        """Whether the neuron unit had nothing to do."""
        return not (self.everywhere or self.where_fired or self.somewhere)

    def group_ticks(self, most: int) -> NDArray[np.int64]:
        """Return (2, lanes + 1) int64: ticks of a group of neurons by activity (no, yes) and by number of spikes.

        Lanes beyond the ``most`` neurons of a core are left out: none of them is ever busy. The stages form a pipeline,
        so the slowest one sets the pace.
        """
        # Shift and compare see every group; fire and reset take longer the more of its neurons fired.
        stages = self.stages
        always = max(
            stages.shift.ticks_for(stages.lanes) * (self._passes("shift") + self._passes("multiply")),
            stages.compare.ticks_for(stages.lanes) * self._passes("compare"),
        )
        visits = [[max(visit, always)] for visit in (stages.visit_inactive_ticks, stages.visit_active_ticks)]
        return np.maximum(np.array(visits, np.int64), np.array(stages.firing_ticks(most), np.int64))

    def _passes(self, operation: str) -> int:
        """Return how often a group passes the stage of ``operation``."""
        return self.everywhere.get(operation, 0) + sum(done == operation for done, _ in self.somewhere)


@kernel
def count_in_partitions(mask: Mask | Potential, partitions: Array) -> Array:
    """Return (partitions,) int64: non-zero entries of ``mask`` (rows, columns, channels) in each partition (n, 6)."""
    counted = np.zeros(len(partitions), np.int64)
    for partition in range(len(partitions)):
        y0, y1, x0, x1, c0, c1 = partitions[partition]
        total = 0  # of one core, whose neurons are a block of rows x columns x channels
        for row in range(y0, y1):
            for column in range(x0, x1):
                for channel in range(c0, c1):
                    total += mask[row, column, channel] != 0
        counted[partition] = total
    return counted


@kernel
def sum_in_partitions(values: Mask | Potential, partitions: Array) -> Array:
    """Return (partitions,) int64: the sum of ``values`` (rows, columns, channels) in each partition (n, 6)."""
    summed = np.zeros(len(partitions), np.int64)
    for partition in range(len(partitions)):
        y0, y1, x0, x1, c0, c1 = partitions[partition]
        total = 0  # of one core, whose neurons are a block of rows x columns x channels
        for row in range(y0, y1):
            for column in range(x0, x1):
                for channel in range(c0, c1):
                    total += values[row, column, channel]
        summed[partition] = total
    return summed

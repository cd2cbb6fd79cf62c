"""The neuron unit: shift, compare, fire and reset, in one scan over a core's neurons.

:class:`NeuronUnit` is the datapath on which neuron models run. It works on a whole layer at once, because all cores of
a layer do the same, and counts what each core did: an operation is done either on all neurons or on those that fired.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numba
import numpy as np
from numpy.typing import NDArray

from neurosim.chip.compare import compare
from neurosim.chip.reset import clear, subtract
from neurosim.chip.shift import shift
from neurosim.chip.spec import NeuronUnit as Stages

Potential = NDArray[np.integer]
Mask = NDArray[np.bool_]


@dataclass(eq=False)
class NeuronUnit:
    """The neuron units of the cores that hold one layer, during one scan.

    ``everywhere`` counts operations done once on every neuron, ``where_fired`` those done once on each neuron that
    fired, ``once`` those done once for the layer. ``stages`` says how long each takes.
    """

    stages: Stages
    everywhere: dict[str, int] = field(default_factory=dict)
    where_fired: dict[str, int] = field(default_factory=dict)
    once: dict[str, int] = field(default_factory=dict)

    def shift(self, potential: Potential, places: int) -> None:
        """Multiply by 2**places, in place; one ``shift`` a neuron unless ``places`` is 0."""
        if shift(potential.reshape(-1), places):
            self._count(self.everywhere, "shift")

    def add(self, potential: Potential, amount: Potential | int) -> None:
        """Add ``amount`` in place; one ``add`` a neuron."""
        potential += np.asarray(amount).astype(potential.dtype, copy=False)
        self._count(self.everywhere, "add")

    def shift_threshold(self, threshold: int, places: int) -> int:
        """Return ``threshold`` shifted up by ``places`` (down if negative); one ``shift`` for the layer."""
        if places:
            self._count(self.once, "shift")
        return threshold << places if places >= 0 else threshold >> -places

    def compare(self, potential: Potential, threshold: int) -> Mask:
        """Return ``potential >= threshold``; one ``compare`` a neuron."""
        fired = np.empty(potential.shape, np.bool_)
        compare(potential.reshape(-1), threshold, fired.reshape(-1))
        self._count(self.everywhere, "compare")
        return fired

    def subtract(self, potential: Potential, fired: Mask, amount: int) -> None:
        """Subtract ``amount`` where ``fired``, in place; one ``reset`` a spike."""
        subtract(potential.reshape(-1), fired.reshape(-1), amount)
        self._count(self.where_fired, "reset")

    def clear(self, potential: Potential, fired: Mask) -> None:
        """Set to 0 where ``fired``, in place; one ``reset`` a spike."""
        clear(potential.reshape(-1), fired.reshape(-1))
        self._count(self.where_fired, "reset")

    @staticmethod
    def _count(counts: dict[str, int], operation: str) -> None:
        counts[operation] = counts.get(operation, 0) + 1

    @property
    def writes_everywhere(self) -> bool:
        """Whether the scan writes every potential back, not only those that fired."""
        return any(operation in self.everywhere for operation in ("shift", "add"))

    @property
    def is_idle(self) -> bool:
        """Whether nothing was asked of the neuron unit."""
        return not (self.everywhere or self.where_fired)

    def group_ticks(self) -> NDArray[np.int64]:
        """Return (2, lanes + 1) int64: ticks of a group of neurons by activity (no, yes) and by number of spikes.

        The stages form a pipeline, so the slowest one sets the pace.
        """
        stages, lanes = self.stages, self.stages.lanes
        always = max(
            (
                -(-lanes // stage.lanes) * stage.ticks * self.everywhere[operation]
                for operation, stage in (("shift", stages.shift), ("compare", stages.compare))
                if operation in self.everywhere
            ),
            default=0,
        )
        spikes = np.arange(lanes + 1)
        firing = np.maximum.reduce([-(-spikes // stage.lanes) * stage.ticks for stage in (stages.fire, stages.reset)])
        visits = np.array([[stages.visit_inactive_ticks], [stages.visit_active_ticks]])
        return np.maximum(np.maximum(visits, always), firing).astype(np.int64)


@numba.njit(cache=True, nogil=True)
def count_in_boxes(mask, boxes):
    """Return (boxes,) int64: entries of ``mask`` (rows, columns, channels) that are not 0, in each box (n, 6)."""
    counted = np.zeros(len(boxes), np.int64)
    for box in range(len(boxes)):
        y0, y1, x0, x1, c0, c1 = boxes[box]
        total = 0
        for row in range(y0, y1):
            for column in range(x0, x1):
                for channel in range(c0, c1):
                    total += mask[row, column, channel] != 0
        counted[box] = total
    return counted

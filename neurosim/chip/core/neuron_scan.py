"""Fire: a scan of the cores' neurons finds those that spike, and when.

The scan takes ``lanes`` neurons at a time in the order row, column, channel. A group takes the ticks that its neurons
need, then sends its packets before the next group starts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurosim.kernels import kernel

Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SpikeTimes:
    """The spikes of one scan of a layer, in its order; ticks are int64, from its start if sending took none.

    Spikes ``first[b]`` to ``first[b + 1]`` are those of box b: ``spikes`` (n, 4) int32 are row, column, channel and how
    many packets go to each destination. ``ticks`` (n,) is when a spike's group is through, ``scan_ticks`` (boxes,) when
    the scan of a box is.
    """

    first: Array
    spikes: NDArray[np.int32]
    ticks: Array
    scan_ticks: Array


def spike_times(
    spikes: NDArray[np.integer],
    active: NDArray[np.bool_],
    boxes: Array,
    group_ticks: Array,
    is_unary: bool = False,
) -> SpikeTimes:
    """Scan the disjoint ``boxes`` (n, 6) of ``spikes`` (rows, columns, channels; 0 is silent).

    A neuron sends one packet to each destination core, or with ``is_unary`` as many as its entry says. ``active`` has
    the shape of ``spikes``; ``group_ticks`` is (2, lanes + 1): the ticks of a group by whether any of its neurons is
    active and by how many of them spiked.
    """
    spikes = np.ascontiguousarray(spikes if is_unary else (spikes != 0).view(np.uint8))
    count = int(np.count_nonzero(spikes))
    found = SpikeTimes(
        np.zeros(len(boxes) + 1, np.int64),
        np.empty((count, 4), np.int32),
        np.empty(count, np.int64),
        np.empty(len(boxes), np.int64),
    )
    scan(spikes, active, boxes, group_ticks, found.first, found.spikes, found.ticks, found.scan_ticks)
    return found


@kernel
def scan(spikes, active, boxes, group_ticks, first, found, ticks, scan_ticks):
    """Fill the arrays of a :class:`SpikeTimes`, box by box; ``first`` is zeros before."""
    lanes = group_ticks.shape[1] - 1
    end = 0
    for box in range(len(boxes)):
        y0, y1, x0, x1, c0, c1 = boxes[box]
        now = in_group = any_active = 0
        begin = end  # of the group's spikes
        left = (y1 - y0) * (x1 - x0) * (c1 - c0)
        for row in range(y0, y1):
            for column in range(x0, x1):
                times, stirred = spikes[row, column], active[row, column]
                for channel in range(c0, c1):
                    any_active |= stirred[channel]
                    if times[channel] != 0:
                        found[end, 0], found[end, 1], found[end, 2], found[end, 3] = (
                            row,
                            column,
                            channel,
                            times[channel],
                        )
                        end += 1
                    in_group += 1
                    left -= 1
                    if in_group < lanes and left > 0:
                        continue
                    now += group_ticks[any_active, end - begin]
                    for spike in range(begin, end):
                        ticks[spike] = now
                    begin = end
                    in_group = any_active = 0
        first[box + 1] = end
        scan_ticks[box] = now

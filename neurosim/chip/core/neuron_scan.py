"""The neuron scan: which neurons of the cores fire in a step, and when.

The scan takes ``lanes`` neurons at a time in the order row, column, channel. A group takes the ticks that its neurons
need, then sends its packets before the next group starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.kernels import kernel

Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SpikeTimes:
    """The spikes of one scan of a layer, in its order; ticks are int64, from its start if sending took none.

    Spikes ``first[p]`` to ``first[p + 1]`` are those of partition p: ``spikes`` (n, 4) int32 are row, column, channel
    and how many packets go to each destination. ``ticks`` (n,) is when a spike's group is finished, ``scan_ticks``
    (partitions,) when the scan of a partition is.
    """

    first: Array
    spikes: NDArray[np.int32]
    ticks: Array
    scan_ticks: Array


def spike_times(
    spikes: NDArray[np.integer[Any]],
    active: NDArray[np.bool_],
    partitions: Array,
    group_ticks: Array,
    is_unary: bool = False,
) -> SpikeTimes:
    """Scan the disjoint ``partitions`` of a layer.

    Parameters
    ----------
    spikes : (rows, columns, channels) integers
        What each neuron sends; 0 where it does not fire.
    active : (rows, columns, channels) bool
        Neurons that had input, a potential or a bias.
    partitions : (n, 6) int64
        Rows, columns and channels from-to that each core holds.
    group_ticks : (2, lanes + 1) int64
        Ticks of a group by whether any of its neurons is active and by how many of them fired.
    is_unary : bool
        Whether a neuron sends as many packets to each destination core as its entry says, else one.

    Returns
    -------
    SpikeTimes
        The spikes in the order of the scan.
    """
    spikes = np.ascontiguousarray(spikes if is_unary else (spikes != 0).view(np.uint8))
    count = int(np.count_nonzero(spikes))
    scanned = SpikeTimes(
        np.zeros(len(partitions) + 1, np.int64),
        np.empty((count, 4), np.int32),
        np.empty(count, np.int64),
        np.empty(len(partitions), np.int64),
    )
    scan(spikes, active, partitions, group_ticks, scanned.first, scanned.spikes, scanned.ticks, scanned.scan_ticks)
    return scanned


@kernel
def scan(
    spikes: NDArray[np.integer[Any]],
    active: NDArray[np.bool_],
    partitions: Array,
    group_ticks: Array,
    first: Array,
    fired: NDArray[np.int32],
    ticks: Array,
    scan_ticks: Array,
) -> None:
    """Fill the arrays of a :class:`SpikeTimes`, partition by partition.

    spikes to group_ticks : as of :func:`spike_times`
    first : (partitions + 1,), zeros before
    fired : (spikes, 4); ``ticks`` : (spikes,); ``scan_ticks`` : (partitions,), written
    """
    lanes = group_ticks.shape[1] - 1
    end = 0
    for partition in range(len(partitions)):
        y0, y1, x0, x1, c0, c1 = partitions[partition]
        now = in_group = any_active = 0
        begin = end  # of the group's spikes
        left = (y1 - y0) * (x1 - x0) * (c1 - c0)
        for row in range(y0, y1):
            for column in range(x0, x1):
                times, is_active = spikes[row, column], active[row, column]
                for channel in range(c0, c1):
                    any_active |= is_active[channel]
                    # Fire stage: a spike is noted in the order of the scan.
                    if times[channel] != 0:
                        fired[end, 0], fired[end, 1], fired[end, 2], fired[end, 3] = (
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
                    # The group is complete: all its lanes leave the pipeline together.
                    now += group_ticks[any_active, end - begin]
                    for spike in range(begin, end):
                        ticks[spike] = now
                    begin = end
                    in_group = any_active = 0
        first[partition + 1] = end
        scan_ticks[partition] = now

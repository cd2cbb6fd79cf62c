"""The barrier: what a synchronisation costs."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from neurosim.chip.spec import BarrierSpec


def barrier_ticks(barrier: BarrierSpec, reach: Literal["local", "global"], tiles: int) -> int:
    """Return the ticks of one synchronisation over ``tiles`` tiles.

    A ``local`` one has a fixed cost; a ``global`` one lies on straight lines between the points of the chip's table,
    whose last line goes on beyond its end. Fractions of a tick are dropped.
    """
    if reach == "local":
        return barrier.local_ticks
    points = sorted(barrier.global_ticks.items())
    if tiles <= points[0][0] or len(points) == 1:
        return points[0][1]
    segments = list(pairwise(points))
    (near, near_ticks), (far, far_ticks) = next((s for s in segments if tiles <= s[1][0]), segments[-1])
    return near_ticks + (tiles - near) * (far_ticks - near_ticks) // (far - near)

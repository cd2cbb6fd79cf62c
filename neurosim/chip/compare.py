"""Compare: every potential against the layer's threshold."""

from __future__ import annotations

import numba


@numba.njit(cache=True, nogil=True)
def compare(potential, threshold, fired):
    """Write ``potential >= threshold`` (a tie fires) into ``fired``.

    potential : (n,) int32 or int64
    fired     : (n,) bool, overwritten
    Returns the comparisons done: n.
    """
    for i in range(potential.size):
        fired[i] = potential[i] >= threshold
    return potential.size

"""Shift: the potentials of a layer move up by whole places."""

from __future__ import annotations

import numba


@numba.njit(cache=True, nogil=True)
def shift(potential, places):
    """Multiply ``potential`` (n,) int32 or int64, modified, by 2**places. Returns the shifts done: n, or 0."""
    if places == 0:
        return 0
    for i in range(potential.size):
        potential[i] <<= places
    return potential.size

"""Shift: the potentials of a layer move up by whole places."""

from __future__ import annotations

from neurosim.kernels import kernel


@kernel
def shift(potential, places):
    """Multiply ``potential`` (n,) int32 or int64, modified, by 2**places. Returns the shifts done: n, or 0."""
    if places == 0:
        return 0
    for i in range(potential.size):
        potential[i] <<= places
    return potential.size


@kernel
def shift_where(potential, places, where):
    """As ``shift``, only where ``where`` (n,) bool is set, and down if ``places`` is negative, rounding down."""
    shifts = 0
    for i in range(potential.size):
        if where[i]:
            potential[i] = potential[i] << places if places >= 0 else potential[i] >> -places
            shifts += 1
    return shifts

"""Compare: every potential against the layer's threshold."""

from __future__ import annotations

from neurosim.kernels import kernel


@kernel
def compare(potential, threshold, fired):
    """Write ``potential >= threshold`` (a tie fires) into ``fired``.

    potential : (n,) int32 or int64
    fired     : (n,) bool, overwritten
    Returns the comparisons done: n.
    """
    for i in range(potential.size):
        fired[i] = potential[i] >= threshold
    return potential.size

"""Add: what the synapses, a bias or a leak bring to some potentials of a layer."""

from __future__ import annotations

from neurosim.kernels import kernel


@kernel
def add_where(potential, amounts, where):
    """Add ``amounts`` (n,) to ``potential`` (n,), modified, both int32 or both int64, where ``where`` (n,) bool is set.

    Returns the additions done: the number of neurons chosen.
    """
    additions = 0
    for i in range(potential.size):
        if where[i]:
            potential[i] += amounts[i]
            additions += 1
    return additions

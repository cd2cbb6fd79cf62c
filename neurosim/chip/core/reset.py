"""Reset: what a spike leaves behind."""

from __future__ import annotations

from neurosim.kernels import kernel


@kernel
def subtract(potential, fired, amount):
    """Subtract ``amount`` where ``fired``.

    potential : (n,) int32 or int64, modified
    fired     : (n,) bool
    Returns the resets done: the number of spikes.
    """
    resets = 0
    for i in range(potential.size):
        if fired[i]:
            potential[i] -= amount
            resets += 1
    return resets


@kernel
def subtract_each(potential, fired, amounts):
    """As ``subtract``, an amount of its own from each neuron: ``amounts`` (n,) as wide as the potentials."""
    resets = 0
    for i in range(potential.size):
        if fired[i]:
            potential[i] -= amounts[i]
            resets += 1
    return resets


@kernel
def clear(potential, fired):
    """Set ``potential`` (n,) int32 or int64, modified, to 0 where ``fired`` (n,) bool. Returns the resets done."""
    resets = 0
    for i in range(potential.size):
        if fired[i]:
            potential[i] = 0
            resets += 1
    return resets

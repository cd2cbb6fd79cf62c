"""The stages of the neuron unit as kernels: shift, add, multiply, compare, reset; each returns the operations it did.

Potentials are (n,) int32 or int64 and are modified in place; a mask ``where`` or ``fired`` is (n,) bool.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.kernels import kernel

Potential = NDArray[np.integer[Any]]
Mask = NDArray[np.bool_]


@kernel
def shift(potential: Potential, places: int) -> int:
    """Multiply by 2**places; one shift a neuron, or none where ``places`` is 0."""
    # Shift stage: a barrel shifter moves whole words, so a shift by no place is not an operation.
    if places == 0:
        return 0
    for i in range(potential.size):
        potential[i] <<= places
    return potential.size


@kernel
def shift_where(potential: Potential, places: int, where: Mask) -> int:
    """Shift only where ``where`` is set, and down if ``places`` is negative, rounding down."""
    shifts = 0
    for i in range(potential.size):
        if where[i]:
            # An arithmetic shift to the right floors negative potentials too.
            potential[i] = potential[i] << places if places >= 0 else potential[i] >> -places
            shifts += 1
    return shifts


@kernel
def add_where(potential: Potential, amounts: Potential, where: Mask) -> int:
    """Add ``amounts`` (n,), as wide as the potentials, where ``where`` is set: an input current, a bias or a leak."""
    additions = 0
    for i in range(potential.size):
        # Add stage: one adder a lane; a neuron outside the mask is passed over and costs no operation.
        if where[i]:
            potential[i] += amounts[i]
            additions += 1
    return additions


@kernel
def multiply_where(potential: Potential, numerator: int, denominator: int, where: Mask) -> int:
    """Multiply int32 potentials by a ratio, rounding down, where ``where`` is set."""
    products = 0
    for i in range(potential.size):
        if where[i]:
            # 31-bit potential x numerator below 2**31: the product stays below 2**62 and fits the int64.
            potential[i] = np.int64(potential[i]) * numerator // denominator
            products += 1
    return products


@kernel
def compare(potential: Potential, threshold: int, fired: Mask) -> int:
    """Write ``potential >= threshold`` into ``fired``; one comparison a neuron."""
    for i in range(potential.size):
        # Compare stage: a potential that equals the threshold fires (conversion.md, section 2).
        fired[i] = potential[i] >= threshold
    return potential.size


@kernel
def subtract(potential: Potential, fired: Mask, amount: int) -> int:
    """Subtract ``amount`` where ``fired``: reset by subtraction, one reset a spike."""
    resets = 0
    for i in range(potential.size):
        # Reset stage: only a neuron that fired is written back again.
        if fired[i]:
            potential[i] -= amount
            resets += 1
    return resets


@kernel
def subtract_each(potential: Potential, fired: Mask, amounts: Potential) -> int:
    """Subtract from each neuron that ``fired`` its own of ``amounts`` (n,), as wide as the potentials."""
    resets = 0
    for i in range(potential.size):
        if fired[i]:
            potential[i] -= amounts[i]
            resets += 1
    return resets


@kernel
def clear(potential: Potential, fired: Mask) -> int:
    """Set to 0 where ``fired``: reset to zero, one reset a spike."""
    resets = 0
    for i in range(potential.size):
        if fired[i]:
            potential[i] = 0
            resets += 1
    return resets

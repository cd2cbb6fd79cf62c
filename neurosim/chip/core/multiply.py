"""Multiply: potentials by a ratio of whole numbers."""

from __future__ import annotations

import numpy as np

from neurosim.kernels import kernel


@kernel
def multiply_where(potential, numerator, denominator, where):
    """Multiply ``potential`` (n,) int32, modified, by a ratio, rounding down, where ``where`` (n,) bool is set.

    Exact for a ``numerator`` below 2**31. Returns the products done: the number of neurons chosen.
    """
    products = 0
    for i in range(potential.size):
        if where[i]:
            potential[i] = np.int64(potential[i]) * numerator // denominator
            products += 1
    return products

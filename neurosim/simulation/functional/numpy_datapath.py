"""The datapath of neuron models as plain NumPy arithmetic: nothing is counted and nothing takes time."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from neurosim.neurons.model import Mask, Potential, Threshold


class NumpyDatapath:
    """A datapath (``neurons.model.Datapath``) on whole batches, (n, rows, columns, channels)."""

    def shift(self, potential: Potential, places: int, where: Mask | None = None) -> None:
        """Multiply by 2**places, rounding down, in place."""
        chosen = True if where is None else where
        if places >= 0:
            np.left_shift(potential, places, out=potential, where=chosen)
        else:
            np.right_shift(potential, -places, out=potential, where=chosen)

    def add(self, potential: Potential, amount: Potential | int, where: Mask | None = None) -> None:
        """Add ``amount`` in place."""
        amount = np.asarray(amount).astype(potential.dtype, copy=False)
        np.add(potential, amount, out=potential, where=True if where is None else where)

    def multiply(self, potential: Potential, factor: Fraction, where: Mask | None = None) -> None:
        """Multiply by ``factor``, rounding down, in place; in Python's integers, which do not overflow."""
        chosen = ... if where is None else where
        product = potential[chosen].astype(object) * factor.numerator // factor.denominator
        potential[chosen] = product.astype(potential.dtype)

    def shift_threshold(self, threshold: Threshold, places: int) -> Threshold:
        """Return the threshold shifted up by ``places``, down if negative."""
        return threshold << places if places >= 0 else threshold >> -places

    def compare(self, potential: Potential, threshold: Potential | int, where: Mask | None = None) -> Mask:
        """Return ``potential >= threshold``, False outside ``where``."""
        fired: Mask = potential >= threshold
        return fired if where is None else fired & where

    def subtract(self, potential: Potential, fired: Mask, amount: Potential | int) -> None:
        """Subtract ``amount`` where ``fired``, in place."""
        amount = np.asarray(amount).astype(potential.dtype, copy=False)
        np.subtract(potential, amount, out=potential, where=fired)

    def clear(self, potential: Potential, fired: Mask) -> None:
        """Set to 0 where ``fired``, in place."""
        potential[fired] = 0

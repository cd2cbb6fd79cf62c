"""A projection with real weights, into a layer that is about to be quantised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.projections.graph_window import GraphWindow
from neurosim.conversion.projections.projection import Projection


@dataclass(frozen=True, eq=False)
class RealProjection:
    """The real-valued synapses from one source layer.

    Parameters
    ----------
    weights : ndarray of float, (kernel rows, kernel columns, source channels / groups, channels)
        () for an identity.
    unit : float
        Real value of one code of the source.
    largest_code : int
        Largest magnitude of its codes.
    gain : int
        Behind an average pool, or on a graph: times the average that the integer sum is.
    span : int
        Times the largest code that this sum can be.
    reached : tuple of int
        First and end of the destination channels that it reaches; None: all.
    """

    weights: NDArray[np.floating]
    unit: float
    largest_code: int
    gain: int = 1
    span: int = 1
    reached: tuple[int, int | None] = (0, None)

    @classmethod
    def behind(
        cls, synapses: Projection, weights: NDArray[np.floating], unit: float, largest_code: int
    ) -> RealProjection:
        """Return ``synapses`` with real weights, behind a source of that unit and largest code."""
        # A pool sums its window: integers are area times the average, and up to area times one code.
        area = synapses.pool.kernel[0] * synapses.pool.kernel[1] if synapses.pool else 1
        reached: tuple[int, int | None] = (0, None)
        if synapses.kind == "identity":
            reached = (synapses.channel_offset, synapses.channel_offset + synapses.source_shape[0])
        if isinstance(synapses.window, GraphWindow):
            return cls(weights, unit, largest_code, synapses.window.one, synapses.window.reach)
        return cls(weights, unit, largest_code, area, area, reached)

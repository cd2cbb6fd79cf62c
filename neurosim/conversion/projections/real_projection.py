"""The real-valued synapses from one source into a layer that is about to be quantised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.projections.graph_window import GraphWindow
from neurosim.conversion.projections.projection import Projection


@dataclass(frozen=True, eq=False)
class RealProjection:
    """The real-valued synapses from one source.

    ``weights`` is (kernel rows, kernel columns, source channels / groups, channels) floating, or () for an identity.
    The source has unit ``unit`` and codes up to ``largest_code`` in magnitude. Behind an average pool, or on a graph,
    what is added up is ``gain`` times the average and up to ``span`` times as large as one code. ``reached`` are the
    first and the end of the destination channels that it reaches.
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
        """Return the branch that ``synapses`` with these weights are, behind a source of that unit and largest code."""
        area = synapses.pool.kernel[0] * synapses.pool.kernel[1] if synapses.pool else 1
        reached: tuple[int, int | None] = (0, None)
        if synapses.kind == "identity":
            reached = (synapses.channel_offset, synapses.channel_offset + synapses.source_shape[0])
        if isinstance(synapses.window, GraphWindow):
            return cls(weights, unit, largest_code, synapses.window.one, synapses.window.reach)
        return cls(weights, unit, largest_code, area, area, reached)

"""What flows between the nodes of a graph while it is lowered: spikes of a layer, or a sum that enters membranes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.projections.projection import Projection, Window


@dataclass(frozen=True)
class LayerSignal:
    """The spikes of a layer as synapses will read them: perhaps pooled, perhaps as a vector."""

    layer: int
    pool: Window | None = None
    flat: bool = False


@dataclass(frozen=True, eq=False)
class ProjectionDraft:
    """A projection before quantisation: its real weights, the node that holds them, and its place.

    The ``place`` is the node in which spikes enter the synapses; an input of an Add is written ``name:position``.
    """

    synapses: Projection
    weights: NDArray[np.floating]
    node: str | None  # None: an identity has no weights of its own
    place: str


@dataclass(frozen=True, eq=False)
class InputCurrent:
    """What flows into membranes: projections, and the sum of their biases (channels,).

    With ``scale`` (rows, 1, 1) all of it is so many times larger in a row, and the biases are (rows, 1, channels).
    """

    drafts: tuple[ProjectionDraft, ...]
    bias: NDArray[np.float64]
    scale: NDArray[np.int64] | None = None


Flow = LayerSignal | InputCurrent

"""Integrate and fire from half a threshold: QCFS and OPI at inference (arXiv 2303.04347, 2202.01440)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from neurosim.neurons.if_soft import IfSoft
from neurosim.neurons.model import ExactLayers, Parameters, Threshold


@dataclass(frozen=True)
class IfQcfs(IfSoft):
    """As ``if_soft``, but from u = Th // 2, which rounds instead of flooring.

    For a constant input the count is clip((T I + Th//2) // Th, 0, T): the first spiking layer is exact against the
    quantised network when T equals its levels. State, schedules and operations are those of ``if_soft``.
    """

    kind: ClassVar[str] = "if_qcfs"
    exact_layers: ClassVar[ExactLayers] = "first"

    def start(self, layer: Parameters) -> Threshold:
        """Return half a threshold."""
        return layer.threshold >> 1

    def rounding(self, threshold: Threshold) -> Threshold:
        """Return half a threshold."""
        return threshold >> 1

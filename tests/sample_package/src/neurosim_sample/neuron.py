"""Integrate and fire from a chosen share of the threshold."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge, Le

from neurosim.neurons.if_soft import IfSoft
from neurosim.neurons.model import Parameters


@dataclass(frozen=True)
class SampleStart(IfSoft):
    """As ``if_soft``, but from u = share Th."""

    share: Annotated[float, Ge(0), Le(1)] = 0.5
    kind: ClassVar[str] = "sample_start"

    def start(self, layer: Parameters) -> int:
        """Return the initial potential."""
        return int(self.share * layer.threshold)

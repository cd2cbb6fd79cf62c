"""The partitions of the default mapper, scattered over the chip."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge, Le

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.placement import Placement
from neurosim.mapping.spatial import Spatial


@dataclass(frozen=True)
class SampleScattered(Spatial):
    """As ``spatial``, each core exchanged for another at random."""

    draw: Annotated[int, Ge(0), Le(2**31)] = 1
    kind: ClassVar[str] = "sample_scattered"

    def place(self, network: SpikingNetwork, spec: ChipSpec, *more: Any) -> Placement:
        """Return the placement."""
        placed = super().place(network, spec, *more)
        other = np.random.default_rng(self.draw).permutation(spec.mesh.cores).astype(np.int32)
        layers = tuple(layer and replace(layer, cores=other[layer.cores]) for layer in placed.layers)
        return replace(placed, layers=layers, mapper=self.kind)

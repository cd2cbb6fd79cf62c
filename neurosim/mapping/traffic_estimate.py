"""What a mapper that minds how often neurons send is shown: their activity, or the traffic of an earlier run."""

from __future__ import annotations

from typing import Protocol

from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.communication import CommunicationGraph
from neurosim.mapping.placement import Placement


class TrafficEstimate(Protocol):
    """What is known of who sends how much; ``origin`` says in words where the numbers are from."""

    @property
    def origin(self) -> str:
        """Where the numbers are from."""

    def flows(self, network: SpikingNetwork, placement: Placement, group: int = 0) -> CommunicationGraph:
        """Return the packets between the boxes of one group of ``placement``.

        Raises DocumentError where what is known does not fit it, as that of another cutting.
        """

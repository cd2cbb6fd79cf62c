"""Unbounded queues on links that take twice as long."""

from dataclasses import replace

from neurosim.chip.noc import unbounded_queues
from neurosim.chip.noc.packets import Traffic, Transit
from neurosim.chip.spec import MeshSpec

FOLLOWS_PACKETS = True


def carry(mesh: MeshSpec, traffic: Traffic) -> Transit:
    """Carry the packets of one phase."""
    slow = replace(mesh, hop_ew_ticks=2 * mesh.hop_ew_ticks, hop_ns_ticks=2 * mesh.hop_ns_ticks)
    return unbounded_queues.carry(slow, traffic)

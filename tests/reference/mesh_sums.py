"""Listed packets for any mesh model: one that adds packets up is given each as a way of its own."""

from __future__ import annotations

import numpy as np

from neurosim.chip.noc import packets
from neurosim.chip.noc.packets import NocModel, Traffic, TrafficSums, Transit, noc_module
from neurosim.chip.spec import MeshSpec


def tally(traffic: Traffic) -> TrafficSums:
    """Return the sums of ``traffic``, each over one packet."""
    source, destination = traffic.source.astype(np.int64), traffic.destination.astype(np.int64)
    inject, service = traffic.inject_ticks, traffic.service_ticks
    return TrafficSums(source, destination, np.ones_like(source), inject, inject + service, service)


def carry(mesh: MeshSpec, traffic: Traffic, model: NocModel) -> Transit:
    """Carry ``traffic`` by ``model``, and look at every packet."""
    module = noc_module(model)
    if module.FOLLOWS_PACKETS:
        return packets.carry(mesh, traffic, model)
    bound: Transit = module.bound(mesh, tally(traffic), traffic)
    return bound

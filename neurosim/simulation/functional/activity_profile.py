"""The activity profile: how often each neuron sends, from images that run through the network without a chip."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.core.fan_out import join_fan_outs
from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.communication import SpikeActivity
from neurosim.schedule.layer_by_layer import LayerByLayer
from neurosim.simulation.functional.event_driven import EventDrivenRun
from neurosim.simulation.planner import planned
from neurosim.simulation.routing import LayerRouting, RoutingTables

PROFILED_IMAGES = 4
"""Images of a stimulus that are profiled at most (an assumption): a placement needs sums, not statistics."""


def profile_activity(network: SpikingNetwork, spec: ChipSpec, images: NDArray[np.integer]) -> SpikeActivity:
    """Return the activity for the first ``PROFILED_IMAGES`` of ``images`` (n, rows, columns, channels).

    It holds for every schedule: none changes which neurons fire. A neuron of a graded model sends one packet however
    large its spike is, and one of the output layer sends its potential once.
    """
    shown, phases = images[:PROFILED_IMAGES], planned(network, LayerByLayer())
    sent = [np.zeros(layer.map_shape, np.int64) for layer in network.layers]
    for image in shown:
        inference = EventDrivenRun(network, unplaced(network), spec, image)
        for phase in phases:
            inference.perform(phase)
        for (layer, _), scan in inference.scans.items():
            is_single = network.model.is_graded or (layer == 0 and network.model.reads_pixels)
            sent[layer] += (scan.spikes != 0) if is_single else scan.spikes
    sent[-1][...] = len(shown)
    which = "the image" if len(images) == 1 else f"{len(shown)} of the {len(images)} images"
    return SpikeActivity(tuple(sent), f"the packets of {which} that {network.model.kind} is shown")


def unplaced(network: SpikingNetwork) -> RoutingTables:
    """Return the routing tables of a network that is on no chip: no partitions and no routes."""
    none, no_partitions = np.zeros(0, np.int64), np.zeros((0, 6), np.int64)
    layers = []
    for layer in network.layers:
        fan_out = join_fan_outs([], [], layer.map_shape)
        layers.append(LayerRouting(no_partitions, none, none, none, fan_out, (), fan_out, ()))
    return RoutingTables(tuple(layers), 0, none, none, 0, 0)

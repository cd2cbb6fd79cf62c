"""The event-driven path compared with the batched one: every spike of every scan and every logit of one image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.schedule.layer_by_layer import LayerByLayer
from neurosim.simulation.functional.activity_profile import unplaced
from neurosim.simulation.functional.batched import BatchedInference, spikes_of_codes
from neurosim.simulation.functional.event_driven import EventDrivenRun
from neurosim.simulation.planner import planned


@dataclass(frozen=True)
class PathAgreement:
    """How many neuron-timestep pairs and logits of how many images were compared, and how many differed."""

    images: int = 0
    checked: int = 0
    mismatches: int = 0

    def __add__(self, other: PathAgreement) -> PathAgreement:
        """Return both together."""
        return PathAgreement(
            self.images + other.images, self.checked + other.checked, self.mismatches + other.mismatches
        )


def compare(functional: BatchedInference, spec: ChipSpec, image: NDArray[np.integer]) -> PathAgreement:
    """Run one image (rows, columns, channels) on both paths, the event-driven one as a run on ``spec`` does it."""
    network, events = functional.network, event_driven(functional.network, spec, image)
    model, checked, mismatches = network.model, 0, 0
    for output in functional.outputs(image[None]):
        if network.layers[output.layer].is_spiking:
            batched = spikes_of_codes(model, output.codes) if output.spikes is None else output.spikes
            expected = np.stack([events.scans[output.layer, scan].spikes for scan in range(len(batched))])
            checked += expected.size
            mismatches += int((batched[:, 0] != expected).sum())
        else:
            scale = model.output_scale if functional.is_exact else 1
            logits, expected = output.codes.astype(object) * scale, events.logits.astype(object)
            checked += expected.size
            mismatches += int((logits.ravel() != expected).sum())
    return PathAgreement(1, checked, mismatches)


def event_driven(network: SpikingNetwork, spec: ChipSpec, image: NDArray[np.integer]) -> EventDrivenRun:
    """Return the finished inference of one image, spike by spike; no chip takes part and no time passes."""
    inference = EventDrivenRun(network, unplaced(network), spec, image)
    for phase in planned(network, LayerByLayer()):
        inference.perform(phase)
    return inference

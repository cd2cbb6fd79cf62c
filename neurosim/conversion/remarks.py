"""What has to be said beside a conversion so that its figures are not taken for more than they are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurosim.conversion.quantise import WIDEST_ACCUMULATOR
from neurosim.conversion.spiking import SpikingLayer, SpikingNetwork

MOST_NAMED = 3  # layers, the worst first
TOLERATED = 1  # bits fewer than weights have, before anything is said


def effective_bits(layer: SpikingLayer) -> int:
    """Return how many bits the largest stored weight of a layer takes, its sign included."""
    stored = (synapses.weights for synapses in layer.sources if synapses.is_stored)
    return 1 + max((int(np.abs(weights.astype(np.int64)).max(initial=0)) for weights in stored), default=0).bit_length()


def remarks(network: SpikingNetwork, accumulator_bits: int) -> Iterator[str]:
    """Yield a line if accumulators of that width leave the weights few of their bits: which, and what would not."""
    narrow = [
        (effective_bits(layer), layer)
        for layer in network.layers[1:]
        if layer.full_bits > accumulator_bits and effective_bits(layer) + TOLERATED < network.weight_bits
    ]
    if not narrow:
        return
    narrow.sort(key=lambda pair: pair[0])
    named = ", ".join(f"{layer.name} {bits}" for bits, layer in narrow[:MOST_NAMED])
    others = f" and {len(narrow) - MOST_NAMED} more layers fewer than all" if len(narrow) > MOST_NAMED else ""
    wanted = max(layer.full_bits for _, layer in narrow)
    cure = f"accumulator_bits: {wanted} would leave all"
    if wanted > WIDEST_ACCUMULATOR:
        cure = f"even {WIDEST_ACCUMULATOR} would not leave all"
    yield (
        f"accumulators of {accumulator_bits} bits leave the weights few of their {network.weight_bits} bits "
        f"({named}{others}); {cure}"
    )

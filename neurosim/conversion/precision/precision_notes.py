"""Notes on the precision of a conversion, so that its figures are not overestimated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from neurosim.conversion.precision.quantise import WIDEST_ACCUMULATOR
from neurosim.conversion.spiking import SpikingLayer, SpikingNetwork

MOST_NAMED = 3  # layers in a note, the worst first


def effective_bits(layer: SpikingLayer) -> int:
    """Return the bits of the largest stored weight of a layer, its sign included."""
    stored = (synapses.weights for synapses in layer.sources if synapses.is_stored)
    return 1 + max((int(np.abs(weights.astype(np.int64)).max(initial=0)) for weights in stored), default=0).bit_length()


def few_bits(weight_bits: int) -> int:
    """Return the bits, the sign included, that are too few for a typical weight: 2 of 8, and 1 of 5 or less.

    A typical weight is the median of the non-zero magnitudes (``Quantised.typical_bits``). In sound layers it takes
    about 5 of 8 bits, or 2 of 4 (our measurement on the shipped networks).
    """
    return min(2, max(1, weight_bits // 3))


def precision_notes(network: SpikingNetwork, accumulator_bits: int) -> Iterator[str]:
    """Yield a note if accumulators leave weights fewer bits than they have, and one if typical weights have few."""
    bits = {layer.name: effective_bits(layer) for layer in network.layers[1:]}
    # Layers whose accumulator, and not their weight width, limits the exponent.
    narrow = [
        layer
        for layer in network.layers[1:]
        if layer.full_bits > accumulator_bits and bits[layer.name] < network.weight_bits
    ]
    if narrow:
        narrow.sort(key=lambda layer: bits[layer.name])
        yield _narrow(narrow, [bits[layer.name] for layer in narrow], network.weight_bits, accumulator_bits)
    # A layer named in the first note is left out of the second: wider accumulators are its remedy.
    few = few_bits(network.weight_bits)
    lost = [layer for layer in network.layers[1:] if 0 < layer.typical_bits <= few and layer not in narrow]
    if lost:
        lost.sort(key=lambda layer: layer.typical_bits)
        yield _lost(lost, network.weight_bits)


def _narrow(layers: Sequence[SpikingLayer], bits: Sequence[int], weight_bits: int, accumulator_bits: int) -> str:
    """Return the note on layers to which a wider accumulator would give bits back, and how wide it must be."""
    needed = max(layer.full_bits for layer in layers)
    remedy = f"accumulator_bits: {needed} would leave all"
    if needed > WIDEST_ACCUMULATOR:
        remedy = f"even {WIDEST_ACCUMULATOR} would not leave all"
    leave = "leave the weights few of" if bits[0] + 1 < weight_bits else "do not leave the weights all of"
    named = _named([f"{layer.name} {own}" for layer, own in zip(layers, bits, strict=True)], "fewer than all")
    return f"accumulators of {accumulator_bits} bits {leave} their {weight_bits} bits ({named}); {remedy}"


def _lost(layers: Sequence[SpikingLayer], weight_bits: int) -> str:
    """Return the note on layers whose typical weight is hardly more than a step."""
    rounded = [f"{layer.name} {'0' if layer.typical_bits == 1 else '1'}" for layer in layers]
    return (
        f"typical weights have lost their bits: at {weight_bits} bits the median of those that are not 0 is rounded to "
        f"{_named(rounded, 'as few')} (a layer has one step, and its largest weight sets it); use more weight bits"
    )


def _named(layers: Sequence[str], others: str) -> str:
    """Return the first of ``layers``, and how many others there are."""
    more = len(layers) - MOST_NAMED
    return ", ".join(layers[:MOST_NAMED]) + (f" and {more} more layers {others}" if more > 0 else "")

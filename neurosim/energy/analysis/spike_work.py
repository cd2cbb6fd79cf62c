"""The operations that the spikes of a run caused: the part of its energy that grows with its activity."""

from __future__ import annotations

from collections import Counter

from neurosim.energy.analysis.affine import AffineCounts, measured
from neurosim.ledger import vocabulary
from neurosim.ledger.record import Record


def by_spikes(record: Record, result: int = 0) -> dict[str, int] | None:
    """Return the additions and resets that the spikes of a result caused, over all images; None where that is unknown.

    The additions are the synaptic events of all layers but the first, which reads pixels, and those of residual
    identities; the first layer's own, and those of biases, need no spike. An event at a stored 0 is not counted on a
    chip that skips it.
    """
    own = record.results[result]
    if not own.conversion.linear_in_spikes:
        return None
    behind = {layer.number for layer in own.layers if layer.role not in ("input", "first")}
    added = ("synaptic_event_nonzero",) if record.chip.skips_zeros else vocabulary.SYNAPTIC_EVENTS
    additions = round(sum(layer.identity_adds for layer in own.layers) * record.stimulus.images)
    resets: Counter[str] = Counter()
    adders: set[str] = set()
    for (layer, op), count in record.ledgers[result].by("layer", "op").items():
        name = vocabulary.parse(op).operation.name
        if name == "multiply" and layer in behind:
            return None  # edges of a graph have weights, so a spike is also a product
        if name == "add" and layer in behind:
            adders.add(op)
        if name == "reset":
            resets[op] += count
        additions += count if name in added and layer in behind else 0
    return {adders.pop(): additions, **resets} if additions and len(adders) == 1 else None


def line(record: Record, result: int, counts: dict[str, int]) -> AffineCounts | None:
    """Return ``counts`` of a result, over all images, as a linear function of its activity; None where it has none."""
    spike_work, activity = by_spikes(record, result), record.results[result].activity.spikes_per_neuron
    if spike_work is None or activity <= 0:
        return None
    return measured(counts, {op: count - spike_work.get(op, 0) for op, count in counts.items()}, activity)

"""What the spikes of a run caused of its operations: the part of its energy that grows with its activity."""

from __future__ import annotations

from neurosim import operations
from neurosim.energy.affine import AffineCounts, measured
from neurosim.simulation.ledger import Ledger
from neurosim.simulation.record import Result

COUNTED = ("accumulate_fire", "if_qcfs", "if_soft")
"""Models of which every spike is an addition for each of its synapses and one reset, and nothing else depends on spikes
(conversion.md, section 9)."""

EVENTS = ("synaptic_event_dense", "synaptic_event_sparse", "synaptic_event_conv")


def by_spikes(result: Result, ledger: Ledger) -> dict[str, int] | None:
    """Return the additions and resets that the spikes of a result caused, over all images; None where nobody can tell.

    The additions are the synaptic events of all layers but the first, which reads pixels; its own, and those of biases,
    are there without a spike.
    """
    if result.conversion.kind not in COUNTED:
        return None
    behind = {layer.number for layer in result.layers if layer.role not in ("input", "first")}
    additions = 0
    resets: dict[str, int] = {}
    adders: set[str] = set()
    for (layer, op), count in ledger.by("layer", "op").items():
        name = operations.parse(op).operation.name
        if name == "multiply" and layer in behind:
            return None  # edges of a graph have weights, so a spike is also a product
        if name == "add" and layer in behind:
            adders.add(op)
        if name == "reset":
            resets[op] = resets.get(op, 0) + count
        additions += count if name in EVENTS and layer in behind else 0
    return {adders.pop(): additions, **resets} if additions and len(adders) == 1 else None


def line(result: Result, ledger: Ledger, counts: dict[str, int]) -> AffineCounts | None:
    """Return ``counts`` of a result, over all images, as a line through its own activity; None where it has none."""
    caused, activity = by_spikes(result, ledger), result.activity.spikes_per_neuron
    if caused is None or activity <= 0:
        return None
    return measured(counts, {op: count - caused.get(op, 0) for op, count in counts.items()}, activity)

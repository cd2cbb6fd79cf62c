"""Counts and energy of a run by layer and by part, as tables and figures show them.

A *part* groups operations of one kind: ``add`` is additions of every width, ``NoC`` all that packets cost. What belongs
to no layer has the layer -1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from neurosim.energy.pricing.energy_report import EnergyReport
from neurosim.ledger import vocabulary
from neurosim.ledger.ledger import CHIP_WIDE, Ledger

CHIP_WIDE_NAME = "chip-wide"

_PARTS: dict[str, tuple[str, ...]] = {
    "multiply": ("multiply",),
    "add": ("add",),
    "shift": ("shift",),
    "compare": ("compare",),
    "reset": ("reset",),
    "synaptic events": (
        "synaptic_event_dense", "synaptic_event_sparse", "synaptic_event_conv", "synaptic_event_graded",
    ),
    "neuron updates": ("neuron_update_active", "neuron_update_inactive"),
    "spikes": ("spike_out",),
    "weight memory": ("weight_read",),
    "state memory": ("potential_read", "potential_write"),
    "spike and axon memory": ("axon_lookup", "spike_buffer_read", "spike_buffer_write"),
    "weight reload": ("weight_reload",),
    "NoC": ("packet", "within_tile_spike", "hop_ew", "hop_ns", "router"),
    "host port and barriers": (
        "barrier_global", "barrier_local", "barrier_tiles", "input_word", "output_word", "state_reset",
    ),
    "static": ("core_busy", "core_stalled", "core_waiting", "chip_tick"),
}  # fmt: skip
PARTS = tuple(_PARTS)
_PART_OF = {name: part for part, names in _PARTS.items() for name in names}


def part_of(op: str) -> str:
    """Return the part of an operation, with or without a width; one that no part lists is its own."""
    name = vocabulary.parse(op).operation.name
    return _PART_OF.get(name, name)


def in_order(parts: Iterable[str]) -> list[str]:
    """Sort parts as they are stacked and listed: arithmetic first, chip-wide ones last."""
    return sorted(set(parts), key=lambda part: (PARTS.index(part) if part in PARTS else len(PARTS), part))


def energy_by_part(by_op: Mapping[str, float]) -> dict[str, float]:
    """Sum energies of operations by part, in pJ."""
    sums: dict[str, list[float]] = {}
    for op, pj in by_op.items():
        sums.setdefault(part_of(op), []).append(pj)
    return {part: math.fsum(sums[part]) for part in in_order(sums)}


def energy_by_layer_and_part(report: EnergyReport, ledger: Ledger) -> dict[int, dict[str, float]]:
    """Return layer -> part -> pJ per image: the report's unit energies times the counts of the ledger."""
    prices = {charge.op: charge.price.pj / report.images for charge in report.charges}
    energies: dict[int, dict[str, float]] = {}
    for (layer, op), count in ledger.by("layer", "op").items():
        if op in prices:
            parts = energies.setdefault(layer, {})
            parts[part_of(op)] = parts.get(part_of(op), 0.0) + count * prices[op]
    return energies


def counts_by_layer(ledger: Ledger, images: int) -> dict[int, dict[str, float]]:
    """Return layer -> operation, of all widths -> counts per image."""
    counts: dict[int, dict[str, float]] = {}
    for (layer, op), count in ledger.by("layer", "op").items():
        name = vocabulary.parse(op).operation.name
        of_layer = counts.setdefault(layer, {})
        of_layer[name] = of_layer.get(name, 0.0) + count / images
    return counts


def layer_name(number: int, names: Mapping[int, str]) -> str:
    """Return a layer's name; what belongs to no layer is ``chip-wide``."""
    return CHIP_WIDE_NAME if number == CHIP_WIDE else names.get(number, f"layer {number}")

"""``check --json``: a network on its chip, before anything has been simulated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neurosim.ledger.record import MemoryUse, to_json
from neurosim.mapping.partitioning.core_demand import stored_bits
from neurosim.simulation.host_memory import MIB

if TYPE_CHECKING:
    from neurosim.chip.spec import ChipSpec
    from neurosim.conversion.spiking import SpikingNetwork
    from neurosim.mapping.placement import Placement

SCHEMA = "neurosim/check/1"


@dataclass(frozen=True, eq=False)
class CheckedCase:
    """One case of a prepared experiment: its network, the placement, and the use of the core memories."""

    name: str
    network: SpikingNetwork
    placement: Placement
    memories: tuple[MemoryUse, ...]


def facts(
    name: str,
    run_id: str,
    spec: ChipSpec,
    cases: Sequence[CheckedCase],
    images: int,
    predicted_bytes: int,
    notices: Sequence[str] = (),
) -> dict[str, Any]:
    """Return a prepared experiment as plain JSON.

    ``predicted_bytes`` is the memory of the host that a run is predicted to need; ``notices`` are lines for the reader.
    """
    network = cases[0].network
    return {
        "schema": SCHEMA,
        "run_id": run_id,
        "workload": name,
        "network": {
            "name": network.name,
            "layers": len(network.layers) - 1,
            "neurons": network.neurons,
            "synapses": network.synapses,
            "weights": network.weights,
            "weights_origin": network.weights_origin,
        },
        "stimulus": {"images": images},
        "chip": {"id": spec.id, "cores": spec.mesh.cores},
        "cases": [
            {
                "name": case.name,
                "conversion": case.network.model.kind,
                "steps": case.network.steps,
                "accumulator_bits": max(layer.accumulator_bits for layer in case.network.layers),
                "cores": case.placement.cores_used,
                "layers": list(layers(case.network, case.placement, spec)),
                "memories": [to_json(use) for use in case.memories],
            }
            for case in cases
        ],
        "predicted_memory_mb": round(predicted_bytes / MIB),
        "notices": list(notices),
    }


def layers(network: SpikingNetwork, placement: Placement, spec: ChipSpec) -> Iterator[dict[str, Any]]:
    """Yield one row per layer: its size, its cores, and the largest share of a weight memory that it fills."""
    for number, layer in enumerate(network.layers[1:], start=1):
        placed = placement[number]
        bits = stored_bits(layer, placed, network.weight_bits, spec)
        yield {
            "name": layer.name,
            "shape": list(layer.shape),
            "neurons": layer.neurons,
            "cores": int(placed.cores.size),
            "tiles": list(placed.cores.shape),
            "neurons_per_core": int(placed.neurons.max()),
            "weight_memory_share": float(bits.max() / spec.capacity.synapse_memory_bits),
            "threshold": layer.threshold,
            "accumulator_bits": layer.accumulator_bits,
        }

"""What ``neurosim check`` says: the network on the chip before anything has been simulated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neurosim import units
from neurosim.ledger.record import MemoryUse, to_json
from neurosim.mapping.partitioning.core_demand import stored_bits
from neurosim.report.data.memories import text as memories_text
from neurosim.report.terminal.tables import folded
from neurosim.report.terminal.tables import text as table_text
from neurosim.simulation.host_memory import MIB

if TYPE_CHECKING:
    from neurosim.chip.spec import ChipSpec
    from neurosim.conversion.spiking import SpikingNetwork
    from neurosim.mapping.placement import Placement

SCHEMA = "neurosim/check/1"


@dataclass(frozen=True, eq=False)
class CheckedCase:
    """One case of a prepared experiment: its network, where that is placed, and how full that makes memories."""

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
    """Return what is known of a prepared experiment; a run is predicted to need ``predicted_bytes`` of memory."""
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
    """Yield one row per layer: its size, its cores, and how full the fullest of them is."""
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


def text(checked: dict[str, Any], width: int) -> str:
    """Return the facts in words."""
    network, chip = checked["network"], checked["chip"]
    count = units.format_count
    lines = [
        f"{checked['workload']}: {network['name']}, {network['weights_origin']} weights, "
        f"{units.plural(network['neurons'], 'neuron')}, {units.plural(network['synapses'], 'synapse')}",
        f"run id {checked['run_id']}, at most about {count(checked['predicted_memory_mb'])} MiB of memory",
    ]
    for case in checked["cases"]:
        needs = (
            f"{case['name']}: {case['cores']} of {units.plural(chip['cores'], 'core')} of {chip['id']}, "
            f"accumulators need {case['accumulator_bits']} bits"
        )
        rows = [row_in_words(row) for row in case["layers"]]
        lines += ["", folded(needs, width), "", table_text(rows, width).rstrip("\n")]
    lines += [part for notice in checked["notices"] for part in ("", folded(notice, width))]
    lines += ["", memories_text(checked["cases"], width)]
    return "\n".join([*(folded(line, width) for line in lines[:2]), *lines[2:]])


def row_in_words(row: dict[str, Any]) -> dict[str, str]:
    """Return one layer's row as it is printed."""
    return {
        "layer": row["name"],
        "shape": "x".join(map(str, row["shape"])),
        "neurons": units.format_count(row["neurons"]),
        "cores": str(row["cores"]),
        "tiles": "x".join(map(str, row["tiles"])),
        "neurons per core": units.format_count(row["neurons_per_core"]),
        "weight memory": units.format_share(row["weight_memory_share"]),
        "bits": str(row["accumulator_bits"]),
    }

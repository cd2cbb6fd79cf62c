"""What ``neurosim check`` prints: the network on the chip before anything has been simulated."""

from __future__ import annotations

from typing import Any

from neurosim import units
from neurosim.report.terminal.memories import text as memories_text
from neurosim.report.terminal.tables import folded
from neurosim.report.terminal.tables import text as table_text


def text(checked: dict[str, Any], width: int) -> str:
    """Return the object of ``check --json`` as text of this width."""
    network, chip = checked["network"], checked["chip"]
    count = units.format_count
    lines = [
        f"{checked['workload']}: {network['name']}, {network['weights_origin']} weights, "
        f"{units.plural(network['neurons'], 'neuron')}, {units.plural(network['synapses'], 'synapse')}",
        f"run id {checked['run_id']}, predicted peak memory {count(checked['predicted_memory_mb'])} MiB",
    ]
    for case in checked["cases"]:
        heading = (
            f"{case['name']}: {case['cores']} of {units.plural(chip['cores'], 'core')} of {chip['id']}, "
            f"accumulators need {case['accumulator_bits']} bits"
        )
        rows = [row_in_words(row) for row in case["layers"]]
        lines += ["", folded(heading, width), "", table_text(rows, width).rstrip("\n")]
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

"""Measures the schedules against each other, draws their figure and writes docs/schedules.md.

    python -m studies.schedules.measure [--measure [NETWORK ...]]

``--measure`` simulates everything, or some of the networks, again (about four minutes on one core) into
docs/schedules/measured.csv; without it the stored measurements are drawn and told.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

from neurosim.experiments.run import Run
from neurosim.experiments.simulate import perform, prepare
from neurosim.files.workload import read_workload
from neurosim.ledger.record import Result
from neurosim.mapping.partitioning.core_memories import SPIKES
from neurosim.provenance import hash_file
from neurosim.report.figures.layout import style
from studies.schedules.measured import MEASURED, RESIDENCIES, STEPS, TRAINED_STEPS, stored
from studies.schedules.page import PAGE, renewed

HERE = Path(__file__).resolve().parents[2] / "docs" / "schedules"
WORKLOADS = HERE.parent.parent / "workloads"
FORMATS = ("unary", "packed")
CHIPS: dict[str, dict[str, dict[str, Any]]] = {
    # A mesh that holds every layer at once, and one of about a third of those cores, which layers must share.
    "vgg16": {"resident": {"width": 10, "height": 10}, "time_multiplexed": {"width": 6, "height": 5}},
    "resnet18": {"resident": {"width": 12, "height": 12}, "time_multiplexed": {"width": 7, "height": 7}},
    "mobilenetv2": {"resident": {"width": 21, "height": 21}, "time_multiplexed": {"width": 12, "height": 12}},
}
SHARES = ("host", "compute", "mesh", "barrier", "reload")


def overrides(network: str, residency: str, steps: int, spike_format: str) -> dict[str, Any]:
    """Return what changes of a shipped workload for one case; packed spikes can only be sent layer by layer."""
    schedules = ["layer_by_layer"] if spike_format == "packed" else ["layer_by_layer", "step_by_step", "pipelined"]
    changed: dict[str, Any] = {
        "chip.mesh.width": CHIPS[network][residency]["width"],
        "chip.mesh.height": CHIPS[network][residency]["height"],
        "chip.capacity.accumulator_bits": 32,
        "chip.spike_format": spike_format,
        "mapping.residency": residency,
        "conversion.steps": steps,
        "compare": [
            {
                "name": "if_qcfs",
                "conversion": {"kind": "if_qcfs", "steps": steps},
                "schedules": schedules,
            }
        ],
        "energy": {"tables": ["horowitz2014_45nm"], "scope": "memory", "sram": "loglog", "allow_partial": True},
    }
    if is_trained(network) and steps != TRAINED_STEPS:
        changed["conversion.policy"] = "requantise"
    return changed


def is_trained(network: str) -> bool:
    """Return whether the shipped workload names weights."""
    return read_workload(WORKLOADS / f"{network}.yaml").network.weights is not None


def measure(networks: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield one row for every network, residency, number of steps, format of spikes, neuron model and schedule."""
    for network, residency, steps, form in product(networks, RESIDENCIES, STEPS, FORMATS):
        run = perform(prepare(WORKLOADS / f"{network}.yaml", overrides(network, residency, steps, form)))
        weights = weights_of(run)
        for result, reports in zip(run.record.results, run.costs.results, strict=True):
            by_op = reports["horowitz2014_45nm"].by_op
            reload_pj = sum(pj for op, pj in by_op.items() if op.startswith("weight_reload"))
            yield {"network": network, **weights, **row(residency, form, result, reload_pj)}
            print(f"{network} {residency} {form} T={steps} {result.name}: {result.latency.ticks:,} ticks", flush=True)


def weights_of(run: Run) -> dict[str, str]:
    """Return the file of a run's weights and what it hashes to; nothing for synthetic ones."""
    stored = run.inputs["network"].get("weights")
    if stored is None:
        return {"weights": "", "weights_sha256": ""}
    file = WORKLOADS / "weights" / stored[0]["file"]
    return {"weights": file.name, "weights_sha256": hash_file(file)}


def row(residency: str, spike_format: str, result: Result, reload_pj: float) -> dict[str, Any]:
    """Return what is kept of one result; times in ticks, energies in pJ, sizes in bits, all per image."""
    buffer = next(use for use in result.memory.core_memories if use.memory == SPIKES.name)
    return {
        "residency": residency,
        "steps": result.conversion.steps,
        "format": spike_format,
        "model": result.conversion.kind,
        "schedule": result.schedule,
        "latency_ticks": result.latency.ticks,
        "interval_ticks": result.initiation_interval.ticks,
        **{f"{part}_ticks": getattr(result.latency_parts, part) for part in SHARES},
        "barriers": result.barriers.global_ + result.barriers.local,
        "stalled_ticks": round(result.counts.get("core_stalled", 0)),
        "packets": result.noc.packets,
        "hops": result.noc.hops,
        "peak_state_bits": result.memory.peak_state_bits,
        "spike_buffer_bits": buffer.peak_bits,
        "spike_buffer_size_bits": buffer.size_bits,
        "spike_buffer_layer": buffer.layer,
        "reload_bits": result.memory.weight_reload_bits,
        "reload_energy_pj": round(reload_pj, 1),
        "spikes_per_neuron": round(result.activity.spikes_per_neuron, 4),
    }


def renew(networks: list[str]) -> None:
    """Measure some networks again; what is stored of the others stays."""
    rows: list[dict[str, Any]] = list(measure(networks))
    head = list(rows[0])
    rows += [found for found in stored() if found["network"] not in networks]
    rows.sort(key=lambda found: list(CHIPS).index(found["network"]))
    with MEASURED.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, head)
        writer.writeheader()
        writer.writerows(rows)


def draw(rows: list[dict[str, str]]) -> None:
    """Draw latency, interval and live state of every case."""
    import matplotlib.pyplot as plt
    import pandas

    with style.paper():
        figure, grid = plt.subplots(len(CHIPS), 2, figsize=(7.16, 6.6))
        for line, network in zip(grid, CHIPS, strict=True):
            for axes, residency in zip(line, RESIDENCIES, strict=True):
                cases(axes, [r for r in rows if (r["network"], r["residency"]) == (network, residency)])
                axes.set_title(f"{network}, {residency.replace('_', ' ')}", loc="left")
            line[0].set_ylabel("latency of one image (Mcycles)")
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper center", ncols=3, frameon=False)
        figure.tight_layout(rect=(0, 0, 1, 0.93))
        style.save(figure, pandas.DataFrame(rows), HERE, "schedules")


COLOURS = {
    ("accumulate_fire", "layer_by_layer", "unary"): "#0072B2",
    ("accumulate_fire", "layer_by_layer", "packed"): "#004C77",
    ("if_qcfs", "layer_by_layer", "unary"): "#56B4E9",
    ("if_qcfs", "layer_by_layer", "packed"): "#009E73",
    ("if_qcfs", "step_by_step", "unary"): "#E69F00",
    ("if_qcfs", "pipelined", "unary"): "#D55E00",
}


def cases(axes: Any, rows: list[dict[str, str]]) -> None:
    """Draw one panel: a group of bars for every T, the interval between images as a mark in each bar."""
    for place, key in enumerate(COLOURS):
        own = [r for r in rows if (r["model"], r["schedule"], r["format"]) == key]
        x = [STEPS.index(int(r["steps"])) + (place - 2.5) * 0.14 for r in own]
        label = f"{key[0]}, {key[1].replace('_', ' ')}{', packed' if key[2] == 'packed' else ''}"
        axes.bar(x, [int(r["latency_ticks"]) / 1e6 for r in own], 0.125, color=COLOURS[key], label=label)
        axes.plot(x, [int(r["interval_ticks"]) / 1e6 for r in own], "D", color="white", mec="black", ms=3, mew=0.7)
    axes.set_xticks(range(len(STEPS)), [f"T = {steps}" for steps in STEPS])


def main() -> None:
    """Measure, if asked to, and draw."""
    options = argparse.ArgumentParser()
    options.add_argument("--measure", nargs="*", choices=list(CHIPS), metavar="NETWORK")
    asked = options.parse_args().measure
    if asked is not None:
        renew(asked or list(CHIPS))
    rows = stored()
    draw(rows)
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), rows), encoding="utf-8")


if __name__ == "__main__":
    main()

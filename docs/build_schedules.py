"""Measures the schedules against each other and writes the tables and figures of docs/schedules.md.

    python docs/build_schedules.py [--measure]

``--measure`` simulates everything again (about ten minutes on one core) into docs/schedules/measured.csv; without it
the stored measurements are drawn.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from neurosim.experiment import perform, prepare
from neurosim.report.figures import style
from neurosim.simulation.record import Result

HERE = Path(__file__).resolve().parent / "schedules"
WORKLOADS = HERE.parent.parent / "workloads"
MEASURED = HERE / "measured.csv"
STEPS = (2, 4, 8)
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
    if network == "vgg16" and steps != 4:
        changed["conversion.policy"] = "requantise"  # its weights were trained for 4 steps
    return changed


def measure() -> Iterator[dict[str, Any]]:
    """Yield one row for every network, residency, number of steps, format of spikes, neuron model and schedule."""
    for network, residency, steps, form in product(CHIPS, ("resident", "time_multiplexed"), STEPS, FORMATS):
        run = perform(prepare(WORKLOADS / f"{network}.yaml", overrides(network, residency, steps, form)))
        for result, reports in zip(run.record.results, run.bill.results, strict=True):
            by_op = reports["horowitz2014_45nm"].by_op
            reload_pj = sum(pj for op, pj in by_op.items() if op.startswith("weight_reload"))
            yield row(network, residency, form, result, reload_pj)
            print(f"{network} {residency} {form} T={steps} {result.name}: {result.latency.ticks:,} ticks", flush=True)


def table(rows: list[dict[str, str]], network: str) -> Iterator[str]:
    """Yield the lines of one network's table for the page."""
    yield "| cores | T | model, schedule | latency | interval | reload | packets | live state | moved | its energy |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for found in rows:
        if found["network"] != network:
            continue
        ticks = [int(found[key]) / 1e6 for key in ("latency_ticks", "interval_ticks", "reload_ticks")]
        state, moved = int(found["peak_state_bits"]) / 8e3, int(found["reload_bits"]) / 8e6
        form = ", packed" if found["format"] == "packed" else ""
        name = f"`{found['model']}`, {found['schedule'].replace('_', ' ')}{form}"
        energy = f"{float(found['reload_energy_pj']) / 1e9:.2f} mJ" if moved else ""
        yield (
            f"| {'own' if found['residency'] == 'resident' else 'shared'} | {found['steps']} | {name} | "
            f"{ticks[0]:.2f} M | {ticks[1]:.2f} M | {f'{ticks[2]:.2f} M' if ticks[2] else ''} | "
            f"{int(found['packets']) / 1e3:,.0f} k | {state:,.0f} kB | "
            f"{f'{moved:.1f} MB' if moved else ''} | {energy} |"
        )


def fill(page: Path, rows: list[dict[str, str]]) -> None:
    """Put the tables between their marks in the page."""
    text = page.read_text(encoding="utf-8")
    for network in CHIPS:
        begin, end = f"<!-- {network} -->", f"<!-- end of {network} -->"
        head, rest = text.split(begin, 1)
        text = "\n".join([head + begin, *table(rows, network), end + rest.split(end, 1)[1]])
    page.write_text(text, encoding="utf-8")


def row(network: str, residency: str, spike_format: str, result: Result, reload_pj: float) -> dict[str, Any]:
    """Return what is kept of one result; times in ticks, energies in pJ, sizes in bits, all per image."""
    return {
        "network": network,
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
        "reload_bits": result.memory.weight_reload_bits,
        "reload_energy_pj": round(reload_pj, 1),
        "spikes_per_neuron": round(result.activity.spikes_per_neuron, 4),
    }


def draw(rows: list[dict[str, str]]) -> None:
    """Draw latency, interval and live state of every case."""
    import matplotlib.pyplot as plt
    import pandas

    with style.paper():
        figure, grid = plt.subplots(len(CHIPS), 2, figsize=(7.16, 6.6))
        for line, network in zip(grid, CHIPS, strict=True):
            for axes, residency in zip(line, ("resident", "time_multiplexed"), strict=True):
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
    options.add_argument("--measure", action="store_true")
    HERE.mkdir(exist_ok=True)
    if options.parse_args().measure:
        found = list(measure())
        with MEASURED.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, found[0])
            writer.writeheader()
            writer.writerows(found)
    with MEASURED.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    draw(rows)
    fill(HERE.parent / "schedules.md", rows)


if __name__ == "__main__":
    main()

"""Runs every neuron model on the same network and writes the tables and figures of docs/codings.md.

    python -m studies.codings --data DIR [NETWORK...]      all unless one is named; ten minutes on one core

DIR holds Fashion-MNIST, which only the network ``fashion`` is shown. The rows are kept in docs/codings/NETWORK.csv, the
figure beside them.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from neurosim import units
from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.datasets.locate import choose_folder
from neurosim.experiments.run import Run
from neurosim.experiments.simulate import Case, Experiment, perform, prepare
from neurosim.report.figures import pareto
from neurosim.schedule.layer_by_layer import LayerByLayer
from neurosim.simulation.functional.event_driven import EventDrivenRun
from neurosim.simulation.functional.golden_model import golden_layers
from neurosim.simulation.observe import plan_images
from neurosim.simulation.routing import routing_tables
from neurosim.stimuli.stimulus import Stimulus

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE, KEPT = DOCS / "codings.md", DOCS / "codings"
NETWORKS = ("digits", "fashion", "vgg16", "resnet20")
SHOWN = {"fashion": {"stimulus.kind": "fashion_mnist", "stimulus.images": 100}}
"""What a network is shown in place of its workload's photograph: images with labels, which are not shipped."""
SCOPES = ("compute", "memory", "noc")
DEVIATING = 20
"""How many images, at most, are searched for neurons that deviate; a share of so many neurons needs no more."""


def measure(name: str) -> Iterator[dict[str, Any]]:
    """Run a network's workload, draw its figure, and yield one row for each result."""
    experiment = prepare(DOCS.parent / "workloads" / f"codings_{name}.yaml", SHOWN.get(name, ()))
    start, processor = perf_counter(), process_time()
    run = perform(experiment)
    print(f"codings_{name}: {perf_counter() - start:.0f} s, {process_time() - processor:.0f} s of one processor")
    drawn = [path for path in run.draw(KEPT, ("pareto",)) if path.suffix != ".csv"]
    for path in drawn:
        path.replace(KEPT / f"{name}{path.suffix}")
    (KEPT / "pareto.csv").unlink()
    yield from rows(run, experiment)


def rows(run: Run, experiment: Experiment) -> Iterator[dict[str, Any]]:
    """Yield what is kept of each result: times in ticks and energies in pJ, both per image."""
    costs = {scope: run.price(*_tables(run), policy=replace(run.costs.policy, scope=scope)).costs for scope in SCOPES}
    best = pareto.data(run.record, run.costs)["best"]
    for place, (result, case) in enumerate(zip(run.record.results, experiment.cases, strict=True)):
        off, neurons = deviation(case, experiment.workload.chip, experiment.stimulus)
        yield {
            "coding": pareto.series(result),
            "steps": result.conversion.steps,
            "schedule": result.schedule,
            "images": run.record.stimulus.images,
            "correct": result.accuracy.correct if result.accuracy else "",
            "checked": result.lossless.checked if result.lossless else "",
            "mismatches": result.lossless.mismatches if result.lossless else "",
            "neurons": neurons,
            "neurons_off": off,
            "spikes_per_neuron": f"{result.activity.spikes_per_neuron:.4f}",
            "latency_ticks": result.latency.ticks,
            "interval_ticks": result.initiation_interval.ticks,
            **{f"{scope}_pj": f"{next(iter(costs[scope].results[place].values())).pj:.1f}" for scope in SCOPES},
            "unbeaten": int(best[place]),
        }


def deviation(case: Case, spec: ChipSpec, stimulus: Stimulus) -> tuple[int, int]:
    """Return how many spiking neurons decode to another code than the quantised network has, and of how many.

    The quantised network is the model's own: the same integers, and neurons that see their whole input at once.
    """
    network, off, neurons = case.network, 0, 0
    planned = plan_images(network, case.placement, LayerByLayer(), spec, 1)
    routing = routing_tables(network, case.placement, spec)
    for image in stimulus.images[:DEVIATING]:
        inference = EventDrivenRun(network, routing, spec, image)
        for phase in planned:
            inference.perform(phase)
        answers = golden_layers(network, image[None])
        for number in network.spiking:
            wanted = answers[number].codes
            assert wanted is not None
            off += int((decoded(network, inference, number) != wanted[0]).sum())
            neurons += wanted[0].size
    return off, neurons


def decoded(network: SpikingNetwork, inference: EventDrivenRun, number: int) -> Any:
    """Return the code of each neuron of a layer: its spikes, each as much as its step is worth."""
    steps = range(network.model.scans(network.layers[number].role))
    spikes = (inference.scans[number, step].spikes.astype("int64") for step in steps)
    return sum(network.model.spike_weight(step) * plane for step, plane in zip(steps, spikes, strict=True))


def table(kept: list[dict[str, str]]) -> Iterator[str]:
    """Yield the lines of one network's table."""
    judged = any(row["correct"] for row in kept)
    right = "right | " if judged else ""
    head = f"| coding | T | schedule | {right}neurons off | spikes per neuron | latency | interval | "
    yield f"{head}compute | + memory | + mesh |"
    yield "|---" * (11 if judged else 10) + "|"
    for row in kept:
        ticks = [units.format_scaled(int(row[f"{key}_ticks"]), "cycles", 3) for key in ("latency", "interval")]
        energies = [units.format_quantity(float(row[f"{scope}_pj"]), "pJ") for scope in SCOPES]
        right = f"{row['correct']} of {row['images']} | " if judged else ""
        coding = f"**{row['coding']}**" if row["unbeaten"] == "1" else row["coding"]
        off = 100 * int(row["neurons_off"]) / int(row["neurons"])
        share = "none" if off == 0 else f"{off:.2g} %"
        yield (
            f"| {coding} | {row['steps']} | {row['schedule'].replace('_', ' ')} | {right}{share} | "
            f"{float(row['spikes_per_neuron']):.3f} | {' | '.join((*ticks, *energies))} |"
        )


def filled(page: str, name: str, kept: list[dict[str, str]]) -> str:
    """Return the page with a network's table between its marks."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    head, rest = page.split(begin, 1)
    return "\n".join([head + begin, *table(kept), end + rest.split(end, 1)[1]])


def stored(name: str) -> list[dict[str, str]]:
    """Return the rows that are kept of a network."""
    with (KEPT / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Measure, keep, and fill the page."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("networks", nargs="*", choices=[[], *NETWORKS], metavar="NETWORK")
    options.add_argument("--data", type=Path, metavar="DIR", help="the folder with the data sets")
    asked = options.parse_args()
    choose_folder(asked.data)
    for name in asked.networks or NETWORKS:
        KEPT.mkdir(exist_ok=True)
        found = list(measure(name))
        with (KEPT / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, found[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(found)
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), name, stored(name)), encoding="utf-8")


def _tables(run: Run) -> list[str]:
    return list(run.costs.results[0])


if __name__ == "__main__":
    main()

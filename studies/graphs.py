"""Runs the graph networks, in both recipes, and writes the tables and figures of docs/graphs.md.

    python -m studies.graphs [GRAPH...] [--data FOLDER]      some minutes on one core

Cora and Citeseer are read from cora.npz and citeseer.npz in FOLDER. The rows are kept in docs/graphs/, and the page is
filled from them, so that a graph can be measured without the others.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neurosim import units
from neurosim.conversion.convert import convert
from neurosim.errors import ConversionError
from neurosim.experiments.simulate import perform, prepare
from neurosim.network.forward import forward
from neurosim.network.graph import Network
from neurosim.network.importers import npz
from neurosim.network.zoo import build
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.if_qcfs import IfQcfs
from neurosim.neurons.model import NeuronModel
from neurosim.neurons.one_spike import OneSpike
from neurosim.report.figures.layout import style
from neurosim.simulation.functional.batched import BatchedInference
from neurosim.stimuli.encode import encode
from neurosim.stimuli.stimulus import Stimulus

DOCS = Path(__file__).resolve().parents[1] / "docs"
ROOT, PAGE, KEPT = DOCS.parent, DOCS / "graphs.md", DOCS / "graphs"
SIZES = {"citations": (48, 240, 4), "cora": (1433, 2708, 7), "citeseer": (3703, 3327, 6)}
RECIPES = ("folded", "degree")
STEPS = (1, 2, 3, 4, 5, 6, 8)
COLOURS = {
    "one_spike, base 2": style.BLUE,
    "one_spike, base 3/2": style.SKY,
    "accumulate_fire": style.VERMILION,
    "if_qcfs": style.GREEN,
}
WIDTHS = (32, 24)  # bits of an accumulator
SCOPES = ("compute", "memory", "noc")


def weights_of(name: str, recipe: str) -> Path:
    """Return the weight file of a graph."""
    return ROOT / "workloads" / "weights" / f"gcn_{name}{'_degree' if recipe == 'degree' else ''}.npz"


def network_of(name: str, recipe: str, graph: Path) -> tuple[Network, Stimulus]:
    """Return the network of a recipe, and the graph's nodes as one image."""
    features, nodes, classes = SIZES[name]
    drawn = build("gcn", (features, nodes, 1), classes, graph=str(graph), recipe=recipe)
    shown = encode("graph", 1, (features, nodes, 1), file=str(graph))
    return npz.read(weights_of(name, recipe), drawn), shown


def models() -> Iterator[tuple[str, NeuronModel]]:
    """Yield the models whose accuracy is measured against their steps, with the names of their curves."""
    for steps in STEPS:
        yield "one_spike, base 2", OneSpike(steps)
        yield "one_spike, base 3/2", OneSpike(steps, base="3/2")
        yield "accumulate_fire", AccumulateFire(steps)
        yield "if_qcfs", IfQcfs(steps)


def right(answers: np.ndarray, shown: Stimulus) -> tuple[int, int]:
    """Return how many of the nodes that are asked have the right class, and how many are asked."""
    assert shown.labels is not None
    asked = shown.labels[0] >= 0
    return int((answers == shown.labels[0])[asked].sum()), int(asked.sum())


def accuracies(name: str, graph: Path) -> Iterator[dict[str, Any]]:
    """Yield the accuracy of the float network and of every model, recipe and accumulator."""
    for recipe in RECIPES:
        network, shown = network_of(name, recipe, graph)
        float_logits = forward(network, shown.images.transpose(0, 3, 1, 2).astype(np.float32))
        correct, asked = right(float_logits.reshape(-1, shown.images.shape[1]).argmax(0), shown)
        row = {"recipe": recipe, "asked": asked}
        yield row | {"model": "15 levels, float", "steps": "", "bits": "", "correct": correct, "first_exponent": ""}
        for bits in WIDTHS:
            for curve, model in models():
                try:
                    levels = model.levels or network.graph.levels
                    spiking = convert(network, model, input_unit=1.0, input_max=1, levels=levels, accumulator_bits=bits)
                except ConversionError:
                    continue  # the accumulator is too narrow
                *_, said = BatchedInference(spiking).outputs(shown.images)
                found = {"correct": right(said.codes[0, :, 0].argmax(-1), shown)[0]}
                first = {"first_exponent": spiking.layers[1].exponent}
                yield row | {"model": curve, "steps": model.steps, "bits": bits, **found, **first}


def chip_runs(name: str, graph: Path) -> Iterator[dict[str, Any]]:
    """Yield what the workload's runs on the chip gave, in both recipes."""
    path = ROOT / "workloads" / "gcn_generated.yaml" if name == "citations" else KEPT / f"{name}.yaml"
    for recipe in RECIPES:
        choice = {"network.options.recipe": recipe, "network.weights": str(weights_of(name, recipe))}
        choice |= {"network.options.graph": str(graph), "stimulus.file": str(graph)}
        run = perform(prepare(path, choice))
        tables = list(run.costs.results[0])
        costs = {scope: run.price(*tables, policy=replace(run.costs.policy, scope=scope)).costs for scope in SCOPES}
        for place, result in enumerate(run.record.results):
            counts = result.counts_total
            assert result.accuracy is not None
            yield {
                "recipe": recipe,
                "model": result.conversion.kind,
                "steps": result.conversion.steps,
                "schedule": result.schedule,
                "cores": result.cores.used,
                "asked": result.accuracy.images,
                "correct": result.accuracy.correct,
                "checked": result.lossless.checked if result.lossless else "",
                "mismatches": result.lossless.mismatches if result.lossless else "",
                "spikes_per_neuron": f"{result.activity.spikes_per_neuron:.4f}",
                "adds": sum(n for op, n in counts.items() if op.startswith("add_")),
                "multiplies": sum(n for op, n in counts.items() if op.startswith("multiply_")),
                "packets": result.noc.packets,
                "latency_ticks": result.latency.ticks,
                **{f"{scope}_pj": f"{next(iter(costs[scope].results[place].values())).pj:.1f}" for scope in SCOPES},
            }


def accuracy_table(rows: list[dict[str, str]]) -> Iterator[str]:
    """Yield one line for each recipe and curve, accuracies in per cent by T, at the wide accumulator."""
    yield f"| recipe | model | {' | '.join(f'T = {steps}' for steps in STEPS)} |"
    yield "|---" * (2 + len(STEPS)) + "|"
    for recipe in RECIPES:
        whole = next(row for row in rows if row["recipe"] == recipe and not row["steps"])
        yield f"| {recipe} | float, 15 levels | {share(whole)} |" + " |" * (len(STEPS) - 1)
        for curve in COLOURS:
            found = {
                int(row["steps"]): share(row)
                for row in rows
                if (row["recipe"], row["model"], row["bits"]) == (recipe, curve, str(WIDTHS[0]))
            }
            yield f"| {recipe} | {curve} | {' | '.join(found.get(steps, 'too wide') for steps in STEPS)} |"


def chip_table(rows: list[dict[str, str]]) -> Iterator[str]:
    """Yield one line for each run."""
    yield (
        "| recipe | model | T | right | mismatches | spikes per neuron | additions | products | packets | latency | "
        "compute | + memory | + mesh |"
    )
    yield "|---" * 13 + "|"
    for row in rows:
        proof = f"{row['mismatches']} in {int(row['checked']):,}" if row["checked"] else "no claim"
        numbers = [units.format_scaled(int(row[key]), "", 3).strip() for key in ("adds", "multiplies", "packets")]
        latency = units.format_scaled(int(row["latency_ticks"]), "cycles", 3)
        energies = [units.format_quantity(float(row[f"{scope}_pj"]), "pJ") for scope in SCOPES]
        yield (
            f"| {row['recipe']} | {row['model']} | {row['steps']} | {share(row)} | {proof} | "
            f"{float(row['spikes_per_neuron']):.3f} | {' | '.join((*numbers, latency, *energies))} |"
        )


def share(row: dict[str, str]) -> str:
    """Return a share of right answers."""
    return f"{percent(row):.1f} %"


def draw(name: str, rows: list[dict[str, str]]) -> None:
    """Draw accuracy against T, a panel for each recipe: wide accumulators solid, narrow ones dotted, float in grey."""
    with style.paper():
        figure = style.sheet(style.TWO_COLUMNS, 2.3)
        panels = [style.panel(figure, left, 0.36, 2.6, 1.7) for left in (0.45, 3.25)]
        for axes, recipe in zip(panels, RECIPES, strict=True):
            own = [row for row in rows if row["recipe"] == recipe]
            axes.axhline(percent(own[0]), color=style.SOFT, linewidth=0.7, zorder=0)
            for curve, colour in COLOURS.items():
                for bits, line in zip(WIDTHS, ("-", ":"), strict=True):
                    points = [row for row in own if (row["model"], row["bits"]) == (curve, str(bits))]
                    x, y = [int(row["steps"]) for row in points], [percent(row) for row in points]
                    label = curve if bits == WIDTHS[0] else None
                    axes.plot(x, y, line, color=colour, marker="o", markersize=2.5, label=label)
            axes.set(title=f"recipe {recipe}", xlabel="steps T", xticks=STEPS, ylim=(0, 100))
        panels[0].set_ylabel("right among test nodes (%)")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="center right")
        figure.savefig(KEPT / f"{name}.png", dpi=style.DOTS_PER_INCH, metadata={"Software": None})


def percent(row: dict[str, str]) -> float:
    """Return the share of right answers in per cent."""
    return 100 * int(row["correct"]) / int(row["asked"])


def filled(page: str, mark: str, lines: Iterator[str]) -> str:
    """Return the page with the lines between a pair of marks."""
    begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    head, rest = page.split(begin, 1)
    return "\n".join([head + begin, *lines, end + rest.split(end, 1)[1]])


def keep(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def stored(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def fill(page: str, name: str) -> str:
    """Return the page with both tables of a graph, from what is kept."""
    page = filled(page, f"{name} accuracy", accuracy_table(stored(KEPT / f"{name}_accuracy.csv")))
    return filled(page, f"{name} chip", chip_table(stored(KEPT / f"{name}_chip.csv")))


def main() -> None:
    """Measure, keep, draw, and fill the page."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("graphs", nargs="*", choices=[[], *SIZES], metavar="GRAPH")
    options.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", metavar="FOLDER")
    chosen = options.parse_args()
    for name in chosen.graphs or SIZES:
        graph = ROOT / "workloads" / "data" / "citations.npz" if name == "citations" else chosen.data / f"{name}.npz"
        keep(KEPT / f"{name}_accuracy.csv", list(accuracies(name, graph)))
        keep(KEPT / f"{name}_chip.csv", list(chip_runs(name, graph)))
        draw(name, stored(KEPT / f"{name}_accuracy.csv"))
        PAGE.write_text(fill(PAGE.read_text(encoding="utf-8"), name), encoding="utf-8")


if __name__ == "__main__":
    main()

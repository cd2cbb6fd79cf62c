"""Turns a third-party ReLU network into spikes without training, and writes the tables and figures of third_party.md.

    python -m studies.third_party.measure                              draw what is stored, fill the page
    python -m studies.third_party.measure --measure FOLDER [GROUP...]  measure again: about ten minutes on one core

FOLDER holds ``resnet20_cifar10_relu.npz`` (the ResNet-20 of akamaster/pytorch_resnet_cifar10, its state dict as plain
arrays) and CIFAR-10. What was measured is kept in docs/third_party.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from neurosim.conversion.convert import convert
from neurosim.conversion.precision.clip_calibration import By, calibrate_clips
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.datasets.dataset import dataset
from neurosim.errors import ConversionError
from neurosim.evaluation.counters import evaluate_codes
from neurosim.network.forward import forward
from neurosim.network.graph import Network
from neurosim.network.importers import weights
from neurosim.network.zoo import build
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.group import Group
from neurosim.neurons.if_hard import IfHard
from neurosim.neurons.if_qcfs import IfQcfs
from neurosim.neurons.if_soft import IfSoft
from neurosim.neurons.model import NeuronModel
from neurosim.neurons.one_spike import OneSpike
from neurosim.simulation.functional import golden_model
from neurosim.simulation.functional.batched import BatchedInference
from neurosim.stimuli.calibration_set import calibration_set
from neurosim.stimuli.stimulus import Stimulus, normalised
from studies.third_party import figures as third_party_figures

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE, KEPT = DOCS / "third_party.md", DOCS / "third_party"
IMAGES, CALIBRATION, DEVIATING = 200, 256, 10
"""Test images, the first rows; training images that clip values are measured on; images searched for wrong neurons."""
WEIGHT_BITS, ACCUMULATOR_BITS = 8, 63
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
ZERO_POINT = [round(255 * mean) for mean in MEAN]
MOST_GUARD_BITS = 12  # our choice: more widen the accumulator and change next to nothing
Case = tuple[NeuronModel, By, float]


def one_spike(steps: int, base: str, wait: int | None = None, shift: bool = True) -> OneSpike:
    """Return the model with all the guard bits it needs, or with as many as we give it."""
    model = OneSpike(steps, base, wait, threshold_shift=shift)
    assert model.guard_bits is not None
    return OneSpike(steps, base, wait, min(model.guard_bits, MOST_GUARD_BITS), shift)


CLIPS: tuple[tuple[float, By], ...] = (
    (100.0, "channel"), (99.9, "channel"), (100.0, "layer"), (99.9, "layer"), (99.0, "layer"),
)  # fmt: skip
BASES = {"2": (2, 4, 6, 8), "3/2": (4, 8, 12, 16), "5/4": (8, 12, 16)}
COMPARED = {"2": (4, 8), "3/2": (8, 12), "5/4": (8, 16)}  # without threshold shift; the last with other clips
WAITS = {"2": (8, (0, 2, 4)), "3/2": (8, (2, 4, 6)), "5/4": (12, (3, 6, 9))}


def cases(group: str) -> Iterator[Case]:
    """Yield what is measured in one group: a model, and how its clip values are found."""
    if group == "codes":
        for percentile, by in CLIPS:
            yield from ((AccumulateFire(steps), by, percentile) for steps in range(2, 9))
        yield from ((Group(1, tau), "channel", 100.0) for tau in (3, 7, 15, 31))
        yield from ((Group(steps, tau), "channel", 100.0) for tau in (4, 8) for steps in (2, 4, 8))
    elif group == "one_spike":
        for base, steps in BASES.items():
            yield from ((one_spike(own, base), "channel", 100.0) for own in steps)
            yield from ((one_spike(own, base, shift=False), "channel", 100.0) for own in COMPARED[base])
            yield one_spike(COMPARED[base][-1], base), "channel", 99.9
            yield one_spike(COMPARED[base][-1], base), "layer", 100.0
    elif group == "waits":
        for base, (own, waits) in WAITS.items():
            yield from ((one_spike(own, base, wait), "channel", 100.0) for wait in waits)
    else:
        for percentile, steps in ((99.9, (4, 8, 16, 32)), (100.0, (16,)), (99.0, (16,))):
            yield from ((IfSoft(own), "layer", percentile) for own in steps)
            yield from ((IfQcfs(own), "layer", percentile) for own in steps)
        yield from ((IfHard(own), "layer", 99.9) for own in (16,))


GROUPS = ("codes", "one_spike", "waits", "rates")


@dataclass(eq=False)
class Bench:
    """The float network, the test images and those to calibrate on."""

    network: Network
    shown: Stimulus
    seen: Stimulus
    measured: dict[tuple[By, float], Network] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: str) -> Bench:
        """Read everything from one folder."""
        options = {"activation": "relu", "eps": 1e-5}
        graph = build("resnet20", (3, 32, 32), 10, **options)
        network = weights.read(Path(folder) / "resnet20_cifar10_relu.npz", graph, options)
        found = dataset("cifar10", {"data": folder}).read("test", lambda available: np.arange(IMAGES))
        host = {"zero_point": ZERO_POINT, "deviation": list(DEVIATION)}
        shown = Stimulus(found.images, found.labels, found.unit, found.max_code, found.description)
        seen = calibration_set("cifar10", CALIBRATION, (3, 32, 32), 1, {"data": folder}, host)
        return cls(network, normalised(shown, **host), seen)

    def clipped(self, by: By, percentile: float) -> Network:
        """Return the network with measured clip values, each kind measured once; its levels are still to be chosen."""
        if (by, percentile) not in self.measured:
            found = calibrate_clips(self.network, self.seen.images, self.seen.unit, by=by, percentile=percentile)
            self.measured[by, percentile] = found
        return self.measured[by, percentile]

    def measure(self, case: Case) -> dict[str, Any] | None:
        """Return what is kept of one case, None where the weights do not fit."""
        model, by, percentile = case
        levels = model.levels or model.steps
        clipped = self.clipped(by, percentile)
        widths = {"weight_bits": WEIGHT_BITS, "accumulator_bits": ACCUMULATOR_BITS}
        try:
            network = convert(
                clipped, model, input_unit=self.shown.unit, input_max=self.shown.max_code, levels=levels, **widths
            )
        except ConversionError as error:
            print(f"{model} is left out: {error}")
            return None
        start = process_time()
        off, neurons = deviation(network, self.shown.images[:DEVIATING])
        found = (quantised if isinstance(model, OneSpike) and off == 0 else spoken)(network, self.shown)
        print(f"{model}, {by} {percentile:g}: {found['correct']}, {process_time() - start:.0f} s", flush=True)
        return {
            "model": series(model),
            "steps": model.steps,
            "wait": model.wait if isinstance(model, OneSpike) else "",
            "by": by,
            "percentile": f"{percentile:g}",
            **found,
            "neurons": neurons,
            "neurons_off": off,
            "accumulator_bits": max(layer.accumulator_bits for layer in network.layers[1:]),
        }


def series(model: NeuronModel) -> str:
    """Return a model's name with those of its options that make a line of the figure."""
    if isinstance(model, OneSpike):
        return f"one_spike {Fraction(model.base)}" + ("" if model.threshold_shift else " unshifted")
    return f"group {model.tau}" if isinstance(model, Group) else model.kind


def spoken(network: SpikingNetwork, shown: Stimulus) -> dict[str, Any]:
    """Return what a network's spikes give, step by step."""
    assert shown.labels is not None
    found = evaluate_codes(network, shown.images, shown.labels)
    return {
        "images": found.images,
        "correct": found.correct,
        "spikes_per_neuron": f"{found.spikes_per_neuron:.4f}",
        "additions": round(found.additions_per_image),
    }


def quantised(network: SpikingNetwork, shown: Stimulus) -> dict[str, Any]:
    """Return the same of the quantised network of single spikes: each code above 0 is one spike.

    For a network from which no spike deviates; it takes one product for each layer in place of T.
    """
    correct, maps = 0, [np.zeros(layer.map_shape, np.int64) for layer in network.layers]
    assert shown.labels is not None
    for start in range(0, len(shown.images), 20):
        part = slice(start, start + 20)
        answers = golden_model.golden_layers(network, shown.images[part])
        logits = answers[-1].accumulated
        assert logits is not None
        correct += int((logits.reshape(len(logits), -1).argmax(axis=1) == shown.labels[part]).sum())
        for number in network.spiking:
            maps[number] += np.count_nonzero(answers[number].codes, axis=0)
    driven = [synapses for layer in network.layers for synapses in layer.sources if synapses.source > 0]
    images = len(shown.images)
    return {
        "images": images,
        "correct": correct,
        "spikes_per_neuron": f"{sum(int(own.sum()) for own in maps) / (images * network.neurons):.4f}",
        "additions": round(sum(synapses.events(maps[synapses.source]) for synapses in driven) / images),
    }


def deviation(network: SpikingNetwork, images: Any) -> tuple[int, int]:
    """Return how many neurons decode to another code than in the model's own quantised network, and of how many."""
    answers, off, neurons = golden_model.golden_layers(network, images), 0, 0
    for output in BatchedInference(network).by_steps(images):
        wanted = answers[output.layer].codes
        if wanted is not None:
            off += int((output.codes != wanted).sum())
            neurons += wanted.size
    return off, neurons


def measure_float(folder: str) -> Iterator[dict[str, Any]]:
    """Yield correct answers of the float network on the first test images, means exact and in whole steps."""
    graph = build("resnet20", (3, 32, 32), 10, activation="relu")
    network = weights.read(Path(folder) / "resnet20_cifar10_relu.npz", graph)
    test = dataset("cifar10", {"data": folder}).read("test")
    right = np.zeros((2, len(test.labels)), bool)
    for start in range(0, len(test.labels), 100):
        part = slice(start, start + 100)
        for row, mean in zip(right, (np.array(MEAN) * 255, np.array(ZERO_POINT)), strict=True):
            x = (test.images[part] - mean.astype(np.float32)) / (255 * np.array(DEVIATION, np.float32))
            answers = forward(network, x.astype(np.float32).transpose(0, 3, 1, 2)).argmax(axis=1)
            row[part] = answers == test.labels[part]
    for images in (100, IMAGES, 1000, 2000, len(test.labels)):
        exact, whole = right[:, :images].sum(axis=1).tolist()
        yield {"images": images, "correct": exact, "correct_in_whole_steps": whole}


def stored(name: str) -> list[dict[str, str]]:
    """Return the rows that are kept of a group."""
    with (KEPT / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def keep(name: str, rows: list[dict[str, Any]]) -> None:
    """Store the rows of a group."""
    KEPT.mkdir(exist_ok=True)
    with (KEPT / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def table(name: str) -> Iterator[str]:
    """Yield the lines of one group's table."""
    if name == "float":
        yield "| first images of the test set | right | with means in whole steps |"
        yield "|---" * 3 + "|"
        for row in stored(name):
            yield f"| {int(row['images']):,} | {row['correct']} | {row['correct_in_whole_steps']} |"
        return
    waits = name in ("one_spike", "waits")
    wait = " W |" if waits else ""
    yield f"| model | T |{wait} clip values | right | neurons off | spikes per neuron | additions | bits |"
    yield "|---" * (9 if waits else 8) + "|"
    for row in stored(name):
        off = 100 * int(row["neurons_off"]) / int(row["neurons"])
        clip = f"{'max' if row['percentile'] == '100' else row['percentile'] + ' %'}, {row['by']}"
        yield (
            f"| {row['model']} | {row['steps']} |{' ' + row['wait'] + ' |' if waits else ''} {clip} | "
            f"{100 * int(row['correct']) / int(row['images']):.1f} % | {'none' if off == 0 else f'{off:.2g} %'} | "
            f"{float(row['spikes_per_neuron']):.3f} | {int(row['additions']) / 1e6:.1f} M | {row['accumulator_bits']} |"
        )


def filled(page: str) -> str:
    """Return the page with every table between its marks."""
    for name in ("float", *GROUPS):
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        head, rest = page.split(begin, 1)
        page = "\n".join([head + begin, *table(name), end + rest.split(end, 1)[1]])
    return page


def main() -> None:
    """Measure, if asked to; draw, and fill the page."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--measure", metavar="FOLDER", help="measure again, on the data in this folder")
    options.add_argument("groups", nargs="*", choices=[[], "float", *GROUPS], metavar="GROUP")
    asked = options.parse_args()
    if asked.measure:
        bench = Bench.of(asked.measure)
        for group in asked.groups or ("float", *GROUPS):
            found = measure_float(asked.measure) if group == "float" else map(bench.measure, cases(group))
            keep(group, [row for row in found if row is not None])
    rows = {group: stored(group) for group in ("float", *GROUPS)}
    third_party_figures.draw(rows, IMAGES, KEPT)
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

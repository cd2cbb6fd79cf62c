"""One training run, from a recipe to a weight file and its card: the path of the data, each step somebody else's work.

What the exported integers do is what is measured: the accuracy on a card is that of the integer network, on images that
it was not trained on.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim import provenance
from neurosim.conversion.compact import compact
from neurosim.conversion.convert import assemble, convert
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.data.dataset import Examples, dataset
from neurosim.errors import DocumentError
from neurosim.files.recipe import read_recipe
from neurosim.network.graph import Graph, Network
from neurosim.network.importers import npz
from neurosim.network.zoo import build
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.run import Watch, unwatched
from neurosim.simulation.evaluation import Evaluation, evaluate
from neurosim.training.recipe import Recipe

if TYPE_CHECKING:
    from neurosim.training.trainer import Epoch

WATCHED_IMAGES = 2_000  # of those held back, shown after every epoch; at the end all of them


@dataclass(frozen=True, eq=False)
class Lesson:
    """A recipe with everything it needs in hand; nothing has been learnt."""

    recipe: Recipe
    graph: Graph
    train: Examples
    test: Examples
    start: Network | None
    fingerprint: str

    @property
    def folder(self) -> Path:
        """Where it is learnt unless somebody says otherwise."""
        return Path("trained") / f"{self.recipe.name}-{self.fingerprint}"


@dataclass(frozen=True, eq=False)
class Trained:
    """A network that has been trained: the integers that were exported, and what they do.

    ``float_correct`` images were right in real numbers, before anything was rounded that training did not round.
    """

    lesson: Lesson
    weights: Path
    spiking: SpikingNetwork
    float_correct: int
    evaluation: Evaluation
    log: tuple[Epoch, ...]
    threads: int

    def card(self) -> dict[str, Any]:
        """Return what is to be known of the weights, plain values only."""
        lesson, found = self.lesson, self.evaluation
        layers = [self.spiking.layers[number] for number in self.spiking.spiking]
        per_layer = found.spikes[list(self.spiking.spiking)].sum(axis=1) / found.images
        return {
            "schema": "neurosim/card/1",
            "name": lesson.recipe.name,
            "fingerprint": lesson.fingerprint,
            "network": {
                "name": lesson.graph.name,
                "input": list(lesson.graph.input.shape),
                "neurons": self.spiking.neurons,
                "weights": self.spiking.weights,
                "macs": self.spiking.macs,
            },
            "data": {
                "train": lesson.train.description,
                "train_images": len(lesson.train.labels),
                "test": lesson.test.description,
                "test_images": len(lesson.test.labels),
            },
            "accuracy": {
                "images": found.images,
                "float_correct": self.float_correct,
                "integer_correct": found.correct,
            },
            "activity": {
                "steps": self.spiking.steps,
                "spikes_per_neuron": found.spikes_per_neuron,
                "additions_per_image": found.additions_per_image,
                "by_layer": [
                    {"layer": layer.name, "spikes_per_neuron": float(spikes / layer.neurons)}
                    for layer, spikes in zip(layers, per_layer, strict=True)
                ],
            },
            "integers": {
                "weight_bits": self.spiking.weight_bits,
                "exponents": sorted({layer.exponent for layer in self.spiking.layers[1:]}),
                "accumulator_bits": max(layer.accumulator_bits for layer in self.spiking.layers[1:]),
            },
            "recipe": provenance.plain(lesson.recipe) | {"start": Path(lesson.recipe.start or "").name or None},
            "epochs": [dataclasses.asdict(epoch) for epoch in self.log],
            "seconds": sum(epoch.seconds for epoch in self.log),
            "torch": importlib.metadata.version("torch").partition("+")[0],
            "threads": self.threads,
            "host": provenance.host(),
        }


def prepare(path: str | Path, overrides: Any = ()) -> Lesson:
    """Read a recipe, its data and what it starts from; DocumentError with everything wrong."""
    if importlib.util.find_spec("torch") is None:
        raise DocumentError("training needs PyTorch, which is not installed: pip install 'neurosim-chip[train]'")
    recipe = read_recipe(path, overrides)
    wanted, options = recipe.network, recipe.network.options
    channels, rows, columns = wanted.input
    graph = build(wanted.zoo, (channels, rows, columns), wanted.classes, levels=recipe.levels, **options)
    start = None if recipe.start is None else npz.read(recipe.start, graph)
    source = dataset(recipe.data.kind, recipe.data.options)
    train, test = source.read("train"), source.read("test")
    for part in (train, test):
        _check_fit(part, recipe)
    return Lesson(recipe, graph, train, test, start, _fingerprint(recipe, train))


def perform(
    lesson: Lesson,
    folder: Path,
    watch: Watch = unwatched,
    told: Callable[[Epoch], None] = lambda epoch: None,
    threads: int | None = None,
) -> Trained:
    """Learn, from the checkpoint in ``folder`` if there is one, and measure the integers on all images held back.

    ``watch`` is called with each epoch's name and number of batches, and returns what is called after each; ``told`` is
    called with each epoch that is done. The GPU is used if there is one.
    """
    import torch

    from neurosim.training.trainer import Trainer

    if threads is not None:
        torch.set_num_threads(threads)
    folder.mkdir(parents=True, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    rows = np.random.default_rng(lesson.recipe.seed).permutation(len(lesson.test.labels))[:WATCHED_IMAGES]
    shown = dataclasses.replace(lesson.test, images=lesson.test.images[rows], labels=lesson.test.labels[rows])
    trainer = Trainer(
        lesson.recipe, lesson.graph, lesson.train, shown, folder, lesson.start, device, lesson.fingerprint
    )
    for epoch in trainer.epochs(watch):
        told(epoch)
    weights = _export(lesson, trainer.network(), folder)
    spiking = convert(npz.read(weights), AccumulateFire(lesson.recipe.steps), **_widths(lesson))
    advance = watch("integers", len(lesson.test.labels))
    found = evaluate(
        spiking,
        lesson.test.images,
        lesson.test.labels,
        advance=lambda images: [advance() for _ in range(images)],
    )
    correct = trainer.correct(lesson.test)
    return Trained(lesson, weights, spiking, correct, found, tuple(trainer.log), torch.get_num_threads())


def _export(lesson: Lesson, network: Network, folder: Path) -> Path:
    """Write the weights, as real numbers to go on from and as the integers that run; return the latter's file."""
    recipe = lesson.recipe
    described = {
        "network": lesson.graph.name,
        "input": lesson.graph.input.shape,
        "classes": recipe.network.classes,
        "options": recipe.network.options,
        "levels": lesson.graph.levels,
        "origin": "trained",
        "note": f"trained by 'neurosim train' on: {lesson.train.description}; recipe and accuracy are on its card",
    }
    real = {name: np.asarray(array, np.float32) for name, array in network.parameters.items()}
    npz.write(folder / f"{recipe.name}_float.npz", real, folded=False, **described)
    weights = folder / f"{recipe.name}.npz"
    npz.write(
        weights, compact(assemble(network, AccumulateFire(recipe.steps), **_widths(lesson))), folded=True, **described
    )
    return weights


def _widths(lesson: Lesson) -> dict[str, Any]:
    """Return what the converter must know of a recipe and its data."""
    unit, top = lesson.train.unit, lesson.train.max_code
    return {"weight_bits": lesson.recipe.weight_bits, "input_unit": unit, "input_max": top}


def _check_fit(part: Examples, recipe: Recipe) -> None:
    """Refuse data that are not of the network's shape or classes."""
    channels, rows, columns = recipe.network.input
    if (found := part.images.shape[1:]) != (rows, columns, channels):
        has = " x ".join(map(str, (found[2], *found[:2])))
        raise DocumentError(f"{part.description}: images of {has}, the network takes {channels} x {rows} x {columns}")
    if len(part.classes) != recipe.network.classes:
        raise DocumentError(
            f"{part.description}: {len(part.classes)} classes, the network has {recipe.network.classes}"
        )
    if len(part.labels) == 0:
        raise DocumentError(f"{part.description}: no images")


def _fingerprint(recipe: Recipe, train: Examples) -> str:
    """Return eight hexadecimal digits that decide a run: the recipe without names, its start and its data."""
    content = provenance.plain(recipe) | {"name": "", "data": ""}
    if recipe.start is not None:
        content["start"] = provenance.hash_file(Path(recipe.start))
    digest = hashlib.sha256(provenance.canonical(content).encode())
    digest.update(train.images.tobytes())
    digest.update(train.labels.tobytes())
    return digest.hexdigest()[:8]

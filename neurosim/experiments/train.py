"""One training run, from a recipe to a weight file and its card: the path of the data, each step somebody else's work.

What the exported integers do is what is measured: the accuracy on a card is that of the integer network, on images that
it was not trained on.
"""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.conversion.convert import convert, lower
from neurosim.conversion.export import export
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.datasets.dataset import dataset
from neurosim.errors import DocumentError
from neurosim.evaluation.counters import evaluate_codes
from neurosim.experiments.run import Watch, unwatched
from neurosim.files.chip import read_chip
from neurosim.files.recipe import read_recipe
from neurosim.files.runs.training_folder import claimed, make_writable, write_card, write_log
from neurosim.network.graph import Network
from neurosim.network.importers import npz
from neurosim.network.zoo import build
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.plugins import install_hint
from neurosim.simulation.functional.golden_model import golden_layers as quantised
from neurosim.simulation.functional.lossless_check import LosslessCheck
from neurosim.simulation.functional.path_agreement import event_driven
from neurosim.training.job import TrainingJob
from neurosim.training.model_card import EventDrivenCheck, TrainedModel

if TYPE_CHECKING:
    from neurosim.training.trainer import Epoch

WATCHED_IMAGES = 2_000  # of those held back, shown after every epoch; at the end all of them
PROVEN_IMAGES = 2  # of those held back, shown event by event at the end (our choice)
CHIP = "loihi_like"  # whose datapath the events take; no chip changes a spike


def prepare(path: str | Path, overrides: Any = ()) -> TrainingJob:
    """Read a recipe, its data and what it starts from; DocumentError with everything wrong."""
    recipe = read_recipe(path, overrides)
    if importlib.util.find_spec("torch") is None:
        raise DocumentError(f"training needs PyTorch, which is not installed: {install_hint('train')}")
    wanted = recipe.network
    graph = build(wanted.zoo, wanted.input, wanted.classes, levels=recipe.levels, **wanted.options)
    start = None if recipe.start is None else npz.read(recipe.start, graph)
    source = dataset(recipe.data.kind, recipe.data.options)
    return TrainingJob(recipe, graph, source.read("train"), source.read("test"), start)


def perform(
    lesson: TrainingJob,
    folder: Path,
    watch: Watch = unwatched,
    told: Callable[[Epoch], None] = lambda epoch: None,
    threads: int | None = None,
) -> TrainedModel:
    """Learn, from the checkpoint in ``folder`` if there is one, and measure the integers on all images held back.

    ``watch`` is called with each epoch's name and number of batches, and returns what is called after each; ``told`` is
    called with each epoch that is done. The GPU is used if there is one. Weights, card and log are written to
    ``folder``, which no other process may train into meanwhile (DocumentError).
    """
    make_writable(folder)
    with claimed(folder):
        return _perform(lesson, folder, watch, told, threads)


def _perform(
    lesson: TrainingJob, folder: Path, watch: Watch, told: Callable[[Epoch], None], threads: int | None
) -> TrainedModel:
    import torch

    from neurosim.training.trainer import Trainer

    if threads is not None:
        torch.set_num_threads(threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    rows = np.random.default_rng(lesson.recipe.seed).permutation(len(lesson.test.labels))[:WATCHED_IMAGES]
    shown = dataclasses.replace(lesson.test, images=lesson.test.images[rows], labels=lesson.test.labels[rows])
    trainer = Trainer(
        lesson.recipe, lesson.graph, lesson.train, shown, folder, lesson.start, device, lesson.fingerprint
    )
    for epoch in trainer.epochs(watch):
        write_log(folder, trainer.log)
        told(epoch)
    write_log(folder, trainer.log)
    weights = _export(lesson, trainer.network(), folder)
    spiking = convert(npz.read(weights), AccumulateFire(lesson.recipe.steps), **lesson.widths)
    advance = watch("integers", len(lesson.test.labels))

    def advance_by(images: int) -> None:
        for _ in range(images):
            advance()

    trained = TrainedModel(
        lesson=lesson,
        weights=weights,
        spiking=spiking,
        float_correct=trainer.correct(lesson.test),
        evaluation=evaluate_codes(spiking, lesson.test.images, lesson.test.labels, advance=advance_by),
        proven=_prove(spiking, lesson, watch),
        log=tuple(trainer.log),
        threads=torch.get_num_threads(),
        device=torch.cuda.get_device_name() if device == "cuda" else "",
    )
    write_card(folder, trained.card)
    return trained


def _export(lesson: TrainingJob, network: Network, folder: Path) -> Path:
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
    integers = export(lower(network, AccumulateFire(recipe.steps), **lesson.widths))
    npz.write(folder / f"{recipe.name}_float.npz", network.parameters, folded=False, **described)
    npz.write(weights := folder / f"{recipe.name}.npz", integers, folded=True, **described)
    return weights


def _prove(network: SpikingNetwork, lesson: TrainingJob, watch: Watch) -> EventDrivenCheck:
    """Show the first images held back event by event; compare every spike and logit with the quantised network."""
    proof, spec = LosslessCheck(network), read_chip(CHIP)
    images = lesson.test.images[:PROVEN_IMAGES]
    advance = watch("event by event", len(images))
    for image in images:
        proof.compare(event_driven(network, spec, image), quantised(network, image[None]))
        advance()
    found = proof.verdict()
    assert found is not None  # accumulate_fire claims every layer
    return EventDrivenCheck(len(images), found)

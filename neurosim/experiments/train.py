"""A recipe becomes a trained network: a weight file and its model card.

The exported integers are what is measured: the accuracy on a card is that of the integer network on held-out images.
"""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.conversion.convert import convert, lower
from neurosim.conversion.export import export
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.datasets.dataset import dataset
from neurosim.errors import DocumentError
from neurosim.evaluation.counters import evaluate_codes
from neurosim.experiments.run import Watch, unwatched
from neurosim.files.chip import read_chip
from neurosim.files.documents.override import Overrides
from neurosim.files.recipe import read_recipe
from neurosim.files.runs.training_folder import claimed, make_writable, write_card, write_log
from neurosim.network.graph import Network
from neurosim.network.importers import npz
from neurosim.network.zoo import build
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.plugins import install_hint
from neurosim.simulation.functional.golden_model import golden_layers
from neurosim.simulation.functional.lossless_check import LosslessCheck
from neurosim.simulation.functional.path_agreement import event_driven
from neurosim.training.job import TrainingJob
from neurosim.training.model_card import EventDrivenCheck, TrainedModel

if TYPE_CHECKING:
    from neurosim.training.trainer import Epoch

VALIDATION_IMAGES = 2_000  # held-out images that are evaluated after every epoch; after the last, all are (our choice)
EVENT_DRIVEN_IMAGES = 2  # held-out images that are also computed event by event at the end (our choice)
CHIP = "loihi_like"  # whose datapath the events take; no chip changes a spike


def prepare(path: str | Path, overrides: Overrides = ()) -> TrainingJob:
    """Read a recipe, its data set and the weights it starts from; DocumentError with every problem."""
    recipe = read_recipe(path, overrides)
    if importlib.util.find_spec("torch") is None:
        raise DocumentError(f"training needs PyTorch, which is not installed: {install_hint('train')}")
    architecture = recipe.network
    graph = build(
        architecture.zoo, architecture.input, architecture.classes, levels=recipe.levels, **architecture.options
    )
    start = None if recipe.start is None else npz.read(recipe.start, graph)
    source = dataset(recipe.data.kind, recipe.data.options)
    return TrainingJob(recipe, graph, source.read("train"), source.read("test"), start)


def perform(
    job: TrainingJob,
    folder: Path,
    watch: Watch = unwatched,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    threads: int | None = None,
) -> TrainedModel:
    """Train, from the checkpoint in ``folder`` if there is one, and evaluate the integers on all held-out images.

    Parameters
    ----------
    job : TrainingJob
        What :func:`prepare` returned.
    folder : Path
        Where weights, card, log and checkpoint are written.
    watch : callable, optional
        Called with each epoch's name and number of batches; what it returns is called after each of them.
    on_epoch : callable, optional
        Called with each finished epoch.
    threads : int, optional
        CPU threads of PyTorch. A GPU is used if there is one.

    Returns
    -------
    TrainedModel
        The exported network and what it does.

    Raises
    ------
    DocumentError
        Where another process trains into ``folder``, or it holds anything but a training run.
    """
    make_writable(folder)
    with claimed(folder):
        return _perform(job, folder, watch, on_epoch, threads)


def _perform(
    job: TrainingJob, folder: Path, watch: Watch, on_epoch: Callable[[Epoch], None], threads: int | None
) -> TrainedModel:
    import torch

    from neurosim.training.trainer import Trainer

    if threads is not None:
        torch.set_num_threads(threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    rows = np.random.default_rng(job.recipe.seed).permutation(len(job.test.labels))[:VALIDATION_IMAGES]
    validation = dataclasses.replace(job.test, images=job.test.images[rows], labels=job.test.labels[rows])
    trainer = Trainer(job.recipe, job.graph, job.train, validation, folder, job.start, device, job.fingerprint)
    for epoch in trainer.epochs(watch):
        write_log(folder, trainer.log)
        on_epoch(epoch)
    write_log(folder, trainer.log)
    weights = _export(job, trainer.network(), folder)
    spiking = convert(npz.read(weights), AccumulateFire(job.recipe.steps), **job.widths)
    advance = watch("integers", len(job.test.labels))

    def advance_by(images: int) -> None:
        for _ in range(images):
            advance()

    trained = TrainedModel(
        job=job,
        weights=weights,
        spiking=spiking,
        float_correct=trainer.correct(job.test),
        evaluation=evaluate_codes(spiking, job.test.images, job.test.labels, advance=advance_by),
        event_driven=_event_driven_check(spiking, job, watch),
        log=tuple(trainer.log),
        threads=torch.get_num_threads(),
        device=torch.cuda.get_device_name() if device == "cuda" else "",
    )
    write_card(folder, trained.card)
    return trained


def _export(job: TrainingJob, network: Network, folder: Path) -> Path:
    """Write the weights, as real numbers to train on from and as the integers that run; return the latter's file."""
    recipe = job.recipe
    description = {
        "network": job.graph.name,
        "input": job.graph.input.shape,
        "classes": recipe.network.classes,
        "options": recipe.network.options,
        "levels": job.graph.levels,
        "origin": "trained",
        "note": f"trained by 'neurosim train' on: {job.train.description}; recipe and accuracy are on its card",
    }
    integers = export(lower(network, AccumulateFire(recipe.steps), **job.widths))
    npz.write(folder / f"{recipe.name}_float.npz", network.parameters, folded=False, **description)
    npz.write(weights := folder / f"{recipe.name}.npz", integers, folded=True, **description)
    return weights


def _event_driven_check(network: SpikingNetwork, job: TrainingJob, watch: Watch) -> EventDrivenCheck:
    """Compute the first held-out images event by event; compare every spike and logit with the golden model."""
    check, spec = LosslessCheck(network), read_chip(CHIP)
    images = job.test.images[:EVENT_DRIVEN_IMAGES]
    advance = watch("event by event", len(images))
    for image in images:
        check.compare(event_driven(network, spec, image), golden_layers(network, image[None]))
        advance()
    verdict = check.verdict()
    assert verdict is not None  # accumulate_fire is exact in every layer
    return EventDrivenCheck(len(images), verdict)

"""The result of a training run: a trained network and its model card."""

from __future__ import annotations

import dataclasses
import importlib.metadata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim import provenance
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.evaluation.counters import Evaluation
from neurosim.ledger.record import Lossless
from neurosim.training.job import TrainingJob

if TYPE_CHECKING:
    from neurosim.training.trainer import Epoch

SCHEMA = "neurosim/card/1"


@dataclass(frozen=True, eq=False)
class EventDrivenCheck:
    """The first held-out ``images``, computed event by event, and how that agrees with the quantised network."""

    images: int
    lossless: Lossless


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A network that has been trained: the integers that were exported, and their accuracy on held-out images.

    ``float_correct`` counts correct answers of the network in real numbers, before the export rounded anything that
    training did not.
    """

    job: TrainingJob
    weights: Path
    spiking: SpikingNetwork
    float_correct: int
    evaluation: Evaluation
    event_driven: EventDrivenCheck
    log: tuple[Epoch, ...]
    threads: int
    device: str

    @property
    def card(self) -> dict[str, Any]:
        """The model card of the weights, plain values only."""
        job, evaluation, layers = self.job, self.evaluation, self.spiking.layers
        return {
            "schema": SCHEMA,
            "name": job.recipe.name,
            "fingerprint": job.fingerprint,
            "weights": {"file": self.weights.name, "sha256": provenance.hash_file(self.weights)},
            "network": {
                "name": job.graph.name,
                "input": list(job.graph.input.shape),
                "neurons": self.spiking.neurons,
                "weights": self.spiking.weights,
                "macs": self.spiking.macs,
            },
            "data": {
                "train": job.train.description,
                "train_images": len(job.train.labels),
                "test": job.test.description,
                "test_images": len(job.test.labels),
            },
            "accuracy": {
                "images": evaluation.images,
                "float_correct": self.float_correct,
                "integer_correct": evaluation.correct,
            },
            "proof": {"images": self.event_driven.images, **dataclasses.asdict(self.event_driven.lossless)},
            "activity": {
                "steps": self.spiking.steps,
                "spikes_per_neuron": evaluation.spikes_per_neuron,
                "additions_per_image": evaluation.additions_per_image,
                "by_layer": self._by_layer(),
            },
            "integers": {
                "weight_bits": self.spiking.weight_bits,
                "exponents": sorted({layer.exponent for layer in layers[1:]}),
                "accumulator_bits": max(layer.accumulator_bits for layer in layers[1:]),
            },
            "recipe": provenance.plain(job.recipe) | {"start": Path(job.recipe.start or "").name or None},
            "epochs": [dataclasses.asdict(epoch) for epoch in self.log],
            "seconds": sum(epoch.seconds for epoch in self.log),
            "torch": importlib.metadata.version("torch").partition("+")[0],
            "device": self.device,
            "threads": self.threads,
            "host": provenance.host(),
        }

    def _by_layer(self) -> list[dict[str, Any]]:
        """Return the spikes of a neuron over all steps, layer by layer."""
        spiking = list(self.spiking.spiking)
        spikes = self.evaluation.spikes[spiking].sum(axis=1) / self.evaluation.images
        return [
            {"layer": layer.name, "spikes_per_neuron": float(each / layer.neurons)}
            for layer, each in zip((self.spiking.layers[number] for number in spiking), spikes, strict=True)
        ]

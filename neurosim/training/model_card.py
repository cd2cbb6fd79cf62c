"""What a training run came to."""

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
    """The first ``images`` of those held back, shown event by event, and how that agrees with the quantised network."""

    images: int
    found: Lossless


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A network that has been trained: the integers that were exported, and what they do.

    ``float_correct`` images were right in real numbers, before anything was rounded that training did not round.
    """

    lesson: TrainingJob
    weights: Path
    spiking: SpikingNetwork
    float_correct: int
    evaluation: Evaluation
    proven: EventDrivenCheck
    log: tuple[Epoch, ...]
    threads: int
    device: str

    @property
    def card(self) -> dict[str, Any]:
        """What is to be known of the weights, plain values only."""
        lesson, found, layers = self.lesson, self.evaluation, self.spiking.layers
        return {
            "schema": SCHEMA,
            "name": lesson.recipe.name,
            "fingerprint": lesson.fingerprint,
            "weights": {"file": self.weights.name, "sha256": provenance.hash_file(self.weights)},
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
            "proof": {"images": self.proven.images, **dataclasses.asdict(self.proven.found)},
            "activity": {
                "steps": self.spiking.steps,
                "spikes_per_neuron": found.spikes_per_neuron,
                "additions_per_image": found.additions_per_image,
                "by_layer": self._by_layer(),
            },
            "integers": {
                "weight_bits": self.spiking.weight_bits,
                "exponents": sorted({layer.exponent for layer in layers[1:]}),
                "accumulator_bits": max(layer.accumulator_bits for layer in layers[1:]),
            },
            "recipe": provenance.plain(lesson.recipe) | {"start": Path(lesson.recipe.start or "").name or None},
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

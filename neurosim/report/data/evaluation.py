"""``evaluation.json`` and ``eval --json``: accuracy, confusion and activity as one object that scripts read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from neurosim.evaluation.classification import ConversionRecord, EvaluationRecord, confused, precision, recall, wilson
from neurosim.evaluation.counters import Evaluation
from neurosim.provenance import MODEL_VERSION, __version__, plain

SCHEMA = "neurosim/evaluation/1"
CONFUSED = 10  # pairs of classes that are listed


def summary(
    record: EvaluationRecord,
    wall: Mapping[str, float] | None = None,
    *,
    evaluation_id: str = "",
    out_dir: str | None = None,
) -> dict[str, Any]:
    """Return the evaluation as plain JSON: whole numbers are sums over all images unless they say ``per_image``."""
    correct = record.float_correct
    return {
        "schema": SCHEMA,
        "evaluation_id": evaluation_id,
        "workload": record.workload,
        "out_dir": out_dir,
        "neurosim_version": __version__,
        "model_version": MODEL_VERSION,
        "seed": record.seed,
        "network": plain(record.network),
        "stimulus": plain(record.stimulus),
        "classes": list(record.classes),
        "float": None if correct is None else {"accuracy": accuracy(correct, record.judged, record.of)},
        "results": [result(record, part) for part in record.parts],
        "wall": dict(wall or {}),
        "notices": list(record.notices),
    }


def accuracy(correct: int, judged: int, of: str) -> dict[str, Any]:
    """Return an accuracy with its 95 % interval; ``of`` says what is classified: images or nodes."""
    low, high = wilson(correct, judged)
    return {of: judged, "correct": correct, "share": correct / judged, "low_95": low, "high_95": high}


def result(record: EvaluationRecord, part: ConversionRecord) -> dict[str, Any]:
    """Return the results of one conversion."""
    counted, images = part.evaluation, record.images
    steps = part.conversion.steps
    spikes = counted.spikes[:, counted.decoded]  # those that stand for an activation
    return {
        "name": part.name,
        "conversion": plain(part.conversion),
        "accuracy": accuracy(counted.correct, counted.judged, record.of),
        "same_as_float": None if part.same is None else {record.of: counted.judged, "same": part.same},
        "event_driven": plain(part.agreement) if part.agreement.images else None,
        "activity": {
            "spikes": int(spikes.sum()),
            "spikes_per_image": float(spikes.sum() / images),
            "spikes_per_neuron": counted.spikes_per_neuron,
            "spikes_per_neuron_per_step": counted.spikes_per_neuron / steps,
            **shares(counted),
            "additions_per_image": counted.additions_per_image,
            "products_per_image": float(counted.products.sum() / images),
        },
        "classes": list(classes(record, counted)),
        "confused": [
            {"label": label, "answer": answer, record.of: often} for label, answer, often in confused(counted, CONFUSED)
        ],
        "confusion": counted.confusion.tolist(),
        "layers": list(layers(part, images)),
        "cpu_ms_per_image": 1000 * part.cpu_seconds / images,
    }


def shares(counted: Evaluation) -> dict[str, float]:
    """Return the shares of neurons that are inactive or saturated in an image, and inactive in every image."""
    neurons = int(counted.neurons.sum())
    return {
        "silent_fraction": float(counted.inactive.sum() / (neurons * counted.images)),
        "saturated_fraction": float(counted.saturated.sum() / (neurons * counted.images)),
        "never_fraction": float(counted.never_spiked.sum() / neurons),
    }


def classes(record: EvaluationRecord, counted: Evaluation) -> Iterator[dict[str, Any]]:
    """Yield one row per class."""
    rows = (record.classes, counted.confusion.sum(axis=1).tolist(), recall(counted), precision(counted))
    for number, (name, images, recalled, precise) in enumerate(zip(*rows, strict=True)):
        yield {"class": number, "name": name, record.of: images, "recall": recalled, "precision": precise}


def layers(part: ConversionRecord, images: int) -> Iterator[dict[str, Any]]:
    """Yield one row per layer after the input; activity only of layers that spike."""
    counted = part.evaluation
    by_step = counted.spikes[:, counted.decoded]
    never = counted.never_spiked
    for layer in part.layers[1:]:
        row: dict[str, Any] = {"layer": layer.number, "name": layer.name, "shape": list(layer.shape)}
        row["neurons"] = layer.neurons
        if layer.role in ("first", "hidden"):
            own, neurons_shown = by_step[layer.number], layer.neurons * images
            row["spikes_by_step"] = own.tolist()
            row["spikes_per_neuron"] = float(own.sum() / neurons_shown)
            row["silent_fraction"] = float(counted.inactive[layer.number] / neurons_shown)
            row["saturated_fraction"] = float(counted.saturated[layer.number] / neurons_shown)
            row["never_fraction"] = float(never[layer.number] / layer.neurons)
        row["additions_per_image"] = float(np.divide(counted.additions[layer.number], images))
        row["products_per_image"] = float(np.divide(counted.products[layer.number], images))
        yield row

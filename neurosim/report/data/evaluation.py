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
    examined: EvaluationRecord,
    wall: Mapping[str, float] | None = None,
    *,
    evaluation_id: str = "",
    out_dir: str | None = None,
) -> dict[str, Any]:
    """Return the evaluation as plain JSON: whole numbers are sums over all images unless they say ``per_image``."""
    correct = examined.float_correct
    return {
        "schema": SCHEMA,
        "evaluation_id": evaluation_id,
        "workload": examined.workload,
        "out_dir": out_dir,
        "neurosim_version": __version__,
        "model_version": MODEL_VERSION,
        "seed": examined.seed,
        "network": plain(examined.network),
        "stimulus": plain(examined.stimulus),
        "classes": list(examined.classes),
        "float": None if correct is None else {"accuracy": accuracy(correct, examined.judged, examined.of)},
        "results": [result(examined, part) for part in examined.parts],
        "wall": dict(wall or {}),
        "notices": list(examined.notices),
    }


def accuracy(correct: int, judged: int, of: str) -> dict[str, Any]:
    """Return a share of correct answers with its 95 % interval, and ``of`` what they are: images or nodes."""
    low, high = wilson(correct, judged)
    return {of: judged, "correct": correct, "share": correct / judged, "low_95": low, "high_95": high}


def result(examined: EvaluationRecord, part: ConversionRecord) -> dict[str, Any]:
    """Return what is known of one conversion."""
    counted, images = part.evaluation, examined.images
    steps = part.conversion.steps
    spoken = counted.spikes[:, counted.decoded]
    return {
        "name": part.name,
        "conversion": plain(part.conversion),
        "accuracy": accuracy(counted.correct, counted.judged, examined.of),
        "same_as_float": None if part.same is None else {examined.of: counted.judged, "same": part.same},
        "event_driven": plain(part.agreement) if part.agreement.images else None,
        "activity": {
            "spikes": int(spoken.sum()),
            "spikes_per_image": float(spoken.sum() / images),
            "spikes_per_neuron": counted.spikes_per_neuron,
            "spikes_per_neuron_per_step": counted.spikes_per_neuron / steps,
            **shares(counted),
            "additions_per_image": counted.additions_per_image,
            "products_per_image": float(counted.products.sum() / images),
        },
        "classes": list(classes(examined, counted)),
        "confused": [
            {"label": label, "answer": answer, examined.of: often}
            for label, answer, often in confused(counted, CONFUSED)
        ],
        "confusion": counted.confusion.tolist(),
        "layers": list(layers(part, images)),
        "cpu_ms_per_image": 1000 * part.cpu_seconds / images,
    }


def shares(counted: Evaluation) -> dict[str, float]:
    """Return which share of the neurons was silent, at its largest code, and never heard at all."""
    neurons = int(counted.neurons.sum())
    return {
        "silent_fraction": float(counted.inactive.sum() / (neurons * counted.images)),
        "saturated_fraction": float(counted.saturated.sum() / (neurons * counted.images)),
        "never_fraction": float(counted.never_spiked.sum() / neurons),
    }


def classes(examined: EvaluationRecord, counted: Evaluation) -> Iterator[dict[str, Any]]:
    """Yield one row per class."""
    rows = (examined.classes, counted.confusion.sum(axis=1).tolist(), recall(counted), precision(counted))
    for number, (name, images, found, right) in enumerate(zip(*rows, strict=True)):
        yield {"class": number, "name": name, examined.of: images, "recall": found, "precision": right}


def layers(part: ConversionRecord, images: int) -> Iterator[dict[str, Any]]:
    """Yield one row per layer behind the host; what neurons do is told of those that fire."""
    counted = part.evaluation
    by_step = counted.spikes[:, counted.decoded]
    never = counted.never_spiked
    for layer in part.layers[1:]:
        row: dict[str, Any] = {"layer": layer.number, "name": layer.name, "shape": list(layer.shape)}
        row["neurons"] = layer.neurons
        if layer.role in ("first", "hidden"):
            own, slots = by_step[layer.number], layer.neurons * images
            row["spikes_by_step"] = own.tolist()
            row["spikes_per_neuron"] = float(own.sum() / slots)
            row["silent_fraction"] = float(counted.inactive[layer.number] / slots)
            row["saturated_fraction"] = float(counted.saturated[layer.number] / slots)
            row["never_fraction"] = float(never[layer.number] / layer.neurons)
        row["additions_per_image"] = float(np.divide(counted.additions[layer.number], images))
        row["products_per_image"] = float(np.divide(counted.products[layer.number], images))
        yield row

"""The record of an evaluation: conversions of one network on the same images, and how well they classify."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.spiking import SpikingNetwork
from neurosim.evaluation.counters import Evaluation
from neurosim.ledger.record import ConversionFacts, NetworkFacts, StimulusFacts
from neurosim.network.layers import Shape
from neurosim.simulation.functional.path_agreement import PathAgreement

NORMAL_95 = 1.959963984540054  # the standard normal quantile of 0.975


@dataclass(frozen=True)
class LayerFacts:
    """A layer as a report names it; ``shape`` is (channels, rows, columns), ``number`` counts from the host's 0."""

    number: int
    name: str
    role: str
    shape: Shape
    neurons: int


@dataclass(frozen=True, eq=False)
class ConversionRecord:
    """One conversion of an evaluated network.

    Attributes
    ----------
    name : str
        What the report calls it.
    conversion : ConversionFacts
        Its neuron model, steps and widths.
    layers : tuple of LayerFacts
        Its layers, host and output included.
    evaluation : Evaluation
        What was counted over all images.
    agreement : PathAgreement
        How batched and event-driven inference agree on some of the images.
    same : int or None
        Answers that equal the float network's; None where that was not evaluated.
    cpu_seconds : float
        CPU time of this conversion.
    """

    name: str
    conversion: ConversionFacts
    layers: tuple[LayerFacts, ...]
    evaluation: Evaluation
    agreement: PathAgreement
    same: int | None
    cpu_seconds: float


@dataclass(frozen=True, eq=False)
class EvaluationRecord:
    """The evaluation of all conversions of a workload on one test set.

    Attributes
    ----------
    workload : str
        Its name.
    seed : int
        Of the order in which images are drawn.
    network, stimulus : NetworkFacts, StimulusFacts
        What was evaluated, on which images.
    classes : tuple of str
        The names of the classes, by number.
    parts : tuple of ConversionRecord
        The conversions.
    float_correct : int or None
        Correct answers of the float network; None where it was not evaluated.
    notices : tuple of str
        What limits the meaning of the accuracies, in sentences.
    """

    workload: str
    seed: int
    network: NetworkFacts
    stimulus: StimulusFacts
    classes: tuple[str, ...]
    parts: tuple[ConversionRecord, ...]
    float_correct: int | None
    notices: tuple[str, ...] = ()

    @property
    def images(self) -> int:
        """Number of images."""
        return self.stimulus.images

    @property
    def judged(self) -> int:
        """Number of answers that have a label: one an image, or several of a graph."""
        return self.parts[0].evaluation.judged

    @property
    def of(self) -> str:
        """What has a label, in the plural: images, or nodes of a graph."""
        _, rows, columns = self.parts[0].layers[-1].shape
        return "images" if rows * columns == 1 else "nodes"


def layer_facts(network: SpikingNetwork) -> tuple[LayerFacts, ...]:
    """Return the facts of all layers, host and output included."""
    return tuple(
        LayerFacts(number, layer.name, layer.role, layer.shape, layer.neurons)
        for number, layer in enumerate(network.layers)
    )


def wilson(correct: int, images: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927, p. 209)."""
    share, squared = correct / images, NORMAL_95**2
    middle = share + squared / (2 * images)
    half = NORMAL_95 * sqrt(share * (1 - share) / images + squared / (4 * images**2))
    low, high = ((middle + sign * half) / (1 + squared / images) for sign in (-1, 1))
    return max(low, 0.0), min(high, 1.0)


def recall(evaluation: Evaluation) -> Iterator[float | None]:
    """Yield the recall of each class: the share of its images that are classified as it; None without images."""
    yield from _shares(evaluation.confusion.diagonal(), evaluation.confusion.sum(axis=1))


def precision(evaluation: Evaluation) -> Iterator[float | None]:
    """Yield the precision of each class: the share of its answers that are correct; None without answers."""
    yield from _shares(evaluation.confusion.diagonal(), evaluation.confusion.sum(axis=0))


def confused(evaluation: Evaluation, most: int) -> list[tuple[int, int, int]]:
    """Return the ``most`` frequent errors as (label, answer, images), the most frequent first."""
    errors = evaluation.confusion.copy()
    np.fill_diagonal(errors, 0)
    order = np.argsort(-errors, axis=None, kind="stable")[:most]
    places = zip(*np.unravel_index(order, errors.shape), strict=True)
    return [(int(label), int(answer), int(errors[label, answer])) for label, answer in places if errors[label, answer]]


def _shares(parts: NDArray[np.int64], wholes: NDArray[np.int64]) -> Iterator[float | None]:
    for part, whole in zip(parts.tolist(), wholes.tolist(), strict=True):
        yield part / whole if whole else None

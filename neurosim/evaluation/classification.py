"""What an examination leaves behind: conversions of one network, marked on the same labelled images; counts alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np

from neurosim.conversion.spiking import SpikingNetwork
from neurosim.evaluation.counters import Evaluation
from neurosim.ledger.record import ConversionFacts, NetworkFacts, StimulusFacts
from neurosim.network.layers import Shape
from neurosim.simulation.functional.path_agreement import PathAgreement

NORMAL_95 = 1.959963984540054  # the standard normal quantile of 0.975


@dataclass(frozen=True)
class LayerFacts:
    """A layer as a report names it; ``shape`` is (channels, rows, columns)."""

    number: int
    name: str
    role: str
    shape: Shape
    neurons: int


@dataclass(frozen=True, eq=False)
class ConversionRecord:
    """One conversion: what it was, what was counted, and what the event-driven path said to some of the images.

    ``same`` is how many answers are those of the float network, None where it was not asked.
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
    """All conversions of a workload; ``float_correct`` is None where the float network was not asked.

    ``notices`` are what must be said beside them, so that accuracies are not taken for more than they are.
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
        """Number of answers that have a label: one an image, or several where it is a graph."""
        return self.parts[0].evaluation.judged

    @property
    def of(self) -> str:
        """What is asked, in the plural."""
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
    """Yield, for each class, the share of its images that were given its name; None of a class without images."""
    yield from _shares(evaluation.confusion.diagonal(), evaluation.confusion.sum(axis=1))


def precision(evaluation: Evaluation) -> Iterator[float | None]:
    """Yield, for each class, the share of answers with its name that were right; None where there were none."""
    yield from _shares(evaluation.confusion.diagonal(), evaluation.confusion.sum(axis=0))


def confused(evaluation: Evaluation, most: int) -> list[tuple[int, int, int]]:
    """Return the ``most`` frequent mistakes as (label, answer, images), the most frequent first."""
    wrong = evaluation.confusion.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    places = zip(*np.unravel_index(order, wrong.shape), strict=True)
    return [(int(label), int(answer), int(wrong[label, answer])) for label, answer in places if wrong[label, answer]]


def _shares(parts: np.ndarray, wholes: np.ndarray) -> Iterator[float | None]:
    for part, whole in zip(parts.tolist(), wholes.tolist(), strict=True):
        yield part / whole if whole else None

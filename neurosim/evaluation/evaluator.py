"""The evaluator: shows labelled images to the conversions of one network, and to the float network beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from time import process_time

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.datasets.labels import checked_labels
from neurosim.evaluation.counters import Evaluation, RunningEvaluation, batch_of
from neurosim.network.forward import forward
from neurosim.network.graph import Network
from neurosim.simulation.functional.batched import BatchedInference
from neurosim.simulation.functional.path_agreement import PathAgreement, compare
from neurosim.simulation.image_run import frozen_gc
from neurosim.simulation.workers.forked_task import ForkedTask, results
from neurosim.simulation.workers.work_queue import WorkQueue

Images = NDArray[np.integer]
Labels = NDArray[np.int64]
Shard = tuple[Images, Labels]

SHARD_BATCHES = 8  # batches that a process takes from the queue at a time (our choice)


@dataclass(eq=False)
class EvaluationCounts:
    """What was counted over some images: an evaluation for each conversion, and their agreement with the float network.

    ``same`` counts, for each conversion, the answers that equal the float network's; it and ``float_correct`` are None
    where the float network was not evaluated. ``seconds`` of CPU time are those of each conversion, ``float_seconds``
    the float network's.
    """

    evaluations: list[Evaluation]
    seconds: list[float]
    same: list[int] | None = None
    float_correct: int | None = None
    float_seconds: float = 0.0

    def add(self, other: EvaluationCounts) -> None:
        """Add the counts of further images."""
        self.evaluations = [own + its for own, its in zip(self.evaluations, other.evaluations, strict=True)]
        self.seconds = [own + its for own, its in zip(self.seconds, other.seconds, strict=True)]
        if self.same is not None and other.same is not None:
            self.same = [own + its for own, its in zip(self.same, other.same, strict=True)]
            self.float_correct = (self.float_correct or 0) + (other.float_correct or 0)
            self.float_seconds += other.float_seconds


@dataclass(eq=False)
class Evaluator:
    """The networks that are evaluated together on the same images.

    Attributes
    ----------
    networks : sequence of SpikingNetwork
        The conversions.
    original : Network or None
        The float network that they were made from, where it is evaluated too.
    unit : float or tuple of float
        The value of one step of a pixel, for the float network; one for each channel where they differ.
    """

    networks: Sequence[SpikingNetwork]
    original: Network | None = None
    unit: float | tuple[float, ...] = 1.0
    functional: list[BatchedInference] = field(init=False)

    def __post_init__(self) -> None:
        self.functional = [BatchedInference(network) for network in self.networks]
        self.batch = min(map(batch_of, self.networks))

    def count(self, shard: Shard) -> EvaluationCounts:
        """Show the images of a shard to all networks and count their answers."""
        images, labels = shard
        running = [RunningEvaluation(functional) for functional in self.functional]
        labels = checked_labels(labels, len(images), self.networks[0].layers[-1].shape)
        seconds, same, float_correct, float_seconds = [0.0] * len(running), [0] * len(running), 0, 0.0
        for start in range(0, len(images), self.batch):
            part = slice(start, start + self.batch)
            float_answers: NDArray[np.int64] | None = None
            if self.original is not None:
                began = process_time()
                float_answers = self._float_answers(images[part])
                float_correct += int((float_answers == labels[part]).sum())
                float_seconds += process_time() - began
            for number, evaluation in enumerate(running):
                began = process_time()
                answers = evaluation.answers(images[part])
                evaluation.count(answers, labels[part])
                seconds[number] += process_time() - began
                if float_answers is not None:  # a node without a label is not asked
                    same[number] += int(((answers == float_answers) & (labels[part] >= 0)).sum())
        counts = EvaluationCounts([evaluation.evaluation for evaluation in running], seconds)
        if self.original is not None:
            counts.same, counts.float_correct, counts.float_seconds = same, float_correct, float_seconds
        return counts

    def evaluate(
        self, images: Images, labels: Labels, processes: int = 1, advance: Callable[[int], object] = lambda n: None
    ) -> EvaluationCounts:
        """Evaluate all networks on labelled images, shared by ``processes``; the counts are the same for any number.

        Parameters
        ----------
        images : ndarray of int, (n, rows, columns, channels)
            Pixel codes.
        labels : ndarray of int64, (n,) or (n, nodes)
            Classes from 0; -1 marks a node that is not asked.
        processes : int
            This one and those that it forks.
        advance : callable
            Called now and then with the number of images that were shown since.

        Returns
        -------
        EvaluationCounts
            The sums over all images.
        """
        shards, reported = list(self._shards(images, labels)), 0
        remaining = WorkQueue(0, len(shards))

        def report(taken: int) -> None:
            # this process takes shards from the start, the others from the end
            nonlocal reported
            others_from = len(shards) - remaining.finished
            shown = sum(len(labels) for _, labels in (*shards[:taken], *shards[others_from:]))
            advance(shown - reported)
            reported = shown

        def own_counts() -> Iterator[EvaluationCounts]:
            for number in remaining.from_start():
                yield self.count(shards[number])
                report(number + 1)
                for other in others:
                    other.raise_if_failed()

        # frozen because a garbage collection in a fork would copy every page that it looks at
        with frozen_gc(), ExitStack() as stack:
            forks = self.processes_for(len(images), processes) - 1
            others = [stack.enter_context(ForkedTask(lambda: self._help(shards, remaining))) for _ in range(forks)]
            own = summed(own_counts())
            total = summed([own, *results(others)])
        report(len(shards) - remaining.finished)
        assert total is not None
        return total

    def processes_for(self, images: int, processes: int) -> int:
        """Return how many of ``processes``, this one among them, work on ``images``: no more than there are shards."""
        return max(1, min(processes, -(-images // self._shard_images)))

    def _help(self, shards: list[Shard], remaining: WorkQueue) -> EvaluationCounts | None:
        """Count shards from the end of the queue, until none is left."""
        try:
            return summed(self.count(shards[number]) for number in remaining.from_end())
        finally:
            remaining.clear()  # after an error nothing is left to do, so that it is reported soon

    def prove(
        self, spec: ChipSpec, images: Sequence[Images], advance: Callable[[], object] = lambda: None
    ) -> list[PathAgreement]:
        """Compare batched with event-driven inference on ``images``, one agreement a network; ``spec`` is the chip."""
        agreements = [PathAgreement() for _ in self.networks]
        for image in images:
            for number, functional in enumerate(self.functional):
                agreements[number] += compare(functional, spec, image)
                advance()
        return agreements

    @property
    def _shard_images(self) -> int:
        return SHARD_BATCHES * self.batch

    def _shards(self, images: Images, labels: Labels) -> Iterator[Shard]:
        for start in range(0, len(images), self._shard_images):
            yield images[start : start + self._shard_images], labels[start : start + self._shard_images]

    def _float_answers(self, images: Images) -> NDArray[np.int64]:
        assert self.original is not None
        x = (images.astype(np.float32) * np.asarray(self.unit, np.float32)).transpose(0, 3, 1, 2)
        classes = self.networks[0].layers[-1].shape[0]
        logits = forward(self.original, x).reshape(len(images), classes, -1)
        return np.asarray(logits.argmax(axis=1), np.int64)


def summed(parts: Iterable[EvaluationCounts | None]) -> EvaluationCounts | None:
    """Return the sum of all counts, added into the first; None if there are none."""
    total: EvaluationCounts | None = None
    for counts in parts:
        if total is None:
            total = counts
        elif counts is not None:
            total.add(counts)
    return total

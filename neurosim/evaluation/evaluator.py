"""The examiner: shows labelled images to conversions of one network, and to the float network beside them."""

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
Lot = tuple[Images, Labels]

LOT_BATCHES = 8  # a process takes so many batches at a time, and then looks what is left


@dataclass(eq=False)
class EvaluationCounts:
    """What some images gave: an evaluation for each conversion, and answers that are those of the float network.

    ``float_correct`` and ``same``, one for each conversion, are None where the float network was not asked; ``seconds``
    of CPU time are those of each conversion, and ``float_seconds`` the float network's.
    """

    evaluations: list[Evaluation]
    seconds: list[float]
    same: list[int] | None = None
    float_correct: int | None = None
    float_seconds: float = 0.0

    def add(self, other: EvaluationCounts) -> None:
        """Add what further images gave."""
        self.evaluations = [own + its for own, its in zip(self.evaluations, other.evaluations, strict=True)]
        self.seconds = [own + its for own, its in zip(self.seconds, other.seconds, strict=True)]
        if self.same is not None and other.same is not None:
            self.same = [own + its for own, its in zip(self.same, other.same, strict=True)]
            self.float_correct = (self.float_correct or 0) + (other.float_correct or 0)
            self.float_seconds += other.float_seconds


@dataclass(eq=False)
class Evaluator:
    """Networks ready to be examined; ``original`` is the float network with the value of one step of a pixel."""

    networks: Sequence[SpikingNetwork]
    original: Network | None = None
    unit: float | tuple[float, ...] = 1.0
    functional: list[BatchedInference] = field(init=False)

    def __post_init__(self) -> None:
        self.functional = [BatchedInference(network) for network in self.networks]
        self.batch = min(map(batch_of, self.networks))

    def mark(self, lot: Lot) -> EvaluationCounts:
        """Show a lot of images to all networks."""
        images, labels = lot
        tallies = [RunningEvaluation(functional) for functional in self.functional]
        labels = checked_labels(labels, len(images), self.networks[0].layers[-1].shape)
        seconds, same, float_correct, float_seconds = [0.0] * len(tallies), [0] * len(tallies), 0, 0.0
        for start in range(0, len(images), self.batch):
            part = slice(start, start + self.batch)
            wanted: NDArray[np.int64] | None = None
            if self.original is not None:
                began = process_time()
                wanted = self._float_answers(images[part])
                float_correct += int((wanted == labels[part]).sum())
                float_seconds += process_time() - began
            for number, tally in enumerate(tallies):
                began = process_time()
                answers = tally.show(images[part])
                tally.mark(answers, labels[part])
                seconds[number] += process_time() - began
                same[number] += 0 if wanted is None else int(((answers == wanted) & (labels[part] >= 0)).sum())
        marks = EvaluationCounts([tally.evaluation for tally in tallies], seconds)
        if self.original is not None:
            marks.same, marks.float_correct, marks.float_seconds = same, float_correct, float_seconds
        return marks

    def examine(
        self, images: Images, labels: Labels, processes: int = 1, advance: Callable[[int], object] = lambda n: None
    ) -> EvaluationCounts:
        """Show ``images`` (n, rows, columns, channels), shared out to ``processes``; the marks are the same.

        ``advance`` is called time and again with the number of images that any of them has shown since.
        """
        lots, told = list(self._lots(images, labels)), 0
        remaining = WorkQueue(0, len(lots))

        def tell(taken: int) -> None:
            nonlocal told
            others_from = len(lots) - remaining.finished
            shown = sum(len(asked) for _, asked in (*lots[:taken], *lots[others_from:]))
            advance(shown - told)
            told = shown

        def mine() -> Iterator[EvaluationCounts]:
            for number in remaining.from_start():
                yield self.mark(lots[number])
                tell(number + 1)
                for other in others:
                    other.raise_if_failed()

        # Undisturbed because a collection in a fork would copy every page that it looks at.
        with frozen_gc(), ExitStack() as stack:
            forks = self.processes_for(len(images), processes) - 1
            others = [stack.enter_context(ForkedTask(lambda: self._help(lots, remaining))) for _ in range(forks)]
            own = summed(mine())
            total = summed([own, *results(others)])
        tell(len(lots) - remaining.finished)
        assert total is not None
        return total

    def processes_for(self, images: int, processes: int) -> int:
        """Return how many of ``processes``, this one among them, work on ``images``: no more than there are lots."""
        return max(1, min(processes, -(-images // self._lot_size)))

    def _help(self, lots: list[Lot], remaining: WorkQueue) -> EvaluationCounts | None:
        """Mark lots from the end, until there are none."""
        try:
            return summed(self.mark(lots[number]) for number in remaining.from_end())
        finally:
            remaining.clear()  # after an error, so that it is heard of soon

    def prove(
        self, spec: ChipSpec, images: Sequence[Images], advance: Callable[[], object] = lambda: None
    ) -> list[PathAgreement]:
        """Show ``images`` one by one to the event-driven path too, as a run on ``spec`` does; one count a network."""
        found = [PathAgreement() for _ in self.networks]
        for image in images:
            for number, functional in enumerate(self.functional):
                found[number] += compare(functional, spec, image)
                advance()
        return found

    @property
    def _lot_size(self) -> int:
        return LOT_BATCHES * self.batch

    def _lots(self, images: Images, labels: Labels) -> Iterator[Lot]:
        for start in range(0, len(images), self._lot_size):
            yield images[start : start + self._lot_size], labels[start : start + self._lot_size]

    def _float_answers(self, images: Images) -> NDArray[np.int64]:
        assert self.original is not None
        x = (images.astype(np.float32) * np.asarray(self.unit, np.float32)).transpose(0, 3, 1, 2)
        classes = self.networks[0].layers[-1].shape[0]
        return forward(self.original, x).reshape(len(images), classes, -1).argmax(axis=1)


def summed(marks: Iterable[EvaluationCounts | None]) -> EvaluationCounts | None:
    """Return the sum of what there is, added to the first of them; None if there is nothing."""
    total: EvaluationCounts | None = None
    for own in marks:
        if total is None:
            total = own
        elif own is not None:
            total.add(own)
    return total

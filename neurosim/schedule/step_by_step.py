"""Step by step: every layer finishes a step before any layer starts the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from neurosim.schedule.phase import Phase, WorkItem


class StepByStep:
    """One layer at a time, through all layers for step 0, then for step 1, and so on; one image at a time.

    A layer that starts later is left out of earlier steps: with a start of 1, its first step is the second of others.
    """

    kind: ClassVar[str] = "step_by_step"
    fires_every_step: ClassVar[bool] = True

    def phases(self, steps: Sequence[int], images: int = 1, starts: Sequence[int] = ()) -> Iterator[Phase]:
        """Yield one phase for each (image, step, layer)."""
        starts = starts or [0] * len(steps)
        ends = [start + own for start, own in zip(starts, steps, strict=True)]
        for image in range(images):
            for step in range(max(ends)):
                for layer, (start, end) in enumerate(zip(starts, ends, strict=True)):
                    if start <= step < end:
                        yield Phase((WorkItem(image, layer, step - start),))

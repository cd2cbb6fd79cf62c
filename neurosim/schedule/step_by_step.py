"""Step by step: every layer finishes a step before any layer starts the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from neurosim.schedule.phase import Phase, WorkItem


class StepByStep:
    """One layer at a time, through all layers for step 0, then for step 1, and so on; one image at a time."""

    kind: ClassVar[str] = "step_by_step"
    fires_every_step: ClassVar[bool] = True

    def phases(self, steps: Sequence[int], images: int = 1) -> Iterator[Phase]:
        """Yield one phase for each (image, step, layer)."""
        for image in range(images):
            for step in range(max(steps)):
                for layer, own_steps in enumerate(steps):
                    if step < own_steps:
                        yield Phase((WorkItem(image, layer, step),))

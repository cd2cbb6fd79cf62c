"""Pipelined: every layer works in every phase, one step behind its producer (the mode of Loihi itself)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from neurosim.schedule.phase import Phase, WorkItem


class Pipelined:
    """In phase k layer l works on slot k - l of the stream; an image takes as many slots as a layer has steps.

    A layer that starts later works on an earlier slot, so the interval between images stays the same.
    """

    kind: ClassVar[str] = "pipelined"
    fires_every_step: ClassVar[bool] = True

    def phases(self, steps: Sequence[int], images: int = 1, starts: Sequence[int] = ()) -> Iterator[Phase]:
        """Yield slots x images + layers - 1 phases, plus the latest start, without those that have nothing to do."""
        slots = max(steps)
        delays = [layer + start for layer, start in enumerate(starts or [0] * len(steps))]
        for number in range(slots * images + max(delays)):
            places = ((layer, *divmod(number - delay, slots)) for layer, delay in enumerate(delays))
            items = tuple(
                WorkItem(image, layer, step)
                for layer, image, step in places
                if 0 <= image < images and step < steps[layer]
            )
            if items:
                yield Phase(items)

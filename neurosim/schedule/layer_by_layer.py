"""Layer by layer: a layer does all its steps before the next layer starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from neurosim.schedule.phase import Phase, WorkItem


class LayerByLayer:
    """All steps of a layer, a local synchronisation between two of them, then a global one and the next layer.

    With several images in flight, layer l works on the image behind the one that layer l + 1 works on.
    """

    kind: ClassVar[str] = "layer_by_layer"
    fires_every_step: ClassVar[bool] = False

    def phases(self, steps: Sequence[int], images: int = 1, starts: Sequence[int] = ()) -> Iterator[Phase]:
        """Yield one phase a step for each round in which every layer handles one image; ``starts`` is not needed."""
        for turn in range(images + len(steps) - 1):
            working = [layer for layer in range(len(steps)) if 0 <= turn - layer < images]
            longest = max(steps[layer] for layer in working)
            for step in range(longest):
                items = tuple(WorkItem(turn - layer, layer, step) for layer in working if step < steps[layer])
                yield Phase(items, "global" if step == longest - 1 else "local")

"""One image, one layer, one time step at a time."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from neurosim.schedule.phase import Phase, WorkItem


class SampleOneByOne:
    """As ``layer_by_layer`` with one image in flight and global barriers only."""

    kind: ClassVar[str] = "sample_one_by_one"
    fires_every_step: ClassVar[bool] = False

    def phases(self, steps: Sequence[int], images: int = 1) -> Iterator[Phase]:
        """Yield a phase for each image, layer and time step."""
        for image in range(images):
            for layer, own_steps in enumerate(steps):
                for step in range(own_steps):
                    yield Phase((WorkItem(image, layer, step),))

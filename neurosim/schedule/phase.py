"""Work items and phases: all that a schedule speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple, Protocol


class WorkItem(NamedTuple):
    """The neuron scan of one layer for one step of one image; layer 0 is the host sending its input."""

    image: int
    layer: int
    step: int


@dataclass(frozen=True)
class Phase:
    """Items that may run together; the synchronisation that ends it waits until all their packets are accumulated.

    ``local`` joins only the cores of the layers concerned, ``global`` the whole chip.
    """

    items: tuple[WorkItem, ...]
    barrier: Literal["local", "global"] = "global"


class Schedule(Protocol):
    """An order of work. ``fires_every_step`` says that it asks a layer to fire before all its input has arrived."""

    kind: ClassVar[str]
    fires_every_step: ClassVar[bool]

    def phases(self, steps: Sequence[int], images: int = 1, starts: Sequence[int] = ()) -> Iterator[Phase]:
        """Yield the phases of ``images`` inferences; layer l is scanned ``steps[l]`` times for each.

        ``starts[l]``, if given, is how many steps behind the host layer l has to begin, where every layer has its turn
        in every step.
        """

"""Work items and phases, of which a schedule is made."""

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
    """An order of work: which scans of which layers run together.

    A schedule is one file: a frozen dataclass or a class without arguments with these members. It knows neither chip
    nor energy; it decides when work is done, never what is done.

    Attributes
    ----------
    kind : str
        Its name in a workload.
    fires_every_step : bool
        Whether it asks a layer to fire before all its input has arrived.
    """

    kind: ClassVar[str]
    fires_every_step: ClassVar[bool]

    def phases(self, steps: Sequence[int], images: int = 1, starts: Sequence[int] = ()) -> Iterator[Phase]:
        """Yield the phases of a stream of inferences.

        Parameters
        ----------
        steps : sequence of int
            How often each layer is scanned for an image; entry 0 is the host sending its input.
        images : int
            Inferences in the stream.
        starts : sequence of int
            How many steps after the host each layer has to begin; empty if none has to wait. Only a schedule that
            ``fires_every_step`` is given any.

        Yields
        ------
        Phase
            Every scan once, and none before the input it needs.
        """

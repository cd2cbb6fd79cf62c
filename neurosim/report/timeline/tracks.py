"""Tracks of a timeline: when each core accumulated and updated neurons, by layer and time step, read from a ledger.

A ledger knows the phase of an operation, so a span is as long as its phase; a core may finish earlier.
Over several images a span goes from the first start to the last end, and successive spans of a core may overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from neurosim.ledger import vocabulary
from neurosim.ledger.ledger import CHIP_WIDE, Ledger

SYNAPSE_UNIT = {
    "axon_lookup": "axon lookups",
    "synaptic_event_dense": "synaptic events",
    "synaptic_event_sparse": "synaptic events",
    "synaptic_event_conv": "synaptic events",
    "synaptic_event_graded": "synaptic events",
}
"""Operations of the synapse unit alone, and what they are counted as; both units do additions."""

NEURON_UNIT = {
    "neuron_update_active": "neurons updated",
    "neuron_update_inactive": "neurons updated",
    "spike_out": "spikes",
    "packet": "packets",
    "hop_ew": "hops",
    "hop_ns": "hops",
}
HOST_PORT = {"input_word": "words in", "output_word": "words out"}
UNTIMED = ("weight_reload", "static")
"""An operation and a group that the ledger counts over the whole run, not in a phase."""


class SpanKey(NamedTuple):
    """Core, layer and time step of a span; ``core`` is -1 for a whole layer and for the host."""

    core: int
    layer: int
    step: int


@dataclass(eq=False)
class Span:
    """The first start and the last end, in ticks, with the counts in between."""

    start: int
    end: int
    counts: dict[str, int] = field(default_factory=dict)

    def include(self, start: int, end: int, noun: str, count: int) -> None:
        """Widen the span to hold these ticks as well, and count."""
        self.start, self.end = min(self.start, start), max(self.end, end)
        self.counts[noun] = self.counts.get(noun, 0) + count


Spans = dict[SpanKey, Span]


def spans(ledger: Ledger, counted: dict[str, str], by: Callable[[SpanKey], SpanKey] = lambda key: key) -> Spans:
    """Return the spans of the operations that are ``counted``, name to noun, one for each core, layer and step.

    ``by`` maps the key of a row to the span it belongs to: another key brings rows together.
    """
    by_key: Spans = {}
    for layer, step, core, op, count, start, end in ledger:
        noun = counted.get(vocabulary.parse(op).operation.name)
        if noun is not None:
            span = by_key.setdefault(by(SpanKey(core, layer, step)), Span(start, end))
            span.include(start, end, noun, count)
    return dict(sorted(by_key.items()))


def of_cores(ledger: Ledger, counted: dict[str, str]) -> dict[int, Spans]:
    """Return core -> its spans, for the cores of the chip."""
    cores: dict[int, Spans] = {}
    for key, span in spans(ledger, counted).items():
        if key.core != CHIP_WIDE:
            cores.setdefault(key.core, {})[key] = span
    return cores


def of_layers(ledger: Ledger) -> Spans:
    """Return the neuron update phases of layers, over all their cores; the host's input has none."""
    updates = spans(ledger, NEURON_UNIT, lambda key: SpanKey(CHIP_WIDE, key.layer, key.step))
    return {key: span for key, span in updates.items() if "neurons updated" in span.counts}


def lanes(items: Iterable[tuple[SpanKey, Span]]) -> Iterator[list[tuple[SpanKey, Span]]]:
    """Distribute spans over as few tracks as hold them without an overlap, in the order of their starts."""
    tracks: list[list[tuple[SpanKey, Span]]] = []
    for key, span in sorted(items, key=lambda item: (item[1].start, item[1].end, item[0])):
        free = next((track for track in tracks if track[-1][1].end <= span.start), None)
        if free is None:
            tracks.append([(key, span)])
        else:
            free.append((key, span))
    yield from tracks


def pauses(ledger: Ledger) -> list[tuple[int, int]]:
    """Return the (start, end) of the pauses between phases, in which the chip synchronises or swaps weights.

    A ledger of several images has none: the first start of a phase is before the last end of the one before it.
    """
    starts, ends = {0}, {0}
    for layer, _, _, op, _, start, end in ledger:
        operation = vocabulary.parse(op).operation
        if layer != CHIP_WIDE and operation.name not in UNTIMED and operation.group not in UNTIMED:
            starts.add(start)
            ends.add(end)
    edges = sorted(starts | ends)
    return [(edge, later) for edge, later in pairwise(edges) if edge in ends and later in starts]

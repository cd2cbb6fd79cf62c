"""The timeline: a run for Perfetto and Chrome's tracing, one process for each result, tracks for layers and cores.

The format is Chrome's Trace Event Format: complete events (``X``), counters (``C``), instants (``i``) and names
(``M``), with times in microseconds.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from neurosim import units
from neurosim.errors import DocumentError
from neurosim.filesystem.atomic_write import replacing
from neurosim.ledger.ledger import Ledger
from neurosim.ledger.record import Record, Result
from neurosim.provenance import __version__
from neurosim.report.data.labels import result_title
from neurosim.report.timeline import tracks
from neurosim.report.timeline.tracks import Span, SpanKey

SCHEMA = "neurosim/timeline/1"
SUFFIXES = (".json", ".json.gz")
HEAD = 1 << 16  # bytes at the beginning of a file, which hold its schema
COUNTERS = ("spikes", "packets")

Event = dict[str, Any]

READ = (
    "a slice is as long as the phase of its work: a core may finish earlier",
    "accumulate: packets processed by the core's synapse unit; update: the neuron update phase, which sends spikes",
    "counts in a slice are sums over the images; counters are per image and hold until the next value",
)
ONE_IMAGE = "one image: a barrier fills the time between two phases"
SEVERAL_IMAGES = (
    "{images} images, each from its own start: a slice goes from the first start to the last end of all images, so "
    "slices of successive time steps overlap and are then on further tracks; a phase begins with its first image"
)
RELOAD = "between two phases weights and states may also be swapped: 'barrier and reload'"


def check_name(path: Path) -> None:
    """Refuse, with a DocumentError, a file name without a known suffix, and a file that is no timeline.

    Only an older timeline is replaced.
    """
    if not path.name.endswith(SUFFIXES):
        raise DocumentError(f"{path}: wanted a name that ends in .json or .json.gz")
    try:
        if path.exists() and not is_timeline(path):
            raise DocumentError(f"{path}: exists and is no timeline; choose another name")
    except (OSError, ValueError) as error:
        raise DocumentError(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}") from None


def is_timeline(path: Path) -> bool:
    """Whether a file is a timeline that neurosim wrote, by its name and its beginning."""
    if not path.name.endswith(SUFFIXES) or not path.is_file():
        return False
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            return f'"schema":"{SCHEMA}"'.encode() in file.read(HEAD)
    except (OSError, EOFError, zlib.error):
        return False


def write_timeline(path: Path, record: Record, run_id: str = "") -> None:
    """Write the timeline of a run, compressed where the name ends in ``.gz``; the same run gives the same bytes."""
    check_name(path)
    text = to_text(timeline(record, run_id)).encode()
    with replacing(path) as file:
        file.write(gzip.compress(text, mtime=0) if path.name.endswith(".gz") else text)


def to_text(trace: Event) -> str:
    """Return a timeline as JSON, with one line for each event."""
    head = {name: value for name, value in trace.items() if name != "traceEvents"}
    lines = ",\n".join(map(_compact, trace["traceEvents"]))
    return f'{_compact(head)[:-1]},"traceEvents":[\n{lines}\n]}}\n'


def timeline(record: Record, run_id: str = "") -> Event:
    """Return the whole timeline as plain JSON: names first, then all events by time."""
    clock = TimeAxis(record.chip.tick_ns)
    events = [event for number in range(len(record.results)) for event in Process(record, number, clock).events()]
    events.sort(key=lambda event: (event["ph"] != "M", event.get("ts", 0), event["pid"], event["tid"], event["name"]))
    return {"displayTimeUnit": "ns", "metadata": metadata(record, run_id), "traceEvents": events}


def metadata(record: Record, run_id: str = "") -> Event:
    """Return the inputs of the run, and how to read the slices."""
    images = record.stimulus.images
    read = [*READ, ONE_IMAGE if images == 1 else SEVERAL_IMAGES.format(images=images)]
    if any(result.latency_parts.reload for result in record.results) and images == 1:
        read.append(RELOAD)
    return {
        "schema": SCHEMA,
        "neurosim_version": __version__,
        "run_id": run_id,
        "workload": record.workload,
        "seed": record.seed,
        "network": record.network.name,
        "weights_origin": record.network.weights_origin,
        "chip": record.chip.id,
        "tick_ns": record.chip.tick_ns,
        "images": images,
        "read": read,
    }


class TimeAxis:
    """Ticks as microseconds, in decimal arithmetic, so that slices that meet in a tick meet here as well."""

    def __init__(self, tick_ns: float) -> None:
        self.tick_us = Decimal(repr(tick_ns)) / 1000

    def at(self, tick: int) -> float:
        """Return a time, or a length, in microseconds."""
        return float(tick * self.tick_us)


class Process:
    """One result: its tracks, numbered from the top, and its counters."""

    def __init__(self, record: Record, number: int, clock: TimeAxis) -> None:
        self.record, self.clock = record, clock
        self.result: Result = record.results[number]
        self.ledger: Ledger = record.ledgers[number]
        self.pid, self.tracks = number + 1, 0
        self.names = {layer.number: layer.name for layer in self.result.layers}

    def events(self) -> Iterator[Event]:
        """Yield everything, in no particular order."""
        yield self.named("process_name", 0, {"name": result_title(self.result)})
        yield self.named("process_sort_index", 0, {"sort_index": self.pid})
        updates = tracks.of_layers(self.ledger)
        yield from self.host()
        yield from self.between_phases(updates)
        for number, name in self.names.items():
            own = [(key, span) for key, span in updates.items() if key.layer == number]
            yield from self.slices(f"layer {number}, {name}", "update", own)
        yield from self.cores()
        for noun in COUNTERS:
            yield from self.counters(noun, updates)

    def host(self) -> Iterator[Event]:
        """Yield the words in and out of the host port."""
        words = tracks.spans(self.ledger, tracks.HOST_PORT)
        yield from self.slices("host port", "transfer", words.items())

    def between_phases(self, updates: tracks.Spans) -> Iterator[Event]:
        """Yield the barriers of one image; of several, the instants at which the first of them begins a phase."""
        track = self.new_track()
        yield from self.name_of(track, "barriers" if self.record.stimulus.images == 1 else "phases")
        if self.record.stimulus.images > 1:
            for start in sorted({span.start for span in updates.values()}):
                yield self.event("i", track, "phase begins", start) | {"s": "t"}
            return
        name = "barrier and reload" if self.result.latency_parts.reload else "barrier"
        for start, end in tracks.pauses(self.ledger):
            yield self.event("X", track, name, start) | {"cat": "barrier", "dur": self.clock.at(end - start)}

    def cores(self) -> Iterator[Event]:
        """Yield two tracks for each core: the accumulations of its synapse unit and the updates of its neuron unit."""
        accumulated = tracks.of_cores(self.ledger, tracks.SYNAPSE_UNIT)
        updated = tracks.of_cores(self.ledger, tracks.NEURON_UNIT)
        uses = {use.core: use for use in self.result.core_use}
        for core in sorted(accumulated.keys() | updated.keys()):
            place = f"core {core}"
            if core in uses:
                use = uses[core]
                busy = units.format_share(use.busy / max(use.busy + use.stalled + use.waiting, 1))
                place += f", tile ({use.x}, {use.y}) slot {use.slot}, {busy} busy"
            yield from self.slices(f"{place}: synapse unit", "accumulate", accumulated.get(core, {}).items())
            yield from self.slices(f"{place}: neuron unit", "update", updated.get(core, {}).items())

    def slices(self, name: str, activity: str, spans: Iterable[tuple[SpanKey, Span]]) -> Iterator[Event]:
        """Yield spans as slices on a track, and on further ones where they overlap."""
        for number, lane in enumerate(tracks.lanes(spans)):
            track = self.new_track()
            yield from self.name_of(track, name if number == 0 else f"{name} ({number + 1})")
            for key, span in lane:
                label = f"{activity} {self.names.get(key.layer, key.layer)}, step {key.step}"
                yield self.event("X", track, label, span.start) | {
                    "cat": activity,
                    "dur": self.clock.at(span.end - span.start),
                    "args": span.counts,
                }

    def counters(self, noun: str, updates: tracks.Spans) -> Iterator[Event]:
        """Yield the spikes or packets that each layer sent in each neuron update phase, per image; 0 in between."""
        images = self.record.stimulus.images
        for number, name in self.names.items():
            own = [span for key, span in updates.items() if key.layer == number]
            own.sort(key=lambda span: (span.start, span.end))
            if not any(noun in span.counts for span in own):
                continue
            for span, later in zip(own, [*own[1:], None], strict=True):
                count = span.counts.get(noun, 0) / images
                yield self.counter(f"{noun}: {name}", span.start, noun, int(count) if count == int(count) else count)
                if later is None or later.start > span.end:
                    yield self.counter(f"{noun}: {name}", span.end, noun, 0)

    def counter(self, name: str, tick: int, noun: str, value: float) -> Event:
        """Return one value of a counter."""
        return self.event("C", 0, name, tick) | {"args": {noun: value}}

    def event(self, kind: str, track: int, name: str, tick: int) -> Event:
        """Return an event at a tick."""
        return {"ph": kind, "pid": self.pid, "tid": track, "name": name, "ts": self.clock.at(tick)}

    def new_track(self) -> int:
        """Return the number of a new track below all others."""
        self.tracks += 1
        return self.tracks

    def name_of(self, track: int, name: str) -> Iterator[Event]:
        """Yield the name of a track and its place."""
        yield self.named("thread_name", track, {"name": name})
        yield self.named("thread_sort_index", track, {"sort_index": track})

    def named(self, name: str, track: int, value: Event) -> Event:
        """Return what names or places a process or a track."""
        return {"ph": "M", "pid": self.pid, "tid": track, "name": name, "args": value}


def _compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

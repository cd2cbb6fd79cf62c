"""The vocabulary of the ledger: every operation and event that may be counted, and what one count of it means.

A canonical name is an operation's own name, followed by a format and a width in bits where the width matters:
``packet``, ``add_int20``, ``weight_read_bits64``. Whoever counts or prices an operation asks this registry for it,
at import, so a misspelt name fails before anything is simulated::

    ADD = vocabulary.need("add")          # raises KeyError for "ad"
    ADD.named("int", 20)                  # 'add_int20'

An operation's ``level`` is the view of the work that it belongs to: ``op`` (what a 45 nm table prices), ``event`` (what
a measured chip publishes, in place of the compute and memory groups) or ``shared`` (NoC, host port and static rows,
which both views have in common).
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Group = Literal["compute", "memory", "noc", "io", "static", "event"]
Level = Literal["op", "event", "shared"]

FORMATS = ("int", "fp", "bits")
_WIDTH = re.compile(r"_(int|fp|bits)([1-9][0-9]*)$")


@dataclass(frozen=True)
class Operation:
    """One thing that can be counted.

    ``meaning`` is what one count of it is. ``width`` says what the bits of its canonical name measure, and is
    empty where no width matters; ``formats`` lists the formats it may carry. An operation of the compute or the
    memory group is never counted without its width.
    """

    name: str
    group: Group
    level: Level
    meaning: str
    width: str = ""
    formats: tuple[str, ...] = ()

    @property
    def needs_width(self) -> bool:
        """Whether a count of it has to state its width."""
        return bool(self.width) and self.group in ("compute", "memory")

    def named(self, format: str = "", bits: int = 0) -> str:
        """Return the canonical name at this format and width, such as ``add_int20``."""
        return write(self.name, format, bits)


@dataclass(frozen=True)
class Counted:
    """A parsed canonical name: ``bits`` is 0 and ``format`` empty where the name carries no width."""

    operation: Operation
    format: str
    bits: int

    def __str__(self) -> str:
        return write(self.operation.name, self.format, self.bits)


_registry: dict[str, Operation] = {}


def register(operation: Operation) -> Operation:
    """Add an operation to the vocabulary; a name is given once."""
    if operation.name in _registry:
        raise ValueError(f"operation '{operation.name}' is registered twice")
    _registry[operation.name] = operation
    return operation


def need(name: str) -> Operation:
    """Return the operation of a name, canonical or without its width; a KeyError names the nearest known one."""
    if name in _registry:
        return _registry[name]
    return parse(name).operation


@lru_cache(maxsize=4096)
def parse(name: str) -> Counted:
    """Parse a canonical name; a KeyError for an unknown operation or a format that it cannot have."""
    if name in _registry:
        return Counted(_registry[name], "", 0)
    match = _WIDTH.search(name)
    stem = name[: match.start()] if match else name
    operation = _registry.get(stem)
    if operation is None or match is None:
        raise KeyError(f"unknown operation '{name}'" + _nearest(stem))
    if match[1] not in operation.formats:
        allowed = " or ".join(f"'{stem}_{format}8'" for format in operation.formats) or f"'{stem}'"
        raise KeyError(f"operation '{stem}' is never counted as '{name}'; write {allowed}")
    return Counted(operation, match[1], int(match[2]))


def write(name: str, format: str = "", bits: int = 0) -> str:
    """Return the canonical name: ``write('add', 'int', 20)`` is ``add_int20``."""
    return f"{name}_{format}{bits}" if bits else name


def known() -> dict[str, Operation]:
    """Return the whole vocabulary by name, in the order of the documentation."""
    return dict(_registry)


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, _registry, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


_NUMBERS = ("int", "fp")
_WORDS = ("bits",)

for _operation in (
    Operation("add", "compute", "op", "one addition or subtraction into an accumulator", "accumulator", _NUMBERS),
    Operation("multiply", "compute", "op", "one product", "wider operand", _NUMBERS),
    Operation("shift", "compute", "op", "one data word shifted by at least one place", "word", _NUMBERS),
    Operation("compare", "compute", "op", "one potential against one threshold", "potential", _NUMBERS),
    Operation("reset", "compute", "op", "one potential rewritten after a spike", "potential", _NUMBERS),
    Operation("weight_read", "memory", "op", "one access of one synapse-memory word", "memory word", _WORDS),
    Operation("potential_read", "memory", "op", "one stored potential read", "potential", _WORDS),
    Operation("potential_write", "memory", "op", "one stored potential written", "potential", _WORDS),
    Operation("axon_lookup", "memory", "op", "one routing-table entry read for one packet", "entry", _WORDS),
    Operation("spike_buffer_read", "memory", "op", "one spike map or packed spike word read", "spikes", _WORDS),
    Operation("spike_buffer_write", "memory", "op", "one spike map or packed word written", "spikes", _WORDS),
    Operation("weight_reload", "memory", "op", "one off-chip word moved, either way", "off-chip word", _WORDS),
    Operation("packet", "noc", "shared", "one packet injected: one spike x one destination core", "payload", _WORDS),
    Operation("within_tile_spike", "noc", "shared", "one packet whose source and destination share a tile"),
    Operation("hop_ew", "noc", "shared", "one packet over one east-west link", "payload", _WORDS),
    Operation("hop_ns", "noc", "shared", "one packet over one north-south link", "payload", _WORDS),
    Operation("router", "noc", "shared", "one packet through one router, both ends included"),
    Operation("barrier_global", "io", "shared", "one synchronisation of all tiles in use"),
    Operation("barrier_local", "io", "shared", "one synchronisation of the cores of some layers"),
    Operation("barrier_tiles", "io", "shared", "one tile taking part in one synchronisation"),
    Operation("input_word", "io", "shared", "one word in through the host port", "port", _WORDS),
    Operation("output_word", "io", "shared", "one word out through the host port", "port", _WORDS),
    Operation("state_reset", "io", "shared", "one chip-wide clearing of state between inferences"),
    Operation("core_busy", "static", "shared", "one tick of one core in use that works"),
    Operation("core_stalled", "static", "shared", "one tick of one core in use that cannot send"),
    Operation("core_waiting", "static", "shared", "one tick of one core in use that has nothing to do"),
    Operation("chip_tick", "static", "shared", "one tick of elapsed chip time"),
    Operation("synaptic_event_dense", "event", "event", "one spike x one synapse of a linear layer"),
    Operation("synaptic_event_sparse", "event", "event", "one spike x one synapse of an index-listed layer"),
    Operation("synaptic_event_conv", "event", "event", "one spike x one synapse of a shared kernel"),
    Operation("synaptic_event_graded", "event", "event", "one non-zero multi-bit input x one synapse"),
    Operation("synaptic_event_nonzero", "event", "event", "the events whose weight is not 0; never priced"),
    Operation("neuron_update_active", "event", "event", "one neuron visited that had something to do"),
    Operation("neuron_update_inactive", "event", "event", "one neuron visited that had nothing to do"),
    Operation("spike_out", "event", "event", "one neuron firing once"),
):
    register(_operation)

SYNAPTIC_EVENTS = ("synaptic_event_dense", "synaptic_event_sparse", "synaptic_event_conv")
"""One spike at one stored synapse, by the kind of its layer; of multi-bit inputs it is ``synaptic_event_graded``."""

# Two ways to count one action: where a table prices one side, the other counts as priced too.
VIEWS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("router",), ("hop_ew", "hop_ns", "within_tile_spike")),
    (("barrier_global", "barrier_local"), ("barrier_tiles",)),
    (("core_busy", "core_stalled", "core_waiting"), ("chip_tick",)),
)

# Counted for their own sake: a share of other rows, which already carry the price.
NEVER_PRICED = frozenset({"synaptic_event_nonzero"})

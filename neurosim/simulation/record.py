"""What a run leaves behind: facts and counts, no joules.

A :class:`Record` is what is stored, loaded again, priced and drawn. Its JSON form is the part of ``summary.json``
that needs no energy table; a trailing underscore of a field name is dropped there (``global_`` becomes ``global``).
Times are ticks of the chip, counts are sums over the images unless a field says ``per image``.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass, field
from typing import Any, Literal

from neurosim.simulation.ledger import Ledger


@dataclass(frozen=True)
class NetworkFacts:
    """The network as it was simulated; ``neurons`` fire, ``synapses`` have pools unrolled, ``weights`` are stored."""

    name: str
    layers: int
    neurons: int
    synapses: int
    weights: int
    weights_origin: Literal["trained", "synthetic"]


@dataclass(frozen=True)
class StimulusFacts:
    """What the network was shown."""

    kind: str
    images: int
    description: str = ""


@dataclass(frozen=True)
class ChipFacts:
    """The part of the chip that a report needs.

    ``memory_bits`` is the size of the memory an operation works on; ``skips_zeros`` says that a stored weight of 0 is
    not added.
    """

    id: str
    title: str
    tick_ns: float
    synchronous: bool
    width: int
    height: int
    cores_per_tile: int
    io_tile: int
    link_ticks: int
    synapse_memory_bits: int
    word_bits: int
    memory_bits: dict[str, int]
    notes: tuple[str, ...] = ()
    skips_zeros: bool = False


@dataclass(frozen=True)
class ConversionFacts:
    """How the network was converted.

    ``rate_code`` says that its T steps count spikes rather than carry T bits; ``linear_in_spikes`` that a spike is one
    addition for each of its synapses and one reset, and that all else is done without any (conversion.md, section 9).
    """

    kind: str
    steps: int
    levels: int
    weight_bits: int
    accumulator_bits: int
    rate_code: bool = False
    linear_in_spikes: bool = False


@dataclass(frozen=True)
class Lossless:
    """The comparison with the quantised network: every neuron of every spiking layer and step, and every logit.

    ``checked`` counts (neuron, step) slots and logits; ``saturated``, ``zero`` and ``negative`` count neurons by their
    accumulated input and ``ties`` those exactly half-way between two codes.
    """

    checked: int
    mismatches: int
    saturated: int
    zero: int
    negative: int
    ties: int


@dataclass(frozen=True)
class Accuracy:
    """Images whose largest logit was that of their label; or nodes of a graph, as ``of`` says."""

    images: int
    correct: int
    of: Literal["images", "nodes"] = "images"


@dataclass(frozen=True)
class Activity:
    """Spikes of all spiking layers over all steps, per image; per neuron; and per neuron and step."""

    spikes: float
    spikes_per_neuron: float
    spikes_per_neuron_per_step: float


@dataclass(frozen=True)
class Duration:
    """A time per image: whole ticks (the mean over the images, rounded) and seconds."""

    ticks: int
    seconds: float


@dataclass(frozen=True)
class LatencyParts:
    """Where one image's latency goes, in ticks (mean over the images); the parts add up to the latency.

    ``host`` is input through the port, ``compute`` the busiest core of each phase, ``mesh`` what a phase took beyond
    that because packets travelled or waited, ``barrier`` synchronisation and ``reload`` moving weights on chip.
    """

    host: int
    compute: int
    mesh: int
    barrier: int
    reload: int


@dataclass(frozen=True)
class NocFacts:
    """Traffic on the mesh, per image; ``busiest_link_ticks`` is the time the busiest link was taken."""

    model: str
    packets: int
    hops: int
    busiest_link_ticks: int


@dataclass(frozen=True)
class CoreFacts:
    """Cores in use; the mean share of the elapsed time they were busy; the number of the busiest one."""

    used: int
    busy_fraction: float
    busiest: int


@dataclass(frozen=True)
class BarrierFacts:
    """Synchronisations per image and the ticks they took."""

    global_: int
    local: int
    ticks: int


@dataclass(frozen=True)
class MemoryUse:
    """One kind of memory of the cores in use, in bits: its size, what the fullest holds, and the mean.

    ``layer`` and ``core`` are where the fullest is. The mean is of every layer's part in each of its cores.
    """

    memory: str
    size_bits: int
    peak_bits: int
    mean_bits: float
    layer: str
    core: int


@dataclass(frozen=True)
class MemoryFacts:
    """Bits: the most that is live at a time (membranes, waiting spikes), stored weights, what is moved per image.

    ``core_memories`` says how full the memories of the cores are, one entry for each kind.
    """

    peak_state_bits: int
    weight_bits: int
    weight_reload_bits: int
    core_memories: tuple[MemoryUse, ...] = ()


@dataclass(frozen=True)
class LayerResult:
    """One layer of one result, counts per image (means may be fractional where images differ).

    ``ticks`` is the time of the phases in which the layer was scanned, ``busy_fraction`` the share of the whole elapsed
    time that its cores were busy, ``bound`` what its phases were bound by (``host port``, ``neuron scan``,
    ``accumulate``, ``link``, ``mesh``). ``macs`` are in-bounds products, ``macs_effective`` those with a non-zero
    activation of the quantised network, ``identity_adds`` the additions of residual identities.
    """

    number: int
    name: str
    role: Literal["input", "first", "hidden", "output"]
    shape: tuple[int, int, int]
    neurons: int
    synapses: int
    weights: int
    macs: int
    macs_effective: float
    cores: int
    ticks: int
    busy_fraction: float
    spikes_by_step: tuple[float, ...]
    packets: float
    bound: str
    identity_adds: float = 0.0


@dataclass(frozen=True)
class CoreUse:
    """One core: its place and how its time was spent over all images; the three add up to the elapsed ticks."""

    core: int
    x: int
    y: int
    slot: int
    layers: tuple[int, ...]
    neurons: int
    busy: int
    stalled: int
    waiting: int


@dataclass(frozen=True)
class LinkUse:
    """One directed tile-to-tile link: packets over all images, and their share of what it could have carried.

    ``E`` leads to x + 1, ``W`` to x - 1, ``N`` to y + 1 and ``S`` to y - 1.
    """

    x: int
    y: int
    direction: Literal["E", "W", "N", "S"]
    packets: int
    load: float


@dataclass(frozen=True)
class Slice:
    """One core's part of a layer: rows, columns and channels as half-open ranges (a row of ``placement.csv``).

    Layers of one ``group`` are on the chip together, groups take turns.
    """

    layer: int
    name: str
    core: int
    rows: tuple[int, int]
    columns: tuple[int, int]
    channels: tuple[int, int]
    neurons: int
    weight_bits: int
    input_axons: int
    output_axons: int
    group: int = 0


@dataclass(frozen=True)
class Result:
    """One network, converted one way, under one schedule."""

    name: str
    conversion: ConversionFacts
    lossless: Lossless | None
    accuracy: Accuracy | None
    activity: Activity
    schedule: str
    latency: Duration
    initiation_interval: Duration
    latency_parts: LatencyParts
    noc: NocFacts
    cores: CoreFacts
    barriers: BarrierFacts
    memory: MemoryFacts
    counts: dict[str, float]
    counts_total: dict[str, int]
    elapsed_ticks: int
    layers: tuple[LayerResult, ...]
    core_use: tuple[CoreUse, ...]
    link_use: tuple[LinkUse, ...]


@dataclass(frozen=True, eq=False)
class Record:
    """One run: its facts, and one ledger and one placement for each result."""

    workload: str
    seed: int
    network: NetworkFacts
    stimulus: StimulusFacts
    chip: ChipFacts
    results: tuple[Result, ...]
    notices: tuple[str, ...] = ()
    ledgers: tuple[Ledger, ...] = field(default=(), metadata={"json": False})
    placements: tuple[tuple[Slice, ...], ...] = field(default=(), metadata={"json": False})


def to_json(value: Any) -> Any:
    """Return ``value`` as plain JSON: dataclasses as objects, tuples as lists, ``json: False`` fields left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            item.name.rstrip("_"): to_json(getattr(value, item.name))
            for item in dataclasses.fields(value)
            if item.metadata.get("json", True)
        }
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


def from_json(type_: Any, value: Any) -> Any:
    """Return the inverse of :func:`to_json`; keys that ``type_`` does not know (energies, say) are passed over."""
    origin, arguments = typing.get_origin(type_), typing.get_args(type_)
    if dataclasses.is_dataclass(type_):
        hints = typing.get_type_hints(type_)
        return type_(  # type: ignore[operator]
            **{
                item.name: from_json(hints[item.name], value[item.name.rstrip("_")])
                for item in dataclasses.fields(type_)
                if item.name.rstrip("_") in value
            }
        )
    if origin is tuple:
        kinds = [arguments[0]] * len(value) if arguments[-1] is Ellipsis else arguments
        return tuple(from_json(kind, item) for kind, item in zip(kinds, value, strict=True))
    if origin in (types.UnionType, typing.Union):
        return None if value is None else from_json(arguments[0], value)
    return value

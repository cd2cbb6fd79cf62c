"""The record of a run: facts and counts, no energy.

A :class:`Record` is what is stored, loaded again, priced and drawn. Its JSON form is the part of ``summary.json``
that needs no energy table; a trailing underscore of a field name is dropped there (``global_`` becomes ``global``).
Times are ticks of the chip, counts are sums over the images unless a field says ``per image``.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Le, Len

from neurosim.ledger.ledger import Ledger

Whole = Annotated[int, Ge(1 - 2**63), Le(2**63 - 1)]
Count = Annotated[int, Ge(0), Le(2**63 - 1)]
Size = Annotated[int, Ge(1), Le(2**31 - 1)]
Side = Annotated[int, Ge(1), Le(4096)]  # of a mesh
Bits = Annotated[int, Ge(1), Le(64)]
Amount = Annotated[float, Ge(0), Le(1e30)]


def json_name(name: str) -> str:
    """Return what a field is called in JSON."""
    return name.rstrip("_")


@dataclass(frozen=True)
class NetworkFacts:
    """The network as simulated: neurons that fire, synapses with pools unrolled, stored weights."""

    name: str
    layers: Size
    neurons: Count
    synapses: Count
    weights: Count
    weights_origin: Literal["trained", "synthetic"]


@dataclass(frozen=True)
class StimulusFacts:
    """What the network was shown."""

    kind: str
    images: Size
    description: str = ""


@dataclass(frozen=True)
class ChipFacts:
    """The part of the chip that a report needs.

    ``memory_bits`` is the size of the memory an operation works on; ``skips_zeros`` says that a stored weight of 0 is
    not added.
    """

    id: str
    title: str
    tick_ns: Annotated[float, Gt(0), Le(1e15)]
    synchronous: bool
    width: Side
    height: Side
    cores_per_tile: Side
    io_tile: Count
    link_ticks: Count
    synapse_memory_bits: Count
    word_bits: Count
    memory_bits: dict[str, Count]
    notes: tuple[str, ...] = ()
    skips_zeros: bool = False


@dataclass(frozen=True)
class ConversionFacts:
    """How the network was converted.

    ``rate_code`` says that its T steps count spikes rather than carry T bits; ``linear_in_spikes`` that a spike is one
    addition for each of its synapses and one reset, and that all else is done without any (conversion.md, section 9).
    """

    kind: str
    steps: Annotated[int, Ge(1), Le(10_000)]
    levels: Count
    weight_bits: Bits
    accumulator_bits: Bits
    rate_code: bool = False
    linear_in_spikes: bool = False


@dataclass(frozen=True)
class Lossless:
    """The comparison with the quantised network: every neuron of every spiking layer and step, and every logit.

    ``checked`` counts neuron-timestep pairs and logits; ``saturated``, ``zero`` and ``negative`` count neurons by their
    accumulated input and ``ties`` those exactly half-way between two codes.
    """

    checked: Count
    mismatches: Count
    saturated: Count
    zero: Count
    negative: Count
    ties: Count


@dataclass(frozen=True)
class Accuracy:
    """Images whose largest logit was that of their label; or nodes of a graph, as ``of`` says."""

    images: Count
    correct: Count
    of: Literal["images", "nodes"] = "images"


@dataclass(frozen=True)
class Activity:
    """Spikes of all spiking layers over all steps, per image; per neuron; and per neuron and step."""

    spikes: Amount
    spikes_per_neuron: Amount
    spikes_per_neuron_per_step: Amount


@dataclass(frozen=True)
class Duration:
    """A time per image: whole ticks (the mean over the images, rounded) and seconds."""

    ticks: Count
    seconds: Amount


@dataclass(frozen=True)
class LatencyParts:
    """Where one image's latency goes, in ticks (mean over the images); the parts add up to the latency.

    ``host`` is input through the port, ``compute`` the busiest core of each phase, ``mesh`` what a phase took beyond
    that because packets travelled or waited, ``barrier`` synchronisation and ``reload`` loading weights onto the chip.
    """

    host: Count
    compute: Count
    mesh: Whole
    barrier: Count
    reload: Count


@dataclass(frozen=True)
class NocFacts:
    """Traffic on the NoC, per image; ``busiest_link_ticks`` is the time that the busiest link was occupied.

    ``model`` is the NoC model: ``cycle_accurate``, ``unbounded_queues`` or ``lower_bound``; runs of model version 4 and
    before say ``exact``, ``infinite`` or ``analytic``.
    """

    model: str
    packets: Count
    hops: Count
    busiest_link_ticks: Count


@dataclass(frozen=True)
class CoreFacts:
    """Cores in use; the mean share of the elapsed time they were busy; the number of the busiest one."""

    used: Count
    busy_fraction: Amount
    busiest: Count


@dataclass(frozen=True)
class BarrierFacts:
    """Synchronisations per image and the ticks they took."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"alias_generator": json_name}

    global_: Count
    local: Count
    ticks: Count


@dataclass(frozen=True)
class MemoryUse:
    """One kind of memory of the cores in use, in bits: its size, what the fullest holds, and the mean.

    ``layer`` and ``core`` are where the fullest is. The mean is of every layer's part in each of its cores.
    """

    memory: str
    size_bits: Count
    peak_bits: Count
    mean_bits: Amount
    layer: str
    core: Count


@dataclass(frozen=True)
class MemoryFacts:
    """Bits: the most that is live at a time (membranes, waiting spikes), stored weights, what is moved per image.

    ``core_memories`` says how full the memories of the cores are, one entry for each kind.
    """

    peak_state_bits: Count
    weight_bits: Count
    weight_reload_bits: Count
    core_memories: tuple[MemoryUse, ...] = ()


@dataclass(frozen=True)
class LayerResult:
    """One layer of one result, counts per image (means may be fractional where images differ).

    ``ticks`` is the time of the phases in which the layer was scanned, ``busy_fraction`` the share of the whole elapsed
    time that its cores were busy, ``bound`` what its phases were bound by (``host port``, ``neuron scan``,
    ``accumulate``, ``link``, ``mesh``). ``macs`` are in-bounds products, ``macs_effective`` those with a non-zero
    activation of the quantised network, ``identity_adds`` the additions of residual identities.
    """

    number: Count
    name: str
    role: Literal["input", "first", "hidden", "output"]
    shape: tuple[Size, Size, Size]
    neurons: Count
    synapses: Count
    weights: Count
    macs: Count
    macs_effective: Amount
    cores: Count
    ticks: Count
    busy_fraction: Amount
    spikes_by_step: tuple[Amount, ...]
    packets: Amount
    bound: str
    identity_adds: Amount = 0.0


@dataclass(frozen=True)
class CoreUse:
    """One core: its place and how its time was spent over all images; the three add up to the elapsed ticks."""

    core: Count
    x: Count
    y: Count
    slot: Count
    layers: tuple[Count, ...]
    neurons: Count
    busy: Count
    stalled: Count
    waiting: Whole


@dataclass(frozen=True)
class LinkUse:
    """One directed tile-to-tile link: packets over all images, and their share of what it could have carried.

    ``E`` leads to x + 1, ``W`` to x - 1, ``N`` to y + 1 and ``S`` to y - 1.
    """

    x: Count
    y: Count
    direction: Literal["E", "W", "N", "S"]
    packets: Count
    load: Amount


@dataclass(frozen=True)
class Slice:
    """One partition, a core's part of a layer: rows, columns, channels as half-open ranges (a row of
    ``placement.csv``).

    Layers of one ``group`` are on the chip together; groups take turns.
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
    """The results of one conversion of the network under one schedule; the fields are those of ``summary.json``."""

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
    counts: dict[str, Amount]
    counts_total: dict[str, Count]
    elapsed_ticks: Count
    layers: Annotated[tuple[LayerResult, ...], Len(1)]
    core_use: tuple[CoreUse, ...]
    link_use: tuple[LinkUse, ...]


@dataclass(frozen=True, eq=False)
class Record:
    """One run: its facts, and one ledger and one placement for each result.

    Attributes
    ----------
    workload : str
        Name of the workload.
    seed : int
    network, stimulus, chip : NetworkFacts, StimulusFacts, ChipFacts
    results : tuple of Result
        One for each conversion and schedule, in the order of the workload.
    notices : tuple of str
        Remarks on the precision and the chip that a report repeats.
    ledgers : tuple of Ledger
        One for each result, without the host's time; not part of the JSON.
    placements : tuple of tuple of Slice
        One for each result; not part of the JSON.
    """

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
            json_name(item.name): to_json(getattr(value, item.name))
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
                item.name: from_json(hints[item.name], value[json_name(item.name)])
                for item in dataclasses.fields(type_)
                if json_name(item.name) in value
            }
        )
    if origin is tuple:
        items = [arguments[0]] * len(value) if arguments[-1] is Ellipsis else arguments
        return tuple(from_json(each, item) for each, item in zip(items, value, strict=True))
    if origin in (types.UnionType, typing.Union):
        return None if value is None else from_json(arguments[0], value)
    return value

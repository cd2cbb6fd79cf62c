"""A chip as data: its mesh, its cores, its memories and the ticks each part takes.

All times are whole ticks; ``tick_ns`` says how long one is. A chip file (``chips/*.yaml``) holds exactly these
fields, each with its text, from which the reference page is made. Widths are in bits, capacities are per core.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

STRICT = {"extra": "forbid"}
LARGEST_SIDE = 4096  # tiles; a packet's x and y are 12-bit fields in the kernel
MOST_CORES_PER_TILE = 58  # a router's inputs are the bits of one non-negative int64: 4 + 58 + 1 = 63
Count = Annotated[int, Ge(1), Le(2**31 - 1)]
Ticks = Annotated[int, Ge(0), Le(2**31 - 1)]
Side = Annotated[int, Ge(1), Le(LARGEST_SIDE)]


@dataclass(frozen=True)
class MeshSpec:
    """A ``width`` x ``height`` grid of tiles, each one router and ``cores_per_tile`` cores.

    XY routing, single-flit packets, one virtual channel, credit flow control. ``hop_*_ticks`` is the time of one
    tile-to-tile hop by direction, ``local_ticks`` from a router into one of its cores. ``buffer_depth`` packets fit
    each router input, ``ejection_depth`` wait at a core, ``output_depth`` between a neuron unit and its router.
    A slot is free again ``credit_ticks`` after its packet left it. A grant occupies its output port, and with
    ``grant_occupies: both`` its input port too, for ``link_ticks``.
    """

    __pydantic_config__ = STRICT

    width: Annotated[Side, "tiles from west to east"]
    height: Annotated[Side, "tiles from north to south"]
    cores_per_tile: Annotated[int, Ge(1), Le(MOST_CORES_PER_TILE), "cores that share one router"]
    hop_ew_ticks: Annotated[Count, "ticks of a packet from a router to its eastern or western neighbour"]
    hop_ns_ticks: Annotated[Count, "ticks of a packet from a router to its northern or southern neighbour"]
    local_ticks: Annotated[Ticks, "ticks from a router into one of its cores"]
    credit_ticks: Annotated[Ticks, "ticks until the slot of a packet that left is free again"]
    buffer_depth: Annotated[Count, "packets that fit into each input buffer of a router"]
    ejection_depth: Annotated[Count, "packets that can wait at a core"]
    output_depth: Annotated[int, Ge(0), Le(2**31 - 1), "packets that can wait between a neuron unit and its router"]
    link_ticks: Annotated[Count, "ticks for which a granted packet occupies its output port"] = 1
    grant_occupies: Annotated[Literal["output", "both"], "whether it occupies its input port as long, too"] = "output"

    @property
    def tiles(self) -> int:
        """Number of tiles."""
        return self.width * self.height

    @property
    def cores(self) -> int:
        """Number of cores on the chip."""
        return self.tiles * self.cores_per_tile

    @property
    def input_ticks(self) -> int:
        """Least time between two packets that enter a router at one input."""
        return self.link_ticks if self.grant_occupies == "both" else 1


@dataclass(frozen=True)
class Capacity:
    """What fits into one core."""

    __pydantic_config__ = STRICT

    neurons: Annotated[Count, "neurons that one core holds"]
    synapse_memory_bits: Annotated[Count, "size of a core's weight memory, in bits"]
    input_axons: Annotated[Count, "sources of packets that one core can tell apart"]
    output_axons: Annotated[Count, "destinations that one core can send to"]
    weight_bits: Annotated[Count, "widest weight that a core stores, in bits"]
    accumulator_bits: Annotated[int, Ge(1), Le(63), "width of a membrane potential, in bits"]


@dataclass(frozen=True)
class SynapseUnitSpec:
    """Serves arriving packets in order: axon lookup, weight fetch, accumulate.

    A packet that reaches ``f`` synapses takes ``axon_ticks + fill_ticks + max(ceil(f * weight_bits / word_bits) *
    word_ticks, ceil(f / accumulate_lanes) * accumulate_ticks)``: fetch and add are a pipeline that has to fill.
    """

    __pydantic_config__ = STRICT

    axon_ticks: Annotated[Ticks, "ticks to look up where a packet goes"]
    word_bits: Annotated[Count, "word of the weight memory, in bits"]
    word_ticks: Annotated[Ticks, "ticks to fetch a word"]
    accumulate_lanes: Annotated[Count, "weights that are accumulated at a time"]
    accumulate_ticks: Annotated[Ticks, "ticks for which they take"]
    fill_ticks: Annotated[Ticks, "ticks until fetch and accumulate overlap"] = 0


@dataclass(frozen=True)
class Stage:
    """One stage of the neuron unit: ``lanes`` neurons at a time, ``ticks`` for each such group."""

    __pydantic_config__ = STRICT

    lanes: Annotated[Count, "neurons at a time"]
    ticks: Annotated[Ticks, "ticks for each such group"]

    def ticks_for(self, neurons: int) -> int:
        """Return the ticks for so many ``neurons``."""
        return -(-neurons // self.lanes) * self.ticks


@dataclass(frozen=True)
class NeuronUnitSpec:
    """Scans the core's neurons once per step, ``lanes`` at a time, as a pipeline of four stages.

    A group of ``lanes`` neurons takes as long as its slowest stage. ``visit_*_ticks`` is the least time of a group
    in which no neuron is active, or some are (a published "neuron update" includes all stages, so such a chip has
    stages of 0 ticks). Packets leave ``axon_out_ticks`` apart, and the scan waits for them. A unit that ``multiplies``
    can grow a potential by any factor; one that does not has shifts and additions only.
    """

    __pydantic_config__ = STRICT

    lanes: Annotated[Count, "neurons that the unit scans at a time"]
    shift: Stage
    compare: Stage
    fire: Stage
    reset: Stage
    axon_out_ticks: Annotated[Ticks, "ticks between two packets of a core"]
    visit_inactive_ticks: Annotated[Ticks, "least ticks of a group in which no neuron is active"] = 0
    visit_active_ticks: Annotated[Ticks, "least ticks of a group in which a neuron is active"] = 0
    multiplies: Annotated[bool, "whether the unit has a multiplier, rather than shifts and additions only"] = True

    def firing_ticks(self, most: int) -> tuple[int, ...]:
        """Return the ticks of the fire and reset stages by how many neurons of a group fired; there are ``most``."""
        spikes = range(min(self.lanes, most) + 1)
        return tuple(max(self.fire.ticks_for(number), self.reset.ticks_for(number)) for number in spikes)


@dataclass(frozen=True)
class BarrierSpec:
    """Synchronisation: ``global_ticks`` maps a number of tiles in use to ticks, linear between its points."""

    __pydantic_config__ = STRICT

    global_ticks: Annotated[
        dict[Count, Ticks], "ticks of a barrier over all tiles in use, by their number; linear between the points"
    ]
    local_ticks: Annotated[Ticks, "ticks of a barrier between the cores of neighbouring layers"]


@dataclass(frozen=True)
class HostPort:
    """The port to the host: at one tile, one word every ``ticks_per_word``, both ways."""

    __pydantic_config__ = STRICT

    tile: Annotated[int, Ge(0), Le(2**31 - 1), "number of the tile at which the host port is, row by row from 0"]
    ticks_per_word: Annotated[Count, "ticks between two words, either way"]
    word_bits: Annotated[Count, "width of a word, in bits"] = 32


@dataclass(frozen=True)
class OffChip:
    """The off-chip memory, from which weights are reloaded when layers share cores."""

    __pydantic_config__ = STRICT

    bits_per_tick: Annotated[Count, "bits that are loaded in a tick"]
    word_bits: Annotated[Count, "width of a word, in bits"] = 64


@dataclass(frozen=True)
class Memories:
    """Sizes in bits of a core's memories beside the synapse memory; an access costs by the size of its memory.

    ``potential_bits`` holds the membranes, both banks; ``axon_bits`` the routing entries; ``spike_buffer_bits`` spike
    maps that wait to be accumulated. What does not fit one of them is reported in a notice and simulated as if it did,
    or with ``overflow: refuse`` refused; layers are then partitioned so that their membranes fit.
    """

    __pydantic_config__ = STRICT

    potential_bits: Annotated[Count, "size of a core's membrane potential memory, both banks, in bits"]
    axon_bits: Annotated[Count, "size of a core's routing table, in bits"]
    spike_buffer_bits: Annotated[Count, "size of a core's buffer of spikes that wait to be accumulated, in bits"]
    overflow: Annotated[
        Literal["report", "refuse"], "whether a network that needs more is simulated with a notice, or refused"
    ] = "report"


@dataclass(frozen=True)
class ChipSpec:
    """One chip, complete.

    ``weight_sharing`` stores a convolution kernel once per core instead of one word per synapse, and an input axon is
    then shared by all neurons of one channel of one source core. ``zero_weights`` says whether a stored zero is added
    like any other weight (``add``) or left out of the counts (``skip``). ``synchronous: false`` marks a chip without a
    clock, whose "cycle" is a modelling assumption. With ``spike_format: packed`` a layer sends nothing until its last
    step and then one packet with all steps' spikes for each neuron and destination core; it is kept in the spike buffer
    there and accumulated step by step.
    """

    __pydantic_config__ = STRICT

    id: Annotated[str, "name of the chip, that of its file"]
    title: Annotated[str, "what it is, in words"]
    tick_ns: Annotated[float, Gt(0), Le(1e9), "length of a tick, in ns"]
    synchronous: Annotated[bool, "whether it has a clock; else its ticks are a modelling choice"]
    mesh: MeshSpec
    capacity: Capacity
    memories: Memories
    synapse_unit: SynapseUnitSpec
    neuron_unit: NeuronUnitSpec
    barrier: BarrierSpec
    io: HostPort
    offchip: OffChip
    weight_sharing: Annotated[
        bool, "whether a convolution kernel is stored once per core rather than a word per synapse"
    ]
    zero_weights: Annotated[
        Literal["add", "skip"], "whether a stored zero is accumulated like any weight, or skipped"
    ] = "add"
    spike_format: Annotated[
        Literal["unary", "packed"], "whether spikes are sent step by step, or those of all steps packed into one packet"
    ] = "unary"
    notes: Annotated[tuple[str, ...], "what a reader should know: where numbers come from, what is assumed"] = ()

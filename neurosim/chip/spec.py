"""A chip as data: its mesh, its cores, its memories and the ticks each part takes.

All times are whole ticks; ``tick_ns`` says how long one is. A chip file (``chips/*.yaml``) holds exactly these
fields. Widths are in bits, capacities are per core.
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

    width: Side
    height: Side
    cores_per_tile: Annotated[int, Ge(1), Le(MOST_CORES_PER_TILE)]
    hop_ew_ticks: Count
    hop_ns_ticks: Count
    local_ticks: Ticks
    credit_ticks: Ticks
    buffer_depth: Count
    ejection_depth: Count
    output_depth: Annotated[int, Ge(0), Le(2**31 - 1)]
    link_ticks: Count = 1
    grant_occupies: Literal["output", "both"] = "output"

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

    neurons: Count
    synapse_memory_bits: Count
    input_axons: Count
    output_axons: Count
    weight_bits: Count
    accumulator_bits: Annotated[int, Ge(1), Le(63)]


@dataclass(frozen=True)
class SynapseUnitSpec:
    """Serves arriving packets in order: axon lookup, weight fetch, accumulate.

    A packet that reaches ``f`` synapses takes ``axon_ticks + fill_ticks + max(ceil(f * weight_bits / word_bits) *
    word_ticks, ceil(f / accumulate_lanes) * accumulate_ticks)``: fetch and add are a pipeline that has to fill.
    """

    __pydantic_config__ = STRICT

    axon_ticks: Ticks
    word_bits: Count
    word_ticks: Ticks
    accumulate_lanes: Count
    accumulate_ticks: Ticks
    fill_ticks: Ticks = 0


@dataclass(frozen=True)
class Stage:
    """One stage of the neuron unit: ``lanes`` neurons at a time, ``ticks`` for each such group."""

    __pydantic_config__ = STRICT

    lanes: Count
    ticks: Ticks

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

    lanes: Count
    shift: Stage
    compare: Stage
    fire: Stage
    reset: Stage
    axon_out_ticks: Ticks
    visit_inactive_ticks: Ticks = 0
    visit_active_ticks: Ticks = 0
    multiplies: bool = True

    def firing_ticks(self, most: int) -> tuple[int, ...]:
        """Return the ticks of the fire and reset stages by how many neurons of a group fired; there are ``most``."""
        spikes = range(min(self.lanes, most) + 1)
        return tuple(max(self.fire.ticks_for(number), self.reset.ticks_for(number)) for number in spikes)


@dataclass(frozen=True)
class BarrierSpec:
    """Synchronisation: ``global_ticks`` maps a number of tiles in use to ticks, linear between its points."""

    __pydantic_config__ = STRICT

    global_ticks: dict[Count, Ticks]
    local_ticks: Ticks


@dataclass(frozen=True)
class HostPort:
    """The port to the host: at one tile, one word every ``ticks_per_word``, both ways."""

    __pydantic_config__ = STRICT

    tile: Annotated[int, Ge(0), Le(2**31 - 1)]
    ticks_per_word: Count
    word_bits: Count = 32


@dataclass(frozen=True)
class OffChip:
    """The off-chip memory, from which weights are reloaded when layers share cores."""

    __pydantic_config__ = STRICT

    bits_per_tick: Count
    word_bits: Count = 64


@dataclass(frozen=True)
class Memories:
    """Sizes in bits of a core's memories beside the synapse memory; an access costs by the size of its memory.

    ``potential_bits`` holds the membranes, both banks; ``axon_bits`` the routing entries; ``spike_buffer_bits`` spike
    maps that wait to be accumulated. What does not fit one of them is reported in a notice and simulated as if it did,
    or with ``overflow: refuse`` refused; layers are then partitioned so that their membranes fit.
    """

    __pydantic_config__ = STRICT

    potential_bits: Count
    axon_bits: Count
    spike_buffer_bits: Count
    overflow: Literal["report", "refuse"] = "report"


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

    id: str
    title: str
    tick_ns: Annotated[float, Gt(0), Le(1e9)]
    synchronous: bool
    mesh: MeshSpec
    capacity: Capacity
    memories: Memories
    synapse_unit: SynapseUnitSpec
    neuron_unit: NeuronUnitSpec
    barrier: BarrierSpec
    io: HostPort
    offchip: OffChip
    weight_sharing: bool
    zero_weights: Literal["add", "skip"] = "add"
    spike_format: Literal["unary", "packed"] = "unary"
    notes: tuple[str, ...] = ()

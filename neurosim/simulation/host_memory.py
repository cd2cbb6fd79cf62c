"""The host memory that a simulation needs, predicted from the network and its placement.

The bytes behind each constant are those of the arrays named beside it; ``tests/unit/test_simulation_host_memory.py``
compares the sum with the peak of real runs.
"""

from __future__ import annotations

import resource
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurosim.chip.noc.packets import canonical_model, noc_module
from neurosim.chip.noc.router_state import queue_bytes
from neurosim.chip.spec import ChipSpec
from neurosim.conversion.projections.projection import Projection
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.errors import CapacityError
from neurosim.mapping.placement import LayerPlacement, Placement
from neurosim.schedule.phase import Phase
from neurosim.simulation.functional.golden_model import PART
from neurosim.simulation.image_run import STREAMED
from neurosim.simulation.memory.spike_buffers import reached

MIB = 2**20
PROGRAM = 300 * MIB  # the interpreter, its libraries and the kernels, were they to be compiled as well
ACTIVITY = 0.25  # of the neurons spike in a step, assumed; the shipped VGG16: 0.17
SENT_BYTES = 18  # a packet of an image that is streamed: destination, route, fan-out, tick
PHASE_BYTES = 160  # a packet while its phase is timed: 28 of traffic, 40 of transit, the rest the NoC kernel's own
EVENT_BYTES = 12  # a spike in an event list: channel and amount
GOLDEN_BYTES = 24  # a neuron in the golden model's layers, and in the spikes summed over the images
WEIGHT_BYTES, FOLD_BYTES = 9, 8  # a weight while its network is converted: read and rounded; folded in a convolution
LEDGER_BYTES = 25 * 7 * 8 * 4  # a core and step: operations, columns, int64, copies while rows are merged
MEMINFO, STATUS = Path("/proc/meminfo"), Path("/proc/self/status")


@dataclass(frozen=True)
class HostMemory:
    """Bytes, by what they are for; ``packets`` of the images kept for a stream, ``phase`` of the largest phase.

    ``maps`` hold membranes, spikes and events, and which neurons reach which; ``records`` what each phase did to each
    core, of this case and of the one before it, and the ledger.
    ``queues`` are those of the NoC, no deeper than a phase has packets. ``conversion`` is needed before the simulation
    begins and free again by then.
    """

    weights: int
    maps: int
    packets: int
    phase: int
    reference: int
    records: int
    conversion: int
    queues: int = 0

    @property
    def simulation(self) -> int:
        """Bytes of the simulation beyond the program and the weights already in memory."""
        return self.maps + self.packets + max(self.phase + self.queues, self.reference) + self.records

    @property
    def peak(self) -> int:
        """Peak of the whole process."""
        return PROGRAM + max(self.weights + self.simulation, self.conversion)


def predict(
    network: SpikingNetwork,
    placement: Placement,
    spec: ChipSpec,
    images: int,
    activity: float = ACTIVITY,
    listed: bool = True,
    noc: str = "cycle_accurate",
) -> HostMemory:
    """Return the memory for ``images`` if a share ``activity`` of the neurons spikes in a step, under any schedule.

    An upper bound up to that activity. Every schedule works on about one spike map of each layer at a time, so the
    largest phase is taken to be that. Packets take memory only where they are ``listed`` (:func:`lists_packets`),
    queues only where ``noc`` has any.
    """
    steps, streamed = network.steps, min(images, STREAMED)
    sources = [synapses for layer in network.layers for synapses in layer.sources]
    neurons = network.neurons + network.layers[0].neurons
    potentials = sum(2 * layer.neurons * np.dtype(layer.potential_dtype).itemsize for layer in network.layers)
    reaches = sum(8 * (synapses.rows.size + synapses.columns.size + synapses.channels.size) for synapses in sources)
    events = EVENT_BYTES * activity * neurons * steps
    once = every_step = 0.0  # packets of an image: the host's, and those that each step brings again
    for destination, layer in enumerate(network.layers):
        for source in {synapses.source for synapses in layer.sources}:
            sent = packets(network, source, placement[destination])
            once += sent if source == 0 else 0
            every_step += 0 if source == 0 else activity * sent
    host = network.model.scans("input")
    phases = host + steps * (len(network.layers) - 1)
    endpoints = spec.mesh.tiles * (spec.mesh.cores_per_tile + 1)
    return HostMemory(
        weights=sum(synapses.weights.nbytes for synapses in sources),
        maps=int(streamed * (potentials + neurons * (1 + 2 * steps) + events) + GOLDEN_BYTES * neurons + reaches),
        packets=int(streamed * SENT_BYTES * (host * once + steps * every_step)) if listed else 0,
        phase=int(PHASE_BYTES * (once + every_step)) if listed else 0,
        reference=max(map(patches_bytes, sources)),
        records=2 * 8 * images * phases * (2 * endpoints + 4 * spec.mesh.tiles)
        + LEDGER_BYTES * steps * placement.cores_used
        + 8 * 4 * streamed * phases * endpoints,
        queues=queue_bytes(spec.mesh, int(once + every_step)) if canonical_model(noc) == "cycle_accurate" else 0,
        conversion=sum((WEIGHT_BYTES + FOLD_BYTES * (s.kind == "conv")) * s.weights.size for s in sources),
    )


def lists_packets(model: str, phases: Iterable[Phase]) -> bool:
    """Return whether a run under ``phases`` may list its packets one by one.

    A NoC model that works on sums has the packets of a phase listed only where a core is sent some while it scans
    (:meth:`neurosim.chip.chip.Chip.followed`). No core holds two layers at a time, so two must be scanned together.
    """
    return noc_module(canonical_model(model)).FOLLOWS_PACKETS or any(len(phase.items) > 1 for phase in phases)


def packets(network: SpikingNetwork, source: int, placed: LayerPlacement) -> int:
    """Return how many packets a placed layer gets if every neuron of layer ``source`` spikes once."""
    return int(reached(network, source, placed).sum())


def patches_bytes(synapses: Projection) -> int:
    """Return the bytes of one matrix product of the golden model: twice the windows, and some weights, in float64."""
    if not synapses.is_stored:
        return 0
    _, rows, columns = synapses.shape
    return 8 * (2 * rows * columns * synapses.fan_in * synapses.groups + min(synapses.weights.size, PART))


def available_bytes(meminfo: Path = MEMINFO) -> int | None:
    """Return the bytes that a new program may take on this machine, or None where Linux does not say."""
    if not meminfo.is_file():
        return None
    lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines() if ":" in line)
    kib = lines.get("MemAvailable", "").split()
    return 1024 * int(kib[0]) if kib else None


def peak_bytes(processes: int = 1) -> int:
    """Return the peak memory in bytes of ``processes`` together: this one and those that it forked.

    A fork begins as a copy of this process and shares its memory, so it adds only what it had beyond that. Linux
    reports the peak of the largest of them only, which is taken for each.
    """
    own = own_peak_bytes()
    if processes == 1:
        return own
    largest = 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return own + (processes - 1) * max(largest - own, 0)


def own_peak_bytes(status: Path = STATUS) -> int:
    """Return the peak memory in bytes of this process.

    It is the process's own high-water mark: that of ``getrusage`` begins with its parent's.
    """
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def check_memory(name: str, needed: HostMemory, available: int | None, processes: int = 1) -> None:
    """Raise CapacityError if the simulation of ``name`` needs more memory than is ``available``, in all processes."""
    if available is None or processes * needed.simulation <= available:
        return
    shared, fewer = (f" in each of {processes} processes", "processes, ") if processes > 1 else ("", "")
    names = ["maps", "packets", "phase", "reference", "records"]
    names += ["queues"] if needed.queues > needed.phase else []
    parts = ", ".join(f"{part} {getattr(needed, part) / MIB:,.0f}" for part in names)
    remedy = "queues of less buffer_depth and ejection_depth, " if needed.queues > needed.phase else ""
    raise CapacityError(
        f"{name}: the simulation needs about {needed.simulation / MIB:,.0f} MiB{shared} ({parts}), this machine has "
        f"{available / MIB:,.0f} MiB left; take {remedy}fewer {fewer}images or steps, a smaller input, or cores that "
        "hold more, so that a spike goes to fewer of them"
    )

"""Small random spiking networks, chips and placements: what the laws of the simulator are tried on.

Everything follows from one ``numpy.random.Generator``. A network has a stimulus, a first layer, up to three hidden
ones (convolution, grouped, depthwise, linear, behind sum pools, with residual identities or a second convolution) and
an output layer. Thresholds are small enough that neurons saturate and tie.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from neurosim.chip.spec import (
    BarrierSpec,
    Capacity,
    ChipSpec,
    HostPort,
    Memories,
    MeshSpec,
    NeuronUnitSpec,
    OffChip,
    Stage,
    SynapseUnitSpec,
)
from neurosim.conversion.projections.projection import Projection, Window
from neurosim.conversion.spiking import SpikingLayer, SpikingNetwork
from neurosim.mapping.placement import LayerPlacement, Placement
from neurosim.plugins import known, resolve

MODELS = tuple(known("neurosim.neurons"))
SCHEDULES = tuple(known("neurosim.schedule"))
INPUT_MAX = 15


def model_of(kind, steps):
    return resolve("neurosim.neurons", kind)(steps)


def legal(model, kind):
    schedule = resolve("neurosim.schedule", kind)
    return not (schedule.fires_every_step and model.waits_for_all_steps)


def legal_schedules(model):
    return [resolve("neurosim.schedule", kind)() for kind in SCHEDULES if legal(model, kind)]


def times_read(model, role):
    """How often a layer reads each plane of its input: once, unless it replays it."""
    readings = list(model.input_order(role))
    return len(readings) // len(set(readings))


def read_again(observation):
    """How many spikes of a spike buffer were read a second time, by layers that replay all of their input."""
    network, writes = observation.network, 0
    for (layer, name), count in observation.ledger.by("layer", "op").items():
        if name.startswith("spike_buffer_write"):
            writes += count * (times_read(network.model, network.layers[layer].role) - 1)
    return writes


def random_network(rng, model, hidden=None, pixels=6):
    """A network of two to five layers on an input of at most ``pixels`` x ``pixels`` x 3."""
    shape = (int(rng.integers(1, 4)), int(rng.integers(2, pixels + 1)), int(rng.integers(2, pixels + 1)))
    layers = [stimulus(shape, 0 if model.reads_pixels else INPUT_MAX)]
    layers.append(layer_of(rng, model, "first", [bundle(rng, layers, 0)], layers))
    for _ in range(int(rng.integers(0, 4)) if hidden is None else hidden):
        main = bundle(rng, layers, len(layers) - 1)
        sources = [main]
        if rng.random() < 0.6:
            sources += [skip for skip in [skip_into(rng, layers, main.shape)] if skip is not None]
        layers.append(layer_of(rng, model, "hidden", sources, layers))
    last = bundle(rng, layers, len(layers) - 1, kind="linear", channels=int(rng.integers(2, 6)))
    layers.append(layer_of(rng, model, "output", [last], layers))
    return SpikingNetwork("random", tuple(layers), model, 2**model.steps - 1, 8, "synthetic")


def random_images(rng, network, images=1):
    """(images, rows, columns, channels) uint8, about a third of them 0."""
    shape = (images, *network.layers[0].map_shape)
    return (rng.integers(0, INPUT_MAX + 1, shape) * (rng.random(shape) < 0.7)).astype(np.uint8)


def stimulus(shape, largest=0):
    return SpikingLayer("image", "input", shape, (), np.zeros(0, np.int64), largest, 1.0, 0, 5)


def bundle(rng, layers, source, kind=None, channels=None):
    """Stored synapses of a random shape from layer ``source``."""
    own_channels, rows, columns = layers[source].shape
    pool = None
    if source > 0 and rng.random() < 0.3:
        pool = window(rng, rows, columns, largest=3)
        rows, columns = pool.output(rows, columns)
    kind = kind or ("linear" if rng.random() < 0.2 else "conv")
    if kind == "linear":
        taps, groups, outputs = Window((rows, columns), (1, 1)), 1, channels or int(rng.integers(1, 7))
    else:
        keeps_size = rng.random() < 0.6
        taps = Window((3, 3), (1, 1), (1, 1)) if keeps_size else window(rng, rows, columns, largest=3)
        groups = int(rng.choice([group for group in range(1, own_channels + 1) if own_channels % group == 0]))
        outputs = groups * int(rng.integers(1, 4))
    shape = (outputs, *taps.output(rows, columns))
    weights = rng.integers(-9, 10, (*taps.kernel, own_channels // groups, outputs)).astype(np.int8)
    return Projection(kind, source, layers[source].shape, shape, weights, taps, pool, groups)


def window(rng, rows, columns, largest):
    """A window that fits at least once; strides may lose positions and paddings may reach outside."""
    kernel = tuple(int(rng.integers(1, min(largest, size) + 1)) for size in (rows, columns))
    stride = tuple(int(rng.integers(1, 4)) for _ in kernel)
    padding = tuple(int(rng.integers(0, extent)) for extent in kernel)
    return Window(kernel, stride, padding)


def skip_into(rng, layers, shape):
    """A second source for a layer of ``shape``: an identity if one fits, a strided convolution, or None."""
    for source in rng.permutation(np.arange(1, len(layers))).tolist():
        channels, rows, columns = layers[source].shape
        stride = next((s for s in (1, 2, 3) if (-(-rows // s), -(-columns // s)) == shape[1:]), None)
        if stride is None:
            continue
        step = (stride, stride)
        if channels <= shape[0] and rng.random() < 0.7:
            offset, weight = int(rng.integers(0, shape[0] - channels + 1)), np.int64(rng.integers(1, 40))
            where = Window((1, 1), step)
            return Projection("identity", source, layers[source].shape, shape, weight, where, channel_offset=offset)
        weights = rng.integers(-9, 10, (1, 1, channels, shape[0])).astype(np.int8)
        return Projection("conv", source, layers[source].shape, shape, weights, Window((1, 1), step))
    return None


def layer_of(rng, model, role, sources, layers):
    """A layer with random bias and threshold, wide enough for every partial sum (conversion.md 3.5)."""
    shape = sources[0].shape
    bias = rng.integers(-30, 31, shape[0]) * (rng.random(shape[0]) < 0.6)
    threshold = int(rng.choice([1, 2, 7, 16, 33, 64, 150, 400]))
    reach = np.abs(bias)
    for synapses in sources:
        area = int(np.prod(synapses.pool.kernel)) if synapses.pool else 1
        is_pixel = layers[synapses.source].role == "input" and model.reads_pixels
        largest = INPUT_MAX if is_pixel else model.largest_input()
        sums = np.abs(synapses.weights.astype(np.int64)).sum(axis=(0, 1, 2) if synapses.weights.ndim else None)
        reach = reach + area * largest * sums
    bits = 1 + model.width(int(reach.max()), 0 if role == "output" else threshold).bit_length()
    bits = 40 if rng.random() < 0.2 else bits  # some layers in int64
    name = f"{role}{len(layers)}"
    return SpikingLayer(name, role, shape, tuple(sources), bias.astype(np.int64), threshold, 1.0, 0, bits)


def small_chip(width=3, height=3, cores_per_tile=2, **changes):
    """A chip of width x height x cores_per_tile cores; ``changes`` replaces fields, ``part={...}`` fields of a part."""
    stage = Stage(lanes=2, ticks=1)
    spec = ChipSpec(
        id="small", title="A chip for tests", tick_ns=1.0, synchronous=True,
        mesh=MeshSpec(width, height, cores_per_tile, 2, 3, 1, 1, buffer_depth=2, ejection_depth=2, output_depth=2),
        capacity=Capacity(10_000, 1 << 24, 1 << 20, 1 << 20, 8, 48),
        memories=Memories(1 << 20, 1 << 20, 1 << 20),
        synapse_unit=SynapseUnitSpec(axon_ticks=1, word_bits=32, word_ticks=1, accumulate_lanes=3, accumulate_ticks=1),
        neuron_unit=NeuronUnitSpec(3, stage, stage, stage, stage, axon_out_ticks=1),
        barrier=BarrierSpec({1: 4, 4: 10}, 3), io=HostPort(0, 1), offchip=OffChip(64), weight_sharing=True,
    )  # fmt: skip
    parts = {name: replace(getattr(spec, name), **value) if isinstance(value, dict) else value
             for name, value in changes.items()}  # fmt: skip
    return replace(spec, **parts)


def random_chip(rng, cores):
    """A chip of at least ``cores`` cores with every time and depth drawn at random, zeros among them."""
    per_tile = int(rng.integers(1, 5))
    width = int(rng.integers(1, 5))
    height = -(-cores // (per_tile * width))
    few = lambda low=0, high=4: int(rng.integers(low, high))  # noqa: E731
    return small_chip(
        width, height, per_tile,
        mesh={"hop_ew_ticks": few(1), "hop_ns_ticks": few(1), "local_ticks": few(), "credit_ticks": few(),
              "buffer_depth": few(1), "ejection_depth": few(1), "output_depth": few(), "link_ticks": few(1, 3)},
        synapse_unit={"axon_ticks": few(), "word_bits": int(rng.choice([8, 13, 64])), "word_ticks": few(),
                      "accumulate_lanes": few(1, 9), "accumulate_ticks": few(), "fill_ticks": few()},
        neuron_unit={"lanes": few(1, 9), "shift": Stage(few(1), few()), "compare": Stage(few(1), few()),
                     "fire": Stage(few(1), few()), "reset": Stage(few(1), few()), "axon_out_ticks": few(),
                     "visit_inactive_ticks": few(0, 2), "visit_active_ticks": few(1, 3)},
        barrier={"local_ticks": few()},
        io={"tile": few(0, width * height), "ticks_per_word": few()},
    )  # fmt: skip


def random_edges(rng, size, parts):
    inner = rng.choice(np.arange(1, size), min(parts, size) - 1, replace=False) if size > 1 else np.zeros(0)
    return np.concatenate([[0], np.sort(inner), [size]]).astype(np.int64)


def random_placement(rng, network, most=3):
    """Every layer cut at random, no two boxes on one core, cores in random order. Returns (placement, cores)."""
    cuts = [
        [random_edges(rng, size, int(rng.integers(1, most + 1))) for size in layer.map_shape]
        for layer in network.layers[1:]
    ]
    return placed(cuts, rng.permutation)


def shared_placement(rng, network):
    """As ``random_placement``, but in groups of layers that take the same cores in turn. Returns (placement, cores)."""
    placement, _ = random_placement(rng, network)
    layers, group, needed = [None], 0, {}
    for placed_layer in placement.layers[1:]:
        group += len(layers) > 1 and rng.random() < 0.6
        begin = needed.get(group, 0)
        needed[group] = begin + placed_layer.cores.size
        cores = np.arange(begin, needed[group], dtype=np.int32).reshape(placed_layer.cores.shape)
        layers.append(replace(placed_layer, cores=cores, group=group))
    return Placement(tuple(layers), "test"), max(needed.values())


def whole_placement(network):
    """Every layer uncut on a core of its own. Returns (placement, cores)."""
    return placed([[np.array([0, size]) for size in layer.map_shape] for layer in network.layers[1:]], np.arange)


def finest_placement(network):
    """Every neuron on a core of its own. Returns (placement, cores)."""
    return placed([[np.arange(size + 1) for size in layer.map_shape] for layer in network.layers[1:]], np.arange)


def placed(cuts, order):
    shapes = [tuple(len(edges) - 1 for edges in edges_of) for edges_of in cuts]
    sizes = [int(np.prod(shape)) for shape in shapes]
    free = iter(order(sum(sizes)).tolist())
    layers = [None]
    for number, (edges_of, shape, size) in enumerate(zip(cuts, shapes, sizes, strict=True), start=1):
        cores = np.array(list(itertools.islice(free, size)), np.int32).reshape(shape)
        layers.append(LayerPlacement(number, *(edges.astype(np.int64) for edges in edges_of), cores))
    return Placement(tuple(layers), "test"), sum(sizes)

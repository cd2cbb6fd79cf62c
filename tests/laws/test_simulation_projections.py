"""A layer that reads a source through several projections gets one packet a spike and core, which serves them all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.conversion.projections.projection import Projection, Window
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.schedule.layer_by_layer import LayerByLayer
from neurosim.simulation.observe import observe
from tests.reference.behaviour_plain import dense
from tests.reference.random_networks import (
    bundle,
    layer_of,
    model_of,
    random_chip,
    random_images,
    random_placement,
    stimulus,
)

POINT = Window((1, 1), (1, 1))


def beside(rng, main):
    """A convolution or an identity beside ``main``, on maps of the same size, or None."""
    channels, rows, columns = main.source_shape
    if (rows, columns) != main.shape[1:]:
        return None
    if channels <= main.shape[0] and rng.random() < 0.6:
        offset = int(rng.integers(0, main.shape[0] - channels + 1))
        shape = (main.source_shape, main.shape, np.int64(rng.integers(1, 9)), POINT)
        return Projection("identity", main.source, *shape, channel_offset=offset)
    weights = rng.integers(-9, 10, (1, 1, channels, main.shape[0])).astype(np.int8)
    return Projection("conv", main.source, main.source_shape, main.shape, weights, POINT)


def random_case(seed, kind):
    """A network whose hidden layer, or whose first one, reads its source through two or three projections."""
    rng = np.random.default_rng(seed)
    model = model_of(kind, int(rng.integers(1, 4)))
    layers = [stimulus((2, 4, 4), 0 if model.reads_pixels else 15)]
    for role in ("first", "hidden"):
        channels, rows, columns = layers[-1].shape
        weights = rng.integers(-9, 10, (3, 3, channels, channels + 1)).astype(np.int8)
        main = Projection("conv", len(layers) - 1, layers[-1].shape, (channels + 1, rows, columns), weights,
                        Window((3, 3), (1, 1), (1, 1)))  # fmt: skip
        more = [beside(rng, main) for _ in range(int(rng.integers(1, 3)))]
        layers.append(layer_of(rng, model, role, [main, *more], layers))
    layers.append(layer_of(rng, model, "output", [bundle(rng, layers, 2, kind="linear", channels=3)], layers))
    network = SpikingNetwork("wide", tuple(layers), model, 2**model.steps - 1, 8, "synthetic")
    placement, cores = random_placement(rng, network)
    return network, placement, random_chip(rng, cores), random_images(rng, network)


def expected(network, seen, placement, number):
    """(packets, stored synapses) that a layer gets, one by one."""
    sources = network.layers[number].sources
    reach = sum(dense(synapses)[0] for synapses in sources)
    stored = sum(dense(synapses)[0].sum((3, 4, 5)) for synapses in sources if synapses.is_stored)
    spikes = seen.events_of(sources[0].source)
    packets = sum(
        int((spikes * reach[..., y0:y1, x0:x1, c0:c1].any((3, 4, 5))).sum())
        for y0, y1, x0, x1, c0, c1 in placement[number].partitions.tolist()
    )
    return packets, int((spikes * stored).sum())


@pytest.mark.parametrize("noc", ["cycle_accurate", "unbounded_queues", "lower_bound"])
@settings(max_examples=15)
@given(st.integers(0, 2**32))
def test_packets_and_synapses_are_those_of_an_enumeration(noc, seed):
    network, placement, spec, image = random_case(seed, "if_soft")
    seen = observe(network, spec, placement, LayerByLayer(), image, model=noc)
    assert seen.lossless_check.mismatches == 0
    counts = seen.ledger.by("layer", "op")
    for number in (2, 3):
        packets, synapses = expected(network, seen, placement, number)
        assert counts.get((number, "axon_lookup_bits32"), 0) == packets
        kinds = ("conv", "dense")
        assert sum(counts.get((number, f"synaptic_event_{kind}"), 0) for kind in kinds) == synapses
    sent = {number: counts.get((number, "packet_bits32"), 0) for number in (1, 2)}
    assert sent == {number - 1: expected(network, seen, placement, number)[0] for number in (2, 3)}


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.sampled_from(["if_soft", "accumulate_fire", "radix"]))
def test_every_model_of_the_mesh_counts_the_same_and_the_bound_is_no_higher(seed, kind):
    network, placement, spec, image = random_case(seed, kind)
    elapsed, ledgers = [], []
    for noc in ("lower_bound", "unbounded_queues", "cycle_accurate"):
        seen = observe(network, spec, placement, LayerByLayer(), image, model=noc)
        elapsed.append(seen.timings[0].elapsed)
        times = ("core_", "chip_")  # how long each took; all else is counted
        ledgers.append({key: count for key, count in seen.ledger.totals().items() if not str(key).startswith(times)})
    assert ledgers[0] == ledgers[1] == ledgers[2]
    assert elapsed[0] <= min(elapsed[1:])

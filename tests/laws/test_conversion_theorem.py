"""What conversion.md proves, on random layers and random networks."""

from __future__ import annotations

import numpy as np
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from neurosim.conversion.convert import convert, lower
from neurosim.conversion.export import export
from neurosim.conversion.spiking import SpikingLayer
from neurosim.errors import ConversionError
from neurosim.network.importers.npz import read, write
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.if_qcfs import IfQcfs
from neurosim.neurons.if_soft import IfSoft
from neurosim.neurons.model import Membrane
from neurosim.simulation.functional.golden_model import golden_layers
from tests.laws.conversion_brute import PlainDatapath, matrices, spike
from tests.laws.conversion_networks import networks


def fire(steps, threshold, accumulated):
    """Run one layer of accumulate_fire on finished sums; return the codes."""
    layer = SpikingLayer("", "first", (1, 1, 1), (), np.zeros(1, np.int64), threshold, 1.0, 0, 63)
    model, datapath = AccumulateFire(steps), PlainDatapath()
    membrane = Membrane(np.zeros_like(accumulated), accumulated.copy(), {})
    planes = [model.update(datapath, layer, membrane, step) for step in range(steps)]
    return sum(plane.astype(np.int64) * model.spike_weight(step) for step, plane in enumerate(planes))


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 10), st.integers(1, 5000), st.integers(0, 999))
def test_accumulate_fire_emits_the_bits_of_the_rounded_code(steps, threshold, seed):
    top = threshold << steps
    random = np.random.default_rng(seed)
    ties = threshold * random.integers(-2, 2**steps + 3, 20) - (threshold >> 1)
    everything = np.concatenate([random.integers(-top, 2 * top, 60), ties, ties - 1, [0, -top, top, 3 * top]])
    wanted = np.clip((everything + (threshold >> 1)) // threshold, 0, 2**steps - 1)
    assert (wanted == 0).any()
    assert (wanted == 2**steps - 1).any()
    assert np.array_equal(fire(steps, threshold, everything), wanted)


@settings(max_examples=30, deadline=None)
@given(networks(), st.integers(0, 99))
def test_accumulate_fire_equals_the_quantised_network_in_every_spike_and_logit(network, seed):
    spiking = convert(network, AccumulateFire(3))
    random = np.random.default_rng(seed)
    image = random.integers(0, 256, spiking.layers[0].map_shape)
    spikes, logits, largest = spike(spiking, image, random)
    answers = golden_layers(spiking, image[None])
    for number in spiking.spiking:
        bits = [(answers[number].codes[0] >> (2 - step)) & 1 for step in range(3)]
        assert np.array_equal(spikes[number], np.stack(bits))
    assert np.array_equal(logits, answers[-1].accumulated[0])
    for number, seen in largest.items():
        assert 1 + seen.bit_length() <= spiking.layers[number].accumulator_bits <= 24


@settings(max_examples=20, deadline=None)
@given(networks(), st.sampled_from([IfQcfs, IfSoft]), st.integers(1, 8), st.integers(0, 99))
def test_a_rate_models_first_layer_reaches_the_quantised_count_and_no_sum_leaves_its_width(network, model, steps, seed):
    spiking = convert(network, model(steps))
    random = np.random.default_rng(seed)
    image = random.integers(0, 256, spiking.layers[0].map_shape)
    spikes, _, largest = spike(spiking, image, random)
    assert np.array_equal(spikes[1].sum(0), golden_layers(spiking, image[None])[1].codes[0])
    for number, seen in largest.items():
        assert 1 + seen.bit_length() <= spiking.layers[number].accumulator_bits <= 24


@settings(max_examples=30, deadline=None)
@given(networks(), st.sampled_from([6, 16, 24]), st.integers(0, 99))
def test_the_dense_reference_is_exact_whatever_the_size_of_its_sums(network, weight_bits, seed):
    try:
        spiking = convert(network, AccumulateFire(3), weight_bits=weight_bits, accumulator_bits=60)
    except ConversionError:
        reject()  # no exponent fits so few bits, which has a test of its own
    images = np.random.default_rng(seed).integers(0, 256, (2, *spiking.layers[0].map_shape))
    answers = golden_layers(spiking, images)
    for number, layer in enumerate(spiking.layers[1:], start=1):
        sums = sum(answers[s.source].codes.reshape(2, -1) @ matrices(s)[0] for s in layer.sources)
        assert np.array_equal(answers[number].accumulated, sums.reshape(2, *layer.map_shape) + layer.bias)


@settings(max_examples=30, deadline=None)
@given(networks())
def test_the_compact_form_gives_the_same_integers_again(tmp_path_factory, network):
    assembly = lower(network, AccumulateFire(3))
    file = tmp_path_factory.mktemp("compact") / "weights.npz"
    write(file, export(assembly), levels=7, folded=True)
    again = convert(read(file, network.graph), AccumulateFire(3))
    for one, other in zip(assembly.layers, again.layers, strict=True):
        assert (one.name, one.threshold, one.accumulator_bits) == (other.name, other.threshold, other.accumulator_bits)
        assert np.array_equal(one.bias, other.bias)
        for source, same in zip(one.sources, other.sources, strict=True):
            assert np.array_equal(source.weights, same.weights)

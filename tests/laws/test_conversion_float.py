"""The integer network is the float QCFS network, but for rounding: bias, pool, residual branch and flatten included."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from neurosim.conversion.batchnorm_folding import fold
from neurosim.conversion.convert import convert
from neurosim.errors import ConversionError
from neurosim.network.forward import evaluate as evaluate_node
from neurosim.network.forward import forward
from neurosim.network.layers import Activation
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.simulation.functional.golden_model import golden_layers
from tests.laws.conversion_networks import networks


def activations(network, x):
    """Return (inputs of all activations in units of their levels, logits), channels-last."""
    outputs, inputs = {}, []
    for node in network.graph.nodes:
        sources = [outputs[name] for name in node.inputs] or [x]
        parameters = network.of(node.name)
        outputs[node.name] = evaluate_node(node, parameters, *sources)
        if isinstance(node.layer, Activation):
            unit = float(parameters["lam"]) / node.layer.levels
            inputs.append((sources[0] / unit).transpose(0, 2, 3, 1))
    return inputs, outputs[node.name][:, :, 0, 0]


@settings(max_examples=40, deadline=None)
@given(networks(levels=15), st.integers(0, 99))
def test_with_fine_weights_every_code_is_the_float_networks_unless_it_is_a_tie(network, seed):
    spiking = convert(network, AccumulateFire(4), weight_bits=28, accumulator_bits=60)
    images = np.random.default_rng(seed).integers(0, 256, (2, *spiking.layers[0].map_shape))
    answers = golden_layers(spiking, images)
    inputs, logits = activations(network, images.transpose(0, 3, 1, 2) / 255)
    for number, value in zip(spiking.spiking, inputs, strict=True):
        # a tie may fall either way, and everything behind it follows
        assume(np.abs(value - np.floor(value) - 0.5).min() > 1e-5)
        assert np.array_equal(answers[number].codes, np.clip(np.floor(value + 0.5), 0, 15))
    real = answers[-1].accumulated[:, 0, 0] / spiking.layers[-1].threshold
    assert np.allclose(real, logits, rtol=0, atol=1e-4 * np.abs(logits).max())


@settings(max_examples=40, deadline=None)
@given(networks(), st.integers(0, 99))
def test_folding_batch_normalisation_changes_no_output(network, seed):
    images = np.random.default_rng(seed).random((2, *network.graph.input.shape))
    before, after = activations(network, images), activations(fold(network), images)
    for first, second in zip(before[0], after[0], strict=True):
        assume(np.abs(first - np.floor(first) - 0.5).min() > 1e-9)
        assert np.allclose(first, second, rtol=0, atol=1e-9)
    assert np.allclose(forward(network, images), forward(fold(network), images))


@settings(max_examples=25, deadline=None)
@given(networks(), st.integers(6, 12), st.integers(18, 40))
def test_the_exponent_is_the_largest_that_fits(network, weight_bits, accumulator_bits):
    try:
        spiking = convert(network, AccumulateFire(3), weight_bits=weight_bits, accumulator_bits=accumulator_bits)
    except ConversionError:
        reject()  # no exponent fits, which has a test of its own
    wider = convert(network, AccumulateFire(3), weight_bits=weight_bits + 1, accumulator_bits=accumulator_bits + 1)
    limit = 2 ** (weight_bits - 1) - 1
    for layer, other in zip(spiking.layers[1:], wider.layers[1:], strict=True):
        stored = [np.abs(s.weights.astype(np.int64)).max() for s in layer.sources if s.is_stored]
        assert max(stored) <= limit
        assert layer.accumulator_bits <= accumulator_bits
        # One more exponent doubles every weight to within one rounding, and the width by one bit.
        assert 2 * max(stored) + 1 > limit or layer.accumulator_bits >= accumulator_bits
        assert other.exponent >= layer.exponent

"""How a spiking network behaves, written once: ``test_ladder_levels.py`` inherits it for every rung of the ladder.

Networks here are small enough to work out by hand. ``first_layer`` drives one layer of neurons with given constant
currents; ``relay`` puts a layer of known spikes before a hidden one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from neurosim.conversion.projections.projection import POINT, Projection
from neurosim.conversion.spiking import SpikingLayer, SpikingNetwork
from tests.reference.behaviour_plain import dense, play
from tests.reference.random_networks import MODELS, model_of, random_images, random_network, stimulus

THRESHOLD = 8
# Currents into neurons of threshold 8, the spikes of 4 steps worked out by hand, in the order of CURRENTS.
CURRENTS = (-100, -1, 0, 4, 5, 6, 8, 11, 12, 20, 60, 123, 1000)
BY_HAND = {
    # u = I + 4, ladder 64 32 16 8: the bits of clip((I + 4) // 8, 0, 15); 4, 12, 20 and 60 are ties, 1000 saturates
    "accumulate_fire": "0000 0000 0000 0001 0001 0001 0001 0001 0010 0011 1000 1111 1111",
    # the same without the 4: the bits of clip(I // 8, 0, 15)
    "radix": "0000 0000 0000 0000 0000 0000 0001 0001 0001 0010 0111 1111 1111",
    # u += I from 0, a spike takes 8 off: 4 -> 4 8 4 8; 5 -> 5 10 7 12; 6 -> 6 12 10 8; 8 ties at every step
    "if_soft": "0000 0000 0000 0101 0101 0111 1111 1111 1111 1111 1111 1111 1111",
    # a spike clears: 5 -> 5 10 5 10; 6 -> 6 12 6 12 (if_soft: 0111); 4 -> 4 8 4 8
    "if_hard": "0000 0000 0000 0101 0101 0101 1111 1111 1111 1111 1111 1111 1111",
    # from 4: 4 -> 8 4 8 4; 5 -> 9 6 11 8; 6 -> 10 8 6 12; -1 -> 3 2 1 0
    "if_qcfs": "0000 0000 0000 1010 1011 1101 1111 1111 1111 1111 1111 1111 1111",
    # four members, from 4: 11 -> 15-8 18-16 13-8 16-16; 20 -> 24-24 20-16 24-24 20-16; 60 -> 64-32 92-32 ...
    "group": "0000 0000 0000 1010 1011 1101 1111 1212 2121 3232 4444 4444 4444",
    # no leak below 16, so as if_soft; -1 leaks back to 0 before it sinks again
    "lif": "0000 0000 0000 0101 0101 0111 1111 1111 1111 1111 1111 1111 1111",
    # the whole input comes at once: as accumulate_fire
    "weighted_stream": "0000 0000 0000 0001 0001 0001 0001 0001 0010 0011 1000 1111 1111",
}


def synapses(kind, source, source_shape, shape, weights, **more):
    return Projection(kind, source, source_shape, shape, np.asarray(weights), POINT, **more)


def layer(role, sources, shape, threshold=THRESHOLD, bias=None, bits=32):
    bias = np.zeros(shape[0], np.int64) if bias is None else np.asarray(bias, np.int64)
    return SpikingLayer(role, role, shape, tuple(sources), bias, threshold, 1.0, 0, bits)


def first_layer(model, currents, bias=None, bits=32, threshold=THRESHOLD):
    """One pixel that drives neuron i with ``currents[i]``, and an output layer that sums all spikes."""
    n = len(currents)
    drive = synapses("linear", 0, (1, 1, 1), (n, 1, 1), np.reshape(currents, (1, 1, 1, n)).astype(np.int32))
    total = synapses("linear", 1, (n, 1, 1), (1, 1, 1), np.ones((1, 1, n, 1), np.int8))
    layers = (
        stimulus((1, 1, 1)),
        layer("first", [drive], (n, 1, 1), threshold, bias, bits),
        layer("output", [total], (1, 1, 1), 1),
    )
    return SpikingNetwork("first layer", layers, model, 2**model.steps - 1, 32, "synthetic")


def relay(model, currents, weights, sources=(), bias=None, output_bias=0):
    """``first_layer``, and hidden neurons behind it with ``weights`` (inputs, neurons) and perhaps more ``sources``."""
    base = first_layer(model, currents)
    inputs, neurons = np.shape(weights)
    through = synapses("linear", 1, (inputs, 1, 1), (neurons, 1, 1), np.asarray(weights, np.int8)[None, None])
    total = synapses("linear", 2, (neurons, 1, 1), (1, 1, 1), np.ones((1, 1, neurons, 1), np.int8))
    hidden = layer("hidden", [through, *sources], (neurons, 1, 1), bias=bias)
    output = layer("output", [total], (1, 1, 1), 1, [output_bias])
    return replace(base, layers=(*base.layers[:2], hidden, output))


PIXEL = np.ones((1, 1, 1), np.uint8)


class Behaviour:
    """What every level must do; ``level(network, image)`` returns a ``behaviour_plain.Trace``."""

    level: ClassVar[Callable]

    def run(self, network, image=PIXEL):
        return type(self).level(network, image)

    @pytest.mark.parametrize("kind", MODELS)
    def test_spikes_are_those_worked_out_by_hand(self, kind):
        if kind not in BY_HAND:
            pytest.skip(f"no spikes of {kind} have been worked out by hand yet")
        planes = self.run(first_layer(model_of(kind, 4), CURRENTS)).planes(1)
        assert ["".join(map(str, neuron)) for neuron in planes.T] == BY_HAND[kind].split()

    @pytest.mark.parametrize("kind", MODELS)
    @pytest.mark.parametrize("bits", [32, 40])
    def test_a_neuron_that_is_never_driven_upwards_never_fires(self, kind, bits):
        planes = self.run(first_layer(model_of(kind, 3), [-(2**20), -9, -8, -1, 0], bits=bits)).planes(1)
        assert planes.sum() == 0

    @pytest.mark.parametrize("kind", MODELS)
    def test_a_bias_is_worth_as_much_as_a_current(self, kind):
        model, still = model_of(kind, 4), np.zeros(len(CURRENTS), int)
        by_current = self.run(first_layer(model, CURRENTS))
        by_bias = self.run(first_layer(model, still, bias=CURRENTS))
        assert by_bias.planes(1).tolist() == by_current.planes(1).tolist()

    @pytest.mark.parametrize("kind", MODELS)
    def test_the_output_layer_is_never_compared_and_never_reset(self, kind):
        trace = self.run(first_layer(model_of(kind, 4), [200, 200]))
        assert trace.planes(2).sum() == 0
        assert trace.counts[2, "compare"] == trace.counts[2, "reset"] == 0

    @pytest.mark.parametrize("kind", MODELS)
    def test_the_output_layer_sums_weighted_spikes_and_takes_its_bias_as_often_as_the_model_does(self, kind):
        model = model_of(kind, 4)
        trace = self.run(relay(model, [5, 20, 60], np.eye(3) * 9, output_bias=-7))
        worth = [model.spike_weight(step) for step in range(model.scans("hidden"))]
        assert trace.potentials[3].ravel().tolist() == [int(trace.planes(2).sum(1) @ worth) - 7 * model.bias_weight]

    @pytest.mark.parametrize("kind", MODELS)
    def test_the_host_is_heard_once_however_often_the_first_layer_fires(self, kind):
        trace = self.run(first_layer(model_of(kind, 4), CURRENTS))
        assert trace.counts[1, "multiply"] == len(CURRENTS)

    @pytest.mark.parametrize("kind", MODELS)
    def test_a_silent_image_costs_no_synaptic_additions(self, kind):
        network = first_layer(model_of(kind, 3), CURRENTS)
        trace = self.run(network, np.zeros((1, 1, 1), np.uint8))
        assert trace.planes(1).sum() == trace.counts[1, "multiply"] == 0
        forms = closed_forms(network, trace, 1)
        assert forms is None or trace.counts[1, "add"] == forms["add"]

    @pytest.mark.parametrize("kind", MODELS)
    def test_a_skip_joins_the_main_branch_in_the_step_in_which_it_was_fired(self, kind):
        model = model_of(kind, 3)
        skip = Projection("identity", 1, (2, 1, 1), (3, 1, 1), np.int64(20), POINT, channel_offset=1)
        network = relay(model, [12, 20], np.array([[3, -2, 5], [1, 4, -6]]), [skip], bias=[0, 3, -1])
        seen = self.run(network)
        merged = np.array([[3, -2 + 20, 5], [1, 4, -6 + 20]])  # the same synapses in one bundle
        assert seen.planes(2).tolist() == self.run(relay(model, [12, 20], merged, bias=[0, 3, -1])).planes(2).tolist()
        assert seen.planes(2).sum() > 0

    @pytest.mark.parametrize("kind", MODELS)
    @pytest.mark.parametrize("seed", range(3))
    def test_operations_are_counted_by_the_closed_forms(self, kind, seed):
        rng = np.random.default_rng(seed)
        network = random_network(rng, model_of(kind, 3), pixels=4, hidden=seed)
        trace = self.run(network, random_images(rng, network)[0])
        wanted = Counter()
        for number in range(1, len(network.layers)):
            forms = closed_forms(network, trace, number)
            if forms is None:
                pytest.skip(f"the counts of {kind} have no closed form here yet")
            wanted.update({(number, operation): count for operation, count in forms.items()})
        assert trace.counts == +wanted

    @pytest.mark.parametrize("kind", MODELS)
    @pytest.mark.parametrize("seed", range(4))
    def test_spikes_potentials_and_counts_are_those_of_plain_numpy(self, kind, seed):
        rng = np.random.default_rng([seed, 7])
        network = random_network(rng, model_of(kind, 1 + seed), pixels=4)
        image = random_images(rng, network)[0]
        seen, wanted = self.run(network, image), play(network, image)
        assert seen.spikes.keys() == wanted.spikes.keys()
        for key, plane in wanted.spikes.items():
            assert seen.spikes[key].astype(int).tolist() == plane.astype(int).tolist(), key
        for number, potential in wanted.potentials.items():
            assert seen.potentials[number].tolist() == potential.tolist(), number
        assert seen.counts == wanted.counts


def closed_forms(network, trace, number):
    """The counts of one layer by conversion.md section 9, or None for a model that is not written down here.

    A: the sum over input spikes of the synapses each one drives; N neurons, T steps, S neurons that fired.
    """
    own, model = network.layers[number], network.model
    n, steps = own.neurons, model.steps
    fires, is_first = own.role != "output", own.role == "first"
    additions = 0
    for source in own.sources:
        fan_out = dense(source)[0].sum((3, 4, 5))
        planes = [np.asarray(plane).astype(int) for key, plane in trace.spikes.items() if key[0] == source.source]
        additions += sum(int(((plane != 0 if is_first else plane) * fan_out).sum()) for plane in planes)
    forms = {
        "compare": steps * n * fires,
        "reset": int((trace.planes(number) > 0).sum()),
        "multiply": additions * is_first,
    }
    match model.kind:
        case "accumulate_fire" | "radix":  # the sum is doubled between planes, the threshold halved between scans
            forms |= {"add": additions + n, "shift": (steps - 1) * n * (not is_first) + (steps - 1) * fires}
        case "if_soft" | "if_hard" | "if_qcfs":
            forms |= {"add": additions + steps * n}
        case "lif":  # the leak: a shift and an addition from the second step on
            forms |= {"add": additions + (steps + (steps - 1) * fires) * n, "shift": (steps - 1) * n * fires}
        case "group":  # tau comparators each
            forms |= {"add": additions + steps * n, "compare": model.tau * steps * n * fires}
        case "weighted_stream":  # bias once, then each plane, shifted but for the last; a first layer has one plane
            merged = 1 if is_first else steps
            shifted = (steps - 1) * n * (not is_first)
            forms |= {"add": additions + (1 + merged) * n, "shift": shifted + (steps - 1) * fires}
        case _:
            return None
    return forms

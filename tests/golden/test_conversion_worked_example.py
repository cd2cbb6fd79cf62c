"""The example of conversion.md section 4, worked by hand: T = 3, Th = 4, W = (6, -2), B = -2."""

from __future__ import annotations

import numpy as np
import pytest

from neurosim.conversion.projections.projection import Projection, Window
from neurosim.conversion.spiking import SpikingLayer, SpikingNetwork
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.model import Membrane
from neurosim.simulation.functional.golden_model import golden_layers

WEIGHTS, BIAS, THRESHOLD = np.array([6, -2]), np.array([-2]), 4


class Trace:
    """A datapath that writes down what the example writes down."""

    def __init__(self):
        self.potentials, self.thresholds = [], []

    def shift(self, potential, places):
        potential <<= places

    def add(self, potential, amount):
        potential += amount
        self.potentials.append(int(potential[0, 0, 0]))

    def shift_threshold(self, threshold, places):
        return threshold >> -places

    def compare(self, potential, threshold):
        self.thresholds.append(threshold)
        return potential >= threshold

    def subtract(self, potential, fired, amount):
        potential[fired] -= amount
        self.potentials.append(int(potential[0, 0, 0]))


@pytest.mark.parametrize(
    ("codes", "accumulated", "potentials", "spikes", "code"),
    [
        ((5, 2), 24, [26, 10, 2, 2], [1, 1, 0], 6),
        ((5, 3), 22, [24, 8, 0, 0], [1, 1, 0], 6),
        ((7, 0), 40, [42, 26, 18, 14], [1, 1, 1], 7),
        ((0, 7), -16, [-14, -14, -14, -14], [0, 0, 0], 0),
    ],
)
def test_the_neuron_passes_through_the_potentials_of_the_example(codes, accumulated, potentials, spikes, code):
    layer = SpikingLayer("example", "hidden", (1, 1, 1), (), BIAS, THRESHOLD, 1.0, 2, 8)
    model, trace = AccumulateFire(3), Trace()
    membrane = Membrane(np.zeros((1, 1, 1), np.int64), np.zeros((1, 1, 1), np.int64), {})
    for step in range(3):
        model.begin_step(trace, layer, membrane, step)
        membrane.input_accumulator += sum(
            int(weight) * ((n >> (2 - step)) & 1) for weight, n in zip(WEIGHTS, codes, strict=True)
        )
    fired = [int(model.update(trace, layer, membrane, step)[0, 0, 0]) for step in range(3)]
    assert trace.potentials == potentials
    assert trace.thresholds == [16, 8, 4]
    assert fired == spikes
    assert int(model.quantise(np.array(accumulated), THRESHOLD)) == code


def test_the_dense_reference_gives_the_codes_of_the_example():
    synapses = Projection("linear", 0, (2, 1, 1), (1, 1, 1), WEIGHTS.reshape(1, 1, 2, 1), Window((1, 1), (1, 1)))
    none = np.zeros(0, np.int64)
    layers = (
        SpikingLayer("input", "input", (2, 1, 1), (), none, 0, 1.0, 0, 4),
        SpikingLayer("example", "first", (1, 1, 1), (synapses,), BIAS, THRESHOLD, 1.0, 2, 8),
    )
    network = SpikingNetwork("example", layers, AccumulateFire(3), 7, 8, "synthetic")
    images = np.array([(5, 2), (5, 3), (7, 0), (0, 7)]).reshape(4, 1, 1, 2)
    answer = golden_layers(network, images)[1]
    assert answer.accumulated.reshape(-1).tolist() == [24, 22, 40, -16]
    assert answer.codes.reshape(-1).tolist() == [6, 6, 7, 0]

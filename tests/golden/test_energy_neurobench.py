"""Synaptic operations as NeuroBench 2.3.0, SpikingJelly 2.0.0 and we count them, on cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.energy.analysis.neurobench import (
    SynapticOperations,
    activation_sparsity,
    count_convolution,
    count_linear,
    memory_footprint,
)

KERNEL = np.full((1, 1, 3, 3), 0.5)
HOLED = KERNEL * (np.arange(9).reshape(1, 1, 3, 3) != 4)


def one(value: float, row: int, column: int) -> np.ndarray:
    image = np.zeros((1, 1, 4, 4))
    image[0, 0, row, column] = value
    return image


@pytest.mark.parametrize(
    ("image", "kernel", "neurobench", "spikingjelly", "ours"),
    [
        (one(1, 0, 0), KERNEL, (4, 0), (4, 0), (4, 0)),
        (one(1, 1, 1), KERNEL, (9, 0), (9, 0), (9, 0)),
        (one(2, 0, 0), KERNEL, (0, 4), (0, 4), (0, 4)),
        (one(-1, 0, 0), KERNEL, (4, 0), (0, 4), (0, 4)),
        (one(0, 0, 0), KERNEL, (0, 0), (0, 0), (0, 0)),
        (one(1, 0, 0), HOLED, (3, 0), (4, 0), (4, 0)),
    ],
    ids=["corner", "middle", "two", "minus one", "all zero", "zero weight"],
)
def test_the_hand_case(image, kernel, neurobench, spikingjelly, ours):
    for rule, (acs, macs) in (("neurobench", neurobench), ("spikingjelly", spikingjelly), ("neurosim", ours)):
        found = count_convolution(image, kernel, padding=1, rule=rule)
        assert found == SynapticOperations(acs=acs, macs=macs, dense=100), rule


def test_binary_weights_do_not_count_their_zeros_in_spikingjelly():
    assert count_convolution(one(1, 0, 0), (HOLED != 0) * 1.0, padding=1, rule="spikingjelly").acs == 3


def test_a_linear_layer():
    inputs = np.array([[1, 0, 1], [0, 0, 1]])
    weights = np.array([[0.5, 1, 0], [0.5, 0, 2]])
    assert count_linear(inputs, weights) == SynapticOperations(acs=2 + 1 + 1, dense=12)
    assert count_linear(2 * inputs, weights) == SynapticOperations(macs=4, dense=12)
    assert count_linear(inputs, weights, rule="neurosim") == SynapticOperations(acs=6, dense=12)


def test_counts_are_exact_where_float32_is_not():
    found = count_linear(np.ones((1, 8191), np.int8), np.ones((4099, 8191), np.int8))
    assert found == SynapticOperations(acs=33_574_909, dense=33_574_909)
    assert np.float32(33_574_909) == 33_574_908


def test_sums_are_divided_by_the_samples_and_not_by_the_steps():
    step = count_linear(np.ones((2, 3)), np.ones((4, 3)))
    assert (step + step).per_sample(2) == {"Effective_MACs": 0.0, "Effective_ACs": 24.0, "Dense": 24.0}


def test_sparsity_and_footprint():
    assert activation_sparsity([np.array([0, 1, 0]), np.array([[0.0]])]) == 0.75
    assert activation_sparsity([]) == 0.0
    assert memory_footprint([np.zeros((3, 4), np.int8), np.zeros(5, np.float32)]) == 32


def direct(inputs, weights, stride, padding, dilation, groups):
    """Every product, one at a time: sample, output channel, output place, kernel place, input channel."""
    samples, channels, rows, columns = inputs.shape
    outputs, inside, height, width = weights.shape
    out_rows = (rows + 2 * padding - dilation * (height - 1) - 1) // stride + 1
    out_columns = (columns + 2 * padding - dilation * (width - 1) - 1) // stride + 1
    effective = dense = 0
    for sample in range(samples):
        for output in range(outputs):
            group = output // (outputs // groups)
            for place in np.ndindex(out_rows, out_columns, height, width, inside):
                y, x, dy, dx, channel = place
                row, column = y * stride + dy * dilation - padding, x * stride + dx * dilation - padding
                if 0 <= row < rows and 0 <= column < columns:
                    value = inputs[sample, group * (channels // groups) + channel, row, column]
                    dense += 1
                    effective += int(value != 0 and weights[output, channel, dy, dx] != 0)
    return effective, dense


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_convolution_counts_what_a_loop_over_all_products_does(data):
    draw = data.draw
    groups, per_group, outputs = (draw(st.integers(1, 3)) for _ in range(3))
    stride, padding, dilation = draw(st.integers(1, 3)), draw(st.integers(0, 2)), draw(st.integers(1, 2))
    kernel = draw(st.integers(1, 3))
    size = draw(st.integers(dilation * (kernel - 1) + 1, 7))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    inputs = random.integers(0, 2, (2, groups * per_group, size, size))
    weights = random.integers(-1, 2, (groups * outputs, per_group, kernel, kernel))
    effective, dense = direct(inputs, weights, stride, padding, dilation, groups)
    found = count_convolution(inputs, weights, stride=stride, padding=padding, dilation=dilation, groups=groups)
    assert found == SynapticOperations(acs=effective, dense=dense)


def test_convolutions_over_one_and_three_axes():
    line = count_convolution(np.ones((1, 2, 5)), np.ones((3, 2, 3)), padding=1)
    assert line == SynapticOperations(acs=3 * 2 * 13, dense=3 * 2 * 13)
    volume = count_convolution(np.ones((1, 1, 2, 2, 2)), np.ones((1, 1, 2, 2, 2)), stride=(1, 1, 1))
    assert volume == SynapticOperations(acs=8, dense=8)

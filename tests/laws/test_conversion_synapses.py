"""The separable product is the enumeration of all synapses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.conversion.projections.pooling import compose
from neurosim.conversion.projections.projection import POINT, Projection, Window
from tests.laws.conversion_brute import enumerate_synapses, matrices

pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def windows(draw, rows, columns, most=3):
    kernel = draw(st.tuples(st.integers(1, min(most, rows)), st.integers(1, min(most, columns))))
    padding = tuple(draw(st.integers(0, size // 2)) for size in kernel)
    return Window(kernel, draw(pairs), padding)


@st.composite
def any_synapses(draw):
    rows, columns = draw(st.tuples(st.integers(1, 7), st.integers(1, 7)))
    pool = draw(st.none() | windows(rows, columns))
    pooled = pool.output(rows, columns) if pool else (rows, columns)
    kind = draw(st.sampled_from(["conv", "depthwise", "grouped", "linear", "identity"]))
    inputs = draw(st.sampled_from([2, 4]))
    if kind == "linear":
        window, groups, outputs, offset = Window(pooled, (1, 1)), 1, draw(st.integers(1, 4)), 0
    elif kind == "identity":
        window, groups = Window((1, 1), draw(pairs)), 1
        offset = draw(st.integers(0, 2))
        outputs = inputs + offset + draw(st.integers(0, 2))
    else:
        window, offset = draw(windows(*pooled)), 0
        groups = {"conv": 1, "depthwise": inputs, "grouped": 2}[kind]
        outputs = groups * draw(st.integers(1, 2))
    shape = (outputs, *window.output(*pooled))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    size = () if kind == "identity" else (*window.kernel, inputs // groups, outputs)
    weights = random.integers(-9, 10, size)
    kind = {"depthwise": "conv", "grouped": "conv"}.get(kind, kind)
    source_shape = (inputs, rows, columns)
    return Projection(kind, 3, source_shape, shape, np.asarray(weights), window, pool, groups, offset)


@settings(max_examples=150, deadline=None)
@given(any_synapses(), st.integers(0, 99))
def test_rows_columns_and_channels_multiply_to_the_enumerated_synapses(synapses, seed):
    _, counts = matrices(synapses)
    product = np.einsum("ip,jq,ck->ijcpqk", synapses.rows, synapses.columns, synapses.channels)
    assert np.array_equal(product.reshape(counts.shape), counts)
    assert np.array_equal(synapses.fan_out().reshape(-1), counts.sum(1))

    spikes = np.random.default_rng(seed).integers(0, 3, synapses.fan_out().shape)
    assert synapses.events(spikes) == int((spikes.reshape(-1) @ counts).sum())


@settings(max_examples=150, deadline=None)
@given(any_synapses())
def test_macs_are_the_enumerated_products_of_the_pooled_map(synapses):
    if synapses.kind == "identity":
        assert synapses.macs == 0
        return
    behind_pool = Projection(
        synapses.kind,
        synapses.source,
        synapses.pooled_shape,
        synapses.shape,
        synapses.weights,
        synapses.window,
        groups=synapses.groups,
    )
    assert synapses.macs == sum(1 for _ in enumerate_synapses(behind_pool))


def test_a_row_and_column_that_the_pool_cannot_fill_drive_no_synapse():
    pool = Window((2, 2), (2, 2))
    synapses = Projection("conv", 0, (1, 5, 5), (1, 2, 2), np.ones((1, 1, 1, 1), np.int8), POINT, pool)
    fan_out = synapses.fan_out()[..., 0]
    assert fan_out.tolist() == [[1, 1, 1, 1, 0]] * 4 + [[0, 0, 0, 0, 0]]


@pytest.mark.parametrize(("stride", "offset", "reached"), [(1, 0, 4), (1, 2, 4), (2, 1, 1)])
def test_an_identity_reaches_one_neuron_from_each_position_it_keeps(stride, offset, reached):
    window = Window((1, 1), (stride, stride))
    synapses = Projection(
        "identity", 0, (1, 2, 2), (4, *window.output(2, 2)), np.array(7), window, channel_offset=offset
    )
    found = list(enumerate_synapses(synapses))
    assert int(synapses.fan_out().sum()) == len(found) == reached
    assert {destination[2] for _, destination, _ in found} == {offset}
    assert {weight for *_, weight in found} == {7}


@settings(max_examples=300, deadline=None)
@given(st.data(), st.integers(1, 12), st.integers(1, 12))
def test_two_pools_make_one_exactly_where_the_first_tiles_its_map(data, rows, columns):
    first = data.draw(windows(rows, columns, most=4))
    if data.draw(st.booleans()):
        first = Window(first.kernel, first.kernel)
    second = data.draw(windows(*first.output(rows, columns)))
    one = compose(first, second, rows, columns)
    tiles = first.kernel == first.stride and first.padding == (0, 0)
    rest = rows % first.kernel[0] or columns % first.kernel[1]
    assert (one is not None) == (tiles and not (rest and second.padding != (0, 0)))
    if one is None:
        return
    for axis, size in enumerate((rows, columns)):
        between = first.taps(axis, size)
        assert np.array_equal(one.taps(axis, size), between @ second.taps(axis, between.shape[1]))


def test_a_pool_behind_no_pool_is_itself():
    pool = Window((2, 3), (1, 2), (1, 0))
    assert compose(None, pool, 5, 5) == pool


def test_weights_that_are_not_zero_are_counted_for_each_range_of_channels():
    weights = np.array([[1, 0, -2, 0, 0], [0, 0, 3, -4, 0]], np.int8).reshape(1, 1, 2, 5)
    synapses = Projection("conv", 0, (2, 1, 1), (5, 1, 1), weights, POINT)
    assert synapses.nonzero((0, 2)).tolist() == [[[[1, 0]]], [[[1, 2]]]]
    assert synapses.nonzero((0,)).tolist() == [[[[2, 2]]]]
    assert synapses.nonzero((0, 2)) is synapses.nonzero((0, 2))

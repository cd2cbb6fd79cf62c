"""All ways to accumulate give the same integers: gather kernels, scatter in the hardware's order, and dense NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.chip.core import accumulate_kernels as kernels
from neurosim.chip.core.accumulate_kernels import (
    accumulate,
    add_grouped_rows,
    add_identity,
    add_products,
    collect,
    scatter,
)
from neurosim.conversion.projections.projection import POINT, Projection, Window
from tests.reference.behaviour_plain import dense

INBOX, WEIGHT = (np.int32, np.int64), (np.int8, np.int32)


@st.composite
def windows(draw, rows, columns, largest=3, paddings=True):
    kernel = tuple(draw(st.integers(1, min(largest, size))) for size in (rows, columns))
    stride = tuple(draw(st.integers(1, 3)) for _ in kernel)
    padding = tuple(draw(st.integers(0, extent if paddings else 0)) for extent in kernel)
    return Window(kernel, stride, padding)


@st.composite
def bundles(draw):
    """Stored synapses: strides that lose positions, groups up to depthwise, pools that overlap or lose edges."""
    groups, per_group = draw(st.sampled_from([(1, 1), (1, 3), (1, 9), (2, 2), (3, 1), (4, 1)]))
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    source_shape = (groups * per_group, rows, columns)
    pool = draw(st.none() | windows(rows, columns))
    if pool is not None:
        rows, columns = pool.output(rows, columns)
    window = draw(windows(rows, columns))
    outputs = groups * draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    limit = np.iinfo(draw(st.sampled_from(WEIGHT)))
    weights = rng.integers(limit.min, limit.max, (*window.kernel, per_group, outputs), limit.dtype, endpoint=True)
    weights[rng.random(weights.shape) < 0.2] = 0
    shape = (outputs, *window.output(rows, columns))
    return Projection("conv", 0, source_shape, shape, weights, window, pool, groups)


@st.composite
def planes(draw, synapses, largest=1):
    """A plane (rows, columns, channels) of any density, from silent to full."""
    channels, rows, columns = synapses.source_shape
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = rng.integers(1, largest + 1, (rows, columns, channels))
    return (values * (rng.random(values.shape) < draw(st.sampled_from([0, 0.1, 0.5, 1])))).astype(np.uint8)


def start(synapses, dtype):
    """An inbox that already holds something: kernels add, they do not overwrite."""
    channels, rows, columns = synapses.shape
    return np.arange(channels * rows * columns, dtype=dtype).reshape(rows, columns, channels) - 5


def events_of(synapses, plane, graded=False):
    pool = synapses.pool or POINT
    return collect(plane, pool.kernel, pool.stride, pool.padding, graded)


def wanted(synapses, plane, dtype):
    sums = np.tensordot(plane.astype(np.int64), dense(synapses)[1], 3)
    return (start(synapses, np.int64) + sums).astype(dtype)  # int32 potentials may wrap here: so do all of them


@given(st.data(), st.sampled_from(INBOX))
def test_gathering_spikes_is_a_dense_sum_and_is_scattering_them_one_by_one(data, dtype):
    synapses = data.draw(bundles())
    plane = data.draw(planes(synapses))
    events, window, target = events_of(synapses, plane), synapses.window, wanted(synapses, plane, dtype)
    gathered, scattered = start(synapses, dtype), start(synapses, dtype)
    accumulate(gathered, events, synapses.weights, window.stride, window.padding, synapses.groups)
    place = (*events.shape, events.first, events.channel, synapses.weights, *window.stride, *window.padding)
    additions = scatter(scattered, *place, synapses.groups)
    assert gathered.tolist() == target.tolist()
    assert scattered.tolist() == target.tolist()
    assert additions == synapses.events(plane) == int(np.tensordot(plane.astype(int), dense(synapses)[0], 3).sum())


@given(st.data())
def test_the_kernel_for_groups_gives_the_same_for_one_group(data):
    synapses = data.draw(bundles().filter(lambda drawn: drawn.groups == 1))
    plane = data.draw(planes(synapses))
    events, window, inbox = events_of(synapses, plane), synapses.window, start(synapses, np.int64)
    geometry = (synapses.weights, *window.stride, *window.padding)
    add_grouped_rows(inbox, *events.shape, events.first, events.channel, *geometry, 1)
    assert inbox.tolist() == wanted(synapses, plane, np.int64).tolist()


@given(st.data(), st.sampled_from(INBOX))
def test_graded_inputs_are_products(data, dtype):
    synapses = data.draw(bundles())
    plane = data.draw(planes(synapses, largest=255))
    events, window, inbox = events_of(synapses, plane, graded=True), synapses.window, start(synapses, dtype)
    geometry = (synapses.weights, *window.stride, *window.padding)
    add_products(inbox, *events.shape, events.first, events.channel, events.amount, *geometry, synapses.groups)
    assert inbox.tolist() == wanted(synapses, plane, dtype).tolist()


@given(st.data(), st.sampled_from(INBOX), st.integers(0, 2), st.integers(1, 3), st.integers(-1000, 1000))
def test_an_identity_adds_its_one_weight_to_the_neuron_at_the_same_place(data, dtype, offset, stride, weight):
    channels, rows, columns = data.draw(st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6)))
    pool = data.draw(st.none() | windows(rows, columns))
    size = pool.output(rows, columns) if pool else (rows, columns)
    shape = (channels + offset + 1, *(-(-extent // stride) for extent in size))
    window = Window((1, 1), (stride, stride))
    synapses = Projection(
        "identity", 0, (channels, rows, columns), shape, np.int64(weight), window, pool, channel_offset=offset
    )
    plane = data.draw(planes(synapses))
    events, inbox = events_of(synapses, plane), start(synapses, dtype)
    place = (*events.shape, events.first, events.channel, dtype(weight), *window.stride)
    add_identity(inbox, *place, offset)
    assert inbox.tolist() == wanted(synapses, plane, dtype).tolist()
    assert synapses.events(plane) == int(np.tensordot(plane.astype(int), dense(synapses)[0], 3).sum())


@given(st.data())
def test_a_neuron_is_touched_if_a_spike_has_a_synapse_to_it(data):
    synapses = data.draw(bundles())
    plane = data.draw(planes(synapses))
    reached = np.tensordot(plane.astype(int), dense(synapses)[0], 3) > 0
    assert synapses.touched(plane).tolist() == reached.tolist()


@given(st.data())
def test_fan_outs_are_rows_of_the_synapses_written_out(data):
    synapses = data.draw(bundles())
    number = dense(synapses)[0]
    assert synapses.fan_out().tolist() == number.sum((3, 4, 5)).tolist()
    if synapses.pool is None:
        assert synapses.macs == number.sum()


@settings(max_examples=20)
@given(st.data())
def test_compiled_kernels_do_what_their_python_does(data):
    synapses = data.draw(bundles())
    plane = data.draw(planes(synapses))
    pool, window = synapses.pool or POINT, synapses.window
    size = events_of(synapses, plane).shape
    arguments = (plane, *size, *pool.kernel, *pool.stride, *pool.padding)
    compiled, python = kernels.join_events(*arguments), kernels.join_events.py_func(*arguments)
    assert [part.tolist() for part in compiled] == [part.tolist() for part in python]
    inbox = start(synapses, np.int64)
    kernel = kernels.add_rows if synapses.groups == 1 else kernels.add_grouped_rows
    groups = () if synapses.groups == 1 else (synapses.groups,)
    kernel.py_func(inbox, *size, *compiled[:2], synapses.weights, *window.stride, *window.padding, *groups)
    assert inbox.tolist() == wanted(synapses, plane, np.int64).tolist()


def test_the_events_of_a_pool_are_the_lists_of_its_window_joined():
    plane = np.zeros((2, 3, 2), np.uint8)
    plane[0, 0, 1], plane[0, 1, 0], plane[1, 2, 1] = 7, 1, 3
    events = collect(plane, kernel=(2, 2), stride=(1, 1), graded=True)
    assert events.shape == (1, 2)
    assert events.first.tolist() == [0, 2, 4]
    assert events.channel.tolist() == [1, 0, 0, 1]
    assert events.amount.tolist() == [7, 1, 1, 3]


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8])
def test_spikes_may_be_bool_or_uint8(dtype):
    events = collect(np.array([[[1, 0, 1]]], dtype))
    assert (events.first.tolist(), events.channel.tolist(), events.amount) == ([0, 2], [0, 2], None)

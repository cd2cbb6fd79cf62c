"""What a scan costs and counts, by hand."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest

from neurosim.chip.core.neuron_unit import NeuronUnit, count_in_partitions
from neurosim.chip.core.synapse_unit import words, work_ticks
from neurosim.chip.noc.barrier import barrier_ticks
from neurosim.chip.spec import BarrierSpec, Stage, SynapseUnitSpec
from neurosim.chip.spec import NeuronUnitSpec as Stages
from neurosim.simulation.timing.phase_work import pass_ticks

STAGES = Stages(
    lanes=4, shift=Stage(2, 3), compare=Stage(4, 2), fire=Stage(1, 2), reset=Stage(4, 5), axon_out_ticks=1,
    visit_inactive_ticks=1, visit_active_ticks=4,
)  # fmt: skip


def unit_after(*operations):
    unit, potential = NeuronUnit(STAGES), np.zeros(3, np.int32)
    fired = np.zeros(3, bool)
    arguments = {"shift": (1,), "add": (5,), "compare": (9,), "subtract": (fired, 9), "clear": (fired,)}
    for operation in operations:
        getattr(unit, operation)(potential, *arguments[operation])
    return unit


@pytest.mark.parametrize(
    ("operations", "inactive", "active"),
    [
        # Firing: 0 spikes 0; else max(fire 2 each, reset 5 for up to four): 5 5 6 8
        ((), [1, 5, 5, 6, 8], [4, 5, 5, 6, 8]),
        (("compare",), [2, 5, 5, 6, 8], [4, 5, 5, 6, 8]),  # 4 lanes at once: 2
        (("shift",), [6, 6, 6, 6, 8], [6, 6, 6, 6, 8]),  # 2 lanes: two turns of 3
        (("shift", "shift"), [12] * 5, [12] * 5),
        (("shift", "compare"), [6, 6, 6, 6, 8], [6, 6, 6, 6, 8]),  # a pipeline: the slowest stage sets the pace
    ],
)
def test_a_group_takes_as_long_as_its_slowest_stage(operations, inactive, active):
    assert unit_after(*operations).group_ticks(100).tolist() == [inactive, active]


def test_operations_are_counted_on_every_neuron_or_where_one_fired():
    unit = unit_after("shift", "add", "compare", "add", "subtract")
    assert unit.everywhere == {"shift": 1, "add": 2, "compare": 1}
    assert unit.where_fired == {"reset": 1}
    assert unit.once == {}


def test_shifting_by_nothing_is_not_counted():
    unit = NeuronUnit(STAGES)
    unit.shift(np.ones(3, np.int32), 0)
    assert (unit.shift_threshold(8, 0), unit.shift_threshold(8, -2), unit.shift_threshold(8, 1)) == (8, 2, 16)
    assert (unit.everywhere, unit.once) == ({}, {"shift": 2})


def test_shifting_a_negative_potential_doubles_it():
    potential = np.array([-3, 5], np.int32)
    NeuronUnit(STAGES).shift(potential, 2)
    assert potential.tolist() == [-12, 20]


def test_a_sweep_in_which_nothing_fires_takes_whole_groups():
    neurons = np.array([1, 4, 5])
    assert pass_ticks(unit_after("shift"), neurons).tolist() == [6, 6, 12]
    assert pass_ticks(unit_after(), neurons).tolist() == [0, 0, 0]


def test_a_mask_is_counted_box_by_box():
    mask = np.arange(24).reshape(2, 3, 4) % 5 == 0
    boxes = np.array([[0, 1, 0, 3, 0, 4], [1, 2, 0, 2, 1, 4], [0, 2, 2, 3, 3, 4]])
    assert count_in_partitions(mask, boxes).tolist() == [3, 1, 0]


@pytest.mark.parametrize(
    ("fan_out", "fetched", "ticks"),
    # 5-bit weights in 16-bit words, 3 ticks a word; 2 lanes of 4 ticks; 7 ticks to fill
    [(1, 1, 7 + 4), (3, 1, 7 + 8), (4, 2, 7 + 8), (9, 3, 7 + 20), (0, 0, 7)],
)
def test_a_packet_takes_the_longer_of_fetching_and_adding(fan_out, fetched, ticks):
    unit = SynapseUnitSpec(
        axon_ticks=99, word_bits=16, word_ticks=3, accumulate_lanes=2, accumulate_ticks=4, fill_ticks=7
    )
    reached = np.array([fan_out])
    assert words(reached, 5, unit).tolist() == [fetched]
    assert work_ticks(reached, words(reached, 5, unit), unit).tolist() == [ticks]


@pytest.mark.parametrize(("tiles", "ticks"), [(1, 10), (2, 10), (3, 13), (4, 16), (5, 20), (8, 32), (9, 36), (10, 40)])
def test_a_global_barrier_lies_on_the_straight_lines_of_its_table_and_goes_on_beyond(tiles, ticks):
    barrier = BarrierSpec({4: 16, 2: 10, 8: 32}, local_ticks=7)
    assert barrier_ticks(barrier, "global", tiles) == ticks
    assert barrier_ticks(barrier, "local", tiles) == 7


def test_a_table_of_one_point_is_a_constant():
    assert [barrier_ticks(BarrierSpec({4: 16}, 7), "global", tiles) for tiles in (1, 4, 99)] == [16, 16, 16]


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_products_are_exact_and_rounded_down_where_they_are_asked_for(dtype):
    values = np.array([-(2**30), -7, -1, 0, 1, 5, 7, 2**30], dtype).reshape(2, 2, 2)
    where = np.array([True, True, True, True, False, True, True, True]).reshape(2, 2, 2)
    for factor in (Fraction(4, 3), Fraction(33, 25), Fraction(2**31 - 1, 2**31 - 3)):
        found, unit = values.copy(), NeuronUnit(STAGES)
        unit.multiply(found, factor, where)
        chosen = zip(values.ravel().tolist(), where.ravel().tolist(), strict=True)
        assert found.ravel().tolist() == [floor(value * factor) if asked else value for value, asked in chosen]
        assert [name for name, _ in unit.somewhere] == ["multiply"]

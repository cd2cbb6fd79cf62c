"""The trace of ``docs/trace.md``: a tiny network on three cores, every number derived there on paper."""

from unittest.mock import patch

import numpy as np
import pytest

from neurosim.chip import chip
from neurosim.chip.spec import BarrierSpec, HostPort, NeuronUnitSpec, Stage, SynapseUnitSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.schedule.layer_by_layer import LayerByLayer
from neurosim.simulation.summarise import result
from tests.reference.behaviour import layer, synapses
from tests.reference.behaviour_levels import watch
from tests.reference.random_networks import model_of, small_chip, stimulus, whole_placement

TWO = (2, 1, 1)
CHIP = small_chip(
    3, 1, 1,
    mesh={"hop_ew_ticks": 3, "local_ticks": 1, "credit_ticks": 1, "buffer_depth": 4, "ejection_depth": 4,
          "output_depth": 4, "link_ticks": 1},
    capacity={"accumulator_bits": 16},
    synapse_unit=SynapseUnitSpec(1, word_bits=16, word_ticks=2, accumulate_lanes=2, accumulate_ticks=1, fill_ticks=1),
    neuron_unit=NeuronUnitSpec(2, Stage(2, 1), Stage(2, 1), Stage(1, 1), Stage(2, 1), axon_out_ticks=2,
                           visit_active_ticks=1),
    barrier=BarrierSpec({1: 5, 3: 9}, local_ticks=4), io=HostPort(tile=0, ticks_per_word=2),
)  # fmt: skip


def linear(source, weights):
    return synapses("linear", source, TWO, TWO, np.array(weights, np.int8).reshape(1, 1, 2, 2))


@pytest.fixture(scope="module")
def trace():
    """(observation, inference, the transit and traffic of every phase of the one image)."""
    layers = (
        stimulus(TWO),
        layer("first", [linear(0, [[4, 1], [-1, 2]])], TWO, threshold=4),
        layer("hidden", [linear(1, [[2, -1], [1, 3]])], TWO, threshold=4, bias=[1, 0]),
        layer("output", [linear(2, [[5, -2], [1, 1]])], TWO, threshold=1, bias=[0, 7]),
    )
    network = SpikingNetwork("three cores", layers, model_of("accumulate_fire", 2), 3, 8, "synthetic")
    carried, carry = [], chip.carry

    def record(mesh, traffic, model):
        carried.append((traffic, carry(mesh, traffic, model)))
        return carried[-1][1]

    image = np.array([3, 1], np.uint8).reshape(1, 1, 1, 2)
    with patch.object(chip, "carry", record):
        seen, (inference,) = watch(network, CHIP, whole_placement(network)[0], LayerByLayer(), image, np.array([0]))
    return seen, inference, carried[: len(seen.planned)]


def test_spikes_and_logits(trace):
    seen, inference, _ = trace
    spikes = {key: scan.spikes.ravel().tolist() for key, scan in inference.scans.items()}
    assert spikes == {
        (0, 0): [3, 1], (1, 0): [1, 0], (1, 1): [1, 1], (2, 0): [1, 0], (2, 1): [0, 0], (3, 0): [0, 0],
    }  # fmt: skip
    assert inference.logits.tolist() == [10, 3]
    assert seen.correct == 1
    assert seen.lossless_check.mismatches == 0


def test_when_every_phase_starts_and_ends(trace):
    run = trace[0].timings[0]
    assert [(passage.start, passage.end) for passage in run.phase_results] == [
        (0, 9), (18, 27), (31, 45), (54, 63), (67, 68), (77, 90),
    ]  # fmt: skip
    assert run.barriers == [("global", 3), ("local", 2), ("global", 3), ("local", 2), ("global", 3)]
    assert (run.barrier_ticks, run.elapsed) == (35, 90)


def test_every_packet_tick_by_tick(trace):
    rows = [
        list(zip(*(column.tolist() for column in columns), strict=True))
        for traffic, transit in trace[2]
        for columns in [
            (traffic.source, traffic.destination, transit.entry_ticks, transit.arrival_ticks, transit.done_ticks)
        ]
    ]
    assert rows == [
        [(1, 0, 0, 1, 5), (1, 0, 2, 3, 9)],  # endpoint 1 is the host's, 0, 2 and 4 are the cores
        [(0, 2, 1, 5, 9)],
        [(0, 2, 2, 6, 10), (0, 2, 4, 8, 14)],
        [(2, 4, 1, 5, 9)],
        [],
        [(4, 1, 2, 9, 11), (4, 1, 4, 11, 13)],
    ]


def test_how_the_cores_spent_their_time(trace):
    facts = result("trace", trace[0], CHIP, ())
    assert [(core.busy, core.stalled, core.waiting) for core in facts.core_use] == [
        (17, 0, 73),
        (17, 0, 73),
        (11, 0, 79),
    ]
    parts = facts.latency_parts
    assert (parts.host, parts.compute, parts.mesh, parts.barrier, parts.reload) == (9, 24, 22, 35, 0)
    assert facts.latency.ticks == 90


def test_a_stream_takes_forty_ticks_an_image(trace):
    assert trace[0].interval_ticks == 40


def test_every_count(trace):
    assert trace[0].ledger.totals() == {
        "add_int16": 18,
        "axon_lookup_bits32": 6,
        "barrier_global": 3,
        "barrier_local": 2,
        "barrier_tiles": 13,
        "chip_tick": 90,
        "compare_int16": 8,
        "core_busy": 45,
        "core_waiting": 225,
        "hop_ew_bits32": 8,
        "input_word_bits32": 2,
        "multiply_int8": 4,
        "neuron_update_active": 10,
        "output_word_bits32": 2,
        "packet_bits32": 8,
        "potential_read_bits16": 26,
        "potential_write_bits16": 24,
        "reset_int16": 4,
        "router": 16,
        "shift_int16": 6,
        "spike_out": 4,
        "state_reset": 1,
        "synaptic_event_dense": 8,
        "synaptic_event_graded": 4,
        "synaptic_event_nonzero": 12,
        "weight_read_bits16": 6,
        "within_tile_spike": 2,
    }

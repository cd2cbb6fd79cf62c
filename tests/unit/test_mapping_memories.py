"""What each memory of a core has to hold, on paper; what a chip that refuses says, and what one that reports says."""

import re
from dataclasses import replace

import numpy as np
import pytest

import neurosim
from neurosim.chip.spec import Memories
from neurosim.conversion.projections.projection import Projection, Window
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.errors import CapacityError
from neurosim.experiments.simulate import notices, prepare
from neurosim.ledger.record import to_json
from neurosim.mapping.partitioning.core_memories import (
    AXONS,
    STATE,
    SYNAPSES,
    MemoryDemand,
    memory_demands,
    overflows,
)
from neurosim.mapping.spatial import Spatial
from neurosim.report.terminal import memories
from neurosim.simulation.summarise import memory_use
from tests.reference.behaviour import layer
from tests.reference.random_networks import model_of, small_chip, stimulus


def network():
    """Image 1 x 4 x 4, a 3 x 3 convolution to 6 channels (96 neurons, 54 weights), 3 outputs (288 weights)."""
    weights = np.ones((3, 3, 1, 6), np.int8)
    conv = Projection("conv", 0, (1, 4, 4), (6, 4, 4), weights, Window((3, 3), (1, 1), (1, 1)))
    whole = Projection("linear", 1, (6, 4, 4), (3, 1, 1), np.ones((4, 4, 6, 3), np.int8), Window((4, 4), (1, 1)))
    layers = (stimulus((1, 4, 4)), layer("first", [conv], (6, 4, 4), bits=16), layer("output", [whole], (3, 1, 1), 1))
    return SpikingNetwork("tiny", layers, model_of("accumulate_fire", 2), 3, 8, "synthetic")


def branched():
    """The same, but for two channels of 1 x 1 convolutions of the first layer that the output reads beside it."""
    stimulus_, first, output = network().layers
    point = Projection("conv", 1, (6, 4, 4), (2, 4, 4), np.ones((1, 1, 6, 2), np.int8), Window((1, 1), (1, 1)))
    whole = Projection("linear", 2, (2, 4, 4), (3, 1, 1), np.ones((4, 4, 2, 3), np.int8), Window((4, 4), (1, 1)))
    beside = layer("beside", [point], (2, 4, 4), bits=16)
    output = replace(output, sources=(*output.sources, whole))
    return replace(network(), layers=(stimulus_, first, beside, output))


def told(spec, network):
    found = memory_demands(network, Spatial().place(network, spec), spec)
    return {(each.memory.name, each.layer): each.bits.tolist() for each in found}


def test_contents_of_the_memories_as_counted_on_paper():
    # Two cores of 48 neurons, 4 x 2 positions; 54 weights in both. One channel of pixels from the host is an axon, six
    # channels go out to the one core of the output, which has an axon for each of them from either core.
    spec = small_chip(capacity={"neurons": 48, "accumulator_bits": 40})
    assert told(spec, network()) == {
        ("synapse memory", "first"): [8 * 54, 8 * 54],
        ("state memory", "first"): [2 * 48 * 40, 2 * 48 * 40],
        ("axon memory", "first"): [32 * (1 + 6), 32 * (1 + 6)],
        ("synapse memory", "output"): [8 * 288],
        ("state memory", "output"): [2 * 3 * 40],
        ("axon memory", "output"): [32 * 12],
    }


def test_axons_are_those_of_all_layers_that_a_layer_reads_and_is_read_by():
    # `beside` hears six channels from each of two cores and is heard in two, which the output hears beside those twelve
    found = told(small_chip(capacity={"neurons": 48}), branched())
    assert {layer: bits for (memory, layer), bits in found.items() if memory == "axon memory"} == {
        "first": [32 * (1 + 6 + 6), 32 * (1 + 6 + 6)],
        "beside": [32 * (12 + 2)],
        "output": [32 * (12 + 2)],
    }


def test_a_layer_is_cut_finer_where_membranes_that_do_not_fit_are_refused():
    tight = small_chip(capacity={"accumulator_bits": 40}, memories={"potential_bits": 2 * 48 * 40})
    assert Spatial().place(network(), tight)[1].cores.size == 1
    refusing = small_chip(
        capacity={"accumulator_bits": 40}, memories={"potential_bits": 2 * 48 * 40, "overflow": "refuse"}
    )
    assert Spatial().place(network(), refusing)[1].cores.size == 2


def test_a_membrane_too_wide_for_any_core_is_refused_in_numbers():
    spec = small_chip(capacity={"accumulator_bits": 40}, memories={"potential_bits": 79, "overflow": "refuse"})
    with pytest.raises(CapacityError) as caught:
        Spatial().place(network(), spec)
    assert str(caught.value) == (
        "first: even one neuron a core needs 80 bits of potentials in a core, which holds 79\n"
        "output: even one neuron a core needs 80 bits of potentials in a core, which holds 79"
    )


def test_what_is_too_much_is_said_with_layer_core_memory_demand_size_and_remedy():
    spec = small_chip(memories={"axon_bits": 200, "potential_bits": 960})
    found = [
        MemoryDemand(SYNAPSES, "a", np.array([4], np.int32), np.array([1 << 24])),
        MemoryDemand(AXONS, "a", np.array([4], np.int32), np.array([200])),
        MemoryDemand(AXONS, "b", np.array([5, 6, 9], np.int32), np.array([199, 4321, 201])),
        MemoryDemand(AXONS, "c", np.array([7], np.int32), np.array([9876])),
        MemoryDemand(STATE, "c", np.array([7], np.int32), np.array([961])),
    ]
    assert list(overflows(found, spec)) == [
        "c needs 961 bits of state memory in core 7, which has 960; chip.memories.potential_bits: 961 would do",
        "b needs 4,321 bits of axon memory in core 6 and too many in 1 more, which has 200; "
        "chip.memories.axon_bits: 9876 would do",
        "c needs 9,876 bits of axon memory in core 7, which has 200; chip.memories.axon_bits: 9876 would do",
    ]


TIGHT = {"chip.memories.axon_bits": 6000, "compare": []}
SAID = (
    "accumulate_fire, layer_by_layer: fc2 needs 6,528 bits of axon memory in core 9, which has 6,000; "
    "chip.memories.axon_bits: 6528 would do"
)


def test_a_chip_reports_what_does_not_fit_and_simulates_it():
    prepared = prepare("lenet", TIGHT)
    assert notices(prepared) == (SAID,)
    assert neurosim.simulate("lenet", TIGHT).record.notices == (SAID,)


def test_a_chip_that_is_asked_to_refuse_is_given_another_partitioning_that_fits():
    prepared = prepare("lenet", {**TIGHT, "chip.memories.overflow": "refuse"})
    assert notices(prepared) == ()
    placed = prepared.cases[0].placement
    assert [placed[layer].cores.size for layer in (3, 4)] == [2, 2]  # fc1 and fc2, else on one core each


def test_a_chip_that_is_asked_to_refuse_refuses_what_fits_in_no_way():
    tight = {"compare": [], "chip.memories.overflow": "refuse", "chip.memories.axon_bits": 3000}
    with pytest.raises(CapacityError) as caught:
        prepare("lenet", tight)
    enough = re.fullmatch(r"fc\d needs [\d,]+ bits of axon memory in a core, which has 3,000; "
                          r"chip\.memories\.axon_bits: (\d+) would do", str(caught.value).splitlines()[0])  # fmt: skip
    assert notices(prepare("lenet", {**tight, "chip.memories.axon_bits": int(enough[1])})) == ()


def test_a_memory_that_does_not_fit_is_reported_unless_a_chip_says_otherwise():
    assert Memories(1, 1, 1).overflow == "report"


def test_fullness_is_the_fullest_core_and_the_mean_of_all():
    spec = small_chip(memories={"axon_bits": 400, "potential_bits": 960})
    found = [
        MemoryDemand(AXONS, "a", np.array([4, 3], np.int32), np.array([100, 300])),
        MemoryDemand(AXONS, "b", np.array([5], np.int32), np.array([260])),
        MemoryDemand(STATE, "a", np.array([4, 3], np.int32), np.array([960, 0])),
    ]
    uses = list(memory_use(found, spec))
    rows = [to_json(use) for use in uses]
    assert rows == [
        {"memory": "axon memory", "size_bits": 400, "peak_bits": 300, "mean_bits": 220.0, "layer": "a", "core": 3},
        {"memory": "state memory", "size_bits": 960, "peak_bits": 960, "mean_bits": 480.0, "layer": "a", "core": 4},
    ]
    assert memories.text([{"name": "first", "memories": rows}], 80).splitlines() == [
        "core memories in use: the fullest, and the mean",
        "",
        "case      axon memory     state memory",
        "──────────────────────────────────────",
        "first  75.0 %, 55.0 %  100.0 %, 50.0 %",
    ]
    assert memories.fullest(uses) == "axon 75.0 %, state 100.0 %"

"""The default mapper: how layers are cut and laid out, and what a network that does not fit is told."""

from dataclasses import replace

import numpy as np
import pytest

from neurosim.conversion.projections.projection import Projection, Window
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.errors import CapacityError
from neurosim.mapping.partitioning.axons import axons
from neurosim.mapping.partitioning.core_demand import cut
from neurosim.mapping.partitioning.partitionings import distinct
from neurosim.mapping.spatial import Spatial, snake
from tests.reference.behaviour import layer
from tests.reference.random_networks import model_of, small_chip, stimulus


def network(bits=16):
    """Image 1 x 4 x 4, a 3 x 3 convolution to 6 channels (96 neurons, 54 weights), 3 outputs (288 weights)."""
    weights = np.ones((3, 3, 1, 6), np.int8)
    conv = Projection("conv", 0, (1, 4, 4), (6, 4, 4), weights, Window((3, 3), (1, 1), (1, 1)))
    whole = Projection("linear", 1, (6, 4, 4), (3, 1, 1), np.ones((4, 4, 6, 3), np.int8), Window((4, 4), (1, 1)))
    layers = (stimulus((1, 4, 4)), layer("first", [conv], (6, 4, 4), bits=bits), layer("output", [whole], (3, 1, 1), 1))
    return SpikingNetwork("tiny", layers, model_of("accumulate_fire", 2), 3, 8, "synthetic")


def refused(spec, of=None):
    with pytest.raises(CapacityError) as refusal:
        Spatial().place(of or network(), spec)
    return str(refusal.value)


def test_a_layer_that_fits_one_core_gets_one():
    placement = Spatial().place(network(), small_chip())
    assert placement.layers[0] is None
    assert [placed.cores.tolist() for placed in placement.layers[1:]] == [[[[0]]], [[[1]]]]
    assert placement.cores_used == 2


def test_a_layer_is_cut_by_position_before_channels():
    placement = Spatial().place(network(), small_chip(capacity={"neurons": 48}))
    assert placement[1].cores.size == 2
    assert placement[1].channel_edges.tolist() == [0, 6]
    assert placement[1].neurons.tolist() == [48, 48]


def test_a_kernel_that_does_not_fit_is_cut_by_channels():
    placement = Spatial().place(network(), small_chip(capacity={"synapse_memory_bits": 8 * 96}))
    assert placement[2].channel_edges.tolist() == [0, 1, 2, 3]
    assert placement[1].cores.size == 1


def test_without_weight_sharing_every_synapse_is_stored():
    # 100 taps of the padded 3 x 3 kernel on 4 x 4, 6 channels: 600 synapses of 8 bits; 25 taps lie in each quarter
    spec = small_chip(weight_sharing=False, capacity={"synapse_memory_bits": 8 * 300})
    assert Spatial().place(network(), spec)[1].cores.size == 2
    roomy = replace(spec, capacity=replace(spec.capacity, synapse_memory_bits=8 * 600))
    assert Spatial().place(network(), roomy)[1].cores.size == 1


def test_a_neuron_too_large_for_any_core_is_named_with_what_it_needs():
    assert refused(small_chip(capacity={"synapse_memory_bits": 8 * 95})) == (
        "output: even one neuron a core needs 768 weight bits in a core, which holds 760"
    )


def test_every_layer_that_does_not_fit_is_named():
    assert refused(small_chip(capacity={"neurons": 0, "synapse_memory_bits": 8})).splitlines() == [
        f"{name}: even one neuron a core needs 1 neuron in a core, which holds 0, {bits} weight bits in a core, "
        "which holds 8"
        for name, bits in (("first", 72), ("output", 768))
    ]


def test_too_few_cores_are_said_layer_by_layer():
    spec = small_chip(1, 2, 2, capacity={"neurons": 24, "synapse_memory_bits": 8192})
    assert refused(spec) == (
        "tiny needs 5 cores of 24 neurons and 1 KiB, small has 4: 1 too few\n"
        "  first needs 4 cores for 96 neurons\n"
        "  output needs 1 core for 3 neurons: 1 too few"
    )


def test_layers_that_take_the_cores_in_turn_need_those_of_the_largest():
    spec = small_chip(1, 1, 1, capacity={"neurons": 50, "synapse_memory_bits": 8192})
    with pytest.raises(CapacityError) as refusal:
        Spatial().place(network(), spec, "time_multiplexed")
    assert str(refusal.value) == (
        "tiny needs 2 cores of 50 neurons and 1 KiB at a time, small has 1: 1 too few\n"
        "  first needs 2 cores for 96 neurons: 1 too few"
    )


def test_input_axons_that_do_not_suffice_are_counted_with_what_would_do():
    # With shared weights, an axon for each channel of each source core: the output reads 6 channels of one core.
    assert Spatial().place(network(), small_chip(capacity={"input_axons": 6}))
    assert refused(small_chip(capacity={"input_axons": 5})) == (
        "output needs 6 input axons in a core, which has 5; chip.capacity.input_axons: 6 would do"
    )
    # Without, one for each source neuron: 16 pixels, 96 neurons.
    assert refused(small_chip(weight_sharing=False, capacity={"input_axons": 15})) == (
        "first needs 16 input axons in a core, which has 15; chip.capacity.input_axons: 96 would do\n"
        "output needs 96 input axons in a core, which has 15; chip.capacity.input_axons: 96 would do"
    )


def test_a_layer_with_too_few_output_axons_is_cut_finer():
    # 6 channels go to one core; two cores of three channels each have 3 such pairs.
    assert Spatial().place(network(), small_chip(capacity={"output_axons": 6}))[1].cores.size == 1
    assert Spatial().place(network(), small_chip(capacity={"output_axons": 5}))[1].channel_edges.tolist() == [0, 3, 6]
    # Without weight sharing each of 96 neurons is a sender.
    fine = small_chip(8, 8, weight_sharing=False, capacity={"output_axons": 95})
    assert Spatial().place(network(), fine)[1].cores.size == 2


def test_output_axons_that_do_not_suffice_are_counted_with_what_would_do():
    # The output is cut in three, for its weights: a single neuron of the first layer has three axons.
    spec = small_chip(40, 1, capacity={"output_axons": 2, "synapse_memory_bits": 8 * 96})
    assert refused(spec) == (
        "first needs 18 output axons in a core, which has 2; chip.capacity.output_axons: 18 would do"
    )


def test_axon_memories_that_refuse_are_kept_to():
    spec = small_chip(memories={"axon_bits": 32 * 6, "overflow": "refuse"})  # the first layer: 1 input, 6 output axons
    assert Spatial().place(network(), spec)[1].cores.size == 2
    least = small_chip(memories={"axon_bits": 32 * 5, "overflow": "refuse"})
    assert refused(least) == (
        "first needs 224 bits of axon memory in a core, which has 160; chip.memories.axon_bits: 224 would do\n"
        "output needs 192 bits of axon memory in a core, which has 160; chip.memories.axon_bits: 224 would do"
    )


def test_a_wide_convolution_is_cut_by_channels_where_its_axons_do_not_suffice_otherwise():
    """512 channels to 512, 3 x 3, on 8 x 8 maps: a core of ``loihi_like`` has 4,096 axons each way."""
    weights = np.ones((3, 3, 512, 512), np.int8)
    conv = Projection("conv", 1, (512, 8, 8), (512, 8, 8), weights, Window((3, 3), (1, 1), (1, 1)))
    stem = Projection("conv", 0, (3, 8, 8), (512, 8, 8), np.ones((3, 3, 3, 512), np.int8), conv.window)
    whole = Projection("linear", 2, (512, 8, 8), (10, 1, 1), np.ones((8, 8, 512, 10), np.int8), Window((8, 8), (1, 1)))
    layers = (
        stimulus((3, 8, 8)),
        layer("first", [stem], (512, 8, 8), bits=16),
        layer("hidden", [conv], (512, 8, 8), bits=16),
        layer("output", [whole], (10, 1, 1), 1),
    )
    wide = SpikingNetwork("wide", layers, model_of("accumulate_fire", 2), 3, 8, "synthetic")
    spec = small_chip(
        10, 10, 4, capacity={"neurons": 1024, "synapse_memory_bits": 8 * 2**18, "input_axons": 4096,
                             "output_axons": 4096},
    )  # fmt: skip
    placement = Spatial().place(wide, spec)
    for inputs, outputs in axons(wide, placement, spec)[1:]:
        assert max(inputs.max(), outputs.max()) <= 4096


def test_weights_and_accumulators_wider_than_the_chip_are_refused():
    assert refused(small_chip(capacity={"weight_bits": 7, "accumulator_bits": 15})) == (
        "tiny has weights of 8 bits, small stores 7\n"
        "first needs an accumulator of 16 bits, small has 15\n"
        "output needs an accumulator of 32 bits, small has 15"
    )


def test_cuts_are_even():
    assert cut(10, 3).tolist() == [0, 3, 6, 10]
    assert cut(4, 4).tolist() == [0, 1, 2, 3, 4]


def test_only_cuts_that_make_the_largest_part_smaller_are_tried():
    assert distinct(8) == [8, 4, 3, 2, 1]  # largest parts 1 2 3 4 8; 5, 6 and 7 parts leave one of 2 as 4 do


def test_layers_follow_each_other_along_a_snake():
    assert list(snake(small_chip(3, 2, 2))) == [0, 1, 2, 3, 4, 5, 10, 11, 8, 9, 6, 7]


def test_boxes_are_listed_in_the_order_of_the_cores():
    placement = Spatial().place(network(), small_chip(capacity={"neurons": 24}))
    placed = placement[1]
    whole = np.zeros((4, 4, 6), int)
    for y0, y1, x0, x1, c0, c1 in placed.partitions.tolist():
        whole[y0:y1, x0:x1, c0:c1] += 1
    assert whole.min() == whole.max() == 1
    assert len(placed.partitions) == placed.cores.size == 4
    assert np.unique(placed.cores).size == 4

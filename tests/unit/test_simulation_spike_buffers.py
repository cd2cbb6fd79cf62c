"""Spike buffers: what waits in them, on paper, and against a buffer that is filled and emptied phase by phase."""

from functools import cache, partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.conversion.projections.projection import Projection, Window
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.experiments.simulate import prepare
from neurosim.mapping.partitioning.core_memories import SPIKES
from neurosim.mapping.placement import LayerPlacement, Placement
from neurosim.plugins import resolve
from neurosim.simulation.memory.layer_swaps import stays
from neurosim.simulation.memory.spike_buffers import maps_waiting, spike_buffers
from neurosim.simulation.planner import planned, planned_stream
from tests.reference.behaviour import layer
from tests.reference.behaviour_plain import dense
from tests.reference.random_networks import (
    MODELS,
    legal_schedules,
    model_of,
    random_network,
    random_placement,
    shared_placement,
    stimulus,
)


def network(model):
    """Image 1 x 1 x 4, a 1 x 3 convolution to 2 channels (8 neurons), one more to 2 channels, 3 outputs."""
    window, ones = Window((1, 3), (1, 1), (0, 1)), np.ones((1, 3, 2, 2), np.int8)
    conv = Projection("conv", 0, (1, 1, 4), (2, 1, 4), ones[:, :, :1], window)
    next_ = Projection("conv", 1, (2, 1, 4), (2, 1, 4), ones, window)
    whole = Projection("linear", 2, (2, 1, 4), (3, 1, 1), np.ones((1, 4, 2, 3), np.int8), Window((1, 4), (1, 1)))
    layers = (
        stimulus((1, 1, 4)),
        layer("first", [conv], (2, 1, 4), bits=16),
        layer("hidden", [next_], (2, 1, 4), bits=16),
        layer("output", [whole], (3, 1, 1), 1),
    )
    return SpikingNetwork("tiny", layers, model, 3, 8, "synthetic")


def placed():
    """The hidden layer cut into its first column and the other three, all other layers whole."""
    cuts = [([0, 1], [0, 4], [0, 2]), ([0, 1], [0, 1, 4], [0, 2]), ([0, 1], [0, 1], [0, 3])]
    cores = [np.array([[[0]]]), np.array([[[1], [2]]]), np.array([[[3]]])]
    layers = [
        LayerPlacement(number, *map(np.array, cut), own.astype(np.int32))
        for number, (cut, own) in enumerate(zip(cuts, cores, strict=True), start=1)
    ]
    return Placement((None, *layers), "test")


def peaks(model, schedule, packed=False, streams=False):
    made, placement, order = network(model), placed(), resolve("neurosim.schedule", schedule)()
    plans = [planned(made, order, 1, placement.groups, packed)]
    plans += [planned_stream(made, order, packed)] if streams else []
    return [each.bits.tolist() for each in spike_buffers(made, placement, *plans)]


def test_rate_coded_planes_wait_layer_by_layer_each_core_with_the_neurons_it_hears():
    # All but the first of 4 planes wait: the first column hears 2 columns x 2 channels, the others 4 columns.
    assert peaks(model_of("if_soft", 4), "layer_by_layer") == [[0], [3 * 4, 3 * 8], [3 * 8]]


def test_planes_that_are_added_in_turn_wait_for_nothing():
    assert peaks(model_of("accumulate_fire", 4), "layer_by_layer") == [[0], [0, 0], [0]]
    assert peaks(model_of("if_soft", 4), "pipelined") == [[0], [0, 0], [0]]


def test_planes_that_are_read_twice_wait_until_the_second_time():
    # Of the second pass of 4 steps all planes lie there before the first is read again; the output reads them once.
    assert peaks(model_of("bos", 4), "layer_by_layer") == [[0], [4 * 4, 4 * 8], [3 * 8]]


def test_packed_spikes_wait_all_together():
    assert peaks(model_of("if_soft", 4), "layer_by_layer", packed=True) == [[0], [4 * 4, 4 * 8], [4 * 8]]


def test_the_next_images_pixels_wait_while_the_first_layer_keeps_those_of_the_one_before():
    # Until its last scan, with which the host has long sent the next 4 pixels. Behind it a round brings each layer the
    # next image's planes as it uses up those of the image before: three wait at any time, as of one image alone.
    alone, streaming = (peaks(model_of("if_soft", 4), "layer_by_layer", streams=streams) for streams in (False, True))
    assert alone == [[0], [3 * 4, 3 * 8], [3 * 8]]
    assert streaming == [[4 * 8], [3 * 4, 3 * 8], [3 * 8]]


def test_the_next_images_planes_take_the_places_of_those_that_are_read_for_the_last_time():
    # The second four scans use the four planes up, one each, and with each of them comes a plane of the next image.
    alone, streaming = (peaks(model_of("bos", 4), "layer_by_layer", streams=streams) for streams in (False, True))
    assert alone == [[0], [4 * 4, 4 * 8], [3 * 8]]
    assert streaming == [[4 * 8], [4 * 4, 4 * 8], [3 * 8]]


def pixels_that_wait(**changes):
    """What the cores of LeNet's first layer have to hold in their spike buffers, rate-coded layer by layer."""
    rate_coded = {"compare": [], "conversion": {"kind": "if_qcfs", "steps": 4}}
    (case,) = prepare("lenet", rate_coded | changes).cases
    return next(each.bits.tolist() for each in case.memories if (each.memory, each.layer) == (SPIKES, "conv1"))


def test_a_workload_is_told_what_a_stream_of_its_images_needs_unless_layers_share_cores():
    # Cut into rows 0-8, 9-17 and 18-27 and two halves of 14 columns, with two neighbours on each side in the image.
    assert pixels_that_wait() == [rows * 16 * 8 for rows in (9 + 2, 9 + 2, 2 + 9 + 2, 2 + 9 + 2, 2 + 10, 2 + 10)]
    few = {"chip.mesh.width": 2, "chip.mesh.height": 1, "mapping.residency": "time_multiplexed"}
    assert pixels_that_wait(**few) == [0] * 6


def left_at_the_end(kind):
    made, schedule = network(model_of(kind, 4)), resolve("neurosim.schedule", "layer_by_layer")()
    waiting = maps_waiting(planned_stream(made, schedule))
    return {destination: int(planes[-1]) for (destination, _), planes in waiting.items()}


def test_a_plane_that_is_read_behind_the_end_waits_until_then():
    # The third result ends a round; in the next one the hidden layer and the output would add planes 1 to 3.
    assert left_at_the_end("if_soft") == {1: 0, 2: 3, 3: 3}


def test_a_plane_that_is_read_again_behind_the_end_waits_until_then():
    # The output is through after half of a round. The first layer keeps its pixels, so the next ones wait, and the
    # hidden layer has read all planes once and plane 0 twice.
    assert left_at_the_end("bos") == {1: 1, 2: 3, 3: 0}


def filled(network, placement, phases):
    """The most bits in every box, (layer -> list), of sets of planes that are put in and taken out."""
    stay = stays(phases)
    uses = [(stay[n], n, (d.scan, d.destination, d.projection)) for n, e in enumerate(phases) for d in e.replays]
    hears = cache(partial(heard, network))
    most = {n: [0] * len(placement[n].partitions) for n in range(1, len(network.layers))}
    came, inside = {}, set()  # the stay in which a plane came about; what is in the buffers

    def look():
        for number, own in most.items():
            for place, box in enumerate(placement[number].partitions.tolist()):
                bits = sum(hears(number, s, tuple(box)) for _, destination, s in inside if destination == number)
                own[place] = max(own[place], bits)

    for number, entry in enumerate(phases):
        if entry.brings_in:
            inside = {key for own, _, key in uses if own == stay[number] and key in came}
        look()
        wanted = {key for own, phase, key in uses if own == stay[number] and phase > number}
        leaving = {key for own, _, key in uses if own > stay[number] == came.get(key)}
        stored = {(d.scan, d.destination, d.projection) for d in entry.stored}
        inside = (inside & (wanted | leaving)) | stored
        came |= dict.fromkeys(stored | {(d.scan, d.destination, d.projection) for d in entry.spilled}, stay[number])
        look()
    return most


def heard(network, number, index, box):
    """The bits of one plane, the ``index``-th source of a layer, that a box hears over any of its projections."""
    y0, y1, x0, x1, c0, c1 = box
    synapses = network.layers[number].sources[index]
    read = [other for other in network.layers[number].sources if other.source == synapses.source]
    neurons = int(sum(dense(other)[0] for other in read)[..., y0:y1, x0:x1, c0:c1].any((3, 4, 5)).sum())
    is_pixel = synapses.source == 0 and network.model.reads_pixels
    return neurons * (8 if is_pixel else network.model.spike_bits)


@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=5)
@given(st.integers(0, 2**32))
def test_the_peak_is_that_of_a_buffer_filled_and_emptied_phase_by_phase(kind, seed):
    rng = np.random.default_rng(seed)
    made = random_network(rng, model_of(kind, int(rng.integers(1, 4))), pixels=3, hidden=2)
    placement, _ = shared_placement(rng, made)
    for schedule in legal_schedules(made.model):
        phases = planned(made, schedule, 1, placement.groups)
        found = {number: each.bits.tolist() for number, each in enumerate(spike_buffers(made, placement, phases), 1)}
        assert found == filled(made, placement, phases)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=2)
@given(st.integers(0, 2**32))
def test_a_stream_that_breaks_off_fills_the_buffers_as_much_as_a_long_one_to_its_end(kind, packed, seed):
    rng = np.random.default_rng(seed)
    made = random_network(rng, model_of(kind, int(rng.integers(1, 4))), pixels=3, hidden=2)
    placement, _ = random_placement(rng, made)
    for schedule in legal_schedules(made.model):
        if packed and schedule.fires_every_step:
            continue
        plans = planned(made, schedule, packed=packed), planned_stream(made, schedule, packed)
        found = {number: each.bits.tolist() for number, each in enumerate(spike_buffers(made, placement, *plans), 1)}
        assert found == filled(made, placement, planned(made, schedule, 2 * len(made.layers), packed=packed))

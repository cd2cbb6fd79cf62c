"""What moves when layers share cores, on paper: every plane that is accumulated in another stay than it came about."""

import numpy as np
import pytest

from neurosim.chip.spec import OffChip
from neurosim.conversion.projections.projection import Projection, Window
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.mapping.placement import LayerPlacement, Placement
from neurosim.neurons.group import Group
from neurosim.plugins import resolve
from neurosim.schedule.phase import Phase, WorkItem
from neurosim.schedule.plan import Delivery, PlannedPhase, plan
from neurosim.simulation.memory.layer_swaps import LayerSwaps, maps_moved, stays
from neurosim.simulation.memory.live_state import LiveState
from neurosim.simulation.observe import observe
from neurosim.simulation.planner import planned
from tests.reference.behaviour import layer
from tests.reference.random_networks import model_of, small_chip, stimulus

SKIP = [[], [0], [1], [2, 1], [3]]  # layer 3 reads 2 and, past it, 1


def network(model):
    """Image 1 x 1 x 4, a 1 x 3 convolution to 2 channels (8 neurons, 6 weights), 3 outputs (24 weights)."""
    conv = Projection("conv", 0, (1, 1, 4), (2, 1, 4), np.ones((1, 3, 1, 2), np.int8), Window((1, 3), (1, 1), (0, 1)))
    whole = Projection("linear", 1, (2, 1, 4), (3, 1, 1), np.ones((1, 4, 2, 3), np.int8), Window((1, 4), (1, 1)))
    layers = (stimulus((1, 1, 4)), layer("first", [conv], (2, 1, 4), bits=16), layer("output", [whole], (3, 1, 1), 1))
    return SpikingNetwork("tiny", layers, model, 3, 8, "synthetic")


def in_turn():
    """Both layers uncut on core 0, one after the other."""
    none = np.zeros((1, 1, 1), np.int32)
    sizes = ((1, 4, 2), (1, 1, 3))
    cuts = [[np.array([0, size]) for size in shape] for shape in sizes]
    return Placement((None, *(LayerPlacement(1 + group, *cuts[group], none, group) for group in (0, 1))), "test")


def forked(model):
    """Image 1 x 1 x 4, two 1 x 3 convolutions of it to 2 channels each (8 neurons, 6 weights), 3 outputs of both."""
    window, ones = Window((1, 3), (1, 1), (0, 1)), np.ones((1, 3, 1, 2), np.int8)
    convs = [Projection("conv", 0, (1, 1, 4), (2, 1, 4), ones, window) for _ in range(2)]
    whole = Window((1, 4), (1, 1))
    both = [Projection("linear", n, (2, 1, 4), (3, 1, 1), np.ones((1, 4, 2, 3), np.int8), whole) for n in (1, 2)]
    firsts = [layer("first", [conv], (2, 1, 4), bits=16) for conv in convs]
    layers = (stimulus((1, 1, 4)), *firsts, layer("output", both, (3, 1, 1), 1))
    return SpikingNetwork("forked", layers, model, 3, 8, "synthetic")


def apart():
    """The first convolution alone on core 0, then the second there and the outputs on core 1."""
    cuts = [[np.array([0, size]) for size in shape] for shape in ((1, 4, 2), (1, 4, 2), (1, 1, 3))]
    cores = [np.full((1, 1, 1), core, np.int32) for core in (0, 0, 1)]
    layers = [LayerPlacement(n + 1, *cuts[n], cores[n], group) for n, group in enumerate((0, 1, 1))]
    return Placement((None, *layers), "test")


def moved(model, schedule, made=None, placement=None):
    spec = small_chip(capacity={"accumulator_bits": 16})
    made, placement = made or network(model), placement or in_turn()
    phases = planned(made, resolve("neurosim.schedule", schedule)(), 1, placement.groups)
    return [
        (sum(each.weight_bits.values()), each.state_bits, each.spike_bits)
        for each in LayerSwaps(made, placement, spec).by_phase(phases).values()
    ]


def test_planes_that_a_layer_accumulates_after_the_phase_that_brought_it_in_come_with_it():
    # Three planes of 8 bits go out, and the same three come in, though the output adds only the first at once: for
    # each other it waits until it has been scanned for the step before. Behind it the image needs nothing any more.
    assert moved(model_of("if_soft", 3), "layer_by_layer") == [(48, 0, 0), (192, 0, 24 + 24)]


def test_planes_that_are_all_accumulated_as_the_layer_comes_are_counted_as_often():
    assert moved(model_of("accumulate_fire", 3), "layer_by_layer") == [(48, 0, 0), (192, 0, 24 + 24)]


def test_step_by_step_moves_a_plane_and_the_live_membranes_in_every_step():
    # Of the first layer stays the potential and the pixels' sum, 2 x 8 x 16 bits, of the output 3 x 16 bits: what
    # leaves and what comes is counted, and nothing of a layer that has done its last step.
    live, output = 2 * 8 * 16, 3 * 16
    assert moved(model_of("if_soft", 2), "step_by_step") == [
        (48, 0, 0),
        (192, live, 8 + 8),
        (48, output + live, 0),
        (192, output, 8 + 8),
    ]


def test_a_plane_of_counts_takes_the_bits_of_a_count():
    assert moved(Group(1, tau=15), "layer_by_layer") == [(48, 0, 0), (192, 0, 4 * (8 + 8))]


def test_a_plane_of_pixels_takes_the_bits_of_the_hosts_words():
    # Out go the first layer's three planes of 8 bits and the 4 pixels of 8 bits that the second one reads, too; as much
    # comes in.
    model = model_of("if_soft", 3)
    assert moved(model, "layer_by_layer", forked(model), apart()) == [(48, 0, 0), (432, 0, 2 * (24 + 32))]


@pytest.mark.parametrize("pixel", [1, 3])
def test_bringing_pixels_in_takes_the_words_the_ticks_and_the_accesses_of_their_bits(pixel):
    # The first movement is 48 bits of weights, a word of 64 and a tick; the second 48 and 384 of weights and 112 of
    # planes, 544 together. Each of the 4 pixels is written into the one core that reads it, and read, whatever it says.
    made, spec = forked(model_of("if_soft", 3)), small_chip(capacity={"accumulator_bits": 16}, offchip=OffChip(64))
    image = np.full((1, *made.layers[0].map_shape), pixel, np.uint8)
    seen = observe(made, spec, apart(), resolve("neurosim.schedule", "layer_by_layer")(), image)
    assert seen.timings[0].reload_ticks == 1 + 9
    assert seen.ledger.totals()["weight_reload_bits64"] == 1 + (1 + 6 + 2)
    counted = seen.ledger.by("layer", "op")
    assert [counted[2, f"spike_buffer_{done}_bits1"] for done in ("write", "read")] == [4 * 8, 4 * 8]
    assert counted[2, "synaptic_event_graded"] == (2 + 3 + 3 + 2) * 2


def test_planes_that_wait_are_live_with_all_their_bits():
    live = LiveState(forked(Group(1, tau=15)), small_chip())
    spilled = [Delivery(WorkItem(0, source, 0), *to) for source, to in ((0, (2, 0, 0)), (1, (3, 0, 0)))]
    live.follow(PlannedPhase(Phase(()), spilled=spilled))
    assert live.spike_bits() == 4 * 8 + 8 * 4


def test_a_plane_that_waits_within_its_group_moves_with_the_group():
    # Layers 1 and 3 share their stays. Layer 3 can add plane 1 of layer 1 when it has been scanned for step 0, a slot
    # after it came about, and layer 2 has been on the cores in between. Plane 0 is added as it arrives.
    scans, groups = [1, 3, 3, 3, 3], [0, 0, 1, 0, 0]
    entries = plan(resolve("neurosim.schedule", "pipelined")().phases(scans, 1), SKIP, scans, [0] * 5, groups=groups)
    resident = dict(zip(stays(entries), [entry.resident for entry in entries], strict=True))
    back = [(stay, sorted(planes)) for stay, (_, planes) in sorted(maps_moved(entries).items())]
    assert [(plane.layer, plane.step) for stay, planes in back if resident[stay] == 0 for plane in planes] == [
        *[(1, 1), (2, 0)],
        *[(1, 2), (2, 1)],
        *[(2, 2)],
    ]


def test_what_waits_and_is_accumulated_in_the_same_stay_does_not_move():
    scans = [1, 3, 3, 3, 3]
    phases = resolve("neurosim.schedule", "layer_by_layer")().phases(scans, 1)
    assert maps_moved(plan(phases, SKIP, scans, [0] * 5)) == {}

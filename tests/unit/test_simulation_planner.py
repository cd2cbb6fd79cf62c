"""What is planned is whole: a schedule that leaves out, repeats or makes up a scan is refused with its name."""

import numpy as np
import pytest

from neurosim.conversion.spiking import SpikingNetwork
from neurosim.errors import ScheduleError
from neurosim.schedule.layer_by_layer import LayerByLayer
from neurosim.schedule.phase import Phase, WorkItem
from neurosim.simulation.planner import planned
from tests.reference.behaviour import layer
from tests.reference.behaviour import synapses as bundle
from tests.reference.random_networks import model_of, stimulus


def network():
    """Three layers of one neuron behind one pixel, three steps of ``if_soft``."""
    ones = np.ones((1, 1, 1, 1), np.int8)
    layers = [
        layer(role, [bundle("linear", number, (1, 1, 1), (1, 1, 1), ones)], (1, 1, 1))
        for number, role in enumerate(("first", "hidden", "output"))
    ]
    return SpikingNetwork("chain", (stimulus((1, 1, 1)), *layers), model_of("if_soft", 3), 1, 8, "synthetic")


class Changed(LayerByLayer):
    """Layer by layer, but for what ``change`` makes of the items of each phase."""

    kind = "changed"

    def __init__(self, change):
        self.change = change

    def phases(self, steps, images=1, starts=()):
        for phase in super().phases(steps, images, starts):
            yield Phase(tuple(self.change(phase.items)), phase.barrier)


def refusal(change, images=1):
    with pytest.raises(ScheduleError) as refused:
        planned(network(), Changed(change), images)
    return str(refused.value)


def without(*forgotten):
    return lambda items: [item for item in items if item not in forgotten]


def test_a_schedule_that_leaves_out_a_scan_is_refused():
    said = "changed leaves out the scan of layer"
    assert refusal(without(WorkItem(0, 2, 1))) == f"{said} 2 (hidden) for step 1 of image 0"
    assert refusal(without(WorkItem(0, 3, 2))) == f"{said} 3 (output) for step 2 of image 0"


def test_the_first_of_several_scans_is_named_and_all_are_counted():
    all_of_a_layer = [WorkItem(image, 1, step) for image in range(2) for step in range(3)]
    assert refusal(without(*all_of_a_layer), images=2) == (
        "changed leaves out the scan of layer 1 (first) for step 0 of image 0, one of 6 wrong scans"
    )


def test_a_scan_that_comes_twice_is_refused():
    assert refusal(lambda items: [*items, WorkItem(0, 0, 0)]) == (
        "changed repeats the scan of layer 0 (image) for step 0 of image 0"
    )


def test_a_scan_that_a_layer_does_not_have_is_refused():
    def sends_again(items):
        return [WorkItem(0, 0, 1) if item == WorkItem(0, 1, 1) else item for item in items]

    assert refusal(sends_again) == (
        "changed makes up the scan of layer 0 (image) for step 1 of image 0, one of 2 wrong scans"
    )
    assert refusal(lambda items: [*items, WorkItem(0, 4, 0)]) == (
        "changed makes up the scan of layer 4 for step 0 of image 0"
    )


def test_a_schedule_that_does_all_once_is_planned():
    assert sum(len(entry.phase.items) for entry in planned(network(), Changed(list), 2)) == 2 * (1 + 3 + 3 + 3)

"""The ResNet-20 of others: the accuracy of its authors' weights, and what becomes of it without training."""

from __future__ import annotations

import numpy as np
import pytest

from neurosim.network.forward import forward
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.one_spike import OneSpike
from studies.third_party import measure as third_party

DATA = third_party.DOCS.parent.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not (DATA / "resnet20_cifar10_relu.npz").is_file(),
    reason="the ResNet-20 of others and CIFAR-10 are not in ../shared/data",
)
IMAGES = 100


@pytest.fixture(scope="module")
def bench():
    return third_party.Bench.of(str(DATA))


def test_the_float_network_gets_as_many_right_as_was_recorded_elsewhere(bench):
    """Of the first 100 test images of the JPEG copy 82 (the data's own page); whole-step means change none of them."""
    whole = bench.shown.images[:IMAGES] + np.array(third_party.ZERO_POINT)
    for mean in (np.array(third_party.MEAN) * 255, np.array(third_party.ZERO_POINT)):
        x = ((whole - mean) / (255 * np.array(third_party.DEVIATION))).astype(np.float32)
        answers = forward(bench.network, x.transpose(0, 3, 1, 2)).argmax(axis=1)
        assert int((answers == bench.shown.labels[:IMAGES]).sum()) == 82


@pytest.mark.parametrize(
    ("group", "model"),
    [("codes", AccumulateFire(4)), pytest.param("one_spike", OneSpike(4), marks=pytest.mark.long)],
)
def test_what_is_stored_comes_out_again(bench, group, model):
    """One row of a group, on all its images."""
    found = bench.measure((model, "channel", 100.0))
    kept = [row for row in third_party.stored(group) if row["model"] == found["model"] and row["steps"] == "4"]
    assert {name: str(value) for name, value in found.items()} == kept[0]


@pytest.mark.long
def test_the_float_network_gets_8103_of_all_test_images_right():
    rows = {row["images"]: row["correct"] for row in third_party.measure_float(str(DATA))}
    assert [rows[images] for images in (100, 1000, 2000, 10_000)] == [82, 804, 1627, 8103]

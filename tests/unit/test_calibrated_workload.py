"""A workload with a ReLU network: clip values are measured, recorded, part of the run's id, and the run is lossless."""

from __future__ import annotations

import numpy as np
import pytest

import neurosim
from neurosim.errors import DocumentError
from neurosim.experiments.simulate import prepare
from neurosim.stimuli.calibration_set import calibration_set

CALIBRATION = "{kind: npz, images: 12, options: {file: set.npz, held_back: 0.5}}"
WORKLOAD = f"""\
network: {{zoo: digits_cnn, input: [1, 8, 8], classes: 10, options: {{activation: relu}}}}
stimulus: {{kind: npz, file: shown.npz, images: 2, options: {{zero_point: [100], deviation: [0.25]}}}}
conversion: {{kind: one_spike, steps: 5, calibration: {CALIBRATION}}}
chip: {{base: loihi_like, capacity: {{accumulator_bits: 32}}}}
energy: {{tables: [horowitz2014_45nm], allow_partial: true}}
compare:
  - {{name: binary, conversion: {{kind: accumulate_fire, steps: 4}}}}
  - {{name: rate, conversion: {{kind: if_soft, steps: 4, calibration: {{by: layer, percentile: 99.9}}}}}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (40, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "set.npz", x=images, y=random.integers(0, 10, 40))
    np.savez(tmp_path / "shown.npz", x=images[:2])
    (tmp_path / "w.yaml").write_text(WORKLOAD)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_relu_network_runs_without_a_mismatch_and_the_run_says_what_was_measured(folder):
    run = neurosim.simulate("w.yaml")
    exact = run.record.results[:2]
    assert [result.lossless.mismatches for result in exact] == [0, 0]
    neurons = 16 * 64 + 16 * 64 + 32 * 16
    assert [result.lossless.checked for result in exact] == [2 * (neurons + 10), 2 * (4 * neurons + 10)]
    assert run.record.notices[:2] == (
        "clip values: the maximum of each channel on 12 images of npz to train on",
        "clip values: the 99.9 % percentile of each layer on 12 images of npz to train on",
    )
    conversion = run.inputs["conversion"]
    assert conversion["calibration"]["images"] == 12
    assert run.inputs["compare"][1]["conversion"]["calibration"]["percentile"] == 99.9


def test_what_is_measured_is_part_of_the_runs_id(folder):
    ids = {
        prepare("w.yaml", [f"conversion.calibration.{change}"]).run_id
        for change in ("images=12", "images=13", "percentile=99", "by=layer")
    }
    assert len(ids) == 4
    assert prepare("w.yaml").run_id in ids


def test_clip_values_follow_the_percentile(folder):
    units = [
        [layer.unit for layer in prepare("w.yaml", change).cases[0].network.layers if layer.is_spiking]
        for change in ([], ["conversion.calibration.percentile=90"])
    ]
    assert len(units[0]) == 3
    assert all(most < full for full, most in zip(*units, strict=True))


def test_only_images_to_train_on_are_looked_at_and_each_is_sent_as_the_host_sends_it(folder):
    host = {"zero_point": [100], "deviation": [0.25], "other": 1}
    found = calibration_set("npz", 20, (1, 8, 8), 3, {"file": "set.npz", "held_back": 0.5}, host)
    with np.load("set.npz") as file:
        everything = file["x"].astype(int) - 100
    from neurosim.datasets.dataset import dataset

    held = dataset("npz", {"file": "set.npz", "held_back": 0.5}).read("test").images.astype(int)[..., 0] - 100
    drawn = {image.tobytes() for image in found.images[..., 0].astype(int)}
    assert len(drawn) == 20
    assert drawn <= {image.tobytes() for image in everything}
    assert drawn.isdisjoint({image.tobytes() for image in held})
    assert found.unit == (1 / 255 / 0.25,)
    assert found.max_code == 155


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("conversion.calibration.images=21", "wanted 21 images, the set has 20"),
        (
            "conversion.calibration.options.hold_back=1",
            "--set conversion.calibration.options.hold_back=1: conversion.calibration.options.hold_back: unknown "
            "option of npz; did you mean 'held_back'?",
        ),
        (
            "conversion.calibration.options={file: small.npz}",
            "calibration npz: its images are 1 x 4 x 4, the network takes 1 x 8 x 8",
        ),
        (
            "conversion.calibration.options={file: none.npz}",
            "--set conversion.calibration.options={file: none.npz}: conversion.calibration.options.file: "
            "no file 'none.npz'",
        ),
    ],
)
def test_images_that_cannot_be_had_are_refused(folder, override, said):
    np.savez("small.npz", x=np.zeros((40, 4, 4), np.uint8), y=np.zeros(40, np.int64))
    with pytest.raises(DocumentError) as caught:
        prepare("w.yaml", [override, "compare=[]"])
    assert str(caught.value) == said

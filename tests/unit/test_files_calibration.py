"""What a workload says of calibration: read, inherited key by key, refused where it lacks."""

from __future__ import annotations

import pytest

from neurosim.errors import DocumentError
from neurosim.files.workload import read_workload
from neurosim.files.workload_schema import CalibrationConfig

TOP = """\
network: {zoo: digits_cnn, input: [1, 8, 8], classes: 10, options: {activation: relu}}
chip: loihi_like
energy: {tables: [horowitz2014_45nm]}
"""


def written(folder, text):
    path = folder / "w.yaml"
    path.write_text(TOP + text)
    return path


def refusal(folder, text):
    path = written(folder, text)
    with pytest.raises(DocumentError) as caught:
        read_workload(path)
    return str(caught.value).replace(str(path), "w.yaml")


def test_a_comparison_inherits_the_calibration_key_by_key(tmp_path):
    text = """\
conversion: {kind: one_spike, steps: 8, calibration: {kind: digits, images: 30, percentile: 99.9}}
compare:
  - {name: a, conversion: {kind: if_soft}}
  - {name: b, conversion: {kind: if_soft, calibration: {by: layer, percentile: 99}}}
"""
    found = read_workload(written(tmp_path, text))
    assert found.conversion.calibration == CalibrationConfig("digits", 30, 99.9)
    assert [other.conversion.calibration for other in found.compare] == [
        CalibrationConfig("digits", 30, 99.9),
        CalibrationConfig("digits", 30, 99.0, "layer"),
    ]


def test_what_is_measured_can_be_read():
    assert str(CalibrationConfig("digits", 1000, 99.9)) == (
        "clip values: the 99.9 % percentile of each channel on 1,000 images of digits to train on"
    )
    assert str(CalibrationConfig("digits", 64, by="layer")) == (
        "clip values: the maximum of each layer on 64 images of digits to train on"
    )


def test_relu_without_a_calibration_is_refused_in_every_conversion_that_lacks_it(tmp_path):
    text = """\
conversion: {kind: one_spike, steps: 8}
compare:
  - {name: a, conversion: {kind: if_soft}}
  - {name: b, conversion: {kind: if_soft, calibration: {kind: digits}}}
"""
    said = (
        "needs a 'calibration': a ReLU has no largest value, so clip values must be measured on images to train on, "
        "for example calibration: {kind: cifar10, images: 256, percentile: 99.9, options: {data: FOLDER}}"
    )
    assert refusal(tmp_path, text) == f"w.yaml:4:13: conversion: {said}\nw.yaml:6:27: compare[0].conversion: {said}"


@pytest.mark.parametrize(
    ("calibration", "said"),
    [
        ("{kind: digit}", ".kind: unknown data set 'digit'; did you mean 'digits'?"),
        ("{images: 3}", ".kind: missing"),
        ("{kind: digits, images: 0}", ".images: 0 is out of range; wanted at least 1"),
        ("{kind: digits, percentile: 0}", ".percentile: 0 is out of range; wanted more than 0.0"),
        ("{kind: digits, percentile: 101}", ".percentile: 101 is out of range; wanted at most 100.0"),
        ("{kind: digits, by: map}", ".by: 'map' is not one of channel, layer"),
        ("{kind: digits, data: x}", ".data: unknown key; there are: kind, images, percentile, by, options"),
    ],
)
def test_a_wrong_calibration_is_told_what_is_wanted(tmp_path, calibration, said):
    found = refusal(tmp_path, f"conversion: {{kind: one_spike, calibration: {calibration}}}\n")
    assert found.partition(" ")[2] == f"conversion.calibration{said}"


def test_a_policy_needs_levels_where_nothing_was_trained(tmp_path):
    text = "conversion: {steps: 2, policy: requantise, calibration: {kind: digits}}\n"
    assert refusal(tmp_path, text) == (
        "w.yaml:4:32: conversion.policy: wants 'levels' beside it: a ReLU network was trained for no steps"
    )
    assert read_workload(written(tmp_path, text.replace("steps: 2", "steps: 2, levels: 15"))).conversion.levels == 15

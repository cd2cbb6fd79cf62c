"""How far models are from the clipped network they stand for: the order and the bases of conversion.md."""

import numpy as np
import pytest

from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.bos import Bos
from neurosim.neurons.group import Group
from neurosim.neurons.if_qcfs import IfQcfs
from neurosim.neurons.if_soft import IfSoft
from neurosim.neurons.one_spike import OneSpike
from neurosim.neurons.radix import Radix
from neurosim.neurons.srp import Srp
from neurosim.neurons.weighted_stream import WeightedStream
from tests.reference.neurons_drive import drive

THRESHOLD, WIDTH, PIXEL = 2**12, 64, 1 / 255


def error(model, levels=15, samples=12):
    """Mean error of the third layer's activations, clipped at 1, with conversion by section 3.2 at a high precision."""
    rng = np.random.default_rng(1)
    weights = [rng.normal(0.02, 0.25, (WIDTH, WIDTH)) / np.sqrt(WIDTH) * 4 for _ in range(3)]
    unit, total = model.unit(1.0, levels), 0.0
    for _ in range(samples):
        x = rng.integers(0, 256, WIDTH)
        activation, planes, source = x * PIXEL, x[None], PIXEL
        for number, real in enumerate(weights):
            activation = np.clip(activation @ real, 0, 1)
            integers = np.rint(real * (source / unit) * THRESHOLD).astype(np.int64)
            planes = drive(model, planes @ integers, THRESHOLD, role="hidden" if number else "first")[0]
            source = unit
        codes = np.tensordot([model.spike_weight(step) for step in range(len(planes))], planes, 1)
        total += np.abs(codes * unit / model.bias_weight - activation).mean()
    return total / samples


@pytest.fixture(scope="module")
def errors():
    models = {
        "accumulate_fire 4": AccumulateFire(4), "radix 4": Radix(4), "group 15 x 1": Group(1, 15),
        "group 4 x 2": Group(2, 4), "if_qcfs 4": IfQcfs(4), "if_qcfs 8": IfQcfs(8), "srp 4 + 4": Srp(4, pre=4),
        "bos 4": Bos(4), "if_soft 4": IfSoft(4), "one_spike 8": OneSpike(8), "one_spike 8 at 5/4": OneSpike(8, "5/4"),
        "weighted_stream 4": WeightedStream(4), "weighted_stream 4 x 4": WeightedStream(4, 4),
    }  # fmt: skip
    return {name: error(model) for name, model in models.items()}


def test_the_order_is_that_of_section_7(errors):
    assert errors["accumulate_fire 4"] == errors["group 15 x 1"]
    order = ["accumulate_fire 4", "group 4 x 2", "if_qcfs 4", "if_soft 4"]
    assert [errors[name] for name in order] == sorted(errors[name] for name in order)
    assert errors["group 4 x 2"] < errors["srp 4 + 4"] < errors["if_soft 4"]
    assert errors["group 4 x 2"] < errors["bos 4"] < errors["if_soft 4"]


def test_what_rounds_beats_what_floors_and_what_has_its_input_beats_what_has_not(errors):
    assert errors["accumulate_fire 4"] < errors["radix 4"]
    assert errors["accumulate_fire 4"] < errors["weighted_stream 4"]
    assert errors["weighted_stream 4 x 4"] < errors["weighted_stream 4"]
    assert errors["if_qcfs 8"] < errors["if_qcfs 4"]


def test_the_mapping_error_of_a_group_falls_by_about_the_square_of_its_size():
    """Section 15: constant input, tau = 8, the mean over T = 1 to 8 of the ratio of squared errors; expected 64."""
    inputs = np.arange(0, THRESHOLD * 8, 7)  # 0 to 1, in thresholds of an eighth
    ratios = []
    for steps in range(1, 9):
        squares = []
        for model, threshold in ((Group(steps, 8), THRESHOLD), (IfQcfs(steps), 8 * THRESHOLD)):
            spikes = drive(model, np.stack([inputs] * steps), threshold)[0].sum(0)
            decoded = spikes * threshold / (steps * 8 * THRESHOLD)
            squares.append(((decoded - inputs / (8 * THRESHOLD)) ** 2).mean())
        ratios.append(squares[1] / squares[0])
    assert 63 < np.mean(ratios) < 65


def test_shifting_the_threshold_quarters_the_squared_error_of_one_spike():
    """Section 15: U[0, 1], Q = 2, T = 8: expected 4.0."""
    inputs, squares = np.arange(0, THRESHOLD, 3), []
    for shifted in (False, True):
        model = OneSpike(8, threshold_shift=shifted)
        spikes = drive(model, inputs[None], THRESHOLD, role="first")[0]
        codes = np.tensordot([model.spike_weight(step) for step in range(8)], spikes, 1)
        squares.append(((codes / model.bias_weight - inputs / THRESHOLD) ** 2).mean())
    assert 3.9 < squares[0] / squares[1] < 4.1


def mean_square(base, steps):
    """The squared error of uniform values that are rounded by the model's own quantiser."""
    inputs = (np.arange(400_000) + 0.5) / 400_000
    model = OneSpike(steps, base, wait=0, guard_bits=0)
    codes = model.quantise((inputs * 2**40).astype(np.int64), 2**40)
    return float(((codes / model.bias_weight - inputs) ** 2).mean())


@pytest.mark.parametrize(("base", "steps"), [("2", 8), ("3/2", 8), ("5/4", 8), ("7/6", 16), ("33/25", 6), ("2", 1)])
def test_the_error_of_uniform_values_is_the_closed_form_of_section_5(base, steps):
    q = float(OneSpike(steps, base).growth)
    least = q ** -(steps - 1)
    border = least * (1 + 1 / q) / 2
    wanted = (1 - 1 / q) ** 3 / 12 * sum(q ** (-3 * k) for k in range(steps - 1))
    wanted += (border**3 + (least - border) ** 3) / 3
    assert mean_square(base, steps) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize(
    ("steps", "bases", "rmse"), [(4, ("8/5", 1.615, "13/8"), 0.0914), (8, ("13/10", 1.32, "4/3"), 0.0525)]
)
def test_the_best_base_for_uniform_values_is_that_of_section_15(steps, bases, rmse):
    squares = [mean_square(base, steps) for base in bases]
    assert round(squares[1] ** 0.5, 4) == rmse
    assert squares[1] == min(squares)

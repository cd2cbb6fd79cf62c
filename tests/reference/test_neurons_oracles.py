"""Every neuron model against the equations of conversion.md, written out neuron by neuron in Python integers."""

from fractions import Fraction

import numpy as np
import pytest

from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.bos import Bos
from neurosim.neurons.group import Group
from neurosim.neurons.if_hard import IfHard
from neurosim.neurons.if_qcfs import IfQcfs
from neurosim.neurons.if_soft import IfSoft
from neurosim.neurons.lif import Lif
from neurosim.neurons.one_spike import OneSpike
from neurosim.neurons.radix import Radix
from neurosim.neurons.srp import Srp
from neurosim.neurons.weighted_stream import WeightedStream
from tests.reference.neurons_drive import (
    drive,
    integrate,
    micro_steps,
    nearest_phase,
    offset,
    phase,
    phases,
    two_passes,
    weighted,
)

THRESHOLD = 64


def changing(steps, neurons=60, seed=0, threshold=THRESHOLD):
    """(steps, neurons): currents of both signs that differ from step to step."""
    rng = np.random.default_rng([seed, steps])
    return rng.integers(-threshold, 2 * threshold, neurons) + rng.integers(-threshold, threshold, (steps, neurons))


def assert_each_neuron(found, potential, oracle, currents):
    for neuron in range(currents.shape[1]):
        spikes, last = oracle(currents[:, neuron].tolist())
        assert found[:, neuron].tolist() == spikes
        assert potential[neuron] == last
    assert 0 < (found > 0).sum() < found.size


@pytest.mark.parametrize("bias", [0, -5])
@pytest.mark.parametrize(
    ("model", "settings"),
    [
        (IfSoft(7), {}),
        (IfHard(7), {"hard": True}),
        (IfQcfs(7), {"start": THRESHOLD // 2}),
        (Lif(7), {"leak": 4}),
        (Lif(7, leak=1), {"leak": 1}),
        (Lif(7, leak=2, reset_to="zero"), {"leak": 2, "hard": True}),
    ],
)
def test_integrate_and_fire_is_a_loop_over_integers(model, settings, bias):
    currents = changing(7)
    found, potential, _ = drive(model, currents, THRESHOLD, bias)
    oracle = lambda own: integrate(own, THRESHOLD, 7, bias=bias, **settings)  # noqa: E731
    assert_each_neuron(found, potential, oracle, currents)


@pytest.mark.parametrize("compare", ["parallel", "search"])
@pytest.mark.parametrize("tau", [1, 2, 3, 4, 6, 7, 8, 15])
def test_a_group_is_a_soft_reset_neuron_with_tau_chances_a_step(tau, compare):
    currents = changing(5, threshold=THRESHOLD * max(tau // 2, 1))
    found, potential, _ = drive(Group(5, tau, compare), currents, THRESHOLD, bias=3)
    assert_each_neuron(found, potential, lambda own: micro_steps(own, THRESHOLD, tau, bias=3), currents)
    assert found.max() == tau


@pytest.mark.parametrize("periods", [1, 3])
def test_weighted_spikes_are_fired_on_what_has_come_so_far(periods):
    currents = changing(4 * periods)
    found, potential, _ = drive(WeightedStream(4, periods), currents, THRESHOLD, bias=7)
    assert_each_neuron(found, potential, lambda own: weighted(own, THRESHOLD, 4, periods, bias=7), currents)


@pytest.mark.parametrize("pre", [1, 4, 6])
def test_two_passes_silence_neurons_that_fired_too_often(pre):
    currents = changing(pre + 5, neurons=200)
    found, potential, _ = drive(Srp(5, pre=pre), currents, THRESHOLD, bias=-2)
    assert_each_neuron(found, potential, lambda own: two_passes(own, THRESHOLD, pre, 5, bias=-2), currents)


@pytest.mark.parametrize("residue", [0, 1, 64, 65])
def test_the_residue_that_lets_a_neuron_speak_is_above_a_thousandth_of_the_threshold(residue):
    threshold = 64_000  # 1000 u > Th from u = 65 on
    first = residue - threshold // 2
    found, _, _ = drive(Srp(2, pre=1), [[first], [threshold], [threshold]], threshold)
    assert found.ravel().tolist() == [0, *[int(residue > 64)] * 2]


@pytest.mark.parametrize("bias", [0, -5])
def test_offset_spikes_start_again_where_the_first_pass_was_wrong(bias):
    currents = changing(5, neurons=200)
    currents[4] -= 2 * np.arange(200)  # some end the first pass below 0
    found, potential, _ = drive(Bos(5), np.concatenate([currents, currents]), THRESHOLD, bias)
    assert found[:5].sum() == 0
    assert_each_neuron(found[5:], potential, lambda own: offset(own, THRESHOLD, 5, bias), currents)
    usual = drive(IfQcfs(5), currents, THRESHOLD, bias)[0]
    assert (found[5:].sum(0) < usual.sum(0)).any()
    assert (found[5:].sum(0) > usual.sum(0)).any()


@pytest.mark.parametrize("threshold", [1, 7, 64, 1000])
def test_the_bits_of_radix_are_those_of_the_floor_and_of_accumulate_fire_those_of_the_rounded(threshold):
    values = np.concatenate([np.arange(-2 * threshold, 20 * threshold, max(threshold // 7, 1)), [10**6]])
    for model, rounding in ((Radix(4), 0), (AccumulateFire(4), threshold // 2)):
        found, _, _ = drive(model, values[None], threshold, role="first")
        codes = [min(max((value + rounding) // threshold, 0), 15) for value in values.tolist()]
        assert found.T.tolist() == [[code >> 3 & 1, code >> 2 & 1, code >> 1 & 1, code & 1] for code in codes]
        assert model.quantise(values, threshold).tolist() == codes


BASES = [Fraction(2), Fraction(3, 2), Fraction(5, 4), Fraction(7, 4), Fraction(9, 8), Fraction(4, 3), Fraction(33, 25)]


def planes_of(steps, neurons=150, inputs=12, seed=0):
    """(steps, neurons): what single-spike inputs bring each neuron, by phase; and the inputs' phases and weights."""
    rng = np.random.default_rng([seed, steps])
    codes = np.where(rng.random(inputs) < 0.3, -1, rng.integers(0, steps, inputs))
    weights = rng.integers(-30, 45, (inputs, neurons))
    return np.stack([(codes == step).astype(int) @ weights for step in range(steps)]), codes, weights


@pytest.mark.parametrize("base", BASES, ids=str)
@pytest.mark.parametrize("wait", [0, 1, 3, 4])
@pytest.mark.parametrize("guard", [0, 3, None])
def test_one_spike_does_what_its_loop_says_for_every_base_wait_and_number_of_guard_bits(base, wait, guard):
    model = OneSpike(5, str(base), wait, guard)
    currents, _, _ = planes_of(5)
    for bias in (0, 9):
        found, _, _ = drive(model, currents, THRESHOLD, bias)
        assert found.sum(0).max() == 1
        wanted = [
            phase(own.tolist(), THRESHOLD, 5, base, wait, model.guard_bits, bias, shifted=True) for own in currents.T
        ]
        assert phases(found).tolist() == wanted
        assert {-1, 0} < set(wanted)


@pytest.mark.parametrize("shifted", [True, False])
@pytest.mark.parametrize("base", BASES[:5], ids=str)
@pytest.mark.parametrize("steps", [1, 2, 4, 6])
def test_with_all_input_in_and_enough_guard_bits_every_phase_is_the_nearest_one(steps, base, shifted):
    model = OneSpike(steps, str(base), threshold_shift=shifted)
    currents, codes, weights = planes_of(steps)
    found, _, _ = drive(model, currents, THRESHOLD, bias=9)
    values = 9 + sum((weights[i] * base**-k for i, k in enumerate(codes.tolist()) if k >= 0), Fraction(0))
    wanted = [nearest_phase(value, THRESHOLD, steps, base, shifted) for value in values]
    assert phases(found).tolist() == wanted
    scale = model.bias_weight  # the reference counts in units in which all phases are whole numbers
    worth = model.quantise(np.array([int(value * scale) for value in values]), THRESHOLD * scale)
    assert worth.tolist() == [model.spike_weight(k) if k >= 0 else 0 for k in wanted]


def test_too_few_guard_bits_are_the_floor_arithmetic_of_hardware_and_not_exact():
    currents, _, _ = planes_of(6, neurons=2000)
    exact, floored = (phases(drive(OneSpike(6, "5/4", guard_bits=f), currents, 8)[0]) for f in (None, 0))
    assert 0 < (exact != floored).sum() < len(exact) // 2


@pytest.mark.parametrize("base", BASES[:3], ids=str)
def test_the_first_layer_waits_for_nothing_and_is_exact(base):
    values = np.concatenate([np.arange(-9, 2 * THRESHOLD), [10**4]])
    found, _, _ = drive(OneSpike(6, str(base)), values[None], THRESHOLD, role="first")
    assert phases(found).tolist() == [nearest_phase(value, THRESHOLD, 6, base) for value in values.tolist()]


def test_the_output_layer_grows_and_integrates_and_never_fires():
    currents, codes, weights = planes_of(5)
    for base in BASES[:3]:
        for wait in (4, 2, 0):
            model = OneSpike(5, str(base), wait, guard_bits=8)
            found, potential, counts = drive(model, currents, THRESHOLD, bias=9, role="output")
            total = 9 + sum((weights[i] * base**-k for i, k in enumerate(codes.tolist()) if k >= 0), Fraction(0))
            assert potential.tolist() == [value * 2**8 * base**4 for value in total]
            assert found.sum() == counts["compare"] == 0
            assert model.output_scale == Fraction(2**8, base.denominator**4)


def test_a_shorter_wait_makes_more_noise_spikes_and_a_smaller_base_too():
    """The layer of section 5's table is not stated, so its digits cannot be recomputed; their order can."""
    wrong = {}
    for base in ("2", "3/2", "5/4"):
        for wait in (7, 4, 2, 1, 0):
            wrong[base, wait] = 0
            for seed in range(5):
                rng = np.random.default_rng(seed)
                weights = np.rint(rng.normal(0, THRESHOLD / 5, (64, 400))).astype(int)
                codes = np.where(rng.random(64) < 0.5, -1, rng.integers(0, 8, 64))
                currents = np.stack([(codes == step).astype(int) @ weights for step in range(8)])
                values = sum((weights[i] * Fraction(base) ** -k for i, k in enumerate(codes.tolist()) if k >= 0))
                wanted = [nearest_phase(value, THRESHOLD, 8, Fraction(base)) for value in values]
                found = phases(drive(OneSpike(8, base, wait), currents, THRESHOLD)[0])
                wrong[base, wait] += int((found != wanted).sum())
    for base in ("2", "3/2", "5/4"):
        row = [wrong[base, wait] for wait in (7, 4, 2, 1, 0)]
        assert row[0] == 0
        assert row == sorted(set(row))
    for wait in (4, 2, 1, 0):
        column = [wrong[base, wait] for base in ("2", "3/2", "5/4")]
        assert column == sorted(set(column))

"""Every error of the published text (arXiv 2312.06900), re-introduced alone, breaks what the correction proves.

The layer is that of conversion.md 10.3: dense 64 -> 400, 200 samples, T = 4, Th = 64.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

T, TH = 4, 64
FULL = TH << T  # theta, the full scale of the ladder
RIGHT = [2 ** (T - 1 - step) for step in range(T)]  # the worth of a spike, most significant first


def layer(threshold=TH):
    random = np.random.default_rng(1)
    weights = np.rint(random.normal(0, threshold / 5, (64, 400))).astype(np.int64)
    bias = random.integers(-200, 400, 400)
    codes = random.integers(0, 16, (200, 64)) * (random.random((200, 64)) < 0.5)
    return weights, bias, codes


def accumulate(weights, codes, worth=RIGHT, per_step=0):
    """Return the sum of the weighted bit planes, ``per_step`` added with each of them (mode "shift")."""
    planes = [(codes >> (T - 1 - step)) & 1 for step in range(T)]
    return sum(w * (plane @ weights) + per_step for w, plane in zip(worth, planes, strict=True))


def fire(potential, ladder, strict=False):
    """Walk down the ladder; return the codes."""
    potential, code = potential.copy(), np.zeros_like(potential)
    for step, threshold in enumerate(ladder):
        spikes = potential > threshold if strict else potential >= threshold
        potential -= threshold * spikes
        code += spikes.astype(np.int64) << (T - 1 - step)
    return code


LADDER = [TH << (T - 1 - step) for step in range(T)]


def wanted(weights, bias, codes, threshold=TH):
    return np.clip((codes @ weights + bias + (threshold >> 1)) // threshold, 0, 2**T - 1)


def test_the_corrected_layer_has_no_wrong_neuron_and_meets_every_case():
    weights, bias, codes = layer()
    sums = codes @ weights + bias
    assert (sums < 0).any()
    assert (sums >= FULL).any()
    assert ((sums + TH // 2) % TH == 0).any()
    found = fire(accumulate(weights, codes) + bias + TH // 2, LADDER)
    assert np.array_equal(found, wanted(weights, bias, codes))


def _low_bit_first(weights, bias, codes):
    return fire(accumulate(weights, codes, RIGHT[::-1]) + bias + TH // 2, LADDER)


def _rounding_of_the_full_scale(weights, bias, codes):
    return fire(accumulate(weights, codes) + bias + FULL // 2, LADDER)


def _no_rounding(weights, bias, codes):
    return fire(accumulate(weights, codes) + bias, LADDER)


def _threshold_that_is_never_halved(weights, bias, codes):
    return fire(accumulate(weights, codes) + bias + TH // 2, [FULL // 2] * T)


def _strict_comparison(weights, bias, codes):
    return fire(accumulate(weights, codes) + bias + TH // 2, LADDER, strict=True)


def _a_quarter_of_the_bias_per_step(weights, bias, codes):
    return fire(accumulate(weights, codes, per_step=bias // T) + TH // 2, LADDER)


def _a_first_layer_with_the_bias_of_one_step(weights, bias, codes):
    return fire(codes @ weights + bias // T + TH // 2, LADDER)


@pytest.mark.parametrize(
    ("mistake", "percent"),
    [
        (_low_bit_first, 53),
        (_rounding_of_the_full_scale, 70),
        (_no_rounding, 23),
        (_threshold_that_is_never_halved, 50),
        (_strict_comparison, 0.7),
        (_a_quarter_of_the_bias_per_step, 1),
        (_a_first_layer_with_the_bias_of_one_step, 43),
    ],
)
def test_each_printed_error_alone_makes_neurons_wrong(mistake, percent):
    weights, bias, codes = layer()
    wrong = 100 * np.mean(mistake(weights, bias, codes) != wanted(weights, bias, codes))
    assert 0.5 * percent < wrong < 1.5 * percent


def test_a_ladder_shifted_down_from_a_full_scale_that_does_not_divide_is_wrong():
    weights, bias, codes = layer()
    for full, is_wrong in ((1039, True), (1024, False)):
        ladder = [full >> (step + 1) for step in range(T)]
        # the quantised network of a layer whose clip value is this full scale, in exact rationals
        scaled = Fraction(full, 2**T)
        sums = codes @ weights + bias
        exact = (sums * scaled.denominator * 2 + scaled.numerator) // (2 * scaled.numerator)
        found = fire(sums + (full >> (T + 1)), ladder)
        assert (found != np.clip(exact, 0, 2**T - 1)).any() == is_wrong


def test_a_ladder_built_upwards_is_right_for_a_threshold_that_is_no_power_of_two():
    weights, bias, codes = layer()
    for threshold in (65, 64, 63):
        found = fire(codes @ weights + bias + (threshold >> 1), [threshold << (T - 1 - step) for step in range(T)])
        assert np.array_equal(found, wanted(weights, bias, codes, threshold))


def test_the_printed_activation_divides_by_the_wrong_number():
    lam, levels = 2.0, 15
    z = np.linspace(0, lam, 1001)
    right = lam / levels * np.clip(np.floor(z * levels / lam + 0.5), 0, levels)
    printed = lam / levels * np.clip(np.floor(z * lam / levels + 0.5), 0, levels)
    assert np.abs(right - z).max() <= lam / (2 * levels) + 1e-12
    assert np.abs(printed - z).max() == lam


def test_the_printed_bias_per_step_does_not_add_up_to_batch_normalisation():
    random = np.random.default_rng(1)
    unequal = 0
    for _ in range(200):
        # y = gamma (x - mu) / sigma + beta; the input arrives in T parts, each normalised with beta_c in place of beta
        gamma, mu, beta, x = (Fraction(int(value), 7) for value in random.integers(-20, 21, 4))
        sigma = Fraction(int(random.integers(1, 20)), 7)
        beta = beta or Fraction(1)
        whole = gamma * (x - mu) / sigma + beta

        def parts(beta_c, gamma=gamma, x=x, mu=mu, sigma=sigma):
            return sum(gamma * (x / T - mu) / sigma + beta_c for _ in range(T))

        assert parts(beta / T + (1 - Fraction(1, T)) * gamma * mu / sigma) == whole
        unequal += parts(beta / T + (1 - Fraction(1, T)) * gamma * mu / beta) != whole
    assert unequal > 180

"""Lv et al. 2024: groups of neurons with staggered thresholds, and how the error falls with their number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurosim.reproduce.claim import Chapter, Claim, Paper
from neurosim.reproduce.models import staggered
from neurosim.reproduce.models.staggered import Integers

UNIT = 64  # the integer that stands for theta / tau
TAU = 8


def paper() -> Paper:
    """Recompute what the paper prints."""
    return Paper(
        "groupneurons2024",
        "Lv, Fang, Yuan, Tian 2024, Optimal ANN-SNN Conversion with Group Neurons",
        "2402.19061",
        (
            Chapter("What a group is", "Every member simulated, in exact integers, on 20,000 random inputs (seed 1), "
                    "ties included.", tuple(identities())),
            Chapter("Error of one layer", "A constant input spread evenly over the clip range; the paper draws curves.",
                    tuple(mapping())),
            Chapter("Error of three layers", "Random dense layers of 200 neurons, 100 samples, seed 1: mean error of "
                    "the last against clipped ReLU, in percent of the clip value. Other layers give other digits.",
                    tuple(networks())),
            Chapter("Accuracy", "", tuple(accuracies())),
        ),
    )  # fmt: skip


def identities() -> Iterator[Claim]:
    """Yield the equivalents of a group, as numbers of spikes that differ."""
    random = np.random.default_rng(1)
    inputs = random.integers(-2 * UNIT, 12 * UNIT, (4, 20_000))
    spikes = staggered.member_spikes(inputs, UNIT, TAU)
    ties = int((inputs[0] % UNIT == UNIT // 2).sum())

    def differ(spikes: Integers, expected: Integers) -> tuple[float]:
        return (float((spikes != expected).sum()),)

    changing = f"tau = {TAU}, T = 4, input that changes"
    yield Claim("spikes of the members and of one accumulator: different", "derived", changing, "reproduces", (0.0,),
                differ(spikes, staggered.one_accumulator(inputs, UNIT, TAU)))  # fmt: skip
    yield Claim("and of an integrate-and-fire neuron with tau micro-steps a step", "derived", changing, "reproduces",
                (0.0,), differ(spikes, staggered.micro_steps(inputs, UNIT, TAU)))  # fmt: skip
    once = staggered.member_spikes(inputs[:1], UNIT, TAU)[0]
    yield Claim("spikes at T = 1 and the quantised activation of tau levels: different", "abstract: errors eliminated",
                f"T = 1, tau = L = {TAU}, {ties} ties", "reproduces", (0.0,),
                differ(once, staggered.qcfs(inputs[0], UNIT, TAU)))  # fmt: skip
    constant = np.broadcast_to(inputs[0], inputs.shape)
    summed = staggered.member_spikes(constant, UNIT, TAU).sum(axis=0)
    expected = np.clip((4 * inputs[0] + UNIT // 2) // UNIT, 0, 4 * TAU)
    yield Claim("spikes of a constant input and clip((T I + Th/2) // Th, 0, T tau): different", "derived",
                f"T = 4, tau = {TAU}", "reproduces", (0.0,), differ(summed, expected))  # fmt: skip
    total = np.clip((inputs.sum(axis=0) + UNIT // 2) // UNIT, 0, 4 * TAU)
    yield Claim("the same for an input that changes, T = 4", "derived", f"tau = {TAU}", "not printed as a number", (),
                (100 * float(np.mean(spikes.sum(axis=0) != total)),), unit="% of neurons",
                why="from T = 2 on the order of the input matters")  # fmt: skip


def mapping() -> Iterator[Claim]:
    """Yield the error of one layer against T and tau."""
    steps = tuple(range(1, 9))
    gains = tuple(staggered.mapping_error(count, 1) / staggered.mapping_error(count, TAU) for count in steps)
    yield Claim(f"mean square error of IF over that of a group, T = {steps[0]} to {steps[-1]}",
                "text and figure: smaller", f"tau = {TAU}", "reproduces", (float(TAU**2),) * len(steps), gains, 16.0,
                "x", "smaller", "tau^2: a step is tau times finer")  # fmt: skip
    taus = (1, 2, 4, 8, 16)
    errors = tuple(100 * staggered.mapping_error(2, tau) ** 0.5 for tau in taus)
    yield Claim(f"root mean square error, T = 2, tau = {', '.join(map(str, taus))}", "figure", "of the clip value",
                "not printed as a number", (), errors, unit="%", why="1 / (tau T sqrt(12)); a figure only")  # fmt: skip


def networks() -> Iterator[Claim]:
    """Yield the error of three layers against tau, and beside other neuron models."""
    taus = (1, 2, 4, 8)
    for steps in (1, 2, 4):
        errors = tuple(100 * staggered.network_error(staggered.rate(tau), steps) for tau in taus)
        yield Claim(f"mean error, T = {steps}, tau = {', '.join(map(str, taus))}", "derived", "three layers",
                    "not printed as a number", (), errors, unit="%", why="falls with tau at every T")  # fmt: skip
    designs = {
        "bit-level, T = 4, 15 levels": (staggered.bits(15), 4),
        "group, tau = 15, T = 1": (staggered.rate(15), 1),
        "group, tau = 4, T = 2": (staggered.rate(4), 2),
        "IF from half a threshold, T = 4": (staggered.rate(1), 4),
        "IF from 0, T = 4": (staggered.rate(1, 0.0), 4),
    }
    errors = tuple(100 * staggered.network_error(layer, steps) for layer, steps in designs.values())
    yield Claim(f"mean error: {'; '.join(designs)}", "derived", "three layers", "not printed as a number", (), errors,
                unit="%", why="the order, not the digits, is what carries over")  # fmt: skip


def accuracies() -> Iterator[Claim]:
    """Yield the accuracies that need trained networks."""
    without = "the trained networks; the tau of these rows is not known"
    yield Claim("VGG16 on CIFAR-100, T = 2", "text", "trained network", "needs training data we do not have", (76.36,),
                unit="%", why=without)  # fmt: skip
    yield Claim("ResNet34 on ImageNet, T = 2", "authors' repository", "trained network",
                "needs training data we do not have", (73.61,), unit="%", why=without)  # fmt: skip

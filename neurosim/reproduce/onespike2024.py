"""Hwang and Kung 2024: one spike per neuron, a base between 1 and 2, and two readings of its energy figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from neurosim.energy.pricing.price import unit_prices
from neurosim.files.energy_tables.energy_table import read_table
from neurosim.reproduce.claim import Chapter, Claim, Paper
from neurosim.reproduce.models import single_spike

STEPS, WAITS = 8, (7, 4, 2, 1, 0)
LEAST, MOST = 4.59, 17.26  # the gains of the abstract, 4.6 to 17.3, with one more digit
MULTIPLY, ADD = "multiply_fp32", "add_fp32"


@dataclass(frozen=True)
class MemoryInclusive:
    """Energies of one access and one operation in pJ, as in the public code of the first author's next paper.

    Every product of the ANN reads a weight and an activation; every spike reads a weight and its own bit, and every
    update of a potential reads and writes it, multiplies by the base once and adds three times.
    """

    access_pj: float
    add_pj: float
    multiply_pj: float

    def gain(self, spikes: float, fan_in: int, updates: float) -> float:
        """Return ANN over SNN at ``spikes`` per neuron, with ``updates`` of each potential; outputs are left out."""
        dense = 2 * self.access_pj + self.add_pj + self.multiply_pj
        return dense / (spikes * self.synapse_pj + updates * self.update_pj / fan_in)

    @property
    def synapse_pj(self) -> float:
        """Energy of one spike at one synapse; the spike is one bit of a word of 32."""
        return self.access_pj * (1 + 1 / 32) + self.add_pj

    @property
    def update_pj(self) -> float:
        """Energy of one update of a potential."""
        return 2 * self.access_pj + self.multiply_pj + 3 * self.add_pj + self.access_pj / 32

    def spikes_for(self, gain: float, fan_in: int, updates: float) -> float:
        """Return the spikes per neuron at which the gain is this."""
        dense = 2 * self.access_pj + self.add_pj + self.multiply_pj
        return (dense / gain - updates * self.update_pj / fan_in) / self.synapse_pj


def paper() -> Paper:
    """Recompute what the paper prints."""
    return Paper(
        "onespike2024",
        "Hwang, Kung 2024, One-Spike SNN: Single-Spike Phase Coding with Base Manipulation",
        "2403.08786",
        (
            Chapter("One spike for a number", "Numbers spread evenly over [0, 1], mean square error in closed form; "
                    "networks have other distributions and other optima.", tuple(encoding())),
            Chapter("Firing before all input is in", "Simulated from the equations in exact integers with guard bits: "
                    "a random dense layer, 64 inputs, 400 neurons, 100 samples, seed 1. The wait is W steps; the "
                    "paper names the effect (noise spikes), its size depends on the layer.", tuple(noise_spikes())),
            Chapter("Energy, additions for products", "Energy table snn_convention_fp32_45nm: 4.6 pJ a product, 0.9 pJ "
                    "an addition, nothing else.", tuple(op_ratio())),
            Chapter("Energy, memory included", "The model of the follow-up's public code; that this paper used it is "
                    "not verified. Fan-in 2304 (3 x 3 x 256), 8 updates of each potential.", tuple(memory_inclusive())),
            Chapter("Accuracy", "", (
                Claim("mean loss of accuracy, CNNs and GCNs", "abstract", "three CNNs on CIFAR and ImageNet; GCNs",
                      "needs training data we do not have", (0.58, 0.90), unit="%", why="the trained networks"),
            )),
        ),
    )  # fmt: skip


def encoding() -> Iterator[Claim]:
    """Yield the best base and the gain of the threshold shift."""
    steps = (4, 8, 16, 24)
    bases = tuple(single_spike.optimal_base(count) for count in steps)
    errors = tuple(sqrt(single_spike.mean_square_error(base, count)) for base, count in zip(bases, steps, strict=True))
    yield Claim("base of the least error, T = 4, 8, 16, 24", "derived", "least mean square error",
                "not printed as a number", (), bases, why="the paper's own loss function was not verified")  # fmt: skip
    yield Claim("root mean square error there", "derived", "of the largest activation", "not printed as a number", (),
                errors, why="base 2 has "
                + ", ".join(f"{sqrt(single_spike.mean_square_error(2, count)):.4f}" for count in steps))  # fmt: skip
    shift = [single_spike.encoding_error(2.0, STEPS, shifted) for shifted in (False, True)]
    yield Claim("error without over with the threshold shift", "abstract", f"Q = 2, T = {STEPS}, 200,000 numbers",
                "reproduces", (4.0,), (shift[0] / shift[1],), 0.5, "x", "smaller",
                "rounding to the nearest instead of down halves the error, and 4 is its square")  # fmt: skip


def noise_spikes() -> Iterator[Claim]:
    """Yield the percentage of wrong neurons by base and wait."""
    for base in single_spike.GUARD_BITS:
        errors = [single_spike.wrong(base, STEPS, wait) for wait in WAITS]
        yield Claim(f"neurons that differ from the single-spike ANN at W = T - 1, Q = {named(base)}", "derived",
                    f"T = {STEPS}, W = {WAITS[0]}", "reproduces", (0.0,), (errors[0],), unit="%")  # fmt: skip
        yield Claim(f"the same at W = {', '.join(map(str, WAITS[1:]))}, Q = {named(base)}", "text: noise spikes",
                    f"T = {STEPS}", "not printed as a number", (), tuple(errors[1:]), unit="%",
                    why="a neuron that fires before all its input is in cannot take it back")  # fmt: skip


def named(base: Fraction) -> str:
    """Return a base as text."""
    return f"{float(base):g}"


def op_ratio() -> Iterator[Claim]:
    """Yield what the printed gains imply if only products and additions cost energy."""
    prices = unit_prices([MULTIPLY, ADD], read_table("snn_convention_fp32_45nm"))
    product, addition = prices[MULTIPLY].pj + prices[ADD].pj, prices[ADD].pj
    needed = tuple(product / addition / gain for gain in (LEAST, MOST))
    yield Claim(
        "least gain, every neuron firing once", "abstract", f"{product:g} and {addition:g} pJ; one addition a product",
        "paper is inconsistent", (LEAST,), (product / addition,), 1e-3, "x", "4.6",
        f"with this model: less than {product / addition:.3f} takes more than one spike per neuron",
    )  # fmt: skip
    yield Claim("additions per product that 4.59x and 17.26x need", "derived", "the same prices",
                "not printed as a number", (), needed, why="one spike per neuron allows at most 1")  # fmt: skip
    yield Claim("energy of the follow-up's ANN, Swin-T", "follow-up's log", "4.369 G products", "reproduces", (20.098,),
                (4.369 * product,), 0.01, "mJ")  # fmt: skip
    yield Claim("additions of the follow-up's SNN", "derived", "2.980 mJ in its log", "not printed as a number", (),
                (2.980 / addition,), unit="G", why="the log has the energy only")  # fmt: skip


def memory_inclusive() -> Iterator[Claim]:
    """Yield what the printed gains imply if every operand is fetched."""
    fan_in, updates, activities = 3 * 3 * 256, 8, (0.1, 0.13, 0.2, 0.3, 0.52, 1.0)
    at = ", ".join(f"{activity:g}" for activity in activities)
    for bits, model in ((32, MemoryInclusive(5.0, 0.9, 3.7)), (8, MemoryInclusive(1.25, 0.03, 0.2))):
        inputs = f"{bits} bit: access {model.access_pj:g}, add {model.add_pj:g}, multiply {model.multiply_pj:g} pJ"
        yield Claim(f"gain over the ANN at {at} spikes per neuron", "derived", inputs, "not printed as a number", (),
                    tuple(model.gain(activity, fan_in, updates) for activity in activities), unit="x",
                    why="the activities behind the printed gains are not known")  # fmt: skip
    model = MemoryInclusive(5.0, 0.9, 3.7)
    yield Claim("spikes per neuron at which the gain is 4.59x and 17.26x", "derived", "32 bit",
                "not printed as a number", (),
                tuple(model.spikes_for(gain, fan_in, updates) for gain in (LEAST, MOST)),
                why="both below 1, so this model allows the printed range")  # fmt: skip
    yield Claim("gain over the ANN: least and most", "abstract", "the activity of trained networks",
                "needs training data we do not have", (LEAST, MOST), unit="x", printed="4.6x to 17.3x",
                why="the activities of its networks")  # fmt: skip

"""What a neuron model, or its numbers on a chip, cannot do is refused by the command, with the numbers, in one line."""

import pytest

from tests.cli.command import neurosim, workload

MODELS = [
    ("one_spike, steps: 16, options: {base: 1.174}",
     "conversion.options: one_spike: 16 phases of base 587/500 are whole numbers only in units of 1/587^15, finer "
     "than 2^-43; the nearest base that can be had is 7/6"),
    ("one_spike, steps: 8, options: {base: 2.5}",
     "conversion.options: one_spike: base is above 1 and at most 2, found 2.5"),
    ("one_spike, steps: 8, options: {wait: 8}",
     "conversion.options: one_spike: wait is a whole number from 0 to 7, found 8"),
    ("one_spike, steps: 8, options: {wait: -1}",
     "conversion.options: one_spike: wait is a whole number from 0 to 7, found -1"),
    ("one_spike, steps: 8, options: {wait: few}", "conversion.options.wait: 'few' is not a whole number"),
    ("one_spike, steps: 8, options: {input: planes}",
     "conversion.options.input: 'planes' is not one of multi_bit, single_spike"),
    ("group, steps: 2, options: {tau: 0}", "conversion.options.tau: 0 is out of range; wanted at least 1"),
    ("group, steps: 2, options: {tau: 256}", "conversion.options.tau: 256 is out of range; wanted at most 255"),
    ("srp, steps: 4, options: {pre: 0}", "conversion.options.pre: 0 is out of range; wanted at least 1"),
    ("lif, steps: 4, options: {leak: 32}", "conversion.options.leak: 32 is out of range; wanted at most 31"),
    ("group, steps: 2, options: {tua: 4}",
     "conversion.options.tua: unknown option of group; did you mean 'tau'?"),
]  # fmt: skip


def refused(path, *arguments):
    outcome = neurosim("check", path, *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    return outcome.err.splitlines()


@pytest.mark.parametrize(("conversion", "message"), MODELS, ids=[conversion for conversion, _ in MODELS])
def test_options_that_a_neuron_model_cannot_have(here, conversion, message):
    (said,) = refused(workload(conversion=f"{{kind: {conversion}}}"))
    column = 13 + f"{{kind: {conversion}}}".index("{", 1)
    place, _, rest = said.partition(" ")
    assert rest == message
    assert place.startswith("small.yaml:4:")
    assert int(place.split(":")[2]) >= column


def test_steps_that_need_more_accumulator_bits_than_the_chip_has(here):
    phases = ("--set", "conversion.kind=one_spike", "--set", "conversion.steps=16", "--set", "compare=[]")
    assert refused("digits", *phases) == [
        "conv2: needs 32 accumulator bits at exponent 0 (threshold 1), the hardware has 24"
    ]


def test_what_accumulators_leave_of_the_weights_is_said_before_a_run(here):
    path = workload(conversion="{kind: one_spike, steps: 8}")
    assert "leave the weights few of their 8 bits" in " ".join(neurosim("check", path).out.split())
    (said,) = neurosim("check", path, "--json").json["notices"]
    assert said.startswith("one_spike, layer_by_layer: accumulators of 24 bits leave the weights few of their 8 bits (")
    needed = int(said.removesuffix(" would leave all").rpartition(" ")[2])
    wide = ("--set", f"chip.capacity.accumulator_bits={needed}")
    assert neurosim("check", path, *wide, "--json").json["notices"] == []


def test_pixels_below_0_cannot_be_single_spikes(here):
    path = workload(
        conversion="{kind: one_spike, steps: 4, options: {input: single_spike}}",
        stimulus="{kind: random, images: 1, options: {zero_point: 100}}",
    )
    (said,) = refused(path)
    assert said == (
        "one_spike: a single spike encodes no pixel below 0, the smallest here is -94; leave out the stimulus's "
        "zero_point, or take input: multi_bit"
    )


def test_a_base_that_the_chip_cannot_multiply_by(here):
    path = workload(conversion="{kind: one_spike, steps: 4, options: {base: 4/3}}")
    without = ("--set", "chip.neuron_unit.multiplies=false")
    assert refused(path, *without) == [
        "one_spike of base 4/3: multiplies every potential in every step, and the neuron unit of loihi_like "
        "with neuron_unit.multiplies=false has no multiplier; bases of 2, 3/2 and 5/4 grow by shifts and additions"
    ]
    assert neurosim("check", path).code == 0
    shifts = workload(conversion="{kind: one_spike, steps: 4, options: {base: 3/2}}")
    assert neurosim("check", shifts, *without).code == 0

"""Datta et al. 2023: bit-level spikes, T = log2 of the quantisation steps, and what they save in energy."""

from __future__ import annotations

from collections.abc import Iterator

from neurosim.energy.analysis.affine import AffineCounts
from neurosim.energy.analysis.baselines import LayerWork, baselines
from neurosim.energy.analysis.break_even import break_even
from neurosim.energy.pricing.price import price, unit_prices
from neurosim.energy.tables.table import Table
from neurosim.files.energy_tables.energy_table import read_table
from neurosim.plugins import resolve
from neurosim.reproduce.claim import Chapter, Claim, Paper
from neurosim.reproduce.misprints import MISPRINTS, as_meant, wrong
from neurosim.reproduce.models import threshold_ladder
from neurosim.reproduce.models.printed_energy import ADD, COMPARE, MULTIPLY, PARTS, RESET, SHIFT, PrintedEnergy, dense
from neurosim.reproduce.models.size import Size, size_of

CIFAR_NETWORKS = ("vgg16", "resnet18", "resnet20")
STEPS, ACTIVITY = 4, 0.25  # of the breakdown; the activity is one that the text gives for no network in particular
SPARSITIES = (0.71, 0.79)  # printed beside the gain over the ANN
GAINS_PRINTED, GAINS_WHERE = (7.2, 15.1), "appendix 9.4"
WITHOUT_SPARSITY_TERM = 0.53  # spikes per neuron over all steps, of a network trained without it
NEGLIGIBLE = 2.0  # percent of the energy that we accept as "negligible"
OVER_ALL = "8 bit, T = 4; 1 - sparsity is spikes per neuron over all steps"
NAMES = "VGG16, ResNet18, ResNet20"
CONVENTION = (
    "3 x 3 convolutions of the network on 3 x 32 x 32, padding included; no classifier, no shortcut convolutions"
)


def paper() -> Paper:
    """Recompute what the paper prints."""
    int8, int32 = read_table("datta2023_45nm_int8"), read_table("datta2023_45nm_int32")
    sizes = tuple(size_of(name) for name in CIFAR_NETWORKS)
    return Paper(
        "datta2023",
        "Datta, Liu, Diffenderfer, Kailkhura, Beerel 2023, When Bio-Inspired Computing meets Deep Learning",
        "2312.06900",
        (
            Chapter("Energy per operation", "As shipped in two tables; the 8-bit one prices adds of any width alike.",
                    tuple(prices(int8, int32))),
            Chapter("Steps and losslessness", LOSSLESS, tuple(losslessness())),
            Chapter("Sizes and energy by operation", BREAKDOWN, tuple(breakdown(sizes, int8, int32))),
            Chapter("Energy against other designs", GAINS, tuple(gains(sizes, int8))),
            Chapter("Activity, latency, buffers", "Phases are counted in the schedules that the simulator runs.",
                    tuple(activity_and_time(sizes[0]))),
            Chapter("Equations as printed", SLIPS, tuple(misprints())),
            Chapter("Accuracy", "Differences of printed accuracies; lossless would make them 0.", tuple(accuracies())),
        ),
        (
            "ImageNet table: the ANN of the row OPI has 93.63 %, an accuracy of CIFAR-10.",
            "The row OPI of ResNet18 is the row OPI of ResNet20.",
            "Eq. 5, sign: meant is Z + (u(0) - u(T)) / T.",
            "Theorem I and Alg. 1 line 22 divide gamma mu by beta where they mean sigma; the appendix has it right.",
            "Eq. 2 divides by the clip value where it means to multiply, and calls the levels once L, once Q.",
        ),
    )  # fmt: skip


LOSSLESS = (
    "Simulated from the equations in plain NumPy on random integer layers (dense, threshold 64, 200 inputs, seed 1), "
    "against the quantised network on its own codes. Rows for other T use the converter's policies."
)
BREAKDOWN = (
    "By the paper's formula, nominal products, T = 4, 0.25 spikes per neuron over all steps, unless a row says "
    "otherwise. The paper shows the shares as bars without numbers."
)
GAINS = (
    "Half of the ANN's products are done, the first layer's too; additions are their share at the printed "
    "sparsity. Per neuron and step, sparsity gives the range against bit-serial; no meaning gives that against the "
    "ANN, whose low end is the gain at the activity that the text gives for a network without the sparsity term."
)
SLIPS = "Each misprint alone in the layer above: percent of neurons that are then wrong at T = 4."


def prices(int8: Table, int32: Table) -> Iterator[Claim]:
    """Yield Table 4 as shipped, and the ratios of its values."""
    ops = (MULTIPLY, ADD, SHIFT, COMPARE, RESET)
    printed = {8: (0.2, 0.03, 0.024, 0.03, 0.03), 32: (3.1, 0.1, 0.13, 0.08, 0.1)}
    for table, bits in ((int8, 8), (int32, 32)):
        unit_energies = unit_prices(ops, table)
        yield Claim(
            f"multiply, add, shift, compare, reset at {bits} bit", "Table 4; reset: text, as an add",
            f"energy table {table.id}", "reproduces", printed[bits], tuple(unit_energies[op].pj for op in ops), 0, "pJ",
        )  # fmt: skip
    ratios = [unit_prices(ops, table) for table in (int8, int32)]
    yield Claim(
        "a multiplication over an addition, 8 and 32 bit", "text", "both tables", "reproduces", (6.6, 31.0),
        tuple(found[MULTIPLY].pj / found[ADD].pj for found in ratios), 0.1, "x",
    )  # fmt: skip


def losslessness() -> Iterator[Claim]:
    """Yield the effect of T steps on a network trained for log2 of its levels, fewer or more."""
    lossless = threshold_ladder.compare_network()
    yield Claim(
        "spikes and logits that differ from the quantised ANN, T = 4 and 15 levels", "abstract: lossless",
        f"{lossless.pairs:,} neuron-timestep pairs in 3 layers and a classifier, {lossless.saturated:,} neurons "
        f"saturated, {lossless.negative:,} negative, {lossless.ties:,} on a tie",
        "reproduces", (0.0,), (float(lossless.mismatches),), why="with 2^T - 1 levels",
    )  # fmt: skip
    differ, at_top = threshold_ladder.wrong_with_levels(16)
    yield Claim(
        "neurons that differ at T = log2 L, 16 levels", "text: T = log2 of the quantisation steps",
        "T = 4, ANN of levels 0 to 16", "paper is inconsistent", (0.0,), (differ,), unit="%",
        why=f"4 bits hold 16 codes, 16 levels above 0 are 17; wrong are those at the top level, {at_top:.4g} %",
    )  # fmt: skip
    fewer = {
        policy: [threshold_ladder.change(steps, policy) for steps in (3, 2)] for policy in ("requantise", "truncate")
    }
    for policy, rounding in (("requantise", "round to T bits"), ("truncate", "drop the low bits")):
        yield Claim(
            f"codes that differ at T = 3 and 2 < log2(15 + 1), {policy}", "derived", f"ANN of 15 levels; {rounding}",
            "not printed as a number", (), tuple(found.percent for found in fewer[policy]), unit="%",
            why=f"mean difference over full scale {fewer[policy][0].mean:.3f} and {fewer[policy][1].mean:.3f}; "
            "lossless only against the ANN of fewer levels",
        )  # fmt: skip
    padded, finer = threshold_ladder.change(6, "pad"), threshold_ladder.change(6, "requantise")
    yield Claim(
        "codes that differ at T = 6 > log2(15 + 1): pad, requantise", "derived",
        "ANN of 15 levels; pad: two idle steps; requantise: two more bits", "not printed as a number", (),
        (padded.percent, finer.percent), unit="%",
        why="more steps are either idle or a finer quantiser than was trained",
    )  # fmt: skip
    yield Claim(
        "mean quantisation error at 4 and at 2 steps of a rate code", "text: clip value / (4 T)",
        "activations spread evenly over 0 to the clip value", "reproduces", (1 / 16, 1 / 8),
        tuple(threshold_ladder.mean_quantisation_error(steps) for steps in (4, 2)), 1e-3, "of the clip value",
    )  # fmt: skip


def breakdown(sizes: tuple[Size, ...], int8: Table, int32: Table) -> Iterator[Claim]:
    """Yield sizes, the shares of Fig. 4(a), and what the text calls negligible."""
    works = [PrintedEnergy(size, STEPS, ACTIVITY) for size in sizes]
    shares = [work.shares(int8) for work in works]
    unread = "the inputs that all energies below rest on"
    yield Claim(f"products of {NAMES}", "derived", CONVENTION, "not printed as a number", (),
                tuple(size.macs / 1e6 for size in sizes), unit="M", why=unread)  # fmt: skip
    yield Claim(f"spiking neurons of {NAMES}", "derived", CONVENTION, "not printed as a number", (),
                tuple(float(size.neurons) for size in sizes), why=unread)  # fmt: skip
    for work, of in zip(works, shares, strict=True):
        yield Claim(
            f"energy of {work.size.title} by operation: {', '.join(PARTS)}", "Fig. 4(a), a picture",
            f"8 bit, T = {STEPS}, {ACTIVITY} spikes per neuron", "not printed as a number", (),
            tuple(of[part] for part in PARTS), unit="%", why=f"bars; the sum is {work.total(int8) * 1e-6:.3g} µJ",
        )  # fmt: skip
    yield Claim(
        f"energy of the first layer's products, 8 bit: {NAMES}", "text: negligible", f"8 bit, up to {NEGLIGIBLE:g} %",
        "paper is inconsistent", (0.0,) * 3, tuple(of["first layer"] for of in shares), NEGLIGIBLE, "%", "negligible",
        "by its own Table 4, one product of the first layer costs as much as 8 additions",
    )  # fmt: skip
    yield Claim(
        f"the same at 32 bit: {NAMES}", "text: negligible", f"32 bit, up to {NEGLIGIBLE:g} %",
        "paper is inconsistent", (0.0,) * 3, tuple(work.shares(int32)["first layer"] for work in works), NEGLIGIBLE,
        "%", "negligible", "as much as 32 additions",
    )  # fmt: skip
    yield Claim(
        "energy of all left shifts: VGG16, ResNet18", "text: negligible", f"8 bit, up to {NEGLIGIBLE:g} %",
        "reproduces", (0.0,) * 2, tuple(of["shift"] for of in shares[:2]), NEGLIGIBLE, "%", "negligible",
    )  # fmt: skip
    yield Claim(
        "energy of all left shifts: ResNet20", "text: negligible", f"8 bit, up to {NEGLIGIBLE:g} %",
        "paper is inconsistent", (0.0,), (shares[2]["shift"],), NEGLIGIBLE, "%", "negligible",
        "its fan-in of 144 to 576 leaves fewer additions to each shift",
    )  # fmt: skip
    state = [of["compare"] + of["reset"] for of in shares]
    with_bias = state[2] + shares[2]["initial add"]
    yield Claim(
        "energy of all comparisons and resets: VGG16, ResNet18", "text: negligible", f"8 bit, up to {NEGLIGIBLE:g} %",
        "reproduces", (0.0,) * 2, tuple(state[:2]), NEGLIGIBLE, "%", "negligible",
    )  # fmt: skip
    yield Claim(
        "energy of all comparisons and resets: ResNet20", "text: negligible", f"8 bit, up to {NEGLIGIBLE:g} %",
        "paper is inconsistent", (0.0,), (state[2],), NEGLIGIBLE, "%", "negligible",
        f"fewer additions to each neuron than in the others; with the additions of bias and rounding {with_bias:.1f} %",
    )  # fmt: skip
    density, kernel, channels = 0.1, 3, 512
    yield Claim(
        "additions per left shift", "text", f"{density} spikes per neuron and step, {kernel} x {kernel} x {channels}",
        "paper is inconsistent", (406.8,), (density * kernel**2 * channels,), 0.05,
        why=f"digits exchanged; 406.8 would need {406.8 / (kernel**2 * channels):.4f}, and what the text calls "
        "sparsity is the density",
    )  # fmt: skip


def gains(sizes: tuple[Size, ...], int8: Table) -> Iterator[Claim]:
    """Yield the ratios to a bit-serial design and to the ANN, under both meanings of sparsity."""
    adds, per_plane = 4_000_000, (0.68, 0.78)
    serial = [_pj({ADD: adds}, int8) / _pj({ADD: round(adds * (1 - sparsity))}, int8) for sparsity in per_plane]
    yield Claim(
        "gain over a bit-serial ANN at 68 and 78 %", "text", "additions only, T = 4; sparsity per step", "reproduces",
        (3.1, 4.5), tuple(serial), 0.05, "x", why="only if sparsity is per neuron and step",
    )  # fmt: skip
    in_full = bit_serial(sizes[0], int8)
    yield Claim(
        "the same for VGG16 with all its operations", "derived", f"8 bit, T = {STEPS}; sparsity per neuron and step",
        "not printed as a number", (),
        tuple(in_full / PrintedEnergy(sizes[0], STEPS, STEPS * (1 - sparsity)).total(int8) for sparsity in per_plane),
        unit="x", why="the first layer, shifts and comparisons are the same in both or on top",
    )  # fmt: skip
    per_network = {
        size.title: tuple(PrintedEnergy(size, STEPS, 1 - sparsity).gain(int8, 0.5) for sparsity in SPARSITIES)
        for size in sizes
    }
    for name, found in per_network.items():
        yield Claim(
            f"gain over the ANN, {name}, at 71 and 79 %", "derived", OVER_ALL,
            "not printed as a number", (), found, unit="x", why="one range is printed for all networks",
        )  # fmt: skip
    ends = [gain for found in per_network.values() for gain in found]
    prices = unit_prices([MULTIPLY, ADD], int8)
    half = 0.5 * dense(sizes[0], int8) / sizes[0].macs
    least, most = GAINS_PRINTED
    needed = [
        break_even({MULTIPLY: 0.5 / gain, ADD: 0.5 / gain}, AffineCounts({}, {ADD: 1}), prices).activity
        for gain in GAINS_PRINTED
    ]
    yield Claim(
        "gain over the ANN at 0.53 spikes per neuron: the least of the range", f"{GAINS_WHERE}; text: the activity",
        f"8 bit, additions only; {half:.3g} pJ / ({prices[ADD].pj:g} pJ x {WITHOUT_SPARSITY_TERM:g})", "reproduces",
        (least,), (half / (prices[ADD].pj * WITHOUT_SPARSITY_TERM),), 0.05, "x",
        why="the activity that the text gives for a network without the sparsity term; it is 47 % sparse, not 71 %",
    )  # fmt: skip
    yield Claim(
        "gain over the ANN at 71 to 79 %: least and most", GAINS_WHERE, OVER_ALL,
        "paper is inconsistent", GAINS_PRINTED, (min(ends), max(ends)), 0.1, "x",
        why=f"by additions alone {least} x needs {needed[0]:.3f} spikes per neuron and {most} x {needed[1]:.3f}; "
        "71 % leaves 0.29",
    )  # fmt: skip
    yield Claim(
        "the same if 71 and 79 % are per step", GAINS_WHERE, "8 bit, T = 4, additions only", "paper is inconsistent",
        GAINS_PRINTED, tuple(half / (STEPS * (1 - sparsity) * prices[ADD].pj) for sparsity in SPARSITIES), 0.1, "x",
        why="the meaning under which the bit-serial range comes out",
    )  # fmt: skip


def bit_serial(size: Size, table: Table) -> float:
    """Return the energy of the ANN that takes one bit plane of its activations after the other, in pJ per image."""
    works = [
        LayerWork(f"convolution {number}", macs, macs, neurons, first=number == 0)
        for number, (macs, neurons) in enumerate(zip(size.layer_macs, size.layer_neurons, strict=True))
    ]
    energy = baselines(works, STEPS)["bit_serial"].priced(table)["compute"].pj
    assert energy is not None
    return energy


def _pj(counts: dict[str, int], table: Table) -> float:
    energy = price(counts, table).pj
    assert energy is not None
    return energy


def activity_and_time(vgg16: Size) -> Iterator[Claim]:
    """Yield the ratios of activities, latencies of both schedules, and the buffers."""
    yield Claim("spikes with and without the sparsity term", "text", "0.53 and 0.22 spikes per neuron", "reproduces",
                (2.4,), (WITHOUT_SPARSITY_TERM / 0.22,), 0.05, "x")  # fmt: skip
    yield Claim(
        "drop of the activity from T = 8 to T = 4", "text", "36.2 % and 33.0 %, spikes per neuron over all steps",
        "reproduces", (3.0,), (36.2 - 33.0,), 0.5, "points", "about 3 %",
        f"in points; of the activity it is {100 * (36.2 - 33.0) / 36.2:.1f} %",
    )  # fmt: skip
    layers, phases = 16, {}
    for kind in ("layer_by_layer", "step_by_step", "pipelined"):
        schedule = resolve("neurosim.schedule", kind)()
        phases[kind] = [float(sum(1 for _ in schedule.phases((steps,) * layers))) for steps in (4, 16)]
    for kind in ("step_by_step", "layer_by_layer"):
        yield Claim(
            f"latency {kind.replace('_', ' ')}, {layers} equal layers, T = 4 and 16",
            "text: T x sum of the layers' times", "phases", "reproduces", (64.0, 256.0), tuple(phases[kind]),
            unit="layer times",
        )  # fmt: skip
    yield Claim(
        f"latency pipelined, {layers} equal layers, T = 4 and 16", "derived", "a core for each layer; phases",
        "not printed as a number", (), tuple(phases["pipelined"]), unit="layer times",
        why="layers on cores of their own can overlap: T + layers - 1",
    )  # fmt: skip
    yield Claim(
        "buffers of VGG16: layer by layer in turn, layer by layer, step by step", "derived",
        "T = 4, potentials of 20 bit; in turn: layers share the cores", "not printed as a number", (),
        buffers(vgg16, 20), unit="kB", why="layer by layer needs less only where layers share the cores",
    )  # fmt: skip


def buffers(size: Size, potential_bits: int) -> tuple[float, float, float]:
    """Return kB of potentials and spike maps: layers in turn on the same cores, all resident, step by step."""
    neurons = size.layer_neurons
    pairs = zip(neurons, (0, *neurons), strict=False)
    in_turn = max(own * (potential_bits + STEPS) + before * STEPS for own, before in pairs)
    resident, by_step = size.neurons * (potential_bits + 2 * STEPS), size.neurons * (potential_bits + 2)
    return in_turn / 8000, resident / 8000, by_step / 8000


def misprints() -> Iterator[Claim]:
    """Yield the percentage of wrong neurons of each misprint."""
    yield Claim("all of them corrected", "text: lossless", "the layer above", "reproduces", (0.0,), (wrong(as_meant),),
                unit="%")  # fmt: skip
    for misprint in MISPRINTS:
        yield Claim(
            f"{misprint.where}: {misprint.printed}", misprint.where, "the layer above", "paper is inconsistent",
            (0.0,), (misprint.wrong,), unit="%", printed="lossless", why=f"meant is {misprint.meant}",
        )  # fmt: skip


def accuracies() -> Iterator[Claim]:
    """Yield differences of accuracies that the text makes equal, and those that need trained networks."""
    yield Claim("MobileNetV2: accuracy of the SNN less that of its ANN", "Tables 1, 2 and 5", "68.81 and 69.02 %",
                "paper is inconsistent", (0.0,), (68.81 - 69.02,), 0.005, "points",
                why="a lossless network has the accuracy of its ANN")  # fmt: skip
    yield Claim("ImageNet ResNet34, T = 4: one table's accuracy less the other's", "abstract, Table 3; Table 2",
                "73.30 and 75.12 %", "paper is inconsistent", (0.0,), (73.30 - 75.12,), 0.005, "points",
                why="one network has two accuracies")  # fmt: skip
    yield Claim("all other accuracies", "Tables 1 to 3, 5", "CIFAR-10, CIFAR-100, ImageNet",
                "needs training data we do not have", why="networks trained on data not shipped")  # fmt: skip

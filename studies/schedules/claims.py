"""What docs/schedules.md concludes, paragraph by paragraph, in the numbers of what was measured.

A conclusion goes through :func:`supported`: the page cannot be written if its measurements deny it.
"""

from __future__ import annotations

from functools import partial
from itertools import product

from studies.schedules.measured import (
    NETWORKS,
    RESIDENCIES,
    STEPS,
    Measured,
    folded,
    joined,
    less,
    megabytes,
    millions,
    times,
)

SCHEDULES = ("layer_by_layer", "step_by_step", "pipelined")


def supported(holds: bool, sentence: str) -> str:
    """Return a sentence; ValueError if what was measured does not bear it out."""
    if not holds:
        raise ValueError(f"docs/schedules.md: what was measured does not support this any more: {sentence}")
    return sentence


def on_networks(networks: list[str]) -> str:
    """Return on which of the networks something is so."""
    if len(networks) in (0, len(NETWORKS)):
        return "on all three networks" if networks else "on none"
    return f"on {joined(NETWORKS[network] for network in networks)}"


def shared_cores(found: Measured) -> str:
    """Latency where layers share cores."""
    own = partial(found, residency="time_multiplexed")
    moved = partial(found.networks, "reload_bits", residency="time_multiplexed")
    layer, step, wave = (found.everywhere("latency_ticks", schedule, "time_multiplexed") for schedule in SCHEDULES)
    longer = [times(b / a for a, b in zip(layer, others, strict=True)) for others in (step, wave)]
    answer = supported(
        less(layer, step) and less(layer, wave),
        f"**On shared cores, yes**: step by step takes {longer[0]} as long, pipelined {longer[1]}, by network and T.",
    )
    narrow = supported(
        moved("layer_by_layer", 2) == moved("pipelined", 2),
        "(at T = 2 the wave is narrower than a group, and it moves no more than layer by layer)",
    )
    alike = supported(own("packets") == own("packets", "step_by_step"), "for the same spikes")
    first, last = ([moved(schedule, steps) for schedule in SCHEDULES[:2]] for steps in (STEPS[0], STEPS[-1]))
    gap = supported(
        less(last[0], [1.03 * bits for bits in first[0]])
        and less([0.99 * bits * STEPS[-1] / STEPS[0] for bits in first[1]], last[1]),
        "the weights moved are all but constant for one and grow at least in proportion to T for the other",
    )
    return folded(
        f"{answer} Reloading decides. Layer by layer brings each layer in once per image; step by step brings it in T "
        "times; `pipelined` wants several layers in every phase and brings a group in whenever its wave of T steps "
        f"touches it {narrow}. At T = 4 VGG16 moves {megabytes(own('reload_bits'), 0)} MB layer by layer and "
        f"{megabytes(own('reload_bits', 'step_by_step'), 0)} MB step by step; the latencies are "
        f"{millions(own('latency_ticks'))} and {millions(own('latency_ticks', 'step_by_step'))} cycles {alike}. The "
        f"gap grows with T: {gap}."
    )


def own_cores(found: Measured) -> str:
    """Latency where every layer has its cores."""
    layer, step, wave = (found.everywhere("latency_ticks", schedule, "resident") for schedule in SCHEDULES)
    answer = supported(
        less(layer, step) and not less(layer, wave) and not less(wave, layer),
        "**On cores of their own, against step by step, yes; against pipelined, it depends on T.**",
    )
    taken = [millions(found("latency_ticks", schedule)) for schedule in SCHEDULES]
    return folded(
        f"{answer} `if_qcfs` layer by layer takes {taken[0]} cycles for VGG16 at T = 4, step by step {taken[1]}, "
        f"pipelined {taken[2]}. Two effects work against each other:"
    )


def overlap(found: Measured) -> str:
    """How latency grows with T, and who is ahead."""
    layer, wave = ([found("latency_ticks", schedule, steps) for steps in STEPS] for schedule in SCHEDULES[::2])
    growth = supported(
        wave[-1] / wave[0] < 0.9 * layer[-1] / layer[0],
        f"its latency grows slowly with T ({millions(*wave)} for T = {', '.join(map(str, STEPS))}). Layer by layer "
        f"grows faster ({millions(*layer)}).",
    )
    ahead, longer = [], []
    for steps in STEPS:
        pairs = [found.networks("latency_ticks", schedule, steps, "resident") for schedule in SCHEDULES[::2]]
        first = [network for network, one, other in zip(NETWORKS, *pairs, strict=True) if one < other]
        ahead.append(f"{on_networks(first)} at T = {steps}")
        longer.append(times((other / one for one, other in zip(*pairs, strict=True)), 2))
    return folded(
        f"* *Overlap.* Pipelined works on all layers at once, so {growth} It is ahead of pipelined {joined(ahead)}: "
        f"pipelined takes {joined(longer)} as long.",
        "  ",
    )


def buffers(found: Measured) -> str:
    """What buffering does."""
    before, after = found("mesh_ticks", "step_by_step"), found("mesh_ticks")
    told = supported(
        after < before / 2,
        "A store is short, so a busy synapse unit no longer pushes back into the mesh: the mesh's part of the latency "
        f"falls from {millions(before)} to {millions(after)} cycles.",
    )
    return folded(
        "* *Buffers.* Layer by layer, a rate-coded layer's spikes are stored where they arrive and accumulated from "
        f"the core's own spike buffer while the layer scans. {told} Step by step and pipelined accumulate on arrival "
        "and wait behind each other's packets. This is an effect of buffering, not of the order as such, and it needs "
        "the room: a plane takes one bit for each neuron that the core hears, and up to T - 1 of them wait at a time; "
        "packed, all T.",
        "  ",
    )


def room(found: Measured) -> str:
    """Which spike buffers are too small."""
    size, asked = found("spike_buffer_size_bits"), [found("spike_buffer_bits", steps=steps) for steps in STEPS]
    whole = [found("spike_buffer_bits", steps=steps, form="packed") for steps in STEPS]
    plane = whole[0] // STEPS[0]
    layer = found.row(steps=8)["spike_buffer_layer"]
    told = supported(
        asked == [(steps - 1) * plane for steps in STEPS]
        and whole == [steps * plane for steps in STEPS]
        and asked[-2] <= size < asked[-1],
        f"**Not every case has it.** In rate-coded VGG16 a core of `{layer}` hears {plane:,} neurons: {asked[-2]:,} of "
        f"the {size:,} bits of its spike buffer at T = 4, but {asked[-1]:,} at T = 8, more than there are (packed, "
        f"{whole[-2]:,} and {whole[-1]:,}).",
    )
    full = [row for row in found.rows if int(row["spike_buffer_bits"]) > int(row["spike_buffer_size_bits"])]
    return folded(
        f"{told} That is known before a run: `neurosim check` says it, a notice repeats it beside the figures, and the "
        "case is simulated as if it fitted; on a chip with `memories: {overflow: refuse}` it is [refused]"
        f"(model.md#the-memories). Of the {len(found.rows)} cases here {len(full)} are of that kind, the ones with "
        "more than 100 % under *spike buffer* [below](#what-each-case-did); their latencies are those of a chip with "
        "larger buffers."
    )


def arrival(found: Measured) -> str:
    """What accumulate-and-fire pays."""
    taken = [found(key, model="accumulate_fire") for key in ("mesh_ticks", "latency_ticks")]
    return folded(
        "`accumulate_fire` runs layer by layer only, and its later planes wait for earlier ones to be doubled, so it "
        f"accumulates on arrival and pays the back-pressure ({taken[0] / 1e6:.2f} of {millions(taken[1])} cycles at "
        "T = 4)."
    )


def throughput(found: Measured) -> str:
    """Intervals between images."""
    layer, wave = (found.everywhere("interval_ticks", schedule, "resident") for schedule in SCHEDULES[::2])
    taken = [millions(found("interval_ticks", schedule)) for schedule in SCHEDULES[::2]]
    ahead = supported(
        less(layer, wave),
        "There layer by layer is ahead for the same model, whichever the network and T "
        f"({taken[0]} against {taken[1]} cycles for VGG16 at T = 4), again because of the buffers.",
    )
    shared = [row for row in found.rows if row["residency"] == "time_multiplexed"]
    alone = supported(
        all(0 <= int(row["interval_ticks"]) - int(row["latency_ticks"]) < 1000 for row in shared),
        "On shared cores no two images overlap, so interval and latency are one.",
    )
    return folded(
        "**Throughput.** In a stream every schedule but step by step keeps several images in flight on cores of their "
        f"own; the interval is what the busiest layer needs. {ahead} {alone}"
    )


def packed(found: Measured) -> str:
    """What packing does to packets and latency at T = 4."""
    fire = partial(found, model="accumulate_fire")
    sent, mesh = ([fire(key, form=form) for form in ("unary", "packed")] for key in ("packets", "mesh_ticks"))
    before, after = (
        {
            model: [found("latency_ticks", network=network, model=model, form=form) for network in NETWORKS]
            for model in ("accumulate_fire", "if_qcfs")
        }
        for form in ("unary", "packed")
    )
    changes = {
        model: [
            f"{millions(one)} to {millions(other)} on {NETWORKS[network]}"
            for network, one, other in zip(NETWORKS, before[model], after[model], strict=True)
        ]
        for model in before
    }
    falls = supported(
        less(after["accumulate_fire"], [0.9 * ticks for ticks in before["accumulate_fire"]]) and mesh[1] < mesh[0] / 2,
        f"For `accumulate_fire` the latency falls from {joined(changes['accumulate_fire'])}: not because of the "
        "packets saved, but because its planes, too, are now accumulated from buffers, and the mesh's part falls with "
        f"it (VGG16's from {millions(mesh[0])} to {millions(mesh[1])}).",
    )
    little = supported(
        less([0.9 * ticks for ticks in before["if_qcfs"]], after["if_qcfs"]),
        f"and gains little or loses (from {joined(changes['if_qcfs'])})",
    )
    return folded(
        f"At T = 4 it saves {100 * (1 - sent[1] / sent[0]):.0f} % of the packets of VGG16's `accumulate_fire` "
        f"({sent[0] / 1e3:,.0f} k to {sent[1] / 1e3:,.0f} k; {sent[1] / 1e3:,.0f} k is every neuron that fires at "
        f"all). {falls} `if_qcfs` has had that advantage layer by layer anyway; packed, it waits with its first plane "
        f"until the last is fired, {little}."
    )


def smaller(found: Measured) -> str:
    """What is live at a time."""
    state = partial(found, "peak_state_bits")
    every = partial(found.networks, "peak_state_bits")
    told = supported(
        all(
            less(every("layer_by_layer", steps, residency), every("step_by_step", steps, residency))
            for steps, residency in product(STEPS, RESIDENCIES)
        ),
        "**Yes, against step by step, on any cores**: what is live at a time is one layer's membranes and its "
        f"neighbour's, instead of every layer's. VGG16 at T = 4: {megabytes(state())} MB (`accumulate_fire` "
        f"{megabytes(state(model='accumulate_fire'))} MB) against {megabytes(state('step_by_step'))} MB.",
    )
    smaller_at = [
        steps
        for steps in STEPS
        if all(less(every("layer_by_layer", steps, cores), every("pipelined", steps, cores)) for cores in RESIDENCIES)
    ]
    deep = ", ".join(megabytes(state("pipelined", steps)) for steps in STEPS)
    piped = supported(
        smaller_at == [4, 8],
        "**Against pipelined, from T = 4 on**: a pipeline that is as deep as the network holds as many layers as it "
        f"has filled in T + L - 1 phases ({deep} MB for T = {', '.join(map(str, STEPS))}).",
    )
    return folded(
        f"{told} {piped} The published comparison `O(N T) < O(N L)` asks for T < L and holds here with the constant "
        "that a membrane has 24 to 32 bits and a spike has one."
    )

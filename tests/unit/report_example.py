"""Hand-made records to draw: a 5-layer network with two results, and bigger ones of the same make.

Nothing here was simulated. The numbers are round, differ from layer to layer and follow the laws that a report relies
on: the parts of a latency add up to it, a core's ticks to the elapsed ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from neurosim.energy.cost_comparison import CostComparison, compare_costs
from neurosim.energy.pricing.policy import Policy
from neurosim.energy.tables.scopes import Scope
from neurosim.energy.tables.table import Entry, Source, Table, Validity, Widths
from neurosim.ledger.ledger import Ledger
from neurosim.ledger.record import (
    Accuracy,
    Activity,
    BarrierFacts,
    ChipFacts,
    ConversionFacts,
    CoreFacts,
    CoreUse,
    Duration,
    LatencyParts,
    LayerResult,
    LinkUse,
    Lossless,
    MemoryFacts,
    NetworkFacts,
    NocFacts,
    Record,
    Result,
    Slice,
    StimulusFacts,
)

FIGURES = (
    "energy_by_layer",
    "energy_against_baselines",
    "latency_by_schedule",
    "activity",
    "core_utilisation",
    "link_load",
    "tornado",
)
"""The figures that every run has, in their order."""


@dataclass(frozen=True)
class Sketch:
    """One layer to make up: its output shape, the synapses and weights of one neuron, its input's pooling."""

    name: str
    channels: int
    side: int
    fan_in: int


DIGITS = (
    Sketch("conv1", 16, 8, 9),
    Sketch("conv2", 32, 4, 144),
    Sketch("dense1", 64, 1, 512),
    Sketch("dense2", 10, 1, 64),
)


def vgg16_sketch() -> tuple[Sketch, ...]:
    """The 14 weighted layers of VGG16 for 32 x 32 images; with the input, 15."""
    plan = ((64, 32, 2), (128, 16, 2), (256, 8, 3), (512, 4, 3), (512, 2, 3))
    layers, before = [], 3
    for block, (channels, side, depth) in enumerate(plan, 1):
        for number in range(1, depth + 1):
            layers.append(Sketch(f"conv{block}_{number}", channels, side, 9 * before))
            before = channels
    return (*layers, Sketch("classifier", 10, 1, 512))


def mobilenet_sketch() -> tuple[Sketch, ...]:
    """A long network of thin layers, 53 of them, as in MobileNetV2."""
    plan = (
        (1, 16, 1, 32),
        (6, 24, 2, 32),
        (6, 32, 3, 16),
        (6, 64, 4, 8),
        (6, 96, 3, 8),
        (6, 160, 3, 4),
        (6, 320, 1, 4),
    )
    layers, before = [Sketch("stem", 32, 32, 27)], 32
    for block, (expansion, channels, depth, side) in enumerate(plan, 1):
        for number in range(1, depth + 1):
            inner, name = before * expansion, f"block{block}_{number}"
            if expansion > 1:
                layers.append(Sketch(f"{name}_expand", inner, side, before))
            layers.append(Sketch(f"{name}_depthwise", inner, side, 9))
            layers.append(Sketch(f"{name}_project", channels, side, inner))
            before = channels
    return (*layers, Sketch("head", 1280, 4, before), Sketch("classifier", 10, 1, 1280))


def digits_record() -> Record:
    """Five layers on 4 x 4 tiles of 2 cores, under two schedules."""
    return make_record("digits_cnn", DIGITS, (4, 4, 2), 512, {"layer_by_layer": 4, "pipelined": 4}, trained=True)


def vgg16_record() -> Record:
    """Fifteen layers on 10 x 10 tiles of 4 cores, under four schedules."""
    schedules = {"layer_by_layer": 4, "step_by_step": 4, "pipelined": 4, "asynchronous": 4}
    return make_record("vgg16", vgg16_sketch(), (10, 10, 4), 1024, schedules)


def mobilenet_record() -> Record:
    """Fifty-odd layers on 20 x 16 tiles of 4 cores."""
    return make_record("mobilenet_v2", mobilenet_sketch(), (20, 16, 4), 1024, {"layer_by_layer": 8, "pipelined": 8})


def make_record(
    name: str,
    sketch: tuple[Sketch, ...],
    mesh: tuple[int, int, int],
    neurons_per_core: int,
    schedules: dict[str, int],
    *,
    trained: bool = False,
    images: int = 2,
) -> Record:
    """Make up a record: one result for each schedule (name to steps)."""
    width, height, per_tile = mesh
    layers = make_layers(sketch, neurons_per_core, next(iter(schedules.values())))
    results = tuple(
        make_result(schedule, steps, rank, layers, mesh, images)
        for rank, (schedule, steps) in enumerate(schedules.items())
    )
    return Record(
        workload=f"{name}_example",
        seed=7,
        network=NetworkFacts(
            name=name,
            layers=len(layers),
            neurons=sum(layer.neurons for layer in layers[1:]),
            synapses=sum(layer.synapses for layer in layers),
            weights=sum(layer.weights for layer in layers),
            weights_origin="trained" if trained else "synthetic",
        ),
        stimulus=StimulusFacts(
            "digits" if trained else "photo", images, "" if trained else "two crops of one photograph"
        ),
        chip=ChipFacts(
            id="example_chip",
            title="Example chip",
            tick_ns=1.0,
            synchronous=True,
            width=width,
            height=height,
            cores_per_tile=per_tile,
            io_tile=0,
            link_ticks=1,
            synapse_memory_bits=1 << 20,
            word_bits=64,
            memory_bits={"weight_read": 1 << 20},
        ),
        results=results,
        ledgers=tuple(make_ledger(result, images) for result in results),
        placements=tuple(make_placement(result) for result in results),
    )


def make_layers(sketch: tuple[Sketch, ...], neurons_per_core: int, steps: int) -> tuple[LayerResult, ...]:
    first = sketch[0]
    channels = max(first.fan_in // 9, 1)
    layers = [
        LayerResult(
            0, "input", "input", (channels, first.side, first.side), channels * first.side**2,
            0, 0, 0, 0.0, 0, 4 * channels * first.side**2, 0.0, (0.0,) * steps, 0.0, "host port",
        )
    ]  # fmt: skip
    for number, layer in enumerate(sketch, 1):
        neurons = layer.channels * layer.side**2
        last = number == len(sketch)
        rate = 0.0 if last else 0.09 / (1 + 0.12 * number) * (1.6 if number % 3 == 1 else 1.0)
        spikes = tuple(round(neurons * rate * (0.6 + 0.25 * step), 1) for step in range(steps))
        macs = neurons * layer.fan_in
        layers.append(
            LayerResult(
                number=number,
                name=layer.name,
                role="output" if last else "first" if number == 1 else "hidden",
                shape=(layer.channels, layer.side, layer.side),
                neurons=neurons,
                synapses=macs,
                weights=layer.channels * layer.fan_in,
                macs=macs,
                macs_effective=macs * (1.0 if number == 1 else 0.42),
                cores=max(1, ceil(neurons / neurons_per_core)),
                ticks=40 + neurons // 16 + macs // 40_000 * (number % 4),
                busy_fraction=round(0.35 + 0.5 / number, 3),
                spikes_by_step=spikes,
                packets=sum(spikes) * 2,
                bound=("accumulate", "neuron scan", "mesh", "link")[number % 4],
            )
        )
    return tuple(layers)


def make_result(
    schedule: str, steps: int, rank: int, layers: tuple[LayerResult, ...], mesh: tuple[int, int, int], images: int
) -> Result:
    compute = sum(layer.ticks for layer in layers[1:]) // (rank + 1)
    parts = LatencyParts(
        host=layers[0].ticks,
        compute=compute,
        mesh=compute // 9 * rank,
        barrier=(40 * len(layers) * steps) // (1 + 3 * rank),
        reload=compute // 12 if rank == 1 else 0,
    )
    ticks = parts.host + parts.compute + parts.mesh + parts.barrier + parts.reload
    interval = ticks if rank == 0 else ticks // (rank + 1)
    neurons = sum(layer.neurons for layer in layers[1:])
    spikes = sum(sum(layer.spikes_by_step) for layer in layers)
    use = make_core_use(layers, mesh, ticks * images)
    totals = {op: count for op, count in make_counts(layers, steps, images).items() if count}
    return Result(
        name=schedule.replace("_", " "),
        conversion=ConversionFacts("accumulate_fire", steps, 2**steps, 8, 20),
        lossless=Lossless(neurons * steps * images + 20, 0, 12, 340, 200, 3) if rank < 2 else None,
        accuracy=Accuracy(images, images) if rank == 0 else None,
        activity=Activity(spikes, spikes / neurons, spikes / neurons / steps),
        schedule=schedule,
        latency=Duration(ticks, ticks * 1e-9),
        initiation_interval=Duration(interval, interval * 1e-9),
        latency_parts=parts,
        noc=NocFacts("cycle_accurate", round(spikes * 2), round(spikes * 7), 3 * compute // 10),
        cores=CoreFacts(len(use), 0.41, use[len(use) // 2].core),
        barriers=BarrierFacts(len(layers) * steps, 0, parts.barrier),
        memory=MemoryFacts(neurons * 20, sum(layer.weights for layer in layers) * 8, 1_000_000 if parts.reload else 0),
        counts={op: count / images for op, count in totals.items()},
        counts_total=totals,
        elapsed_ticks=ticks * images,
        layers=layers,
        core_use=use,
        link_use=make_link_use(mesh, use, ticks * images, rank),
    )


def make_counts(layers: tuple[LayerResult, ...], steps: int, images: int) -> dict[str, int]:
    totals: dict[str, int] = {}
    for layer in layers:
        for op, count in layer_counts(layer, steps, images).items():
            totals[op] = totals.get(op, 0) + count
    return dict(sorted(totals.items()))


def layer_counts(layer: LayerResult, steps: int, images: int) -> dict[str, int]:
    """What one layer did, summed over the images."""
    if layer.role == "input":
        return {"input_word_bits32": layer.neurons * images}
    spikes = round(sum(layer.spikes_by_step) * images)
    first = layer.role == "first"
    return {
        "add_int20": (layer.macs if first else layer.macs // 4) * images + layer.neurons,
        "multiply_int8": layer.macs * images if first else 0,
        "shift_int20": 0 if first else layer.neurons * (steps - 1) * images,
        "compare_int20": layer.neurons * steps * images,
        "reset_int20": spikes,
        "weight_read_bits64": layer.macs // 6 * images,
        "potential_read_bits20": layer.neurons * steps * images,
        "potential_write_bits20": layer.neurons * steps * images,
        "packet_bits32": round(layer.packets * images),
        "hop_ew_bits32": round(layer.packets * 3 * images),
        "hop_ns_bits32": round(layer.packets * images),
    }


def make_ledger(result: Result, images: int) -> Ledger:
    ledger = Ledger()
    for layer in result.layers:
        for op, count in layer_counts(layer, result.conversion.steps, images).items():
            ledger.add(layer.number, 0, -1, op, count)
    ledger.add(-1, 0, -1, "chip_tick", result.elapsed_ticks)
    return ledger


def make_core_use(layers: tuple[LayerResult, ...], mesh: tuple[int, int, int], elapsed: int) -> tuple[CoreUse, ...]:
    width, height, per_tile = mesh
    limit = width * height * per_tile
    use: list[CoreUse] = []
    for layer in layers:
        for part in range(layer.cores):
            core = len(use)
            if core == limit:
                return tuple(use)
            tile = core // per_tile
            share = min(
                1.0, layer.busy_fraction * (0.8 + 0.4 * ((part * 7) % 11) / 10) * (0.4 + 1.2 / (1 + layer.number))
            )
            busy, stalled = int(elapsed * share), int(elapsed * 0.02)
            busy = min(busy, elapsed - stalled)
            use.append(
                CoreUse(
                    core, tile % width, tile // width, core % per_tile, (layer.number,),
                    layer.neurons // layer.cores, busy, stalled, elapsed - busy - stalled,
                )
            )  # fmt: skip
    return tuple(use)


def make_link_use(mesh: tuple[int, int, int], use: tuple[CoreUse, ...], elapsed: int, rank: int) -> tuple[LinkUse, ...]:
    """Make traffic between neighbours that thins out along the mesh; links that carried nothing are left out."""
    width, height, _ = mesh
    used = {(core.x, core.y) for core in use}
    links = []
    for y in range(height):
        for x in range(width):
            for direction, (right, up) in {"E": (1, 0), "W": (-1, 0), "N": (0, 1), "S": (0, -1)}.items():
                if not (0 <= x + right < width and 0 <= y + up < height):
                    continue
                if (x, y) not in used or (x + right, y + up) not in used:
                    continue
                load = 0.5 / (1 + y + 0.3 * x) * {"E": 1.0, "W": 0.35, "N": 0.2, "S": 0.7}[direction] * (1 + 0.2 * rank)
                links.append(LinkUse(x, y, direction, int(load * elapsed), load))  # type: ignore[arg-type]
    return tuple(links)


def make_placement(result: Result) -> tuple[Slice, ...]:
    slices, core = [], 0
    for layer in result.layers:
        channels, height, width = layer.shape
        for part in range(layer.cores):
            first, last = part * channels // layer.cores, (part + 1) * channels // layer.cores
            slices.append(
                Slice(
                    layer.number, layer.name, core, (0, height), (0, width), (first, max(last, first + 1)),
                    layer.neurons // layer.cores, layer.weights * 8 // layer.cores, 100 + part, 3,
                )
            )  # fmt: skip
            core += 1
    return tuple(slices)


def make_table(id: str, **prices: float) -> Table:
    """A table of hand-made 8-bit prices in pJ; compare is in-house, all else published."""
    formats = {"weight_read": "bits", "potential_read": "bits", "potential_write": "bits"}
    entries = tuple(
        Entry(op, formats.get(op, "int"), 0, 0, pj, "op", "example", "inhouse" if op == "compare" else "published")
        if op in formats or op.startswith("hop")
        else Entry(op, "int", 8, 0, pj, "op", "example", "inhouse" if op == "compare" else "published")
        for op, pj in prices.items()
    )
    return Table(
        id,
        f"Example prices {id}",
        "op",
        "incremental",
        Validity(45, None, None, "mixed"),
        Widths("nominal", 8),
        sources={"example": Source("Example 2026", "Table 1", "none")},
        entries=entries,
        sha256="0" * 64,
    )


CHEAP = make_table("example_int8", multiply=0.2, add=0.03, shift=0.024, compare=0.03, reset=0.03)
DEAR = make_table("example_int32", multiply=3.1, add=0.1, shift=0.13, compare=0.08, reset=0.1)
WITH_MEMORY = make_table(
    "example_memory", multiply=0.2, add=0.03, shift=0.024, compare=0.03, reset=0.03,
    weight_read=5.0, potential_read=1.0, potential_write=1.0,
)  # fmt: skip
WITHOUT_COMPARE = make_table("example_gap", multiply=0.2, add=0.03, shift=0.024, reset=0.03)


def make_costs(record: Record, *tables: Table, scope: Scope = "compute", allow_partial: bool = False) -> CostComparison:
    """Price a record, with its baselines, by hand-made tables."""
    return compare_costs(record, tables, Policy(scope, allow_partial=allow_partial))

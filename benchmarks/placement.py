"""What a placement by traffic saves: the annealed mapper against the spatial one, on VGG16 and ResNet-18.

    python benchmarks/placement.py [vgg16 resnet18 ...] [--seeds 5] [--others lenet ...] [--draw FOLDER]

Prints Markdown. For each network and result: packets, hops, the busiest link, ticks, and energy; hops at the prices of
``generic_noc_32b``, the rest at those of ``horowitz2014_45nm``, whose adds are taken at the power law between its
widths and whose memories between its sizes; compare, shift and reset have no price there and are left out on both
sides. Then how much of it depends on the seed, on the activity that the mapper is shown, and on the chip's queues; and
what other shipped networks gain. ``--draw`` also draws the heat maps.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402

from neurosim.experiment import Experiment, perform, prepare, simulate  # noqa: E402
from neurosim.mapping.annealed import Annealed, tiles  # noqa: E402
from neurosim.mapping.flows import Activity, flows, members, uniform  # noqa: E402
from neurosim.mapping.placement import Placement  # noqa: E402
from neurosim.run import Run  # noqa: E402
from neurosim.simulation.record import Result  # noqa: E402
from neurosim.simulation.rehearsal import rehearse  # noqa: E402
from neurosim.simulation.result import result  # noqa: E402
from neurosim.simulation.run import observe  # noqa: E402

WORKLOADS = Path(__file__).resolve().parent.parent / "workloads"
MAPPERS = ("spatial", "annealed")
TABLE = "horowitz2014_45nm+generic_noc_32b"
RATE = "{name: if_qcfs, conversion: {kind: if_qcfs, steps: 4}, schedules: [layer_by_layer, pipelined]}"
SETTINGS = [
    "schedules=[layer_by_layer]",
    f"compare=[{RATE}]",
    f"energy={{tables: [{TABLE}], scope: noc, sram: loglog, widths: powerlaw, allow_partial: true}}",
]
FIGURES = ("core_utilisation", "link_load")
CROPS = 6
QUEUES = {
    "as the chip has them": (),
    "16 times the buffers in routers": ("chip.mesh.buffer_depth=64",),
    "128 times the queues before cores": ("chip.mesh.ejection_depth=1024",),
    "no queue ever full": ("noc=infinite",),
}


def settings(mapper: str, *more: str) -> list[str]:
    """Return the overrides of a workload for one mapper."""
    return [*SETTINGS, f"mapping.kind={mapper}", *more]


def grid(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def energies(run: Run, number: int) -> tuple[float, float]:
    """Return the energy of the hops, and of everything that has a price, in pJ."""
    report = run.bill.results[number][TABLE]
    return sum(pj for op, pj in report.by_op.items() if op.startswith("hop_")), report.partial_pj


def figures_of(run: Run, number: int) -> dict[str, float]:
    """Return what is compared for one result of a run."""
    seen = run.record.results[number]
    hops_pj, all_pj = energies(run, number)
    return {
        "packets": seen.noc.packets,
        "packets x hops": seen.noc.hops,
        "busiest link (packets)": seen.noc.busiest_link_ticks // run.record.chip.link_ticks,
        "latency (ticks)": seen.latency.ticks,
        "- of it the busiest core of each phase": seen.latency_parts.compute,
        "- of it host input": seen.latency_parts.host,
        "- of it the mesh": seen.latency_parts.mesh,
        "initiation interval (ticks)": seen.initiation_interval.ticks,
        "energy of the hops (nJ)": round(hops_pj / 1000),
        "energy priced in all (nJ)": round(all_pj / 1000),
    }


def compared(runs: dict[str, Run]) -> Iterator[str]:
    """Yield one table for each result."""
    for number, seen in enumerate(runs["spatial"].record.results):
        yield f"\n**{seen.name}**\n"
        spatial, annealed = (figures_of(runs[mapper], number) for mapper in MAPPERS)
        rows = [
            [name, f"{spatial[name]:,}", f"{annealed[name]:,}", f"{annealed[name] / spatial[name]:.2f}"]
            for name in spatial
        ]
        mean = [one["packets x hops"] / one["packets"] for one in (spatial, annealed)]
        rows.insert(2, ["mean hops", *(f"{value:.2f}" for value in mean), f"{mean[1] / mean[0]:.2f}"])
        yield grid(["", "`spatial`", "`annealed`", "ratio"], rows)


def observed(experiment: Experiment, number: int, placement: Placement) -> Result:
    """Return the result of one case on another placement."""
    case, workload = experiment.cases[number], experiment.workload
    images = experiment.stimulus.images
    return result(case.name, observe(case.network, workload.chip, placement, case.schedule, images), workload.chip)


def by_seed(experiment: Experiment, seeds: int) -> Iterator[list[str]]:
    """Yield, case by case, the ranges over the seeds."""
    spec, images = experiment.workload.chip, experiment.stimulus.images
    for number, case in enumerate(experiment.cases):
        activity = rehearse(case.network, spec, images)
        results = [
            observed(experiment, number, Annealed().place(case.network, spec, "resident", activity, seed))
            for seed in range(1, seeds + 1)
        ]
        columns = [
            [one.noc.hops for one in results],
            [one.noc.busiest_link_ticks for one in results],
            [one.latency.ticks for one in results],
            [one.initiation_interval.ticks for one in results],
        ]
        yield [case.name, *map(ranging, columns)]


def ranging(values: list[int]) -> str:
    """Return the least and the largest."""
    return f"{min(values):,} to {max(values):,}"


def hops(experiment: Experiment, number: int, placement: Placement, activity: Activity) -> int:
    """Return the packets x hops of an activity on a placement of one case."""
    cores = np.concatenate([placed.cores.ravel() for placed in members(placement, 0)])
    sent = flows(experiment.cases[number].network, placement, activity)
    return sent.hops(*tiles(cores, experiment.workload.chip))


def by_activity(path: Path, seeds: int) -> Iterator[list[str]]:
    """Yield, case by case, the hops of one crop of the photograph on placements made for other things."""
    experiment = prepare(path, settings("spatial", f"stimulus.images={CROPS}"))
    spec, images = experiment.workload.chip, experiment.stimulus.images
    for number, case in enumerate(experiment.cases[:2]):
        crop = rehearse(case.network, spec, images[CROPS - 1 :])
        shown = [uniform(case.network), rehearse(case.network, spec, images[:1]), crop]
        row = [case.network.model.kind, f"{hops(experiment, number, case.placement, crop):,}"]
        for activity in shown:
            placed = (Annealed().place(case.network, spec, "resident", activity, 1 + seed) for seed in range(seeds))
            row.append(ranging([hops(experiment, number, each, crop) for each in placed]))
        yield row


def by_queues(path: Path) -> Iterator[list[str]]:
    """Yield, for each kind of queues, the latency of every case under both mappers."""
    for name, overrides in QUEUES.items():
        runs = [perform(prepare(path, settings(mapper, *overrides))) for mapper in MAPPERS]
        pairs = zip(*(run.record.results for run in runs), strict=True)
        yield [name, *(becoming(*(seen.latency.ticks for seen in pair)) for pair in pairs)]


def becoming(before: int, after: int) -> str:
    """Return two numbers and their ratio."""
    return f"{before:,} to {after:,}, {after / before if before else 1:.2f}"


def others(names: list[str]) -> Iterator[list[str]]:
    """Yield what the first results of other workloads gain."""
    for name in names:
        spatial, annealed = (
            simulate(WORKLOADS / f"{name}.yaml", ["compare=[]", f"mapping.kind={mapper}"]).record.results[0]
            for mapper in MAPPERS
        )
        yield [
            f"{name}, {spatial.name}",
            f"{spatial.cores.used}",
            becoming(spatial.noc.hops, annealed.noc.hops),
            becoming(spatial.latency.ticks, annealed.latency.ticks),
        ]


def main() -> None:
    """Measure everything."""
    options = argparse.ArgumentParser()
    options.add_argument("networks", nargs="*", default=["vgg16", "resnet18"])
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--others", nargs="*", default=["digits", "lenet", "resnet20", "mobilenetv2"])
    options.add_argument("--draw", type=Path)
    chosen = options.parse_args()
    for network in chosen.networks:
        path = WORKLOADS / f"{network}.yaml"
        print(f"\n## {network}")
        experiments = {mapper: prepare(path, settings(mapper)) for mapper in MAPPERS}
        runs = {mapper: perform(experiment) for mapper, experiment in experiments.items()}
        for part in compared(runs):
            print(part, flush=True)
        spatial = experiments["spatial"]
        case = spatial.cases[0]
        start = perf_counter()
        activity = rehearse(case.network, spatial.workload.chip, spatial.stimulus.images)
        shown = perf_counter()
        Annealed().place(case.network, spatial.workload.chip, "resident", activity)
        print(f"\nRehearsal {shown - start:.2f} s, cutting and exchanges {perf_counter() - shown:.2f} s.")
        print(f"\n**Seeds 1 to {chosen.seeds}**\n")
        ranges = list(by_seed(spatial, chosen.seeds))
        print(grid(["", "packets x hops", "busiest link (ticks)", "latency (ticks)", "interval (ticks)"], ranges))
        print("\n**Hops of a crop of the photograph, placed for**\n")
        rows = list(by_activity(path, chosen.seeds))
        print(grid(["", "nothing (`spatial`)", "uniform", "another image", "itself"], rows), flush=True)
        print("\n**Latency in ticks, `spatial` to `annealed`, by queues**\n")
        print(grid(["queues", *(case.name for case in spatial.cases)], list(by_queues(path))), flush=True)
        if chosen.draw:
            for mapper, run in runs.items():
                for file in run.draw(chosen.draw / f"{network}_{mapper}", FIGURES):
                    print(file)
    print("\n## Other workloads\n")
    print(grid(["", "cores", "packets x hops", "latency (ticks)"], list(others(chosen.others))))


if __name__ == "__main__":
    main()

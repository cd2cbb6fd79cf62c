"""What a placement by traffic saves: the annealed mapper against the spatial one, on VGG16, ResNet-18 and others.

    python benchmarks/placement.py [vgg16 resnet18 ...] [--seeds 5] [--others lenet ...]

Stores what it measures in docs/placement (NETWORK.json; the heat maps of VGG16; others.json, in which only the named
workloads are renewed) and writes docs/placement.md from all that is stored there. For each network and result: packets,
hops, the busiest link, ticks, and energy; hops at the prices of ``generic_noc_32b``, the rest at those of
``horowitz2014_45nm``, whose adds are taken at the power law between its widths and whose memories between its sizes;
compare, shift and reset have no price there and are left out on both sides. Then how much of it depends on the seed, on
the activity that the mapper is shown, and on the chip's queues.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

ROOT = Path(__file__).resolve().parent.parent
import build_placement
import numpy as np

from neurosim.experiments.run import Run
from neurosim.experiments.simulate import (
    Experiment,
    perform,
    prepare,
    simulate,
)
from neurosim.ledger.record import Result
from neurosim.mapping.annealed import (
    Annealed,
    tiles,
)
from neurosim.mapping.communication import (
    SpikeActivity,
    communication_graph,
    members,
    uniform,
)
from neurosim.mapping.placement import Placement
from neurosim.provenance import hash_file
from neurosim.simulation.functional.activity_profile import profile_activity
from neurosim.simulation.observe import observe
from neurosim.simulation.summarise import result

WORKLOADS = ROOT / "workloads"
MAPPERS = ("spatial", "annealed")
TABLE = "horowitz2014_45nm+generic_noc_32b"
RATE = "{name: if_qcfs, conversion: {kind: if_qcfs, steps: 4}, schedules: [layer_by_layer, pipelined]}"
SETTINGS = [
    "schedules=[layer_by_layer]",
    f"compare=[{RATE}]",
    f"energy={{tables: [{TABLE}], scope: noc, sram: loglog, widths: powerlaw, allow_partial: true}}",
]
DRAWN, FIGURES = "vgg16", ("core_utilisation", "link_load")
CROPS = 6
QUEUES: dict[str, dict[str, int] | None] = {
    "16 times the buffers in routers": {"buffer_depth": 64},
    "128 times the queues before cores": {"ejection_depth": 1024},
    "no queue ever full": None,  # unbounded ones: another model of the mesh
}


def settings(mapper: str, *more: str) -> list[str]:
    """Return the overrides of a workload for one mapper."""
    return [*SETTINGS, f"mapping.kind={mapper}", *more]


def figures_of(run: Run, number: int) -> dict[str, float]:
    """Return what is compared for one result of a run: counts, ticks, and energies in pJ."""
    seen, report = run.record.results[number], run.costs.results[number][TABLE]
    return {
        "packets": seen.noc.packets,
        "hops": seen.noc.hops,
        "busiest_link_ticks": seen.noc.busiest_link_ticks,
        "link_ticks": run.record.chip.link_ticks,
        "latency_ticks": seen.latency.ticks,
        "compute_ticks": seen.latency_parts.compute,
        "interval_ticks": seen.initiation_interval.ticks,
        "hops_pj": sum(pj for op, pj in report.by_op.items() if op.startswith("hop_")),
        "priced_pj": report.partial_pj,
    }


def observed(experiment: Experiment, number: int, placement: Placement, mesh: dict[str, int] | None = None) -> Result:
    """Return the result of one case on another placement, with other depths of the ``mesh`` or its own."""
    case, chip = experiment.cases[number], experiment.workload.chip
    chip = replace(chip, mesh=replace(chip.mesh, **(mesh or {})))
    seen = observe(case.network, chip, placement, case.schedule, experiment.stimulus.images)
    return result(case.name, seen, chip, ())


def unbounded(experiment: Experiment, number: int, placement: Placement) -> Result:
    """Return the result of one case on another placement if no queue were ever full."""
    case, chip = experiment.cases[number], experiment.workload.chip
    images = experiment.stimulus.images
    return result(
        case.name, observe(case.network, chip, placement, case.schedule, images, model="unbounded_queues"), chip, ()
    )


def extremes(values: list[int]) -> list[int]:
    """Return the least and the largest."""
    return [min(values), max(values)]


def by_seed(experiment: Experiment, seeds: int) -> Iterator[dict[str, Any]]:
    """Yield, case by case, the extremes over the seeds."""
    spec, images = experiment.workload.chip, experiment.stimulus.images
    for number, case in enumerate(experiment.cases):
        activity = profile_activity(case.network, spec, images)
        results = [
            observed(experiment, number, Annealed().place(case.network, spec, "resident", activity, seed))
            for seed in range(1, seeds + 1)
        ]
        yield {
            "name": case.name,
            "hops": extremes([one.noc.hops for one in results]),
            "busiest_link_ticks": extremes([one.noc.busiest_link_ticks for one in results]),
            "latency_ticks": extremes([one.latency.ticks for one in results]),
            "interval_ticks": extremes([one.initiation_interval.ticks for one in results]),
        }


def hops(experiment: Experiment, number: int, placement: Placement, activity: SpikeActivity) -> int:
    """Return the packets x hops of an activity on a placement of one case."""
    cores = np.concatenate([placed.cores.ravel() for placed in members(placement, 0)])
    sent = communication_graph(experiment.cases[number].network, placement, activity)
    return sent.hops(*tiles(cores, experiment.workload.chip))


def by_activity(path: Path, seeds: int) -> Iterator[dict[str, Any]]:
    """Yield, model by model, the hops of one crop of the photograph on placements made for other things."""
    experiment = prepare(path, settings("spatial", f"stimulus.images={CROPS}"))
    spec, images = experiment.workload.chip, experiment.stimulus.images
    for number, case in enumerate(experiment.cases[:2]):
        crop = profile_activity(case.network, spec, images[CROPS - 1 :])
        shown = {
            "uniform": uniform(case.network),
            "another": profile_activity(case.network, spec, images[:1]),
            "itself": crop,
        }
        found: dict[str, Any] = {"model": case.network.model.kind}
        found["nothing"] = hops(experiment, number, case.placement, crop)
        for name, activity in shown.items():
            placed = (Annealed().place(case.network, spec, "resident", activity, 1 + seed) for seed in range(seeds))
            found[name] = extremes([hops(experiment, number, each, crop) for each in placed])
        yield found


def by_queues(experiments: dict[str, Experiment], runs: dict[str, Run]) -> Iterator[dict[str, Any]]:
    """Yield, for each kind of queues, the latencies of every case under both mappers."""
    as_made = [[run.record.results[number].latency.ticks for run in runs.values()] for number in range(3)]
    yield {"queues": "as the chip has them", "latency_ticks": as_made}
    for name, mesh in QUEUES.items():
        found = []
        for number in range(len(as_made)):
            pair = [(each, number, each.cases[number].placement) for each in experiments.values()]
            seen = [unbounded(*each) if mesh is None else observed(*each, mesh) for each in pair]
            found.append([one.latency.ticks for one in seen])
        yield {"queues": name, "latency_ticks": found}


def weights_of(run: Run) -> dict[str, Any]:
    """Return which weights a run had: their file, what it hashes to and how often they were right in their own test."""
    name = run.record.network.weights_origin
    stored = run.inputs["network"].get("weights")
    if stored is None:
        return {"origin": name}
    file = WORKLOADS / "weights" / stored[0]["file"]
    card = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))["accuracy"]
    return {
        "origin": name,
        "file": file.name,
        "sha256": hash_file(file),
        "right": card["integer_correct"],
        "of": card["images"],
    }


def measured(network: str, seeds: int, folder: Path) -> dict[str, Any]:
    """Return everything about one network; the heat maps go to ``folder``."""
    path = WORKLOADS / f"{network}.yaml"
    experiments = {mapper: prepare(path, settings(mapper)) for mapper in MAPPERS}
    runs = {mapper: perform(experiment) for mapper, experiment in experiments.items()}
    spatial = experiments["spatial"]
    case, spec = spatial.cases[0], spatial.workload.chip
    start = process_time()
    activity = profile_activity(case.network, spec, spatial.stimulus.images)
    shown = process_time()
    Annealed().place(case.network, spec, "resident", activity)
    placed = process_time()
    if network == DRAWN:
        draw(runs, folder)
    return {
        "network": network,
        "weights": weights_of(runs["spatial"]),
        "cores": case.placement.cores_used,
        "rehearsal_s": round(shown - start, 2),
        "placing_s": round(placed - shown, 2),
        "results": [
            {"name": seen.name, **{mapper: figures_of(run, number) for mapper, run in runs.items()}}
            for number, seen in enumerate(runs["spatial"].record.results)
        ],
        "seeds": seeds,
        "by_seed": list(by_seed(spatial, seeds)),
        "by_activity": list(by_activity(path, seeds)),
        "by_queues": list(by_queues(experiments, runs)),
    }


def draw(runs: dict[str, Run], folder: Path) -> None:
    """Draw the chip under both mappers."""
    for mapper, run in runs.items():
        with tempfile.TemporaryDirectory() as drawn:
            for file in run.draw(Path(drawn), FIGURES):
                if file.suffix == ".png":
                    shutil.copyfile(file, folder / f"{DRAWN}_{mapper}_{file.name}")


def other(name: str) -> dict[str, Any]:
    """Return what the first result of another workload gains."""
    overrides = [["compare=[]", f"mapping.kind={mapper}"] for mapper in MAPPERS]
    runs = [simulate(WORKLOADS / f"{name}.yaml", each) for each in overrides]
    spatial, annealed = (run.record.results[0] for run in runs)
    return {
        "network": name,
        "name": spatial.name,
        "weights": weights_of(runs[0]),
        "cores": spatial.cores.used,
        "hops": [spatial.noc.hops, annealed.noc.hops],
        "latency_ticks": [spatial.latency.ticks, annealed.latency.ticks],
    }


def main() -> None:
    """Measure what is asked for, store it, and write the page."""
    options = argparse.ArgumentParser()
    options.add_argument("networks", nargs="*", default=["vgg16", "resnet18"])
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--others", nargs="*", default=["digits", "lenet", "resnet20", "mobilenetv2"])
    chosen = options.parse_args()
    folder = build_placement.FOLDER
    for network in chosen.networks:
        build_placement.store(folder / f"{network}.json", measured(network, chosen.seeds, folder))
    renewed = {name: other(name) for name in chosen.others}
    build_placement.store(folder / "others.json", {**build_placement.stored("others"), **renewed})
    build_placement.write()


if __name__ == "__main__":
    main()

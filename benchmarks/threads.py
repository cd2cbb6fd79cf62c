"""What several processes over the images gain: wall and CPU seconds of one and of several, kernels warm.

    python -m benchmarks.threads [--images 24] [--processes 2] [--runs 3]

The shipped VGG16, layer by layer, exact mesh; each process has one thread. The results are compared, too. On a machine
that others use as well the wall says little: then look at how much CPU time the processes took together, and at what
the ratio would be if they had the cores for themselves: the first image and the stream's clock, which are one process's
in any case, and after them an equal share of all the rest for each.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from pathlib import Path
from statistics import median

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

from neurosim.experiments.simulate import (
    Experiment,
    prepare,
)
from neurosim.simulation.observe import observe

WORKLOAD = Path(__file__).resolve().parent.parent / "workloads" / "vgg16.yaml"


def cpu_seconds() -> tuple[float, float]:
    """Return the CPU seconds of this process and of those it has waited for."""
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime, others.ru_utime + others.ru_stime


def measure(experiment: Experiment, processes: int, images: int | None = None) -> tuple[float, float, float, str]:
    """Return wall seconds, CPU seconds of this and of the other processes, and the hash of what was counted."""
    case, chip, shown = experiment.cases[0], experiment.workload.chip, experiment.stimulus.images[:images]
    before, start = cpu_seconds(), time.perf_counter()
    seen = observe(case.network, chip, case.placement, case.schedule, shown, processes=processes)
    wall, after = time.perf_counter() - start, cpu_seconds()
    return wall, after[0] - before[0], after[1] - before[1], seen.ledger.sha256()


def main() -> None:
    """Measure one process and several in turn."""
    options = argparse.ArgumentParser()
    options.add_argument("--images", type=int, default=24)
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    experiment = prepare(WORKLOAD, {"compare": [], "stimulus.images": chosen.images})
    measure(experiment, 1, 1)
    unshared = []
    found = {count: [] for count in (1, chosen.processes)}
    for _ in range(chosen.runs):
        unshared.append(measure(experiment, 1, 1)[1])
        for count, measured in found.items():
            measured.append(measure(experiment, count))
    medians = {count: [median(column) for column in list(zip(*runs, strict=True))[:3]] for count, runs in found.items()}
    for count, (wall, own, others) in medians.items():
        print(f"{count} processes: {wall:6.2f} s wall, {own:6.2f} s CPU here, {others:6.2f} s in the others")
    (wall, alone, _), (shared_wall, own, others) = medians.values()
    first = median(unshared)
    on_free_cores = first + (own + others - first) / chosen.processes
    print(f"{first:.2f} s CPU before anything can be shared out")
    print(f"{wall / shared_wall:.2f} x in wall time; {alone / on_free_cores:.2f} x on free cores")
    assert len({run[3] for runs in found.values() for run in runs}) == 1, "the results differ"


if __name__ == "__main__":
    main()

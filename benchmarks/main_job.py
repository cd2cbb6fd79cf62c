"""The main job: one VGG16 image, layer by layer, exact mesh, on one core and warm.

    python benchmarks/main_job.py [--runs 5] [--cold]

Prints medians of CPU seconds: the whole simulation with its parts, at the trained weights' activity and at a synthetic
30 % per step; and the command's own times. ``--cold`` also times the very first run, kernels compiled from nothing.
One thread is used for everything.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

from neurosim.experiments.case import Case
from neurosim.experiments.simulate import (
    Experiment,
    prepare,
)
from neurosim.simulation.observe import (
    Observation,
    observe,
)

WORKLOAD = Path(__file__).resolve().parent.parent / "workloads" / "vgg16.yaml"
ONLY_FIRST = ["compare=[]"]
SYNTHETIC = [*ONLY_FIRST, "network={zoo: vgg16, input: [3, 32, 32], classes: 10, options: {activity: 0.3}}"]


def simulate(experiment: Experiment, case: Case, noc: str) -> Observation:
    """Simulate the experiment's first image once."""
    images = experiment.stimulus.images[:1]
    return observe(case.network, experiment.workload.chip, case.placement, case.schedule, images, model=noc)  # type: ignore[arg-type]


def measure(title: str, overrides: list[str], noc: str, runs: int) -> None:
    """Print the medians of ``runs`` simulations after one that warms up."""
    experiment = prepare(WORKLOAD, overrides)
    case = experiment.cases[0]
    simulate(experiment, case, noc)
    totals, parts = [], []
    for _ in range(runs):
        start = time.process_time()
        seen = simulate(experiment, case, noc)
        totals.append(time.process_time() - start)
        parts.append(seen.seconds)
    per_step = seen.spikes.sum() / case.network.neurons / case.network.steps
    packets = sum(count for op, count in seen.ledger.totals().items() if op.startswith("packet"))
    print(
        f"{title:28s} {median(totals):7.3f} s CPU  (functional {1e3 * median(p.functional for p in parts):5.1f} ms, "
        f"reference {1e3 * median(p.reference for p in parts):5.1f} ms, "
        f"timing {1e3 * median(p.timing for p in parts):6.1f} ms wall)  "
        f"{100 * per_step:4.1f} % of neurons per step, {packets:,} packets"
    )


def command(title: str, arguments: list[str], runs: int, environment: dict[str, str] | None = None) -> None:
    """Print the median wall time of a command, and the peak memory of the largest process so far."""
    walls = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "neurosim", *arguments],
            check=True, capture_output=True, env={**os.environ, **(environment or {})},
        )  # fmt: skip
        walls.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{title:28s} {median(walls):7.3f} s wall  (peak memory so far {peak:,.0f} MiB)")


def main() -> None:
    """Measure everything."""
    options = argparse.ArgumentParser()
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--cold", action="store_true")
    chosen = options.parse_args()
    for noc in ("cycle_accurate", "unbounded_queues", "lower_bound"):
        measure(f"trained, {noc}", ONLY_FIRST, noc, chosen.runs)
    measure("synthetic 30 %, exact", SYNTHETIC, "cycle_accurate", chosen.runs)
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "run")
        command("neurosim --help", ["--help"], chosen.runs)
        command("neurosim check vgg16", ["check", str(WORKLOAD)], chosen.runs)
        command("neurosim run vgg16, warm", ["run", str(WORKLOAD), "--out", out, "-q"], chosen.runs)
        command("neurosim price", ["price", out, "--table", "datta2023_45nm_int32"], chosen.runs)
        if chosen.cold:
            cold = {"NUMBA_CACHE_DIR": str(Path(folder) / "kernels")}
            command("neurosim run vgg16, cold", ["run", str(WORKLOAD), "--out", out, "-q"], 1, cold)


if __name__ == "__main__":
    main()

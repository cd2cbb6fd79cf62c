"""A network at ImageNet's size: CPU seconds of each part, and the peak memory.

    python benchmarks/imagenet.py [vgg16|resnet34|resnet18] [infinite|exact|analytic] [--activity 0.10] [--steps 4]

One 224 x 224 photograph, 1000 classes, synthetic weights, layer by layer, on the default chip with a mesh and axon
tables large enough. Everything from the workload file to the counted run is included, kernels warm; one thread.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

from neurosim.experiments.simulate import prepare
from neurosim.simulation.observe import observe

WORKLOADS = Path(__file__).resolve().parent.parent / "workloads"
SIDE = {"vgg16": 60, "resnet34": 40, "resnet18": 32}  # tiles of four cores
AXONS = 32768  # VGG16: 512 channels of many cores meet in each of the 400 cores of its first linear layer


def overrides(network: str, noc: str, activity: float, steps: int) -> dict[str, object]:
    """Return what turns the shipped workload into this one."""
    return {
        "network": {"zoo": network, "input": [3, 224, 224], "classes": 1000, "options": {"activity": activity}},
        "conversion.steps": steps,
        "compare": [],
        "noc": noc,
        "chip.mesh.width": SIDE[network],
        "chip.mesh.height": SIDE[network],
        "chip.capacity.input_axons": AXONS,
        "chip.capacity.output_axons": AXONS,
    }


def peak_mib() -> float:
    """Return the most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Run one network, and print where the time and the memory went."""
    options = argparse.ArgumentParser()
    options.add_argument("network", nargs="?", choices=SIDE, default="vgg16")
    options.add_argument(
        "noc", nargs="?", choices=("cycle_accurate", "unbounded_queues", "lower_bound"), default="unbounded_queues"
    )
    options.add_argument("--activity", type=float, default=0.10)
    options.add_argument("--steps", type=int, default=4)
    chosen = options.parse_args()

    start = time.process_time()
    experiment = prepare(WORKLOADS / "vgg16.yaml", overrides(chosen.network, chosen.noc, chosen.activity, chosen.steps))
    case, prepared = experiment.cases[0], time.process_time()
    print(
        f"{chosen.network}: {case.network.neurons:,} neurons, {case.network.synapses:,} synapses on "
        f"{case.placement.cores_used:,} cores"
    )
    print(f"prepared in {prepared - start:.1f} s CPU, peak {peak_mib():,.0f} MiB")
    chip, images = experiment.workload.chip, experiment.stimulus.images
    seen = observe(case.network, chip, case.placement, case.schedule, images, model=chosen.noc)
    end, parts, totals = time.process_time(), seen.seconds, seen.ledger.totals()
    sent = {kind: sum(n for op, n in totals.items() if op.startswith(kind)) for kind in ("packet", "hop_")}
    per_step = seen.spikes.sum() / case.network.neurons / case.network.steps
    verdict = seen.lossless_check.verdict()
    assert verdict is not None
    print(
        f"simulated in {end - prepared:.1f} s CPU (functional {parts.functional:.1f}, reference {parts.reference:.1f}, "
        f"timing {parts.timing:.1f} s wall), peak {peak_mib():,.0f} MiB"
    )
    print(
        f"{100 * per_step:.1f} % of neurons per step, {sent['packet']:,} packets, {sent['hop_']:,} hops, "
        f"{seen.timings[0].elapsed:,} ticks, {verdict.mismatches} mismatches in {verdict.checked:,}"
    )
    print(f"{chosen.noc}, in all {end - start:.1f} s CPU, peak {peak_mib():,.0f} MiB")


if __name__ == "__main__":
    main()

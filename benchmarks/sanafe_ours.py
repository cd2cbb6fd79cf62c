"""Our side of the comparison with SANA-FE, as a process of its own: build, simulate, and say what it took.

    python -m benchmarks.sanafe_ours NETWORK [--mesh exact|infinite|analytic] [--case FILE.npz] [--tally FILE.json]

Prints one line of JSON: CPU seconds, peak memory and times on the chip; ``again_s`` is for building and simulating a
second time, with the kernels loaded. ``--case`` writes what the other side needs (layers, weights, input spikes, the
core of each neuron), ``--tally`` the counts and energies of every step; neither is timed.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.sanafe_networks import SKETCHES, Sketch, pixels, spiking_network
from benchmarks.sanafe_tally import MODEL, tally
from neurosim.chip.noc.packets import NocModel
from neurosim.chip.spec import ChipSpec
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.files.chip import read_chip
from neurosim.mapping.placement import Placement
from neurosim.mapping.spatial import Spatial
from neurosim.schedule.pipelined import Pipelined
from neurosim.simulation.observe import Observation, observe


def build(sketch: Sketch) -> tuple[SpikingNetwork, ChipSpec, Placement]:
    """Return the network, the chip and where on it the network is."""
    network, spec = spiking_network(sketch), read_chip(MODEL)
    return network, spec, Spatial().place(network, spec)


def simulate(
    sketch: Sketch, network: SpikingNetwork, spec: ChipSpec, placement: Placement, mesh: NocModel
) -> Observation:
    """Simulate the sketch's image with every layer at work in every phase, as Loihi has it."""
    return observe(network, spec, placement, Pipelined(), pixels(sketch), model=mesh)


def case(seen: Observation, spikes: NDArray[np.uint8], placement: Placement, spec: ChipSpec) -> dict[str, NDArray]:
    """Return what another simulator needs to run the same thing: arrays, layer 0 being the given spikes.

    ``spikes`` (steps, rows, columns, channels) are those of our pixel layer, which is layer 0 there.
    """
    described: list[dict[str, Any]] = []
    arrays: dict[str, NDArray] = {"spikes": spikes}
    for number, layer in enumerate(seen.network.layers[1:]):
        synapses = layer.sources[0]
        described.append(
            {
                "shape": layer.shape,
                "kind": synapses.kind,
                "kernel": synapses.window.kernel,
                "stride": synapses.window.stride,
                "threshold": layer.threshold if layer.is_spiking else None,
            }
        )
        arrays[f"weights{number}"] = synapses.weights
        cores = np.empty(layer.map_shape, np.int64)
        placed = placement[number + 1]
        for box, core in zip(placed.partitions.tolist(), placed.cores.ravel().tolist(), strict=True):
            y0, y1, x0, x1, c0, c1 = box
            cores[y0:y1, x0:x1, c0:c1] = core
        arrays[f"cores{number}"] = cores
    mesh = {"width": spec.mesh.width, "height": spec.mesh.height, "cores_per_tile": spec.mesh.cores_per_tile}
    arrays["description"] = np.array(json.dumps({"layers": described, "mesh": mesh, "steps": seen.network.steps}))
    return arrays


def step_seconds(seen: Observation, spec: ChipSpec) -> list[float]:
    """Return the time of each chip step with its barrier; what the host sends beforehand is no step there."""
    run = seen.timings[0]
    barrier = run.barrier_ticks // len(run.barriers)
    return [(phase.ticks + barrier) * spec.tick_ns * 1e-9 for phase in run.phase_results[1:]]


def peak_mib() -> float:
    """Return the most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure one run in this process."""
    options = argparse.ArgumentParser()
    options.add_argument("network", choices=SKETCHES)
    options.add_argument(
        "--mesh", choices=("cycle_accurate", "unbounded_queues", "lower_bound"), default="cycle_accurate"
    )
    options.add_argument("--case", type=Path)
    options.add_argument("--tally", type=Path)
    chosen = options.parse_args()
    started, start_mib = time.process_time(), peak_mib()
    sketch = SKETCHES[chosen.network]
    network, spec, placement = build(sketch)
    built = time.process_time()
    seen = simulate(sketch, network, spec, placement, chosen.mesh)
    simulated = time.process_time()
    peak = peak_mib()
    simulate(sketch, *build(sketch), chosen.mesh)
    repeated = time.process_time()
    if chosen.case or chosen.tally:
        counted = tally(seen, spec, pixels(sketch)[0])
        if chosen.case:
            np.savez_compressed(chosen.case, **case(seen, counted.input_spikes, placement, spec))  # type: ignore[arg-type]
        if chosen.tally:
            chosen.tally.write_text(json.dumps(counted.facts()))
    print(
        json.dumps(
            {
                "start_s": started,
                "start_mib": start_mib,
                "build_s": built - started,
                "simulate_s": simulated - built,
                "again_s": repeated - simulated,
                "peak_mib": peak,
                "synapses": network.synapses - network.layers[1].neurons,
                "neurons": network.neurons,
                "chip_s": seen.timings[0].elapsed * spec.tick_ns * 1e-9,
                "step_s": step_seconds(seen, spec),
            }
        )
    )


if __name__ == "__main__":
    main()

"""How many neurons each model updates in a second: every file of ``neurosim/neurons``, on one layer and one input.

    python -m benchmarks.neurons [--steps 8] [--runs 7]

A hidden layer of 65,536 neurons takes the same random currents from every model's view, in int32 as on a chip with
24-bit accumulators. Timed is what the neuron unit does (opening planes, scanning), not the synapses that bring the
currents; an update is one neuron in one scan. CPU time, kernels warm, the median of several runs; models take turns, so
that what else the machine does falls on all of them alike.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass
from statistics import median

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.core.neuron_unit import NeuronUnit
from neurosim.files.chip import read_chip
from neurosim.neurons.model import (
    Membrane,
    NeuronModel,
    Role,
)
from neurosim.plugins import (
    known,
    resolve,
)

SHAPE = (32, 32, 64)
THRESHOLD = 64
YARDSTICK = "if_soft"
ALLOWED = 3.0  # times slower than the yardstick


@dataclass(frozen=True, eq=False)
class Layer:
    """What a model asks of a layer."""

    bias: NDArray[np.int64]
    threshold: int = THRESHOLD
    role: Role = "hidden"


def inference(model: NeuronModel, currents: NDArray[np.int32]) -> tuple[float, float]:
    """Return CPU seconds of one inference in the neuron unit, and the share of neurons that fire in a scan."""
    layer = Layer(np.zeros(SHAPE[2], np.int64))
    membrane = Membrane(np.zeros(SHAPE, np.int32), np.zeros(SHAPE, np.int32))
    stages, planes, scans = read_chip("loihi_like").neuron_unit, model.scans("hidden"), 0
    spent, fired = 0.0, 0
    for step in range(planes):
        start = time.process_time()
        model.begin_step(NeuronUnit(stages), layer, membrane, step)
        spent += time.process_time() - start
        membrane.input_accumulator += currents[step % len(currents)]
        while scans < planes and step >= min(scans + model.lookahead("hidden"), planes - 1):
            start = time.process_time()
            spikes = model.update(NeuronUnit(stages), layer, membrane, scans)
            spent += time.process_time() - start
            fired += int((spikes > 0).sum())
            scans += 1
    return spent, fired / (scans * membrane.potential.size)


def main() -> None:
    """Time every model in turn and compare it with the yardstick."""
    options = argparse.ArgumentParser()
    options.add_argument("--steps", type=int, default=8)
    options.add_argument("--runs", type=int, default=7)
    chosen = options.parse_args()
    random = np.random.default_rng(1)
    mean = random.normal(0, THRESHOLD / 4, SHAPE)
    currents = np.rint(random.normal(mean, THRESHOLD / 4, (chosen.steps, *SHAPE))).astype(np.int32)
    models: dict[str, NeuronModel] = {
        kind: resolve("neurosim.neurons", kind)(chosen.steps) for kind in known("neurosim.neurons")
    }
    shares = {kind: inference(model, currents)[1] for kind, model in models.items()}  # warms the kernels
    seconds: dict[str, list[float]] = {kind: [] for kind in models}
    for _ in range(chosen.runs):
        for kind, model in models.items():
            seconds[kind].append(inference(model, currents)[0])
    rates = {kind: model.scans("hidden") * np.prod(SHAPE) / median(seconds[kind]) for kind, model in models.items()}
    print(f"{'model':16} {'M updates/s':>12} {'times slower':>13} {'fired':>7}")
    for kind, rate in sorted(rates.items(), key=lambda pair: -pair[1]):
        slower = rates[YARDSTICK] / rate
        verdict = "" if slower <= ALLOWED else f"  beyond {ALLOWED:g}"
        print(f"{kind:16} {rate / 1e6:12.1f} {slower:13.2f} {shares[kind]:7.3f}{verdict}")


if __name__ == "__main__":
    main()

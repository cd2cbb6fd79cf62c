"""What an image costs in an evaluation: CPU milliseconds of one core for the shipped VGG16, batch by batch.

    python benchmarks/evaluation.py [--images 128] [--runs 5] [--data DIR]

The images are CIFAR-10's where they are found (--data, or NEUROSIM_DATA), else the photograph's crops: how much a layer
spikes changes nothing about the time of ``accumulate_fire``. Medians over the runs, and the fastest run, which is what
the machine can do when nobody else uses its caches. The aim is 12 ms.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from statistics import median

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np

from neurosim.conversion.convert import convert
from neurosim.datasets.locate import choose_folder
from neurosim.errors import DocumentError
from neurosim.evaluation.counters import (
    batch_of,
    evaluate_codes,
)
from neurosim.network.forward import forward
from neurosim.network.graph import Network
from neurosim.network.importers import npz
from neurosim.network.zoo import build
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.if_qcfs import IfQcfs
from neurosim.stimuli.encode import encode
from neurosim.stimuli.stimulus import Stimulus

WEIGHTS = Path(__file__).resolve().parent.parent / "workloads" / "weights" / "vgg16_cifar10.npz"
SHAPE = (3, 32, 32)


def stimulus(images: int) -> Stimulus:
    """Return images of CIFAR-10, or of the photograph."""
    try:
        return encode("cifar10", images, SHAPE)
    except DocumentError as error:
        print(f"{error}\nthe photograph instead")
        return encode("photo", images, SHAPE)


def measured(name: str, images: int, runs: int, work) -> None:
    """Print the CPU time of ``work`` per image."""
    work()
    found = []
    for _ in range(runs):
        start = time.process_time()
        work()
        found.append(1000 * (time.process_time() - start) / images)
    print(f"{name:34} {median(found):6.2f} ms an image, {min(found):.2f} at best")


def float_answers(network: Network, shown: Stimulus, batch: int = 16) -> None:
    """Show all images to the float network."""
    x = (shown.images.astype(np.float32) * np.asarray(shown.unit, np.float32)).transpose(0, 3, 1, 2)
    for start in range(0, len(x), batch):
        forward(network, x[start : start + batch])


def main() -> None:
    """Measure the path of codes at several batch sizes, then that of steps, and the float network."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--images", type=int, default=128)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--data", type=Path)
    chosen = options.parse_args()
    choose_folder(chosen.data)
    shown, runs = stimulus(chosen.images), chosen.runs
    labels = shown.labels if shown.labels is not None else np.zeros(len(shown.images), np.int64)
    network = npz.read(WEIGHTS, build("vgg16", SHAPE, 10))
    by_codes, by_steps = (
        convert(network, model, input_unit=shown.unit, input_max=shown.max_code)
        for model in (AccumulateFire(4), IfQcfs(4))
    )
    usual = batch_of(by_codes)
    for batch in (1, 4, usual, 2 * usual):
        name = f"accumulate_fire T=4, batch {batch}"
        measured(name, len(labels), runs, lambda batch=batch: evaluate_codes(by_codes, shown.images, labels, batch))
    few = slice(0, max(usual, len(labels) // 4))
    measured(
        f"if_qcfs T=4, batch {usual}",
        len(labels[few]),
        runs,
        lambda: evaluate_codes(by_steps, shown.images[few], labels[few]),
    )
    measured("float network, batch 16", len(labels), runs, lambda: float_answers(network, shown))


if __name__ == "__main__":
    main()

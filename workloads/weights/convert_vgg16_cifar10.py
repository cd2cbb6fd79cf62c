"""Make ``vgg16_cifar10.npz`` of the trained float network ``vgg16_cifar10_qcfs15.npz``.

    python workloads/weights/convert_vgg16_cifar10.py FLOAT.npz

The float file has PyTorch's names (``features.N.weight`` ...); the result holds the 8-bit integers of the spiking
network, folded, and the real value of one step of each.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from neurosim.conversion.compact import compact
from neurosim.conversion.convert import assemble
from neurosim.network.graph import Network
from neurosim.network.importers.npz import write
from neurosim.network.layers import Conv2d
from neurosim.network.zoo import vgg16
from neurosim.neurons.accumulate_fire import AccumulateFire

OUTPUT = Path(__file__).with_name("vgg16_cifar10.npz")
CONVOLUTIONS = (0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40)  # places in PyTorch's ``features``
NOTE = "trained for neurosim on a JPEG copy of CIFAR-10; recipe and accuracy: README.md beside this file"


def load(path: str | Path) -> Network:
    """Return the float network of a file with PyTorch's names."""
    graph = vgg16((3, 32, 32), 10)
    names = [node.name for node in graph.nodes if isinstance(node.layer, Conv2d)]
    parameters = {}
    with np.load(path, allow_pickle=False) as file:
        for name, place in zip(names, CONVOLUTIONS, strict=True):
            parameters[f"{name}.weight"] = file[f"features.{place}.weight"]
            for statistic in ("weight", "bias", "running_mean", "running_var"):
                parameters[f"{name}.bn.{statistic}"] = file[f"features.{place + 1}.{statistic}"]
            parameters[f"{name}.act.lam"] = file[f"features.{place + 2}.lam"]
        for part in ("weight", "bias"):
            parameters[f"classifier.{part}"] = file[f"classifier.{part}"]
    return Network(graph, {key: value.astype(np.float64) for key, value in parameters.items()}, "trained")


if __name__ == "__main__":
    network = load(sys.argv[1])
    write(
        OUTPUT,
        compact(assemble(network, AccumulateFire(4))),
        network="vgg16",
        input=(3, 32, 32),
        classes=10,
        levels=15,
        folded=True,
        origin="trained",
        note=NOTE,
    )
    print(f"{OUTPUT.name}: {OUTPUT.stat().st_size / 1e6:.1f} MB")

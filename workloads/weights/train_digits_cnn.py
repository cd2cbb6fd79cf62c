"""Train ``digits_cnn`` and write its 8-bit weights and the digits that it never saw.

    pip install "neurosim-chip[train]"
    python workloads/weights/train_digits_cnn.py

About ten seconds on one core. The recipe is that of conversion.md section 12: clipped, quantised activations (QCFS)
with L = 15 levels and a straight-through gradient, average pools, SGD with momentum 0.9 and cosine decay.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional

from neurosim.conversion.compact import compact
from neurosim.conversion.convert import assemble, convert
from neurosim.network import layers
from neurosim.network.graph import Graph, Network
from neurosim.network.importers.npz import read, write
from neurosim.network.zoo import digits_cnn
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.simulation.reference import evaluate

HERE = Path(__file__).parent
WEIGHTS, HELD_BACK = HERE / "digits_cnn.npz", HERE.parent / "data" / "digits_test.npz"
SEED, HELD_BACK_IMAGES = 1, 400
EPOCHS, BATCH, RATE, WEIGHT_DECAY = 60, 50, 0.05, 5e-4
LARGEST_PIXEL = 16


class Qcfs(torch.autograd.Function):
    """lam / L * floor(clip(z / lam, 0, 1) L + 1/2), its floor passed straight through (conversion.md section 12)."""

    @staticmethod
    def forward(context, z: Tensor, lam: Tensor, levels: int) -> Tensor:  # noqa: D102
        y = lam / levels * torch.floor(torch.clamp(z / lam, 0, 1) * levels + 0.5)
        context.save_for_backward(z, lam, y)
        return y

    @staticmethod
    def backward(context, gradient: Tensor) -> tuple[Tensor, Tensor, None]:  # noqa: D102
        z, lam, y = context.saved_tensors
        inside = ((z > 0) & (z < lam)).to(z.dtype)
        return gradient * inside, (gradient * (y / lam - z / lam * inside)).sum(), None


class Activation(nn.Module):
    """A QCFS activation with a clip value of its own, trained."""

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.levels, self.lam = levels, nn.Parameter(torch.tensor(2.0))

    def forward(self, z: Tensor) -> Tensor:
        """Quantise."""
        return Qcfs.apply(z, self.lam, self.levels)


def module(graph: Graph) -> nn.ModuleDict:
    """Return PyTorch modules for a graph without branches, by the names of its nodes ('/' for '.')."""
    modules: dict[str, nn.Module] = {}
    for node in graph.nodes[1:]:
        channels = graph.shapes[node.inputs[0]][0]
        match node.layer:
            case layers.Conv2d(out, kernel, stride, padding, groups, bias):
                made: nn.Module = nn.Conv2d(channels, out, kernel, stride, padding, groups=groups, bias=bias)
            case layers.BatchNorm2d(eps):
                made = nn.BatchNorm2d(channels, eps)
            case layers.Activation(levels):
                made = Activation(levels)
            case layers.AvgPool2d(kernel, stride, padding):
                made = nn.AvgPool2d(kernel, stride, padding)
            case layers.Flatten():
                made = nn.Flatten()
            case layers.Linear(out, bias):
                made = nn.Linear(channels, out, bias)
        modules[node.name.replace(".", "/")] = made
    return nn.ModuleDict(modules)


def train(graph: Graph, x: Tensor, y: Tensor) -> dict[str, np.ndarray]:
    """Return trained parameters by their names in the graph."""
    net = module(graph)
    stack = nn.Sequential(*net.values())
    decayed = [parameter for parameter in net.parameters() if parameter.ndim > 1]
    rest = [parameter for parameter in net.parameters() if parameter.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": rest, "weight_decay": 0.0}]
    optimiser = torch.optim.SGD(groups, RATE, momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, EPOCHS)
    for epoch in range(EPOCHS):
        stack.train()
        for rows in torch.randperm(len(x)).split(BATCH):
            # A digit shifted by at most one pixel is the same digit.
            down, right = torch.randint(3, (2,)).tolist()
            shifted = functional.pad(x[rows], (1, 1, 1, 1))[:, :, down : down + 8, right : right + 8]
            loss = functional.cross_entropy(stack(shifted), y[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        schedule.step()
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {loss.item():.4f}")
    state = {name.replace("/", "."): value.numpy() for name, value in net.state_dict().items()}
    return {name: state[name] for name in graph.parameters}


def split(images: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows to train on and those held back."""
    rows = np.random.default_rng(SEED).permutation(images)
    return rows[HELD_BACK_IMAGES:], rows[:HELD_BACK_IMAGES]


def main() -> None:
    """Train, convert, measure on the held-back digits, write."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    digits = load_digits()
    codes, labels = digits.images.astype(np.uint8), digits.target.astype(np.uint8)
    kept, held_back = split(len(codes))
    np.savez_compressed(HELD_BACK, x=codes[held_back], y=labels[held_back])

    graph = digits_cnn()
    x = torch.tensor(codes[kept, None] / LARGEST_PIXEL, dtype=torch.float32)
    network = Network(graph, train(graph, x, torch.tensor(labels[kept].astype(np.int64))), "trained")

    assembly = assemble(network, AccumulateFire(4), input_unit=1 / LARGEST_PIXEL, input_max=LARGEST_PIXEL)
    shape = {"network": graph.name, "input": graph.input.shape, "classes": 10, "levels": graph.levels}
    note = "trained by train_digits_cnn.py on scikit-learn's copy of the UCI optical digits (CC BY 4.0)"
    write(WEIGHTS, compact(assembly), **shape, folded=True, origin="trained", note=note)

    spiking = convert(read(WEIGHTS), AccumulateFire(4), input_unit=1 / LARGEST_PIXEL, input_max=LARGEST_PIXEL)
    answers = evaluate(spiking, codes[held_back][..., None])
    right = int((answers[-1].accumulated.reshape(HELD_BACK_IMAGES, -1).argmax(1) == labels[held_back]).sum())
    spikes = sum(int(np.bitwise_count(answers[number].codes).sum()) for number in spiking.spiking)
    print(f"8-bit integers: {right} of {HELD_BACK_IMAGES} held-back digits right")
    print(f"{spikes / HELD_BACK_IMAGES / spiking.neurons:.3f} spikes per neuron over {spiking.steps} steps")


if __name__ == "__main__":
    main()

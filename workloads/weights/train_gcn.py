"""Train the two-layer GCN on a graph and write its weights, once for each recipe.

    pip install -e '.[train]'                              in a checkout: PyTorch, scikit-learn
    python workloads/weights/train_gcn.py                         generates the small graph that is shipped, and trains
    python workloads/weights/train_gcn.py cora.npz citeseer.npz   trains on graphs of yours

A graph is an ``.npz`` with ``edges`` (n, 2), features ``x`` (nodes, features) of 0 and 1, labels ``y`` and the numbers
of the nodes to train, validate and test on, ``train``, ``val`` and ``test``. Seconds on one core.

The recipe is Kipf and Welling's (arXiv 1609.02907, section 5.2): one hidden layer of 16 without biases, Glorot
weights, 200 epochs of Adam over the whole graph at a rate of 0.01, dropout of one half, weight decay 5e-4 on the first
layer. Features are not divided by their number at each node, which would cost a product a node; the first layer's
weights are all trained at SHRUNK times their size instead. Clip values are the 99.9 % percentile of each channel.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from neurosim.conversion.precision.clip_calibration import calibrate_clips
from neurosim.network.adjacency import Adjacency
from neurosim.network.forward import forward
from neurosim.network.graph import Network
from neurosim.network.importers.npz import write
from neurosim.network.layers import GraphConv
from neurosim.network.zoo import build

HERE = Path(__file__).parent
GENERATED = HERE.parent / "data" / "citations.npz"
SEED, HIDDEN, EPOCHS, RATE, DECAY, DROPOUT = 1, 16, 200, 0.01, 5e-4, 0.5
SHRUNK = 1 / 16  # about one over the features that a node of Cora has
PERCENTILE, LEVELS = 99.9, 15
NODES, FEATURES, CLASSES, ALONE = 240, 48, 4, 6
CITED, CITED_ABROAD = 4, 1.2  # papers that one cites on average, of its own class and of others
TYPICAL, OTHER = 0.25, 0.06  # how often a word typical of its class occurs in a paper, and any other


def generate(seed: int = SEED) -> dict[str, NDArray]:
    """Return a citation graph that looks like Cora and is small: classes cite themselves and have words of their own.

    ``ALONE`` nodes have no edge.
    """
    random = np.random.default_rng(seed)
    y = random.integers(0, CLASSES, NODES)
    typical = random.integers(0, CLASSES, FEATURES)
    x = random.random((NODES, FEATURES)) < np.where(typical == y[:, None], TYPICAL, OTHER)
    u, v = np.triu_indices(NODES, 1)
    same = y[u] == y[v]
    chance = np.where(same, CITED * CLASSES, CITED_ABROAD * CLASSES / (CLASSES - 1)) / NODES
    linked = (random.random(len(u)) < chance) & (v < NODES - ALONE)
    order = random.permutation(NODES)
    parts = {"train": np.sort(order[:40]), "val": np.sort(order[40:80]), "test": np.sort(order[80:])}
    edges = np.stack([u[linked], v[linked]], axis=1).astype(np.int32)
    return {"edges": edges, "x": x.astype(np.uint8), "y": y.astype(np.uint8), **parts}


def train(graph: dict[str, NDArray], neighbours: Adjacency, seed: int = SEED) -> list[NDArray[np.float32]]:
    """Return the weights (in, out) of both layers."""
    torch.set_num_threads(1)
    chance = torch.Generator().manual_seed(seed)
    nodes, features = graph["x"].shape
    places = torch.tensor(np.stack([neighbours.target, neighbours.source]))
    shares = torch.tensor(GraphConv(1, neighbours=neighbours).edge_weights, dtype=torch.float32)
    adjacency = torch.sparse_coo_tensor(places, shares, (nodes, nodes)).coalesce()
    where = torch.tensor(np.stack(np.nonzero(graph["x"])))
    labels, asked = torch.tensor(graph["y"].astype(np.int64)), torch.tensor(graph["train"].astype(np.int64))

    def glorot(inputs: int, outputs: int) -> Tensor:
        spread = (6 / (inputs + outputs)) ** 0.5
        return ((2 * torch.rand(inputs, outputs, generator=chance) - 1) * spread).requires_grad_()

    def dropped(values: Tensor) -> Tensor:
        return values * (torch.rand(values.shape, generator=chance) > DROPOUT) / (1 - DROPOUT)

    first, second = glorot(features, HIDDEN), glorot(HIDDEN, int(labels.max()) + 1)
    adam = torch.optim.Adam([{"params": [first], "weight_decay": DECAY}, {"params": [second]}], lr=RATE)
    for _ in range(EPOCHS):
        x = torch.sparse_coo_tensor(where, dropped(torch.full((where.shape[1],), SHRUNK)), (nodes, features))
        hidden = torch.relu(torch.sparse.mm(adjacency, torch.sparse.mm(x, first)))
        logits = torch.sparse.mm(adjacency, dropped(hidden) @ second)
        adam.zero_grad()
        functional.cross_entropy(logits[asked], labels[asked]).backward()
        adam.step()
    return [SHRUNK * first.detach().numpy(), second.detach().numpy()]


def networks(path: Path, graph: dict[str, NDArray], weights: list[NDArray[np.float32]]) -> dict[str, Network]:
    """Return the network of each recipe, clip values measured on the features of all nodes, and print accuracies."""
    nodes, features = graph["x"].shape
    image = graph["x"].astype(np.uint8).reshape(1, nodes, 1, features)
    made = {}
    for recipe in ("folded", "degree"):
        options: dict[str, Any] = {"graph": str(path), "hidden": HIDDEN, "recipe": recipe, "activation": "relu"}
        drawn = build("gcn", (features, nodes, 1), weights[1].shape[1], **options)
        parameters = {f"conv{layer}.weight": own.T[:, :, None, None] for layer, own in enumerate(weights, start=1)}
        relu = Network(drawn, parameters, "trained")
        made[recipe] = calibrate_clips(relu, image, 1.0, percentile=PERCENTILE, levels=LEVELS)
        for name, network in (("float", relu), (f"{recipe}, {LEVELS} levels", made[recipe])):
            print(f"{path.stem}, {name}: {100 * accuracy(network, image, graph):.2f} % of the test nodes")
    return made


def accuracy(network: Network, image: NDArray[np.uint8], graph: dict[str, NDArray]) -> float:
    """Return the share of test nodes that a network names right."""
    logits = forward(network, image.transpose(0, 3, 1, 2).astype(np.float32))
    answers = logits.reshape(-1, len(graph["y"])).argmax(axis=0)
    return float((answers == graph["y"])[graph["test"]].mean())


def main(paths: list[Path]) -> None:
    """Train on each graph and write ``gcn_GRAPH.npz`` and ``gcn_GRAPH_degree.npz``."""
    if not paths:
        np.savez_compressed(GENERATED, **generate())  # type: ignore[arg-type]
        paths = [GENERATED]
    for path in paths:
        with np.load(path, allow_pickle=False) as file:
            graph = {name: file[name] for name in file.files}
        weights = train(graph, Adjacency.of(graph["edges"], len(graph["x"])))
        for recipe, network in networks(path, graph, weights).items():
            name = f"gcn_{path.stem}" + ("_degree" if recipe == "degree" else "")
            arrays = {key: value.astype(np.float16) for key, value in network.parameters.items()}
            described = {"network": "gcn", "levels": LEVELS, "folded": True, "origin": "trained"}
            write(HERE / f"{name}.npz", arrays, **described, note=f"trained for neurosim on {path.name}; Apache-2.0")


if __name__ == "__main__":
    main([Path(argument) for argument in sys.argv[1:]])

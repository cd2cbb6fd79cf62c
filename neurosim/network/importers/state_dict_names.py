"""Under which names PyTorch's models keep the layers of the networks of the zoo.

Of several names that are usual for a layer the first is the one that messages give.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from numpy.typing import NDArray

from neurosim.network.graph import Graph
from neurosim.network.layers import Activation, BatchNorm2d, Conv2d, Flatten, Layer, Linear

Names = dict[str, tuple[str, ...]]
CLIPS = Activation.aliases["lam"]
TOLD_APART: tuple[type[Layer], ...] = (Activation, BatchNorm2d, Conv2d, Linear)
"""Layers that their arrays tell apart, the surest sign first."""
TELLING = (*CLIPS, "running_mean", "weight")
BLOCK = re.compile(r"stage(\d+)\.block(\d+)\.(conv|shortcut)(\d?)(\.bn|\.act)?")
STACKED = re.compile(r"(?:features|layer\d+|features\.\d+)\.\d+")


def _resnet(graph: Graph) -> Names:
    """Return names of a residual network: stages are layers, counted from 1, blocks from 0.

    The second name is that of models after weiaicunzai/pytorch-cifar100, QCFS among them, whose stages start at 2.
    """
    names: Names = {
        "stem": ("conv1", "conv1.0"),
        "stem.bn": ("bn1", "conv1.1"),
        "stem.act": ("act1", "relu1", "conv1.2"),
        "classifier": ("fc", "linear"),
    }
    for node in graph.nodes:
        if found := BLOCK.fullmatch(node.name):
            stage, number, part, count, what = found.groups()
            block, other = f"layer{stage}.{int(number) - 1}", f"conv{int(stage) + 1}_x.{int(number) - 1}"
            if part == "shortcut":
                place = int(what == ".bn")
                names[node.name] = (
                    *(f"{block}.{word}.{place}" for word in ("downsample", "shortcut")),
                    f"{other}.shortcut.{place}",
                )
            elif what == ".act":
                residual = f"{other}.residual_function.2" if count == "1" else f"{other}.act"
                names[node.name] = (f"{block}.act{count}", f"{block}.relu{count}", residual)
            else:
                place = 3 * (int(count) - 1) + int(what == ".bn")
                word = "bn" if what == ".bn" else "conv"
                names[node.name] = (f"{block}.{word}{count}", f"{other}.residual_function.{place}")
    return names


def _vgg(graph: Graph) -> Names:
    """Return names of a plain stack: one number for every layer of ``features``, linear layers by their place."""
    features = [node.name for node in graph.nodes[1:]]
    end = features.index(next(iter(graph.of_type(Flatten))))
    names: Names = {name: (f"features.{place}",) for place, name in enumerate(features[:end])}
    if "fc1" in features:
        return names | {"fc1": ("classifier.0",), "fc2": ("classifier.3",), "classifier": ("classifier.6",)}
    return names | {"classifier": ("classifier", "classifier.0", "fc", "linear")}


def _lenet(graph: Graph) -> Names:
    own = ("conv1", "conv2", "fc1", "fc2")
    return {**{name: (name,) for name in own}, "classifier": ("fc3", "classifier")}


VGGS = ("vgg11", "vgg13", "vgg16", "vgg19")
RESNETS = ("resnet18", "resnet20", "resnet32", "resnet34", "resnet44", "resnet56", "resnet110")
NAMES: dict[str, Callable[[Graph], Names]] = {
    **dict.fromkeys(VGGS, _vgg),
    **dict.fromkeys(RESNETS, _resnet),
    "lenet": _lenet,
}


def places(names: Iterable[str]) -> list[str]:
    """Return the layers that arrays of these ``names`` belong to, in order, their numbers as numbers."""
    return sorted({name.rpartition(".")[0] for name in names}, key=_natural)


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def located(graph: Graph, arrays: Mapping[str, NDArray[Any]]) -> dict[str, str]:
    """Return the file's name of every node: of several that are usual the one it has, else the first.

    Layers of a stack that are numbered in another way, with a number for what has no parameters, are found by their
    order if there are as many of each kind as ``graph`` has.
    """
    there = places(arrays)
    usual = NAMES[graph.name](graph)
    found = {node: next((name for name in names if name in there), names[0]) for node, names in usual.items()}
    return found | (_by_order(graph, arrays, there) if graph.name in VGGS else {})


def kind(arrays: Mapping[str, NDArray[Any]], place: str) -> type[Layer] | None:
    """Return what the layer at ``place`` is by the arrays that it has, if they tell."""
    own = {short: arrays[f"{place}.{short}"] for short in TELLING if f"{place}.{short}" in arrays}
    return next((layer for layer in TOLD_APART if layer.recognises(own)), None)


def _by_order(graph: Graph, arrays: Mapping[str, NDArray[Any]], there: list[str]) -> dict[str, str]:
    """Return the names of the layers of a numbered stack, and of those behind it, each kind in its order."""
    found: dict[str, str] = {}
    names_of_nodes = [node.name for node in graph.nodes]
    flat = names_of_nodes.index(next(iter(graph.of_type(Flatten))))
    stack = [name for name in there if STACKED.fullmatch(name)]
    behind = [name for name in there if name not in stack]
    for nodes, names in ((names_of_nodes[:flat], stack), (names_of_nodes[flat:], behind)):
        if len({re.sub(r"\d+", "N", name) for name in names}) != 1:
            continue  # only numbers of one series say what comes before what
        for wanted in TOLD_APART:
            own = [name for name in graph.of_type(wanted) if name in nodes]
            held = [name for name in names if kind(arrays, name) is wanted]
            found |= dict(zip(own, held, strict=True)) if len(own) == len(held) else {}
    return found

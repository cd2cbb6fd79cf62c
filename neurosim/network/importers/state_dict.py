"""Weights under the names that PyTorch's models give them, as plain arrays in one ``.npz``.

``numpy.savez(file, **{name: value.numpy() for name, value in model.state_dict().items()})`` writes such a file. The
network of the zoo that it is for has to be named; which of its layers is meant follows from the usual names:

=================  ===================================================================================================
resnet18, 20, 34   ``conv1``, ``bn1``, ``layer1.0.conv1``, ``layer1.0.bn1``, ``layer1.0.downsample.0`` (or
                   ``shortcut.0``) ..., ``fc`` (or ``linear``)
vgg16              ``features.0`` (convolution), ``features.1`` (its normalisation), ``features.2.lam`` (clip value, if
                   it has one) ..., every pool taking a number too; ``classifier``, or ``classifier.0``, ``.3``, ``.6``
lenet              ``conv1``, ``conv2``, ``fc1``, ``fc2``, ``fc3``
=================  ===================================================================================================

A prefix ``module.`` that all names share is taken off, and ``num_batches_tracked`` is passed over. Names say nothing of
what has no parameters: where the model takes a maximum, the network of the zoo takes an average. MobileNetV2 is not
among them, because its published bottlenecks end without an activation and those of the zoo do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import DocumentError, Problem
from neurosim.kinds import suggest
from neurosim.network.graph import Graph, Network
from neurosim.network.importers.npz import arrays_of, parameter
from neurosim.network.layers import Activation, Flatten
from neurosim.network.parameters import shown

Names = dict[str, tuple[str, ...]]
COUNTER = "num_batches_tracked"  # of PyTorch's batch normalisation; says nothing about inference
PREFIX = "module."  # of a model that was trained on several devices
BLOCK = re.compile(r"stage(\d+)\.block(\d+)\.(conv|shortcut)(\d?)(\.bn)?")


def _resnet(graph: Graph) -> Names:
    """Return names of a residual network: stages are layers, counted from 1, blocks from 0."""
    names: Names = {"stem": ("conv1",), "stem.bn": ("bn1",), "classifier": ("fc", "linear")}
    for node in graph.nodes:
        if found := BLOCK.fullmatch(node.name):
            stage, number, part, count, is_norm = found.groups()
            block = f"layer{stage}.{int(number) - 1}"
            if part == "conv":
                names[node.name] = (f"{block}.{'bn' if is_norm else 'conv'}{count}",)
            else:
                names[node.name] = tuple(f"{block}.{word}.{int(bool(is_norm))}" for word in ("downsample", "shortcut"))
    return names


def _vgg(graph: Graph) -> Names:
    """Return names of a plain stack: one number for every layer of ``features``, linear layers by their place."""
    features = [node.name for node in graph.nodes[1:]]
    end = next(place for place, node in enumerate(graph.nodes[1:]) if isinstance(node.layer, Flatten))
    names: Names = {name: (f"features.{place}",) for place, name in enumerate(features[:end])}
    if "fc1" in features:
        return names | {"fc1": ("classifier.0",), "fc2": ("classifier.3",), "classifier": ("classifier.6",)}
    return names | {"classifier": ("classifier", "classifier.0", "fc")}


def _lenet(graph: Graph) -> Names:
    own = ("conv1", "conv2", "fc1", "fc2")
    return {**{name: (name,) for name in own}, "classifier": ("fc3", "classifier")}


NAMES: dict[str, Callable[[Graph], Names]] = {
    "resnet18": _resnet,
    "resnet20": _resnet,
    "resnet34": _resnet,
    "vgg16": _vgg,
    "lenet": _lenet,
}


def is_state_dict(names: Iterable[str], graph: Graph) -> bool:
    """Whether arrays of these ``names`` are called as PyTorch calls the layers of ``graph`` rather than as we do."""
    if graph.name not in NAMES:
        return False
    places = {_bare(name).rpartition(".")[0] for name in names}
    theirs = NAMES[graph.name](graph)
    ours = {name.rpartition(".")[0] for name in graph.parameters}
    return sum(not places.isdisjoint(theirs.get(name, ())) for name in ours) > len(places & ours)


def read(path: Path | str, graph: Graph) -> Network:
    """Return the network of a file that uses PyTorch's names for the layers of ``graph``.

    Everything wrong with the arrays is in one DocumentError, each problem naming its layer as the file does.
    """
    if graph.name not in NAMES:
        raise DocumentError(f"{path}: which layers of {graph.name} PyTorch's names mean is not known")
    arrays = {name: array for name, array in _arrays(path).items() if not name.endswith(COUNTER)}
    activations = [node.name for node in graph.nodes if isinstance(node.layer, Activation)]
    if activations and not any(name.endswith(".lam") for name in arrays):
        raise DocumentError(
            f"{path}: no clip value (lam) for any of the {len(activations)} activations of {graph.name}; "
            "if they were a ReLU, say network.options: {activation: relu}"
        )
    theirs, used = _names(graph, arrays), set()
    parameters, problems = {}, []
    for name, shape in graph.parameters.items():
        node, _, short = name.rpartition(".")
        place = theirs.get(node, node)
        used.add(f"{place}.{short}")
        found = parameter(arrays, f"{place}.{short}", shape)
        if isinstance(found, str):
            problems.append((place, short, found))
        else:
            parameters[name] = found
    if problems or arrays.keys() - used:
        raise DocumentError(list(_problems(str(path), problems, arrays, used)))
    return Network(graph, parameters, "trained")


def _arrays(path: Path | str) -> dict[str, NDArray]:
    """Load all arrays, a prefix that all of them have taken off."""
    arrays = arrays_of(Path(path))
    if all(name.startswith(PREFIX) for name in arrays):
        return {_bare(name): array for name, array in arrays.items()}
    return arrays


def _bare(name: str) -> str:
    return name.removeprefix(PREFIX)


def _names(graph: Graph, arrays: Mapping[str, NDArray]) -> dict[str, str]:
    """Return the file's name of every node: of several that are usual the one it has, else the first."""
    places = {name.rpartition(".")[0] for name in arrays}
    usual = NAMES[graph.name](graph)
    return {node: next((name for name in names if name in places), names[0]) for node, names in usual.items()}


def _problems(
    path: str, wrong: Iterable[tuple[str, str, str]], arrays: Mapping[str, NDArray], used: set[str]
) -> Iterable[Problem]:
    """Yield what is wrong with arrays that are wanted, and the arrays that are not."""
    extra = arrays.keys() - used
    for place, short, found in wrong:
        name = f"{place}.{short}"
        nearest = "" if name in arrays else suggest(name, extra)
        yield Problem(path, 0, 0, place, f"{short} {found}{nearest}")
    for name in extra:
        what = f"unknown array '{name}' of {shown(np.shape(arrays[name]))}"
        yield Problem(path, 0, 0, "", what + suggest(name, used - arrays.keys()))

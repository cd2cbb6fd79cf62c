"""Weights under the names that PyTorch's models give them, as plain arrays in one ``.npz``.

``numpy.savez(file, **{name: value.numpy() for name, value in model.state_dict().items()})`` writes such a file. The
network of the zoo that it is for has to be named; which of its layers is meant follows from the usual names:

=================  ===================================================================================================
resnet18 ... 110   ``conv1``, ``bn1``, ``layer1.0.conv1``, ``layer1.0.bn1``, ``layer1.0.downsample.0`` (or
                   ``shortcut.0``) ..., ``fc`` (or ``linear``); or ``conv1.0``, ``conv2_x.0.residual_function.0`` ...
vgg11 ... 19       ``features.0`` (convolution), ``features.1`` (its normalisation), ``features.2`` (clip value) ..., or
                   ``layer1.0`` ..., whatever the numbers are; ``classifier``, or ``classifier.0``, ``.3``, ``.6``
lenet              ``conv1``, ``conv2``, ``fc1``, ``fc2``, ``fc3``
=================  ===================================================================================================

Prefixes that all names share (``module.``, ``model.``, ``_orig_mod.``) are taken off, and ``num_batches_tracked`` is
passed over. A clip value is called ``lam``, ``thresh`` or ``up`` and is one number. What PyTorch leaves out because it
does nothing is put in: the bias of a layer that has none, scale and offset of a normalisation without ``affine``. The
bias of a convolution with a normalisation behind it goes into the latter's mean.

Arrays do not say what has no parameters: whether pools take averages or maxima, ``eps``, the number of levels. It must
be ``answered`` by an option of the network, and is asked for where it is not. MobileNetV2 is not among the networks,
because its published bottlenecks end without an activation and those of the zoo do not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import DocumentError, Problem
from neurosim.messages import suggest
from neurosim.network.graph import Graph, Network
from neurosim.network.importers.missing_parts import lacking
from neurosim.network.importers.npz import arrays_of, parameter
from neurosim.network.importers.state_dict_names import CLIPS, NAMES, kind, located, places
from neurosim.network.layers import Activation, AvgPool2d, BatchNorm2d
from neurosim.network.parameters import shown

__all__ = ["NAMES", "is_state_dict", "read"]

COUNTER = "num_batches_tracked"  # of PyTorch's batch normalisation; says nothing about inference
PREFIXES = ("module.", "model.", "_orig_mod.")  # of models that were trained on several devices, wrapped or compiled
FEW = 2  # arrays that are wrong or missing, which are named even where a whole kind of layers is
Arrays = Mapping[str, NDArray[Any]]


def is_state_dict(arrays: Arrays, graph: Graph) -> bool:
    """Whether a file of ``arrays`` is somebody's state dict rather than ours, which says its format.

    Without a format the names decide. Ours have some that nobody else's have, ``stem.weight`` or ``conv1.act.lam``; a
    file with as many names of PyTorch is a state dict.
    """
    if "format" in arrays or graph.name not in NAMES:
        return False
    there = set(places(_bare(arrays)))
    theirs = {name for names in NAMES[graph.name](graph).values() for name in names}
    ours = {name.rpartition(".")[0] for name in graph.parameters}
    return len(there & (ours - theirs)) <= len(there & (theirs - ours))


def read(path: Path | str, graph: Graph, answered: Collection[str] = ()) -> Network:
    """Return the network of a file that uses PyTorch's names for the layers of ``graph``.

    ``answered`` names the options of the zoo that made ``graph`` what it is, rather than what it would be anyway.
    Everything wrong with the arrays and everything they leave open is in one DocumentError; a problem names its layer
    as the file does.
    """
    if graph.name not in NAMES:
        raise DocumentError(
            f"{path}: which layers of {graph.name} PyTorch's names mean is not known; its arrays need neurosim's "
            f"names, as {next(iter(graph.parameters), 'none')}"
        )
    arrays = {name: array for name, array in _bare(arrays_of(Path(path))).items() if not name.endswith(COUNTER)}
    differences = lacking(graph, arrays)
    parameters = _Parameters(str(path), graph, arrays)
    problems = [Problem(str(path), 0, 0, "", text) for text in (*_questions(graph, answered), *differences)]
    details = parameters.problems()
    if problems or details:
        raise DocumentError(problems + (details if len(details) <= FEW or not differences else []))
    return Network(graph, parameters.values, "trained")


def _bare(arrays: Arrays) -> Arrays:
    """Return the arrays without the prefixes that all of them have."""
    while prefix := next((one for one in PREFIXES if arrays and all(name.startswith(one) for name in arrays)), ""):
        arrays = {name.removeprefix(prefix): array for name, array in arrays.items()}
    return arrays


def _questions(graph: Graph, answered: Collection[str]) -> Iterator[str]:
    """Yield what the arrays of a state dict leave open, and the option that would answer it."""
    pools = graph.of_type(AvgPool2d)
    if pools and "pool" not in answered:
        yield (
            f"a state dict does not say whether pools ({', '.join(pools)}) take the average or the maximum: set "
            "network.options.pool to 'average' or 'max'"
        )
    if "eps" not in answered and graph.of_type(BatchNorm2d):
        yield (
            "a state dict does not say the eps of its batch normalisation: set network.options.eps, which is 1e-5 in "
            "PyTorch unless the model says otherwise, and 1e-3 in Keras and TensorFlow"
        )
    if "levels" not in answered and graph.of_type(Activation):
        yield (
            "a state dict does not say how many levels its activations were trained with: set network.options.levels "
            "(L of QCFS)"
        )


class _Parameters:
    """The parameters of a graph as far as a file has them, and what is wrong with the rest."""

    def __init__(self, path: str, graph: Graph, arrays: Arrays) -> None:
        self.path, self.graph, self.arrays = path, graph, arrays
        self.places = located(graph, arrays)
        self.values: dict[str, NDArray[np.floating]] = {}
        self.faults: list[tuple[str, str, str]] = []
        self.used: set[str] = set()
        for name, shape in graph.parameters.items():
            self._take(name, shape)
        for node in graph.nodes:
            if node.layer.folds:
                self._shift(node.name, node.inputs[0])

    def _place(self, node: str) -> str:
        return self.places.get(node, node)

    def _take(self, name: str, shape: tuple[int, ...]) -> None:
        """Take over one parameter, or note what is wrong with it."""
        node, _, short = name.rpartition(".")
        place = self._place(node)
        if short == "lam":
            short = next((clip for clip in CLIPS if f"{place}.{clip}" in self.arrays), short)
            value = _clip_value(self.arrays.get(f"{place}.{short}"))
        elif self._left_out(place, short):
            value = np.full(shape, float(short == "weight"), np.float32)
        else:
            value = parameter(self.arrays, f"{place}.{short}", shape)
        self._keep(place, short, name, value)

    def _keep(self, place: str, short: str, name: str, value: NDArray[np.floating] | str) -> None:
        self.used.add(f"{place}.{short}")
        if isinstance(value, str):
            self.faults.append((place, short, value))
        else:
            self.values[name] = value

    def _left_out(self, place: str, short: str) -> bool:
        """Whether PyTorch keeps no such array because it would do nothing."""
        if short not in ("weight", "bias") or f"{place}.{short}" in self.arrays:
            return False
        if kind(self.arrays, place) is BatchNorm2d:
            return f"{place}.weight" not in self.arrays and f"{place}.bias" not in self.arrays
        return short == "bias" and f"{place}.weight" in self.arrays

    def _shift(self, norm: str, source: str) -> None:
        """Take the bias of the layer ``source``, which the graph does not have, from the mean of its normalisation."""
        place, mean = self._place(source), f"{norm}.running_mean"
        if f"{place}.bias" not in self.arrays or f"{source}.bias" in self.graph.parameters or mean not in self.values:
            return
        bias = parameter(self.arrays, f"{place}.bias", self.graph.shapes[source][:1])
        shifted = bias if isinstance(bias, str) else self.values[mean].astype(np.float64) - bias
        self._keep(place, "bias", mean, shifted)

    def problems(self) -> list[Problem]:
        """Return what is wrong with arrays that are wanted, and the arrays that are not."""
        extra, problems = self.arrays.keys() - self.used, []
        for place, short, fault in self.faults:
            name = f"{place}.{short}"
            nearest = "" if name in self.arrays else suggest(name, extra)
            problems.append(Problem(self.path, 0, 0, place, f"{short} {fault}{nearest}"))
        for name in extra:
            what = f"unknown array '{name}' of {shown(np.shape(self.arrays[name]))}"
            problems.append(Problem(self.path, 0, 0, "", what + suggest(name, self.used - self.arrays.keys())))
        return problems


def _clip_value(array: NDArray[Any] | None) -> NDArray[np.floating] | str:
    """Return a clip value, which may be the only one of a list, or what is wrong with it."""
    if array is None:
        return parameter({}, ".lam", ())
    one = array.reshape(()) if array.size == 1 else array
    return parameter({".lam": one.astype(np.float64) if one.dtype.kind in "iu" else one}, ".lam", ())

"""Weights as plain arrays in one ``.npz``: the format that neurosim writes and ships.

Every parameter of the graph is an array under its full name, ``conv1.weight``, ``conv1.bn.running_var``,
``conv1.act.lam``. Names without a dot describe the file and may be missing where the graph is given:

==========  ==========================================================================================================
format      ``neurosim/weights/1``
network     name in the zoo; ``input`` (channels, rows, columns), ``classes`` and ``options`` (JSON) complete it
levels      non-zero activation levels the network was trained with
folded      true: batch normalisation is folded away and every layer with weights has a bias
origin      ``trained`` or ``synthetic``
note        where the weights come from, and their licence
==========  ==========================================================================================================

An integer array ``conv1.weight`` stands for real weights ``conv1.weight * conv1.weight_unit``, and so does a bias; this
is the compact form (``conversion/export.py`` writes it).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.errors import ConversionError, DocumentError, Problem
from neurosim.filesystem.array_file import read_all
from neurosim.filesystem.atomic_write import replacing
from neurosim.messages import suggest
from neurosim.network.graph import Graph, Network
from neurosim.network.parameters import misshapen, missing, out_of_range
from neurosim.network.zoo import build

Origin = Literal["trained", "synthetic"]
SUFFIX = ".npz"
FORMAT = "neurosim/weights/1"
LARGEST = 2**31 - 1  # of a size or a number of levels, as in a workload
DESCRIPTIONS = ("format", "network", "input", "classes", "options", "levels", "folded", "origin", "note")


def read(path: Path | str, graph: Graph | None = None) -> Network:
    """Return the network of a file; ``graph``, where given, says what it must fit.

    Everything wrong with the arrays is in one DocumentError, each problem naming its layer.
    """
    arrays = arrays_of(Path(path))
    try:
        graph, origin = _description({name: array for name, array in arrays.items() if "." not in name}, graph)
    except (ValueError, ConversionError, DocumentError) as error:
        raise DocumentError(f"{path}: {error}") from None
    problems = _unknown(str(path), arrays, graph)
    parameters = {}
    for name, shape in graph.parameters.items():
        place, _, short = name.rpartition(".")
        found = parameter(arrays, name, shape)
        if isinstance(found, str):
            problems.append(Problem(str(path), 0, 0, place, f"{short} {found}"))
        else:
            parameters[name] = found
    if problems:
        raise DocumentError(problems)
    return Network(graph, parameters, origin)


def write(path: Path | str, arrays: Mapping[str, NDArray[Any]], **described: Any) -> None:
    """Write parameter arrays and what describes them, whole or not at all; ``options`` may be a dict.

    A disk that does not take them is a DocumentError, and what was there before is still there.
    """
    if "options" in described:
        described["options"] = json.dumps(described["options"], sort_keys=True)
    everything: dict[str, Any] = {"format": FORMAT, **described, **arrays}
    with replacing(Path(path)) as file:
        np.savez_compressed(file, **everything)


def arrays_of(path: Path) -> dict[str, NDArray[Any]]:
    """Return all arrays of a file by name; no pickle is ever loaded, and what is not such a file is a DocumentError."""
    return read_all(path)


def is_ours(arrays: Mapping[str, NDArray[Any]], graph: Graph) -> bool:
    """Whether a file says that it is of this format, or has any array that ``graph`` knows by its name."""
    return "format" in arrays or not arrays.keys().isdisjoint({*graph.parameters, *graph.folded().parameters})


def _description(described: Mapping[str, NDArray[Any]], graph: Graph | None) -> tuple[Graph, Origin]:
    """Return the graph that a file is for and its origin; what is wrong with its description is a ValueError."""
    if (found := str(described.get("format", FORMAT))) != FORMAT:
        raise ValueError(f"its format is {found}, wanted {FORMAT}")
    if graph is None:
        if missing := [name for name in ("network", "input", "classes") if name not in described]:
            raise ValueError(f"does not say its {' and '.join(missing)}; name the network in the workload instead")
        shape = described["input"]
        if shape.shape != (3,) or shape.dtype.kind not in "iu" or shape.min() < 1 or shape.max() > LARGEST:
            raise ValueError(f"input: wanted (channels, rows, columns), found {shape}")
        channels, rows, columns = shape.tolist()
        classes = _whole(described, "classes")
        graph = build(str(described["network"]), (channels, rows, columns), classes, **_options(described))
    elif "network" in described and str(described["network"]) != graph.name:
        raise ValueError(f"holds the weights of {described['network']}, the network is {graph.name}")
    if "levels" in described:
        graph = graph.with_levels(_whole(described, "levels"))
    origin = str(described.get("origin", "trained"))
    if origin not in ("trained", "synthetic"):
        raise ValueError(f"origin: wanted trained or synthetic, found {origin}")
    return graph.folded() if _is_folded(described) else graph, origin  # type: ignore[return-value]


def _options(described: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Return the options of the network; a ValueError where they are no JSON object of names of options."""
    text = str(described.get("options", "{}"))
    try:
        options = json.loads(text)
    except (ValueError, RecursionError):
        options = None
    if not isinstance(options, dict) or not options.keys().isdisjoint(("name", "input", "classes")):
        shown = text if len(text) <= 40 else f"{text[:37]}..."
        raise ValueError(f"options: wanted the network's options as a JSON object, found {shown}")
    if not isinstance(options.get("graph", ""), str):
        raise ValueError(f"options: graph: wanted the path of a file, found {options['graph']!r}")
    return options


def _is_folded(described: Mapping[str, NDArray[Any]]) -> bool:
    folded = described.get("folded", np.array(False))
    if folded.shape != () or folded.dtype.kind not in "biu":
        raise ValueError(f"folded: wanted true or false, found {folded}")
    return bool(folded)


def _whole(described: Mapping[str, NDArray[Any]], name: str) -> int:
    found = described[name]
    if found.shape != () or found.dtype.kind not in "iu" or not 1 <= found <= LARGEST:
        raise ValueError(f"{name}: wanted a whole number, found {found}")
    return int(found)


def _unknown(path: str, arrays: Mapping[str, NDArray[Any]], graph: Graph) -> list[Problem]:
    known = {*graph.parameters, *DESCRIPTIONS}
    units = {f"{name}_unit" for name in graph.parameters if arrays.get(name, np.zeros(0)).dtype.kind in "iu"}
    nodes = [node.name for node in graph.nodes]
    problems = []
    for name in arrays.keys() - known - units:
        place = name.rpartition(".")[0]
        nearest = suggest(name, known - arrays.keys())
        problems.append(Problem(path, 0, 0, place if place in nodes else "", f"unknown array '{name}'{nearest}"))
    return problems


def parameter(arrays: Mapping[str, NDArray[Any]], name: str, shape: tuple[int, ...]) -> NDArray[np.floating] | str:
    """Return a parameter as floats, or what is wrong with it."""
    if name not in arrays:
        return missing(shape)
    array = arrays[name]
    if said := misshapen(array, shape):
        return said
    if array.dtype.kind in "iu":
        unit = arrays.get(f"{name}_unit")
        if unit is None:
            return f"holds integers, and '{name}_unit' does not say what one is worth"
        if unit.shape != () or unit.dtype.kind != "f" or not np.isfinite(unit):
            return f"has a unit that is not one finite number: {unit}"
        with np.errstate(over="ignore", invalid="ignore"):  # what leaves a double is counted below
            array = array * unit.astype(np.float64)
    if array.dtype.kind != "f":
        return f"holds {array.dtype}, wanted numbers"
    if array.dtype != np.float64:
        with np.errstate(over="ignore", invalid="ignore"):
            array = array.astype(np.float32, copy=False)
    if said := out_of_range(name, array):
        return said
    array.flags.writeable = False
    return array

"""What the parameters of a network have to be: there, of their layer's shape, finite, and positive where they must be.

Importers say it of a file's arrays, ``Network`` of arrays that come from anywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.messages import suggest


def missing(shape: tuple[int, ...]) -> str:
    """Return what is said of a parameter that is not there."""
    return f"is missing; wanted {shown(shape)}"


def misshapen(array: NDArray[Any], shape: tuple[int, ...]) -> str:
    """Return what is wrong with the shape of a parameter, or nothing."""
    return "" if array.shape == shape else f"is {shown(array.shape)}, wanted {shown(shape)}"


def out_of_range(name: str, array: NDArray[np.floating]) -> str:
    """Return what is wrong with the values of the parameter ``name``, or nothing."""
    if wrong := int(np.count_nonzero(~np.isfinite(array))):
        return f"has {wrong:,} values that are infinite or not a number"
    if name.endswith(".lam") and array <= 0:
        return f"is {array:g}, a clip value must be positive"
    if name.endswith(".running_var") and array.min(initial=0) < 0:
        return "has negative values; a variance has none"
    return ""


def problem(name: str, value: Any, shape: tuple[int, ...]) -> str:
    """Return what is wrong with ``value`` as the parameter ``name`` of that ``shape``, or nothing."""
    if not isinstance(value, np.ndarray | np.generic):
        kind = type(value)
        advice = ".detach().cpu().numpy() makes one of it" if kind.__module__.partition(".")[0] == "torch" else ""
        found = f"is a {kind.__module__.partition('.')[0]}.{kind.__qualname__}".replace("builtins.", "")
        return f"{found}, wanted a NumPy array" + (f"; {advice}" if advice else "")
    array = np.asarray(value)
    if array.dtype.kind != "f":
        return f"holds {array.dtype}, wanted floating-point numbers"
    return misshapen(array, shape) or out_of_range(name, array)


def problems(parameters: Mapping[str, Any], wanted: Mapping[str, tuple[int, ...]]) -> list[str]:
    """Return everything that is wrong with ``parameters``, where those of the shapes ``wanted`` are, by name."""
    found = []
    for name, shape in wanted.items():
        if said := problem(name, parameters[name], shape) if name in parameters else missing(shape):
            node, _, short = name.rpartition(".")
            found.append(f"{node}: {short} {said}")
    return found + [_unknown(str(name), parameters, wanted) for name in parameters if name not in wanted]


def _unknown(name: str, parameters: Mapping[str, Any], wanted: Mapping[str, tuple[int, ...]]) -> str:
    """Return what is said of a parameter that no node has: those that its node has, or the nearest that is missing."""
    node, _, short = name.rpartition(".")
    own = [other.rpartition(".")[2] for other in wanted if other.rpartition(".")[0] == node]
    if own:
        return f"{node}: unknown parameter '{short}'; it has {', '.join(own)}"
    return f"unknown parameter '{name}'{suggest(name, wanted.keys() - parameters.keys())}"


def shown(shape: tuple[int, ...]) -> str:
    """Return a shape as people write it."""
    if shape == (1,):
        return "a list of one number"
    return " x ".join(map(str, shape)) if shape else "a single number"

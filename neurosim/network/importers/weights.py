"""Weights of a network that is already known, whatever names their file gives them."""

from __future__ import annotations

from pathlib import Path

from neurosim.array_file import array_names
from neurosim.network.graph import Graph, Network
from neurosim.network.importers import npz, state_dict


def read(path: Path | str, graph: Graph) -> Network:
    """Return ``graph`` with the weights of an ``.npz`` in neurosim's own names, or in PyTorch's."""
    kind = state_dict if state_dict.is_state_dict(array_names(Path(path)), graph) else npz
    return kind.read(path, graph)

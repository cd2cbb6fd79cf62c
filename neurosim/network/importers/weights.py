"""Weights of a network that is already known, whatever names their file gives them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from neurosim.errors import DocumentError
from neurosim.network.graph import Graph, Network
from neurosim.network.importers import npz, state_dict
from neurosim.network.layers import BatchNorm2d


def read(path: Path | str, graph: Graph, answered: Collection[str] = ()) -> Network:
    """Return ``graph`` with the weights of an ``.npz`` in neurosim's own names, or in PyTorch's.

    ``answered`` names the options of the zoo that ``graph`` was made with: a state dict leaves open what they say, and
    asks for those that are missing. A file of neurosim's leaves nothing open.
    """
    arrays = npz.arrays_of(Path(path))
    if state_dict.is_state_dict(arrays, graph) or not npz.is_ours(arrays, graph):
        return state_dict.read(path, graph, answered)
    network, usual = npz.read(path, graph), BatchNorm2d().eps
    for name, layer in network.graph.of_type(BatchNorm2d).items():
        if layer.eps != usual:
            raise DocumentError(f"{path}: {name}: has an eps of {usual:g}, not {layer.eps:g}; leave it out")
    return network

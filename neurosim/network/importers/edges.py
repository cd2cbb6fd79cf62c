"""The edges of a graph, from an ``.npz`` with an array ``edges`` (n, 2): node numbers, each undirected edge once.

Whatever else the file holds is not read; features and labels are the stimulus's (``conversion/stimuli/graph.py``).
"""

from __future__ import annotations

from pathlib import Path

from neurosim.errors import DocumentError
from neurosim.filesystem.array_file import read_arrays
from neurosim.network.adjacency import Adjacency
from neurosim.plugins import file_problem


def read(path: Path | str, nodes: int) -> Adjacency:
    """Return the graph of ``nodes`` nodes in a file; what is missing or broken is a DocumentError naming the file."""
    if problem := file_problem(Path(path)):
        raise DocumentError(f"graph: {problem}")
    (edges,) = read_arrays(Path(path), ("edges",))
    try:
        return Adjacency.of(edges, nodes)
    except ValueError as error:
        raise DocumentError(f"{path}: {error}") from None

"""Weights by reference: a file ``.reference`` whose only line is the path of an ``.npz`` beside it."""

from pathlib import Path

from neurosim.network.graph import Network
from neurosim.network.importers import npz

SUFFIX = ".reference"


def read(path: Path | str) -> Network:
    """Return the network of the file that this one names."""
    return npz.read(Path(path).parent / Path(path).read_text(encoding="utf-8").strip())

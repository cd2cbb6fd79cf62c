"""A graph as one image: the features of all its nodes, and the labels of those that are evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.datasets import pixels
from neurosim.datasets.dataset import Unit
from neurosim.errors import DocumentError
from neurosim.filesystem.array_file import array_names, read_arrays
from neurosim.stimuli.stimulus import Shape, Stimulus

PARTS = ("train", "val", "test")


@dataclass(frozen=True)
class GraphStimulus:
    """The nodes of a graph, from an ``.npz`` with features ``x`` (nodes, features) and perhaps labels ``y`` (nodes,).

    Features of 0 and 1 enter as spikes do, at most one each.

    Parameters
    ----------
    file : str
        Path of the file; features are whole numbers from 0.
    nodes : {"train", "val", "test", "all"}
        Array with the numbers of the nodes that are evaluated; without an array ``test``, all nodes are.
    unit : float
        Real value of one step of a feature.
    """

    file: str
    nodes: Literal["train", "val", "test", "all"] = "test"
    unit: Unit = 1.0
    kind: ClassVar[str] = "graph"

    def __post_init__(self) -> None:
        if self.nodes not in (*PARTS, "all"):
            raise DocumentError(f"stimulus graph: 'nodes' is {', '.join(PARTS)} or all, found {self.nodes!r}")
        pixels.check_unit("stimulus graph: 'unit'", self.unit)

    def read(self, images: int, shape: Shape, random: np.random.Generator) -> Stimulus:
        """Return the graph as one image of nodes x 1 positions; see
        :meth:`~neurosim.stimuli.stimulus.StimulusKind.read`."""
        if images != 1:
            raise DocumentError(f"stimulus graph: a graph is one image, found images: {images}")
        arrays = self._arrays()
        features, nodes, _ = shape
        x = arrays["x"]
        problem = f"{self.file}: x: wanted nodes x features of whole numbers from 0"
        if x.ndim != 2 or x.dtype.kind not in "iufb" or not x.size:
            raise DocumentError(problem)
        if x.shape != (nodes, features):
            raise DocumentError(
                f"{self.file}: has {x.shape[0]:,} nodes of {x.shape[1]:,} features, the network takes {nodes:,} of "
                f"{features:,}"
            )
        if not 0 <= x.min() <= x.max() <= pixels.LARGEST_CODE or (x.dtype.kind == "f" and (x != np.rint(x)).any()):
            raise DocumentError(problem)
        # The scale is the graph's own: all its features are read at once.
        top = max(int(x.max()), 1)
        dtype = np.dtype(np.uint8 if top < 256 else np.int32)
        codes: NDArray[np.integer] = x.astype(dtype).reshape(1, nodes, 1, features)
        labels, evaluated = self._labels(arrays, nodes)
        number = "" if labels is None else f", the labels of {evaluated} of {nodes:,} nodes"
        return Stimulus(codes, labels, self.unit, top, f"{Path(self.file).name}{number}")

    def _arrays(self) -> dict[str, NDArray[Any]]:
        path = Path(self.file)
        stored = array_names(path)
        names = ["x", *(name for name in ("y", *PARTS) if name in stored)]
        return dict(zip(names, read_arrays(path, names), strict=True))

    def _labels(self, arrays: dict[str, NDArray[Any]], nodes: int) -> tuple[NDArray[np.int64] | None, str]:
        """Return (1, nodes) int64, -1 where a node is not evaluated, or None; and the number of those that are."""
        if "y" not in arrays:
            return None, ""
        labels = arrays["y"]
        if labels.shape != (nodes,) or labels.dtype.kind not in "iu" or pixels.magnitude(labels) > pixels.LARGEST_CODE:
            raise DocumentError(f"{self.file}: y: wanted {nodes:,} whole numbers")
        if self.nodes == "all" or (self.nodes == "test" and "test" not in arrays):
            return labels.astype(np.int64)[None], "all"
        if self.nodes not in arrays:
            raise DocumentError(f"{self.file}: no array '{self.nodes}' with the numbers of the nodes to evaluate")
        chosen = arrays[self.nodes]
        is_list = chosen.ndim == 1 and chosen.dtype.kind in "iu" and chosen.size > 0
        if not is_list or chosen.min() < 0 or chosen.max() >= nodes:
            raise DocumentError(f"{self.file}: {self.nodes}: wanted numbers of nodes, 0 to {nodes - 1}")
        # One label a position, -1 where a node does not count.
        evaluated = np.full((1, nodes), -1, np.int64)
        evaluated[0, chosen] = labels[chosen]
        return evaluated, f"{len(chosen):,}"

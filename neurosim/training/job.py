"""A recipe with everything it needs in hand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from neurosim import provenance
from neurosim.datasets.dataset import LabelledImages
from neurosim.errors import DocumentError
from neurosim.network.graph import Graph, Network
from neurosim.training.recipe import Recipe


@dataclass(frozen=True, eq=False)
class TrainingJob:
    """What is to be learnt, from which images and from where on; nothing has been learnt.

    Images that are not of the network's shape or classes are a DocumentError.
    """

    recipe: Recipe
    graph: Graph
    train: LabelledImages
    test: LabelledImages
    start: Network | None

    def __post_init__(self) -> None:
        for part in (self.train, self.test):
            self._check(part)

    @cached_property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits of all that decides a run: the recipe without its name, its start and its images.

        Where the images lie decides nothing, what both parts of them hold does: the one is learnt from, the other gives
        the accuracy on the card.
        """
        content = provenance.plain(self.recipe) | {"name": "", "data": self.recipe.data.kind}
        if self.recipe.start is not None:
            content["start"] = provenance.hash_file(Path(self.recipe.start))
        content["parts"] = [_described(part) for part in (self.train, self.test)]
        digest = hashlib.sha256(provenance.canonical(content).encode())
        for part in (self.train, self.test):
            digest.update(part.images.tobytes())
            digest.update(part.labels.tobytes())
        return digest.hexdigest()[:8]

    @property
    def folder(self) -> Path:
        """Where it is learnt unless somebody says otherwise."""
        return Path("trained") / f"{self.recipe.name}-{self.fingerprint}"

    @property
    def widths(self) -> dict[str, Any]:
        """What the converter must know of the recipe and its images."""
        unit, top = self.train.unit, self.train.max_code
        return {"weight_bits": self.recipe.weight_bits, "input_unit": unit, "input_max": top}

    def _check(self, part: LabelledImages) -> None:
        channels, rows, columns = self.recipe.network.input
        if (found := part.images.shape[1:]) != (rows, columns, channels):
            has = " x ".join(map(str, (found[2], *found[:2])))
            wanted = f"{channels} x {rows} x {columns}"
            raise DocumentError(f"{part.description}: images of {has}, the network takes {wanted}")
        if len(part.classes) != (classes := self.recipe.network.classes):
            raise DocumentError(f"{part.description}: {len(part.classes)} classes, the network has {classes}")
        if len(part.labels) == 0:
            raise DocumentError(f"{part.description}: no images")


def _described(part: LabelledImages) -> dict[str, Any]:
    """Return all that is to be known of a part of a data set but its images and labels themselves."""
    return {
        "images": [*part.images.shape, part.images.dtype.str],
        "classes": part.classes,
        "unit": part.unit,
        "max_code": part.max_code,
        "description": part.description,
    }

"""A training job: a recipe with its network, images and start weights."""

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
    """A recipe that has been read, with its network, its data set and the weights it starts from.

    DocumentError for images that are not of the network's shape or classes.
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
        """Eight hexadecimal digits of the hash of all that decides a run: recipe (not its name), start and images.

        The place of the images decides nothing; the contents of both parts do: one is trained on, the other gives the
        accuracy on the card.
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
        """The folder it is trained in unless another is named."""
        return Path("trained") / f"{self.recipe.name}-{self.fingerprint}"

    @property
    def widths(self) -> dict[str, Any]:
        """The widths and pixel units that the converter needs."""
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
    """Return the facts of a part of a data set, all but its images and labels themselves."""
    return {
        "images": [*part.images.shape, part.images.dtype.str],
        "classes": part.classes,
        "unit": part.unit,
        "max_code": part.max_code,
        "description": part.description,
    }

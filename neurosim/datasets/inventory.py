"""The data sets that are known, and where the files of each are on this machine."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from neurosim.datasets.dataset import PACKAGE, DatasetKind, Split
from neurosim.datasets.remote.remote_files import SOURCES
from neurosim.errors import DocumentError
from neurosim.plugins import known, resolve

SPLITS: tuple[Split, Split] = ("train", "test")


def inventory() -> Iterator[dict[str, str]]:
    """Yield a row for each data set: its name, what it is, and where its files are or how to get them."""
    for name in known(PACKAGE):
        cls = resolve(PACKAGE, name)
        about = (inspect.getdoc(inspect.getmodule(cls)) or "").partition("\n")[0]
        options = dataclasses.fields(cls)
        if any(option.default is dataclasses.MISSING for option in options):
            yield {"name": name, "about": about, "found": "where its options say"}
            continue
        folders = {split: _folder(cls(), split) for split in SPLITS}
        placed = "data" in [option.name for option in options]  # the others come with a package
        places = dict.fromkeys(str(place) if placed else "installed" for place in folders.values() if place)
        lacking = [split for split, place in folders.items() if place is None]
        remedy = f"; neurosim data get {name}" if name in SOURCES else ""
        text = ", ".join(places) or "no"
        yield {"name": name, "about": about, "found": f"{text}{_without(lacking, places)}{remedy if lacking else ''}"}


def _folder(dataset: DatasetKind, split: Split) -> Path | None:
    try:
        file = dataset.files(split)[0]
    except DocumentError:
        return None
    return file if file.is_dir() else file.parent


def _without(lacking: Sequence[str], places: Collection[str]) -> str:
    return f", no {'training' if lacking == ['train'] else 'test'} images" if lacking and places else ""

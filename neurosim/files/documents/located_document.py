"""A located document: plain values, each with the file, line and column where it was written."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from neurosim.errors import DocumentError, Problem
from neurosim.messages import shortened

KeyPath = tuple[str | int, ...]
PLAIN_KEY = re.compile(r"[^\s.\[\]\"']{1,60}")  # a key that can be shown between the dots of a place


class Location(NamedTuple):
    """A point of a file, line and column from 1; both 0 for a value that is in no file."""

    path: str
    line: int
    column: int


@dataclass(frozen=True)
class Document:
    """A parsed file: plain values, and the location of every value and of every key.

    ``value`` holds dict, list, str, int, float, bool and None only. A *place* is the path of keys from the top to a
    value, ``("entries", 0, "value")``; it is printed as ``entries[0].value``.
    """

    path: str
    value: Any
    value_spots: dict[KeyPath, Location]
    key_spots: dict[KeyPath, Location]

    def where(self, place: KeyPath, key: bool = False) -> tuple[int, int]:
        """Line and column of the value at ``place``, or of its key; see ``spot``."""
        spot = self.spot(place, key)
        return spot.line, spot.column

    def spot(self, place: KeyPath, key: bool = False) -> Location:
        """Where the value at ``place`` was written, or its key.

        A missing value is located where it should have been: at the key of its nearest existing ancestor.
        """
        if not key and place in self.value_spots:
            return self.value_spots[place]
        for length in range(len(place), -1, -1):
            ancestor = place[:length]
            if ancestor in self.key_spots:
                return self.key_spots[ancestor]
            if ancestor in self.value_spots:
                return self.value_spots[ancestor]
        return Location(self.path, 1, 1)

    def get(self, place: KeyPath, default: Any = None) -> Any:
        """The value at ``place``, or ``default`` if there is none."""
        value = self.value
        for part in place:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return default
        return value

    def grafted(self, place: KeyPath, scion: Document) -> Document:
        """A copy in which the value at ``place`` is the whole of ``scion``; see ``grafted_all``."""
        return self.grafted_all({place: scion})

    def grafted_all(self, scions: Mapping[KeyPath, Document]) -> Document:
        """A copy in which the value at each place is the whole of its scion, the scions' spots coming along.

        No place lies below another. The mappings on the way to a place are made where they are missing; a value that
        is not a mapping gives way to one.
        """
        if not scions:
            return self
        branches: dict[Any, Any] = {}  # the paths to all scions, as nested mappings
        for place, scion in scions.items():
            branch = branches
            for part in place[:-1]:
                branch = branch.setdefault(part, {})
            if place:
                branch[place[-1]] = scion
        value = _grafted(self.value, branches) if () not in scions else scions[()].value
        lengths = {len(place) for place in scions}

        def replaced(spot: KeyPath) -> bool:
            return any(spot[:length] in scions for length in lengths)

        value_spots = {p: spot for p, spot in self.value_spots.items() if not replaced(p)}
        key_spots = {p: spot for p, spot in self.key_spots.items() if p in scions or not replaced(p)}
        for place, scion in scions.items():
            value_spots |= {place + p: spot for p, spot in scion.value_spots.items()}
            key_spots |= {place + p: spot for p, spot in scion.key_spots.items()}
        return Document(self.path, value, value_spots, key_spots)

    def located(self, places: Iterable[KeyPath], folder: Path) -> Document:
        """A copy in which the paths at ``places``, written relative to ``folder``, are from the current directory.

        What is no text stays as it is; ``~`` is the user's own folder.
        """
        names = {place: name for place in places if isinstance(name := self.get(place), str) and name}
        return self.renamed({place: from_folder(name, folder) for place, name in names.items()})

    def renamed(self, texts: Mapping[KeyPath, str]) -> Document:
        """A copy with other texts at some places, which were written where the old ones are."""
        return self.grafted_all(
            {place: Document(self.path, text, {(): self.spot(place)}, {}) for place, text in texts.items()}
        )

    def overlaid(self, other: Document, whole: Container[KeyPath] = ()) -> Document:
        """A copy in which every leaf of ``other`` replaces the one at its place, and so does a mapping at ``whole``."""
        parts: dict[KeyPath, Any] = {}
        keys: dict[KeyPath, Location] = {}

        def collect(overlay: Any, place: KeyPath) -> None:
            if place in whole or not (isinstance(overlay, dict) and isinstance(self.get(place), dict)):
                parts[place] = overlay
                return
            for key, below in overlay.items():
                keys[*place, key] = other.spot((*place, key), key=True)
                collect(below, (*place, key))

        collect(other.value, ())
        result = self.grafted_all(other.parts(parts))
        result.key_spots.update(keys)
        return result

    def parts(self, places: Iterable[KeyPath]) -> dict[KeyPath, Document]:
        """The values at several places, none below another, each as its own document."""
        documents = {place: Document(self.path, self.get(place), {(): self.spot(place)}, {}) for place in places}
        lengths = sorted({len(place) for place in documents})
        for spots, name in ((self.value_spots, "value_spots"), (self.key_spots, "key_spots")):
            for place, spot in spots.items():
                for length in lengths:
                    if length < len(place) and place[:length] in documents:
                        getattr(documents[place[:length]], name)[place[length:]] = spot
        return documents

    def part(self, place: KeyPath) -> Document:
        """The value at ``place`` as its own document."""
        return self.parts([place])[place]

    def without(self, key: str) -> Document:
        """A copy that lacks one key of its top mapping."""
        rest = {own: value for own, value in self.value.items() if own != key}
        value_spots = {p: spot for p, spot in self.value_spots.items() if p[:1] != (key,)}
        key_spots = {p: spot for p, spot in self.key_spots.items() if p[:1] != (key,)}
        return Document(self.path, rest, value_spots, key_spots)


class Problems:
    """All problems of one document, raised together at the end."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Problem] = []
        self.uncounted = 0
        """Problems beyond those that are described."""
        self._known: set[tuple[object, ...]] = set()

    def add(self, place: KeyPath, message: str, *, key: bool = False) -> None:
        """Report that the value at ``place`` is wrong, or, with ``key``, that its key is."""
        path, line, column = self.document.spot(place, key)
        # a value that several places inherit is reported once, at the first of them
        problem = (path, line, column, place[-1:], message)
        if problem not in self._known:
            self._known.add(problem)
            self.found.append(Problem(path, line, column, shown_path(place), message))

    def raise_if_any(self) -> None:
        """Raise DocumentError with all the problems, if there are any."""
        if self.found:
            raise DocumentError(self.found, more=self.uncounted)


def from_folder(name: str, folder: Path) -> str:
    """The path ``name``, written relative to ``folder``, from the current directory; ``~`` is the user's own folder."""
    try:
        return str(folder / Path(name).expanduser())
    except RuntimeError:  # ``~name`` of an unknown user
        return str(folder / name)


def shown_path(place: KeyPath) -> str:
    """A place as it is written: ``chip.mesh.width``, ``entries[0].value``; a key that is no plain name, in quotes."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        elif PLAIN_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(shortened(part), ensure_ascii=False)}]"
    return text


def _grafted(value: Any, branches: Mapping[Any, Any]) -> Any:
    """``value`` with the scions of nested mappings of places put in."""
    if isinstance(value, list) and all(isinstance(part, int) and 0 <= part < len(value) for part in branches):
        return [_ingrown(item, branches[i]) if i in branches else item for i, item in enumerate(value)]
    stock = value if isinstance(value, dict) else {}
    return {**stock, **{part: _ingrown(stock.get(part), branch) for part, branch in branches.items()}}


def _ingrown(value: Any, branch: Any) -> Any:
    return branch.value if isinstance(branch, Document) else _grafted(value, branch)

"""A document that remembers where each of its values was written."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from neurosim.errors import DocumentError, Problem

Place = tuple[str | int, ...]


class Spot(NamedTuple):
    """A point of a file, line and column from 1; both 0 for a value that stands in no file."""

    path: str
    line: int
    column: int


@dataclass(frozen=True)
class Document:
    """A parsed file: plain values, and the spot of every value and of every key.

    ``value`` holds dict, list, str, int, float, bool and None only. A *place* is the way from the top to a value,
    ``("entries", 0, "value")``; it is printed as ``entries[0].value``.
    """

    path: str
    value: Any
    value_spots: dict[Place, Spot]
    key_spots: dict[Place, Spot]

    def where(self, place: Place, key: bool = False) -> tuple[int, int]:
        """Line and column of the value at ``place``, or of its key; see ``spot``."""
        spot = self.spot(place, key)
        return spot.line, spot.column

    def spot(self, place: Place, key: bool = False) -> Spot:
        """Where the value at ``place`` was written, or its key.

        What is missing is looked for where it should have been: at the key of its nearest existing ancestor.
        """
        if not key and place in self.value_spots:
            return self.value_spots[place]
        for length in range(len(place), -1, -1):
            ancestor = place[:length]
            if ancestor in self.key_spots:
                return self.key_spots[ancestor]
            if ancestor in self.value_spots:
                return self.value_spots[ancestor]
        return Spot(self.path, 1, 1)

    def get(self, place: Place, default: Any = None) -> Any:
        """The value at ``place``, or ``default`` if there is none."""
        value = self.value
        for part in place:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return default
        return value

    def grafted(self, place: Place, scion: Document) -> Document:
        """A copy in which the value at ``place`` is the whole of ``scion``, its spots coming along.

        The mappings on the way to ``place`` are made where they are missing; a value that is not a mapping gives
        way to one.
        """

        def graft(value: Any, rest: Place) -> Any:
            if not rest:
                return scion.value
            if isinstance(value, list) and isinstance(rest[0], int) and rest[0] < len(value):
                return [graft(item, rest[1:]) if i == rest[0] else item for i, item in enumerate(value)]
            kept = value if isinstance(value, dict) else {}
            return {**kept, rest[0]: graft(kept.get(rest[0]), rest[1:])}

        depth = len(place)
        value_spots = {p: spot for p, spot in self.value_spots.items() if p[:depth] != place}
        key_spots = {p: spot for p, spot in self.key_spots.items() if p[:depth] != place or p == place}
        value_spots |= {place + p: spot for p, spot in scion.value_spots.items()}
        key_spots |= {place + p: spot for p, spot in scion.key_spots.items()}
        return Document(self.path, graft(self.value, place), value_spots, key_spots)

    def located(self, place: Place, folder: Path) -> Document:
        """A copy in which the path at ``place``, written relative to ``folder``, is one from the current directory.

        What is no text stays as it is; ``~`` is the user's own folder.
        """
        name = self.get(place)
        if not isinstance(name, str) or not name:
            return self
        return self.grafted(place, Document(self.path, from_folder(name, folder), {(): self.spot(place)}, {}))

    def overlaid(self, other: Document, whole: Container[Place] = (), place: Place = ()) -> Document:
        """A copy in which every leaf of ``other`` replaces the one at its place, and so do its mappings at ``whole``.

        Only what lies below ``place`` is looked at.
        """
        overlay = other.get(place)
        if place in whole or not (isinstance(overlay, dict) and isinstance(self.get(place), dict)):
            return self.grafted(place, other.part(place))
        result = self
        for key in overlay:
            below = (*place, key)
            result = result.overlaid(other, whole, below)
            result.key_spots[below] = other.spot(below, key=True)
        return result

    def part(self, place: Place) -> Document:
        """The value at ``place`` as a document of its own."""
        depth = len(place)

        def below(spots: dict[Place, Spot]) -> dict[Place, Spot]:
            return {p[depth:]: spot for p, spot in spots.items() if p[:depth] == place and p != place}

        value_spots = {(): self.spot(place), **below(self.value_spots)}
        return Document(self.path, self.get(place), value_spots, below(self.key_spots))

    def without(self, key: str) -> Document:
        """A copy that lacks one key of its top mapping."""
        rest = {own: value for own, value in self.value.items() if own != key}
        value_spots = {p: spot for p, spot in self.value_spots.items() if p[:1] != (key,)}
        key_spots = {p: spot for p, spot in self.key_spots.items() if p[:1] != (key,)}
        return Document(self.path, rest, value_spots, key_spots)


class Problems:
    """Everything found wrong with one document, raised together at the end."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[Problem] = []
        self._known: set[tuple[object, ...]] = set()

    def add(self, place: Place, message: str, *, key: bool = False) -> None:
        """Note that the value at ``place`` is wrong, or, with ``key``, that its key is."""
        path, line, column = self.document.spot(place, key)
        # a value that was passed on to several places is wrong once, at the first of them
        once = (path, line, column, place[-1:], message)
        if once not in self._known:
            self._known.add(once)
            self.found.append(Problem(path, line, column, written(place), message))

    def raise_if_any(self) -> None:
        """Raise DocumentError with all the problems, if there are any."""
        if self.found:
            raise DocumentError(self.found)


def from_folder(name: str, folder: Path) -> str:
    """The path ``name``, written relative to ``folder``, from the current directory; ``~`` is the user's own folder."""
    try:
        return str(folder / Path(name).expanduser())
    except RuntimeError:  # the folder of a user whom nobody knows
        return str(folder / name)


def written(place: Place) -> str:
    """A place as a person writes it: ``chip.mesh.width``, ``entries[0].value``."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text

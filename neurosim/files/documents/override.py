"""Overrides, ``--set a.b=c``: values put into a document in place of the file's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from neurosim.errors import DocumentError
from neurosim.files.documents.located_document import Document, KeyPath, Location, shown_path
from neurosim.files.documents.yaml import parse

PLACE = re.compile(r"[^.\[\]=]+(?:\.[^.\[\]=]+|\[[0-9]+\])*")
PART = re.compile(r"[^.\[\]]+")
Overrides = Mapping[str, Any] | Iterable[str]


def overridden(document: Document, overrides: Overrides) -> Document:
    """``document`` with every override applied, in their order.

    A text ``a.b=c`` is read as YAML, a mapping ``{"a.b": c}`` holds plain values. ``chip.x`` of a chip that is only
    named makes it ``{base: NAME, x: ...}``. DocumentError for what cannot be read; a place that does not exist is
    left for the reader of the document to refuse.
    """
    for label, place, value in _read(overrides):
        first = place[0]
        if first == "chip" and len(place) > 1 and isinstance(document.get((first,)), str):
            base = document.part((first,))
            named = document.grafted((first,), Document(document.path, {}, {(): base.spot(())}, {}))
            document = named.grafted((first, "base"), base)
        _check_entries(document, label, place)
        spot = Location(label, 0, 0)
        document = document.grafted(place, Document(label, value, {(): spot}, {(): spot}))
        for length in range(1, len(place)):  # mappings created for it belong to the override too
            document.value_spots.setdefault(place[:length], spot)
            document.key_spots.setdefault(place[:length], document.value_spots[place[:length]])
    return document


def with_seed(overrides: Overrides, seed: int | None) -> Overrides:
    """``overrides`` with the seed put in behind them, where one is given."""
    if seed is None:
        return overrides
    return {**overrides, "seed": seed} if isinstance(overrides, Mapping) else [*overrides, f"seed={seed}"]


def named_once(overrides: Overrides, alias: Overrides | None) -> Overrides:
    """``overrides``, or what was given under the ``alias`` ``set``; a TypeError where both were."""
    if alias is None:
        return overrides
    if overrides:
        raise TypeError("'overrides' and 'set' are two names of one argument; give one of them")
    return alias


def as_texts(overrides: Overrides) -> list[str]:
    """Every override as it is written after ``--set``."""
    if isinstance(overrides, Mapping):
        return [f"{name}={_json(name, value)}" for name, value in overrides.items()]
    return list(overrides)


def read_values(text: str, option: str) -> tuple[str, list[Any]]:
    """The dotted name and the values of ``a.b=1,2,4``, each read as YAML; DocumentError naming the ``option``."""
    name, equals, written_values = text.partition("=")
    label = f"{option} {text}"
    if not equals or not written_values.strip():
        raise DocumentError(f"{label}: wanted NAME=VALUE,VALUE..., such as conversion.steps=2,4,8")
    if not PLACE.fullmatch(name.strip()):
        raise DocumentError(f"{label}: wanted a place such as chip.mesh.width or compare[0].name")
    values = parse(f"[{written_values}]", label).value
    return name.strip(), list(values)


def _read(overrides: Overrides) -> Iterable[tuple[str, KeyPath, Any]]:
    if isinstance(overrides, Mapping):
        for name, value in overrides.items():
            yield f"--set {name}", _place(name), parse(_json(name, value), f"--set {name}").value
        return
    for text in overrides:
        name, equals, written_value = text.partition("=")
        if not equals or not name.strip():
            raise DocumentError(f"--set {text}: wanted NAME=VALUE, such as chip.mesh.width=8")
        label = f"--set {text}"
        value = parse(written_value, label).value if written_value.strip() else None
        yield label, _place(name.strip()), value


def _place(name: str) -> KeyPath:
    if not PLACE.fullmatch(name):
        raise DocumentError(f"--set {name}: wanted a place such as chip.mesh.width or compare[0].name")
    parts = PART.findall(name)
    return tuple(int(part) if part.isdecimal() and len(part) < 10 else part for part in parts)


def _check_entries(document: Document, label: str, place: KeyPath) -> None:
    """Raise a DocumentError if ``place`` names an entry that a list does not have, which would leave a gap."""
    for length, part in enumerate(place):
        entries, whole = document.get(place[:length]), shown_path(place[:length])
        if entries is None and f"{whole}[{part}]" in label:
            raise DocumentError(f"{label}: there is no {whole} in the file; give the whole list, {whole}=[...]")
        if not isinstance(entries, list):
            continue
        if not isinstance(part, int):
            raise DocumentError(f"{label}: {whole} is a list; wanted {whole}[0] or so, or {whole}=[...]")
        if part >= len(entries):
            known = {0: "no entries", 1: f"one entry, {whole}[0]"}.get(
                len(entries), f"{len(entries)} entries, {whole}[0] to {whole}[{len(entries) - 1}]"
            )
            raise DocumentError(f"{label}: {whole} has {known}; give the whole list, {whole}=[...], to make it longer")


def _json(name: str, value: Any) -> str:
    """``value`` as text that YAML reads: tuples become lists, NumPy's numbers plain ones, paths text."""
    try:
        return json.dumps(
            value, allow_nan=False, default=lambda other: other.item() if hasattr(other, "item") else str(other)
        )
    except (TypeError, ValueError, RecursionError) as error:
        raise DocumentError(f"--set {name}: cannot be read: {error}") from None

"""Chip files: a complete chip by its name, by its path, or as changes to another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from neurosim.chip.spec import BarrierSpec, ChipSpec
from neurosim.errors import DocumentError
from neurosim.files.documents.located_document import Document, KeyPath, Problems, shown_path
from neurosim.files.documents.validate import build, found_text
from neurosim.files.documents.yaml import read
from neurosim.plugins import data_file, file_problem, is_path

TABLES: set[KeyPath] = {("barrier", "global_ticks")}  # a change replaces these whole: points of two tables do not mix


def read_chip(choice: str | Path | dict[str, Any], folder: Path = Path()) -> ChipSpec:
    """Read a chip.

    Parameters
    ----------
    choice : str, Path or dict
        A name, the path of a file, or a mapping ``{base: NAME, FIELDS...}`` of changes to another chip. A bare name is
        looked up in ``./chips`` and then among the shipped chips.
    folder : Path
        What a path is relative to.

    Returns
    -------
    ChipSpec
        The complete chip.

    Raises
    ------
    DocumentError
        With all problems of the file.

    Examples
    --------
    >>> neurosim.read_chip({"base": "loihi_like", "mesh": {"width": 8}}).mesh.width
    8
    """
    document = Document("chip", str(choice) if isinstance(choice, Path) else choice, {}, {})
    resolved = resolve_chip(document, (), folder)
    problems = Problems(resolved)
    spec = build(resolved, ChipSpec, problems)
    if spec is not None:
        check_chip(spec, problems, ())
    problems.raise_if_any()
    assert spec is not None
    return spec


def resolve_chip(document: Document, place: KeyPath, folder: Path) -> Document:
    """``document`` with the complete chip in place of its name at ``place``, every value with its own file and line.

    DocumentError for a base that cannot be read.
    """
    choice = document.get(place)
    if isinstance(choice, str):
        chip = _chip_file(document, place, choice, folder)
        return document.grafted(place, _with_notes(chip, chip))
    if not isinstance(choice, dict):
        raise _wrong(document, place, f"{found_text(choice)} is not a chip's name, a path or a mapping")
    if "base" not in choice:
        return document
    if not isinstance(choice["base"], str):
        raise _wrong(document, (*place, "base"), f"{found_text(choice['base'])} is not a chip's name or a path")
    changes = document.part(place).without("base")
    changed = changes.value
    base = _chip_file(document, (*place, "base"), choice["base"], folder)
    whole = _with_notes(base.overlaid(changes, whole=TABLES), base)
    if changed and "id" not in changed:
        # a changed chip must not have the id of its base
        whole = whole.grafted(("id",), Document("chip", f"{base.get(('id',))} with {_summary(changed)}", {}, {}))
    return document.grafted(place, whole)


def _with_notes(chip: Document, base: Document) -> Document:
    """``chip`` with its notes as texts, without those about a field of ``base`` that was changed.

    A note of a chip file is a text, or a mapping: the text under ``says`` is shown while each field under ``about`` is
    as in the file; else the text under ``otherwise``, or none.
    """
    notes = chip.get(("notes",))
    if not isinstance(notes, list):
        return chip
    texts = []
    for note in notes:
        if isinstance(note, dict) and isinstance(note.get("about"), list) and "says" in note:
            fields = [tuple(str(field).split(".")) for field in note["about"]]
            holds = all(chip.get(field) == base.get(field) for field in fields)
            texts += [note["says"]] if holds else [note["otherwise"]] if "otherwise" in note else []
        else:
            texts.append(note)
    return chip.grafted(("notes",), Document(chip.path, texts, {(): chip.spot(("notes",))}, {}))


def check_chip(spec: ChipSpec, problems: Problems, place: KeyPath) -> None:
    """Add to ``problems`` values of the chip at ``place`` that have the right type but contradict each other."""
    if spec.io.tile >= spec.mesh.tiles:
        tiles = f"{spec.mesh.width} x {spec.mesh.height} tiles, 0..{spec.mesh.tiles - 1}"
        problems.add((*place, "io", "tile"), f"{spec.io.tile} is not on the mesh of {tiles}")
    capacity, word_bits = spec.capacity, spec.synapse_unit.word_bits
    for name, bits, container, size in (
        ("weight_bits", capacity.weight_bits, "the synapse memory's words of", word_bits),
        ("weight_bits", capacity.weight_bits, "an accumulator of", capacity.accumulator_bits),
    ):
        if bits > size:
            problems.add((*place, "capacity", name), f"{bits} bits do not fit {container} {size} bits")
    if capacity.synapse_memory_bits < word_bits:
        message = f"{capacity.synapse_memory_bits} bits do not hold one word of {word_bits} bits"
        problems.add((*place, "capacity", "synapse_memory_bits"), message)
    unit = spec.neuron_unit
    if unit.visit_active_ticks < unit.visit_inactive_ticks:
        message = f"{unit.visit_active_ticks} is less than visit_inactive_ticks, {unit.visit_inactive_ticks}"
        problems.add((*place, "neuron_unit", "visit_active_ticks"), message)
    _check_barrier(spec.barrier, spec.mesh.tiles, problems, (*place, "barrier", "global_ticks"))


def _check_barrier(barrier: BarrierSpec, tiles: int, problems: Problems, place: KeyPath) -> None:
    points = sorted(barrier.global_ticks.items())
    if not points:
        problems.add(place, "is empty; wanted ticks for 1 tile at least")
        return
    for fewer, more in pairwise(points):
        if more[1] < fewer[1]:
            message = f"{more[1]} ticks for {more[0]} tiles are fewer than {fewer[1]} for {fewer[0]}"
            problems.add((*place, more[0]), message)
    if points[0][0] != 1:
        problems.add(place, f"begins at {points[0][0]} tiles; wanted 1")
    if points[-1][0] < tiles:
        problems.add(place, f"ends at {points[-1][0]} tiles; the mesh has {tiles:,}")


def _chip_file(document: Document, place: KeyPath, name: str, folder: Path) -> Document:
    try:
        path = folder / name if is_path(name) else data_file("chips", name)
    except DocumentError as error:
        raise _wrong(document, place, str(error)) from None
    if problem := file_problem(path):
        raise _wrong(document, place, problem)
    chip = read(path)
    if chip.get(("id",)) not in (path.stem, None):
        raise _wrong(chip, ("id",), f"{found_text(chip.get(('id',)))} is not the file's name, '{path.stem}'")
    return chip


def _summary(changes: dict[str, Any]) -> str:
    """``mesh.width=8``, for up to three changes; more are only counted."""

    def leaves(value: Any, place: KeyPath) -> Iterator[str]:
        if isinstance(value, dict):
            for key, below in value.items():
                yield from leaves(below, (*place, key))
        else:
            yield f"{shown_path(place)}={found_text(value)}"

    texts = list(leaves(changes, ()))
    return ", ".join(texts) if len(texts) <= 3 else f"{len(texts):,} changes"


def _wrong(document: Document, place: KeyPath, message: str) -> DocumentError:
    problems = Problems(document)
    problems.add(place, message)
    return DocumentError(problems.found)

"""The placements of a run as one CSV file: one row for every core's part of a layer; ranges are half-open."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from neurosim.errors import DocumentError, Problem
from neurosim.ledger.record import Slice

RANGES = ("rows", "columns", "channels")
NUMBERS = ("neurons", "weight_bits", "input_axons", "output_axons", "group")
EDGES = tuple(f"{axis}_{end}" for axis in RANGES for end in ("from", "to"))
COLUMNS = ("result", "layer", "name", "core", *EDGES, *NUMBERS)


def write_placements(path: Path, placements: tuple[tuple[Slice, ...], ...]) -> None:
    """Write one row for every core's part of a layer."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for result, slices in enumerate(placements):
            for part in slices:
                ranges = [edge for axis in RANGES for edge in getattr(part, axis)]
                counts = [getattr(part, name) for name in NUMBERS]
                writer.writerow([result, part.layer, part.name, part.core, *ranges, *counts])


def read_placements(path: Path, results: int) -> tuple[tuple[Slice, ...], ...]:
    """Return the placements of one file, in the order of the results; DocumentError for a row that is none."""
    placements: list[list[Slice]] = [[] for _ in range(results)]
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        try:
            if tuple(next(reader, ())) != COLUMNS:
                raise DocumentError([Problem(str(path), 1, 1, "", f"wanted the columns {', '.join(COLUMNS)}")])
            for cells in reader:
                if problem := _problem(cells, results):
                    raise DocumentError([Problem(str(path), reader.line_num, 1, "", problem)])
                row = dict(zip(COLUMNS, cells, strict=True))
                rows, columns, channels = ((int(row[f"{axis}_from"]), int(row[f"{axis}_to"])) for axis in RANGES)
                counts = (int(row[name]) for name in NUMBERS)
                part = Slice(int(row["layer"]), row["name"], int(row["core"]), rows, columns, channels, *counts)
                placements[int(row["result"])].append(part)
        except csv.Error as error:
            raise DocumentError([Problem(str(path), reader.line_num, 1, "", f"not a row: {error}")]) from None
    return tuple(map(tuple, placements))


def _problem(cells: list[str], results: int) -> str:
    """What is wrong with a row; nothing if it is one."""
    if len(cells) != len(COLUMNS):
        return f"{len(cells)} cells; the first line names {len(COLUMNS)} columns"
    row = dict(zip(COLUMNS, cells, strict=True))
    for name, cell in row.items():
        if name != "name" and not re.fullmatch("[0-9]{1,18}", cell):
            return f"{name}: {cell[:40]!a} is not a count"
    for axis in RANGES:
        if int(row[f"{axis}_from"]) >= int(row[f"{axis}_to"]):
            return f"{axis}: {row[f'{axis}_from']} to {row[f'{axis}_to']} is empty"
    return "" if int(row["result"]) < results else f"result: {row['result']} is none of the {results} in summary.json"

"""A finished run on disk: written whole, read back as the record it was."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.errors import DocumentError
from neurosim.files.run_folder import find_run, read_summary, write_json
from neurosim.simulation.ledger import Ledger
from neurosim.simulation.record import Record, Slice, from_json

LEDGER, PLACEMENT = "ledger.parquet", "placement.csv"
RANGES = ("rows", "columns", "channels")
NUMBERS = ("neurons", "weight_bits", "input_axons", "output_axons", "group")


def write_run(folder: Path, record: Record, summary: Mapping[str, Any], manifest: Mapping[str, Any]) -> None:
    """Write everything but the figures into an empty ``folder``: ledger, placement, summary, manifest."""
    write_ledgers(folder / LEDGER, record.ledgers)
    write_placements(folder / PLACEMENT, record.placements)
    write_json(folder, "summary.json", summary)
    write_json(folder, "manifest.json", manifest)


def read_run(path: str | Path) -> Record:
    """Return the record of the run in ``path``; DocumentError if it is no whole run."""
    folder = find_run(path)
    summary = read_summary(folder)
    try:
        stored = from_json(Record, summary)
        ledgers = read_ledgers(folder / LEDGER, len(stored.results))
        placements = read_placements(folder / PLACEMENT, len(stored.results))
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise DocumentError(f"{folder}: cannot be read back: {error}; run it again") from error
    facts = {name: getattr(stored, name) for name in ("workload", "seed", "network", "stimulus", "chip", "results")}
    return Record(**facts, notices=stored.notices, ledgers=ledgers, placements=placements)


def write_ledgers(path: Path, ledgers: tuple[Ledger, ...]) -> None:
    """Write all ledgers into one Parquet file, whose column ``result`` tells them apart."""
    import pandas
    import pyarrow
    import pyarrow.parquet

    frames = [ledger.frame().assign(result=number) for number, ledger in enumerate(ledgers)]
    table = pyarrow.Table.from_pandas(pandas.concat(frames, ignore_index=True), preserve_index=False)
    op = table.schema.get_field_index("op")
    table = table.set_column(op, "op", table.column("op").dictionary_encode())
    pyarrow.parquet.write_table(table, path)


def read_ledgers(path: Path, results: int) -> tuple[Ledger, ...]:
    """Return the ledgers of one file, in the order of the results."""
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    ops = table.column("op").combine_chunks()
    names, codes = ops.dictionary.to_pylist(), ops.indices.to_numpy()
    numbers = {name: table.column(name).to_numpy() for name in table.column_names if name != "op"}
    ledgers = tuple(Ledger() for _ in range(results))
    group = numbers["result"] * len(names) + codes
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    for rows in np.split(order, starts[1:]):
        if len(rows) == 0:
            continue
        layer, step, core, count, start, end = (
            numbers[name][rows] for name in ("layer", "step", "core", "count", "start", "end")
        )
        ledgers[int(numbers["result"][rows[0]])].add(layer, step, core, names[codes[rows[0]]], count, start, end)
    return ledgers


def write_placements(path: Path, placements: tuple[tuple[Slice, ...], ...]) -> None:
    """Write one row for every core's part of a layer; ranges are half-open."""
    edges = [f"{axis}_{end}" for axis in RANGES for end in ("from", "to")]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["result", "layer", "name", "core", *edges, *NUMBERS])
        for result, slices in enumerate(placements):
            for part in slices:
                ranges = [edge for axis in RANGES for edge in getattr(part, axis)]
                counts = [getattr(part, name) for name in NUMBERS]
                writer.writerow([result, part.layer, part.name, part.core, *ranges, *counts])


def read_placements(path: Path, results: int) -> tuple[tuple[Slice, ...], ...]:
    """Return the placements of one file, in the order of the results."""
    placements: list[list[Slice]] = [[] for _ in range(results)]
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows, columns, channels = ((int(row[f"{axis}_from"]), int(row[f"{axis}_to"])) for axis in RANGES)
            counts = (int(row[name]) for name in NUMBERS)
            part = Slice(int(row["layer"]), row["name"], int(row["core"]), rows, columns, channels, *counts)
            placements[int(row["result"])].append(part)
    return tuple(map(tuple, placements))

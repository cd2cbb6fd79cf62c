"""The traffic of a stored run, so that the network it ran can be placed for what was measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.errors import DocumentError
from neurosim.files.runs.run_folder import find_run
from neurosim.files.runs.stored_run import LEDGER, PLACEMENT, read_stored
from neurosim.ledger.ledger import Ledger
from neurosim.ledger.record import Record
from neurosim.mapping.measured_traffic import MeasuredTraffic
from neurosim.provenance import MODEL_VERSION

Inputs = Mapping[str, Any]
ALIKE = ("network", "chip.spike_format")
MADE_OF = ("seed", "stimulus")  # weights that are synthetic: they are drawn by the one and calibrated on the other
GRADED_BY = ("policy", "levels", "kind", "steps", "options")  # what of a conversion may decide the levels of a network
HASH_DIGITS = 8


def traffic_files(path: str | Path) -> tuple[Path, ...]:
    """Return the files of a run that decide its traffic; DocumentError if it is no whole run."""
    folder = find_run(path)
    return folder / LEDGER, folder / PLACEMENT


def read_traffic(path: str | Path, inputs: Inputs, conversion: Inputs) -> MeasuredTraffic:
    """Return what the boxes of one conversion sent in the run in ``path``.

    ``inputs`` are the resolved ones of the workload that asks, ``conversion`` is that among them which is to be placed.
    The chip may be another one, if it sends spikes in the same format, and so may the stimulus be, unless the weights
    were made with it. DocumentError, naming all that differs, where the run is of another network or has no result of
    this conversion.
    """
    stored = read_stored(path)
    folder, manifest = stored.folder, stored.manifest
    there = manifest["inputs"]
    problems = [line for place in ALIKE for line in differences(at(there, place), at(inputs, place), place)]
    if inputs["network"]["weights"] is None and inputs["network"]["file"] is None:
        problems += making_differences(there, inputs)
        problems += differences(manifest["model_version"], MODEL_VERSION, "model_version")
    elif conversion["calibration"] is not None:
        problems += differences(there["seed"], inputs["seed"], "seed")  # it draws the images to calibrate on
    if problems:
        raise DocumentError(f"{folder}: is a run of something else: {'; '.join(problems)}")
    record, number = stored.record, result_of(there, conversion, folder)
    return traffic_of(record, number, folder.resolve().name)


def making_differences(there: Inputs, here: Inputs) -> Iterator[str]:
    """Yield in words all that differs of what synthetic weights were made with."""
    for place in MADE_OF:
        yield from differences(there[place], here[place], place)
    if graded_by(there["conversion"]) != graded_by(here["conversion"]):
        for key in GRADED_BY:
            yield from differences(there["conversion"][key], here["conversion"][key], f"conversion.{key}")


def graded_by(conversion: Inputs) -> tuple[Any, ...]:
    """Return what decides the levels that weights are made for: a policy keeps those of the graph, levels say it."""
    if conversion["policy"] is not None:
        return ()
    deciding = ("levels",) if conversion["levels"] is not None else ("kind", "steps", "options")
    return tuple((key, conversion[key]) for key in deciding)


def traffic_of(record: Record, number: int, run: str) -> MeasuredTraffic:
    """Return what the boxes of one result of a record sent."""
    ledger = record.ledgers[number]
    sent = packets_sent(ledger)
    channels, rows, columns = record.results[number].layers[0].shape
    boxes = [np.array([[0, rows, 0, columns, 0, channels]], np.int64)]
    packets = [np.array([sum(count for (layer, _), count in sent.items() if layer == 0)], np.int64)]
    groups: list[int] = []
    for layer, slices in groupby(record.placements[number], key=lambda part: part.layer):
        own = list(slices)
        boxes.append(np.array([(*part.rows, *part.columns, *part.channels) for part in own], np.int64))
        packets.append(np.array([sent[layer, part.core] for part in own], np.int64))
        groups.append(own[0].group)
    return MeasuredTraffic(tuple(boxes), tuple(packets), (groups[0], *groups), run)


def packets_sent(ledger: Ledger) -> Counter[tuple[int, int]]:
    """Return the packets of each layer and core."""
    found: Counter[tuple[int, int]] = Counter()
    for (layer, core, op), count in ledger.by("layer", "core", "op").items():
        if op.startswith("packet_"):
            found[layer, core] += count
    return found


def result_of(there: Inputs, conversion: Inputs, folder: Path) -> int:
    """Return the number of the first result of a run with this conversion; DocumentError if it has none."""
    runs = [(there["conversion"], there["schedules"])]
    runs += [(other["conversion"], other["schedules"]) for other in there["compare"]]
    number = 0
    found = []
    for own, schedules in runs:
        unlike = list(differences(own, conversion, "conversion"))
        if not unlike:
            return number
        found.append(unlike)
        number += len(schedules)
    nearest = min(found, key=len)
    raise DocumentError(f"{folder}: has no result of this conversion; of the nearest differs {', '.join(nearest)}")


def at(inputs: Inputs, place: str) -> Any:
    """Return the value at a dotted place."""
    value: Any = inputs
    for part in place.split("."):
        value = value.get(part)
    return value


def differences(there: Any, here: Any, place: str) -> Iterator[str]:
    """Yield in words every leaf that differs."""
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        for key in sorted({*there, *here}):
            yield from differences(there.get(key), here.get(key), f"{place}.{key}")
    elif there != here:
        yield f"{place} is {told(there)} there and {told(here)} here"


def told(value: Any) -> str:
    """Return a value, a hashed file by its name and the first digits of the hash."""
    if isinstance(value, list) and value and all(isinstance(part, Mapping) and "sha256" in part for part in value):
        return ", ".join(f"{part['file']} ({part['sha256'][:HASH_DIGITS]})" for part in value)
    return "missing" if value is None else str(value)

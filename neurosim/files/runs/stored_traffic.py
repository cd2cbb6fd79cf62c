"""The traffic of a stored run, for which the same network can be placed again."""

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
SAME = ("network", "chip.spike_format")  # inputs that must not differ
WEIGHTS_FROM = ("seed", "stimulus")  # synthetic weights are drawn by the one and calibrated on the other
LEVELS_FROM = ("policy", "levels", "kind", "steps", "options")  # keys of a conversion that decide activation levels
HASH_DIGITS = 8  # shown of a file's hash


def traffic_files(path: str | Path) -> tuple[Path, ...]:
    """Return the files of a run that hold its traffic; DocumentError if it is no complete run."""
    folder = find_run(path)
    return folder / LEDGER, folder / PLACEMENT


def read_traffic(path: str | Path, inputs: Inputs, conversion: Inputs) -> MeasuredTraffic:
    """Return what the partitions of one conversion sent in the run in ``path``.

    ``inputs`` are the resolved ones of the workload to be placed, ``conversion`` is one of theirs. The chip may differ,
    if it sends spikes in the same format, and so may the stimulus, unless the weights were made from it. DocumentError,
    naming every difference, where the run is of another network or has no result of this conversion.
    """
    stored = read_stored(path)
    folder, manifest = stored.folder, stored.manifest
    stored_inputs = manifest["inputs"]
    problems = [line for place in SAME for line in differences(at(stored_inputs, place), at(inputs, place), place)]
    if inputs["network"]["weights"] is None and inputs["network"]["file"] is None:
        problems += weight_differences(stored_inputs, inputs)
        problems += differences(manifest["model_version"], MODEL_VERSION, "model_version")
    elif conversion["calibration"] is not None:
        problems += differences(stored_inputs["seed"], inputs["seed"], "seed")  # it draws the calibration images
    if problems:
        raise DocumentError(f"{folder}: is a run of something else: {'; '.join(problems)}")
    record, number = stored.record, result_of(stored_inputs, conversion, folder)
    return traffic_of(record, number, folder.resolve().name)


def weight_differences(there: Inputs, here: Inputs) -> Iterator[str]:
    """Yield every difference in what synthetic weights were made from."""
    for place in WEIGHTS_FROM:
        yield from differences(there[place], here[place], place)
    if levels_from(there["conversion"]) != levels_from(here["conversion"]):
        for key in LEVELS_FROM:
            yield from differences(there["conversion"][key], here["conversion"][key], f"conversion.{key}")


def levels_from(conversion: Inputs) -> tuple[Any, ...]:
    """Return what decides the activation levels that weights are made for; a policy keeps those of the graph."""
    if conversion["policy"] is not None:
        return ()
    deciding = ("levels",) if conversion["levels"] is not None else ("kind", "steps", "options")
    return tuple((key, conversion[key]) for key in deciding)


def traffic_of(record: Record, number: int, run: str) -> MeasuredTraffic:
    """Return what the partitions of one result of a record sent."""
    ledger = record.ledgers[number]
    sent = packets_sent(ledger)
    channels, rows, columns = record.results[number].layers[0].shape
    partitions = [np.array([[0, rows, 0, columns, 0, channels]], np.int64)]
    packets = [np.array([sum(count for (layer, _), count in sent.items() if layer == 0)], np.int64)]
    groups: list[int] = []
    for layer, slices in groupby(record.placements[number], key=lambda part: part.layer):
        parts = list(slices)
        partitions.append(np.array([(*part.rows, *part.columns, *part.channels) for part in parts], np.int64))
        packets.append(np.array([sent[layer, part.core] for part in parts], np.int64))
        groups.append(parts[0].group)
    return MeasuredTraffic(tuple(partitions), tuple(packets), (groups[0], *groups), run)


def packets_sent(ledger: Ledger) -> Counter[tuple[int, int]]:
    """Return the packets of each layer and core."""
    packets: Counter[tuple[int, int]] = Counter()
    for (layer, core, op), count in ledger.by("layer", "core", "op").items():
        if op.startswith("packet_"):
            packets[layer, core] += count
    return packets


def result_of(there: Inputs, conversion: Inputs, folder: Path) -> int:
    """Return the number of the first result of a run with this conversion; DocumentError if it has none."""
    runs = [(there["conversion"], there["schedules"])]
    runs += [(other["conversion"], other["schedules"]) for other in there["compare"]]
    number = 0
    mismatches = []
    for own, schedules in runs:
        mismatch = list(differences(own, conversion, "conversion"))
        if not mismatch:
            return number
        mismatches.append(mismatch)
        number += len(schedules)
    nearest = min(mismatches, key=len)
    raise DocumentError(f"{folder}: has no result of this conversion; of the nearest differs {', '.join(nearest)}")


def at(inputs: Inputs, place: str) -> Any:
    """Return the value at a dotted place."""
    value: Any = inputs
    for part in place.split("."):
        value = value.get(part)
    return value


def differences(there: Any, here: Any, place: str) -> Iterator[str]:
    """Yield a phrase about every value that differs."""
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        for key in sorted({*there, *here}):
            yield from differences(there.get(key), here.get(key), f"{place}.{key}")
    elif there != here:
        yield f"{place} is {described(there)} there and {described(here)} here"


def described(value: Any) -> str:
    """Return a value as text; a hashed file as its name and the first digits of its hash."""
    if isinstance(value, list) and value and all(isinstance(part, Mapping) and "sha256" in part for part in value):
        return ", ".join(f"{part['file']} ({part['sha256'][:HASH_DIGITS]})" for part in value)
    return "missing" if value is None else str(value)

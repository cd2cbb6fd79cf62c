"""The stored points of a sweep: one row for each T, coefficient and seed, and what is read from them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import fmean
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Point:
    """What one T and coefficient come to, the mean over seeds; times in ticks and energies in pJ, both per image."""

    steps: int
    coefficient: float
    seeds: int
    accuracy: float
    spikes_per_neuron: float
    latency_ticks: float
    compute_pj: float
    memory_pj: float
    noc_pj: float


def read(path: Path) -> list[dict[str, str]]:
    """Return the stored rows, none where there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: Iterable[Row]) -> None:
    """Store rows in order, whole or not at all."""
    ordered, beside = sorted(rows, key=key), path.with_suffix(".part")
    path.parent.mkdir(exist_ok=True)
    with beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(ordered[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(ordered)
    beside.replace(path)


def key(row: Row) -> tuple[int, float, int]:
    """Return what names a row: T, coefficient and seed."""
    return int(row["steps"]), float(row["coefficient"]), int(row["seed"])


def curves(rows: Iterable[Row]) -> dict[int, list[Point]]:
    """Return the points of each T, the coefficient rising.

    Behind the largest coefficient that all seeds reached there are none: the mean of some seeds is no mean of all.
    """
    found: dict[int, list[Point]] = {}
    for (steps, coefficient), own in groupby(sorted(rows, key=key), key=lambda row: key(row)[:2]):
        point = _mean(steps, coefficient, list(own))
        curve = found.setdefault(steps, [])
        if not curve or point.seeds == curve[0].seeds:
            curve.append(point)
    return found


def sparsest(curve: list[Point], loss: float) -> Point:
    """Return the point of fewest spikes that loses at most ``loss`` of the accuracy of the first."""
    least = curve[0].accuracy - loss - 1e-9  # a share of images is a ratio, and its difference is rounded
    return min((point for point in curve if point.accuracy >= least), key=lambda point: point.spikes_per_neuron)


def _mean(steps: int, coefficient: float, rows: list[Row]) -> Point:
    names = ("spikes_per_neuron", "latency_ticks", "compute_pj", "memory_pj", "noc_pj")
    return Point(
        steps,
        coefficient,
        len(rows),
        sum(int(row["correct"]) for row in rows) / sum(int(row["images"]) for row in rows),
        *(fmean(float(row[name]) for row in rows) for name in names),
    )

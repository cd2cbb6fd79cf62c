"""What docs/schedules/measured.csv holds, one number at a time, and how docs/schedules.md prints numbers."""

from __future__ import annotations

import csv
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MEASURED = Path(__file__).resolve().parents[2] / "docs" / "schedules" / "measured.csv"
WIDTH = 120
NETWORKS = {"vgg16": "VGG16", "resnet18": "ResNet-18", "mobilenetv2": "MobileNetV2"}
RESIDENCIES = {"resident": "own", "time_multiplexed": "shared"}
STEPS = (2, 4, 8)
TRAINED_STEPS = 4  # that the shipped weights were trained for; other numbers of steps need other levels
CASE = ("network", "residency", "steps", "model", "schedule", "format")

Row = dict[str, str]


def stored() -> list[Row]:
    """Return the stored measurements."""
    with MEASURED.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Measured:
    """The measurements; a case is rate-coded VGG16 layer by layer at T = 4 on its own cores, but for what is given."""

    def __init__(self, rows: list[Row]):
        self.rows = rows
        self.by_case = {tuple(row[key] for key in CASE): row for row in rows}

    def row(
        self,
        schedule: str = "layer_by_layer",
        steps: int = 4,
        network: str = "vgg16",
        residency: str = "resident",
        model: str = "if_qcfs",
        form: str = "unary",
    ) -> Row:
        """Return all that is stored of one case."""
        return self.by_case[network, residency, str(steps), model, schedule, form]

    def __call__(self, key: str, *case: Any, **named: Any) -> int:
        """Return one count of one case, which is given as :meth:`row` is."""
        return int(self.row(*case, **named)[key])

    def networks(self, key: str, schedule: str, steps: int, residency: str) -> list[int]:
        """Return a count of rate-coded spikes on every network."""
        return [self(key, schedule, steps, network, residency) for network in NETWORKS]

    def everywhere(self, key: str, schedule: str, residency: str) -> list[int]:
        """Return a count of rate-coded spikes for every number of steps and network."""
        return [count for steps in STEPS for count in self.networks(key, schedule, steps, residency)]


def less(these: Iterable[float], others: Iterable[float]) -> bool:
    """Return whether each of these is less than its counterpart."""
    return all(one < other for one, other in zip(these, others, strict=True))


def folded(text: str, indent: str = "") -> str:
    """Return a paragraph in lines as long as the page's; those after the first are indented."""
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)


def millions(*counts: int) -> str:
    """Return counts in millions, with what they have in common said once."""
    return f"{', '.join(f'{count / 1e6:.2f}' for count in counts)} M"


def megabytes(bits: int, digits: int = 2) -> str:
    """Return a number of bits as decimal megabytes."""
    return f"{bits / 8e6:.{digits}f}"


def times(ratios: Iterable[float], digits: int = 1) -> str:
    """Return the least and the largest of some ratios."""
    least, *_, most = sorted(ratios)
    return f"{least:.{digits}f} to {most:.{digits}f} times"


def joined(words: Iterable[str]) -> str:
    """Return words as one enumerates them."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last

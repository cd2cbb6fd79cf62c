"""Caveats: the limits of a run's figures, each line once, with the energy tables that it holds for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from neurosim.energy.cost_comparison import CostComparison
from neurosim.energy.pricing.energy_caveats import energy_caveats, own_caveats
from neurosim.ledger.record import Record


class Caveat(NamedTuple):
    """One line, and the ids of the tables that it holds for; () where it holds for all of them, or for the run."""

    text: str
    tables: tuple[str, ...]


def caveats(record: Record, costs: CostComparison) -> list[Caveat]:
    """Return the lines of all results: those of single tables, those of all, those of the run and its chip.

    What does not depend on the counts of a result is stated once; a warning or a missing price names its results.
    """
    synthetic = record.network.weights_origin == "synthetic"
    tables: dict[str, list[str]] = {}
    for table in costs.tables:
        own = [
            (result.name, own_caveats(reports[table.id]))
            for result, reports in zip(record.results, costs.results, strict=True)
        ]
        of_single = {line for _, lines in own for line in lines}
        for line in energy_caveats(costs.results[0][table.id], table, synthetic_weights=synthetic):
            if line not in of_single:
                tables.setdefault(line, []).append(table.id)
        for line in of_results(own):
            tables.setdefault(line, []).append(table.id)
    of_all = [Caveat(line, ()) for line, ids in tables.items() if len(ids) == len(costs.tables)]
    of_some = [Caveat(line, tuple(ids)) for line, ids in tables.items() if len(ids) < len(costs.tables)]
    of_run = (*costs.notices, *record.notices, *record.chip.notes)
    return [*of_some, *of_all, *(Caveat(line, ()) for line in of_run)]


def of_results(lines_by_result: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """Return each line once, behind the names of its results unless it holds for all of them."""
    names: dict[str, list[str]] = {}
    for name, lines in lines_by_result:
        for line in dict.fromkeys(lines):
            names.setdefault(line, []).append(name)
    return [line if len(own) == len(lines_by_result) else f"{'; '.join(own)}: {line}" for line, own in names.items()]

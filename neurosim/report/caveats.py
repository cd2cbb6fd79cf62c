"""Caveats: what has to be read beside the figures of a whole run, each line once, with the tables it speaks of."""

from __future__ import annotations

from typing import NamedTuple

from neurosim.energy.bill import Bill
from neurosim.energy.remarks import remarks
from neurosim.simulation.record import Record


class Caveat(NamedTuple):
    """One line, and the ids of the tables that it holds for; () where it holds for all of them, or for the run."""

    text: str
    tables: tuple[str, ...]


def caveats(record: Record, bill: Bill) -> list[Caveat]:
    """Return the lines for the first result: those of single tables, those of all, those of the run and its chip."""
    synthetic = record.network.weights_origin == "synthetic"
    said: dict[str, list[str]] = {}
    for table in bill.tables:
        for line in remarks(bill.results[0][table.id], table, synthetic_weights=synthetic):
            said.setdefault(line, []).append(table.id)
    of_all = [Caveat(line, ()) for line, ids in said.items() if len(ids) == len(bill.tables)]
    of_some = [Caveat(line, tuple(ids)) for line, ids in said.items() if len(ids) < len(bill.tables)]
    return [*of_some, *of_all, *(Caveat(line, ()) for line in (*record.notices, *record.chip.notes))]

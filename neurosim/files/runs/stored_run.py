"""A finished run on disk: written whole, read back as the record it was, refused where its files were changed."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurosim.errors import CountOverflowError, DocumentError
from neurosim.files.runs.output_folder import MANIFEST, SUMMARY
from neurosim.files.runs.run_folder import find_run, read_manifest, read_summary, write_json
from neurosim.files.runs.stored_ledger import check_rows, ledgers_of, read_columns, read_ledgers, write_ledgers
from neurosim.files.runs.stored_placement import read_placements, write_placements
from neurosim.files.runs.stored_schema import check_manifest, check_summary
from neurosim.ledger.record import Record
from neurosim.provenance import canonical, hash_file, run_id

__all__ = ["LEDGER", "PLACEMENT", "read_ledgers", "read_placements", "read_run", "write_ledgers", "write_placements"]

LEDGER, PLACEMENT = "ledger.parquet", "placement.csv"
LARGEST_BYTES = {LEDGER: 256 * 2**20, PLACEMENT: 64 * 2**20}
CHANGED = "is not as the run wrote it; run it again"


@dataclass(frozen=True, eq=False)
class StoredRun:
    """A run in its ``folder``: its documents, validated, and the record that they hold."""

    folder: Path
    summary: Mapping[str, Any]
    manifest: Mapping[str, Any]
    record: Record

    def is_of(self, id: str) -> bool:
        """Whether it is the run of this id: the manifest says so, and its inputs make that id."""
        stored_id, version = self.manifest["run_id"], self.manifest["model_version"]
        return stored_id == self.summary["run_id"] == id and run_id(self.manifest["inputs"], version) == id


def write_run(folder: Path, record: Record, summary: Mapping[str, Any], manifest: Mapping[str, Any]) -> None:
    """Write everything but the figures into an empty ``folder``: ledger, placement, summary, manifest."""
    write_ledgers(folder / LEDGER, record.ledgers)
    write_placements(folder / PLACEMENT, record.placements)
    write_json(folder, SUMMARY, summary)
    hashes = {SUMMARY: hash_summary(summary)} | {name: hash_file(folder / name) for name in (LEDGER, PLACEMENT)}
    write_json(folder, MANIFEST, {**manifest, "sha256": hashes})


def read_run(path: str | Path) -> Record:
    """Return the record of the run in ``path``; DocumentError if it is no whole run."""
    return read_stored(path).record


def read_stored(path: str | Path) -> StoredRun:
    """Return the run in ``path``; DocumentError if it is no whole run, or not as it was written.

    Its files must have the hashes that its manifest holds, where it holds any, and the counts of its ledger must be
    those of its summary.
    """
    folder = find_run(path)
    summary, manifest = read_summary(folder), read_manifest(folder)
    check_manifest(folder / MANIFEST, manifest)
    facts = check_summary(folder / SUMMARY, summary)
    hashes = manifest.get("sha256", {})
    if SUMMARY in hashes and hash_summary(summary) != hashes[SUMMARY]:
        raise DocumentError(f"{folder / SUMMARY}: {CHANGED}")
    for name in (LEDGER, PLACEMENT):
        _check_file(folder, name)
        if name in hashes and hash_file(folder / name) != hashes[name]:
            raise DocumentError(f"{folder / name}: {CHANGED}")
    from pyarrow import ArrowException

    try:
        columns = read_columns(folder / LEDGER)
        check_rows(folder / LEDGER, columns, facts)
        ledgers = ledgers_of(columns, len(facts.results))
        placements = read_placements(folder / PLACEMENT, len(facts.results))
        record = dataclasses.replace(facts, ledgers=ledgers, placements=placements)
        _check_counts(folder, record)
    except (ArrowException, KeyError, TypeError, ValueError, OSError, CountOverflowError) as error:
        reason = " ".join(str(error).split())
        raise DocumentError(f"{folder}: cannot be read back: {reason}; run it again") from error
    return StoredRun(folder, summary, manifest, record)


def hash_summary(summary: Mapping[str, Any]) -> str:
    """SHA-256 of a summary without its wall times, in hexadecimal."""
    content = {name: value for name, value in summary.items() if name != "wall"}
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def _check_file(folder: Path, name: str) -> None:
    """Refuse a missing file, and one that is too large to be read."""
    if not (folder / name).is_file():
        raise DocumentError(f"{folder}: cannot be read back: it has no {name}; run it again")
    size, largest = (folder / name).stat().st_size, LARGEST_BYTES[name]
    if size > largest:
        raise DocumentError(f"{folder / name}: {size / 2**20:,.0f} MiB, wanted at most {largest // 2**20}")


def _check_counts(folder: Path, record: Record) -> None:
    """Refuse a ledger whose totals differ from those of the summary."""
    for result, ledger in zip(record.results, record.ledgers, strict=True):
        counted, stated = ledger.totals(), result.counts_total
        for op in sorted(counted.keys() | stated.keys()):
            if counted.get(op) != stated.get(op):
                found = f"{counted.get(op, 0):,} in {LEDGER}, {stated.get(op, 0):,} in {SUMMARY}"
                raise DocumentError(f"{folder}: {result.name}: {op} is {found}; run it again")

"""What ``summary.json`` and ``manifest.json`` must hold to be read back, checked once, at reading.

The facts are those of :mod:`neurosim.ledger.record`; here is what stands beside them. Keys that are not known are
passed over: a later neurosim may write more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, Len

from neurosim.energy.pricing.policy import SRAM
from neurosim.energy.tables.scopes import Scope
from neurosim.errors import DocumentError
from neurosim.files.documents.located_document import Document, KeyPath, Location, Problems
from neurosim.files.documents.validate import build
from neurosim.ledger.record import (
    Amount,
    ChipFacts,
    Count,
    NetworkFacts,
    Record,
    Result,
    Size,
    StimulusFacts,
    from_json,
)

Energy = Annotated[float, Ge(-1e30), Le(1e30)]
Hash = Annotated[str, Len(64, 64)]


@dataclass(frozen=True)
class StoredPolicy:
    """How a stored energy was priced; see :class:`neurosim.energy.pricing.policy.Policy`."""

    scope: Scope
    widths: str | None
    sram: Literal[SRAM]  # type: ignore[valid-type]
    scale: str | None
    from_vdd_v: Amount | None
    allow_partial: bool


@dataclass(frozen=True)
class StoredEnergy:
    """The energy of one result by one table, as far as it is read back."""

    scope: Scope
    label: str
    pj: Energy | None
    by_layer: tuple[Energy, ...]
    policy: StoredPolicy


@dataclass(frozen=True)
class StoredResult(Result):
    """One result with its energies, by table."""

    energy: Annotated[dict[str, StoredEnergy], Len(1)]


@dataclass(frozen=True)
class StoredSummary:
    """``summary.json``, as far as it is read back."""

    schema: Literal["neurosim/run/1"]
    run_id: str
    workload: str
    model_version: Count
    seed: Count
    network: NetworkFacts
    stimulus: StimulusFacts
    chip: ChipFacts
    results: Annotated[tuple[StoredResult, ...], Len(1)]
    wall: dict[str, Amount]
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoredConversion:
    """A conversion among the inputs of a run, as far as another run asks for it."""

    kind: str
    steps: Size
    levels: Size | None
    weight_bits: Size
    policy: str | None
    options: dict[str, Any]


@dataclass(frozen=True)
class StoredComparison:
    """A further conversion."""

    name: str
    conversion: StoredConversion
    schedules: tuple[str, ...]


@dataclass(frozen=True)
class StoredInputs:
    """The resolved inputs, as far as another run asks for them."""

    name: str
    seed: Count
    network: dict[str, Any]
    stimulus: dict[str, Any]
    chip: dict[str, Any]
    conversion: StoredConversion
    schedules: tuple[str, ...]
    compare: tuple[StoredComparison, ...]


@dataclass(frozen=True)
class StoredHost:
    """The kind of machine."""

    python: str
    system: str
    machine: str
    processor: str
    cores: Count | None


@dataclass(frozen=True)
class StoredManifest:
    """``manifest.json``; runs of before hold no ``sha256`` of what lies beside it."""

    schema: Literal["neurosim/manifest/1"]
    run_id: str
    workload: str
    neurosim_version: str
    model_version: Count
    seed: Count
    created: str
    inputs: StoredInputs
    packages: dict[str, str]
    host: StoredHost
    wall: dict[str, Amount]
    sha256: dict[str, Hash] = field(default_factory=dict)


def check_manifest(path: Path, manifest: Mapping[str, Any]) -> None:
    """Check what a manifest holds; DocumentError with the first place that is wrong, and how many more there are."""
    _check(path, manifest, StoredManifest)


def check_summary(path: Path, summary: Mapping[str, Any]) -> Record:
    """Return the record that a summary holds, without ledgers; DocumentError with the first place that is wrong."""
    problems = _check(path, summary, StoredSummary)
    record: Record = from_json(Record, summary)
    for number, result in enumerate(record.results):
        _check_result(problems, ("results", number), result, record)
    _raise_first(problems)
    return record


def _check(path: Path, value: Mapping[str, Any], type_: Any) -> Problems:
    problems = Problems(Document(str(path), value, {(): Location(str(path), 0, 0)}, {}))
    try:
        build(problems.document, type_, problems)
    except RecursionError:
        raise DocumentError(f"{path}: is nested too deeply for a document of neurosim") from None
    _raise_first(problems)
    return problems


def _raise_first(problems: Problems) -> None:
    if problems.found:
        first, *others = problems.found
        more = f"; and {len(others)} more" if others else ""
        raise DocumentError(f"{first}{more}")


def _check_result(problems: Problems, place: KeyPath, result: Result, record: Record) -> None:
    """Note where a result contradicts itself, or speaks of what the chip has not."""
    chip, layers = record.chip, len(result.layers)
    for number, layer in enumerate(result.layers):
        if layer.number != number:
            problems.add((*place, "layers", number, "number"), f"{layer.number} is out of order; wanted {number}")
    for number, use in enumerate(result.core_use):
        at = (*place, "core_use", number)
        tile, slot = divmod(use.core, chip.cores_per_tile)
        if (use.y * chip.width + use.x, use.slot) != (tile, slot) or use.x >= chip.width or use.y >= chip.height:
            problems.add((*at, "core"), f"{use.core} is no core at ({use.x}, {use.y}), slot {use.slot}, of this chip")
        if any(layer >= layers for layer in use.layers):
            problems.add((*at, "layers"), f"holds a layer that is none of {layers}")
    for number, link in enumerate(result.link_use):
        if link.x >= chip.width or link.y >= chip.height:
            problems.add((*place, "link_use", number), f"({link.x}, {link.y}) is no tile of this chip")
    if result.accuracy and not 0 < result.accuracy.images >= result.accuracy.correct:
        found = f"{result.accuracy.correct:,} of {result.accuracy.images:,}"
        problems.add((*place, "accuracy", "correct"), f"{found} is no number of right answers")
    images = record.stimulus.images
    for op, total in result.counts_total.items():
        if result.counts.get(op) != total / images:
            problems.add((*place, "counts", op), f"is not the {total:,} of counts_total over {images:,} images")
    for op in result.counts.keys() - result.counts_total.keys():
        problems.add((*place, "counts", op), "has no total in counts_total")

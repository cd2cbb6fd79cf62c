"""Workload files: read, overridden, resolved and validated before anything is simulated."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from neurosim import provenance
from neurosim.chip.noc.packets import PACKAGE as NOC_MODELS
from neurosim.datasets.dataset import PACKAGE as DATA
from neurosim.datasets.dataset import Split, dataset
from neurosim.errors import DocumentError
from neurosim.files import workload_checks
from neurosim.files.chip import check_chip, resolve_chip
from neurosim.files.documents.located_document import Document, KeyPath, Problems, from_folder
from neurosim.files.documents.override import Overrides, overridden
from neurosim.files.documents.validate import build
from neurosim.files.documents.yaml import read
from neurosim.files.energy_tables.energy_table import table_files
from neurosim.files.energy_tables.energy_table_names import parts_of, table_file
from neurosim.files.plug_in_checks import MAPPERS, NEURONS, SCHEDULES, check_plug_ins
from neurosim.files.workload_schema import TRAFFIC, ComparisonConfig, ConversionConfig, StimulusConfig, Workload
from neurosim.network.importers import PACKAGE as IMPORTERS
from neurosim.network.zoo import PACKAGE as ZOO
from neurosim.plugins import GROUPS, data_file, is_path, known, origin, resolve, source_file
from neurosim.stimuli.dataset_stimulus import stimulus_class
from neurosim.stimuli.stimulus import PACKAGE as STIMULI

__all__ = [
    "ComparisonConfig",
    "ConversionConfig",
    "Workload",
    "package_plug_ins",
    "read_workload",
    "referenced_files",
    "resolved_inputs",
]

CHECKS: dict[str, Callable[[Any, Problems, KeyPath], None]] = {
    "network": workload_checks.check_network,
    "stimulus": workload_checks.check_stimulus,
    "conversion": workload_checks.check_conversion,
    "schedules": workload_checks.check_schedules,
    "energy": workload_checks.check_energy,
    "compare": workload_checks.check_comparisons,
    "chip": check_chip,
}
FILES: tuple[KeyPath, ...] = (
    ("network", "file"),
    ("network", "weights"),
    ("network", "options", "graph"),
    ("stimulus", "file"),
    ("mapping", "options", TRAFFIC),
)
NAMES_OR_FILES: tuple[KeyPath, ...] = (
    ("network", "kind"),
    ("network", "zoo"),
    ("chip",),
    ("chip", "base"),
    ("stimulus", "kind"),
    ("conversion", "kind"),
    ("mapping", "kind"),
)
DATA_PATHS = ("file", "data")  # options of a data set: its file, its folder
MOST_INHERITED = 100_000
"""Values that all comparisons may inherit together (our choice)."""
INHERITED = ("steps", "weight_bits", "calibration")


def read_workload(path: str | Path, overrides: Overrides = ()) -> Workload:
    """The workload in the file ``path`` with ``overrides`` applied; its chip is complete, its paths are resolved.

    ``path`` may be the bare name of a file in ``./workloads`` or of a shipped one. Paths inside the file are relative
    to it, those of an override to the current directory. DocumentError with all problems at once.
    """
    if isinstance(path, str) and not is_path(path):
        path = data_file("workloads", path)
    document = _inherited(_named_by_kind(overridden(_located(read(path), Path(path).parent), overrides)))
    chip_problems: DocumentError | None = None
    if ("chip",) in document.value_spots:
        try:
            document = resolve_chip(document, ("chip",), Path())
        except DocumentError as error:
            chip_problems = error
    problems = Problems(document)
    workload = build(document, Workload, problems)
    check_plug_ins(document, problems)
    hints = typing.get_type_hints(Workload, include_extras=True)
    for name, check in CHECKS.items():
        if workload is not None:
            part = getattr(workload, name)
        else:
            # a valid section is checked even where another one is not valid
            part = build(document, hints[name], Problems(document), (name,)) if name in document.value else None
        if part is not None:
            check(part, problems, (name,))
    if chip_problems is not None:
        about_chip = [problem for problem in problems.found if problem.place.split(".")[0] != "chip"]
        raise DocumentError(about_chip + chip_problems.problems)
    if workload is not None:
        workload_checks.check_calibrated(workload, problems)
        if not problems.found:
            workload_checks.check_size(workload, problems)
    problems.raise_if_any()
    assert workload is not None
    return dataclasses.replace(workload, name=workload.name or Path(path).stem)


def resolved_inputs(workload: Workload) -> dict[str, Any]:
    """All that decides a run: the workload, the files that it names, and the plug-ins of other packages, if any."""
    inputs = provenance.resolved_inputs(workload, referenced_files(workload))
    plug_ins = package_plug_ins(workload)
    return {**inputs, "plug_ins": plug_ins} if plug_ins else inputs


def referenced_files(workload: Workload) -> dict[KeyPath, tuple[Path, ...]]:
    """The files that a workload names, by the place of the name.

    Network, weights, stimulus, energy tables with the CSV files of their entries, plug-ins by path.
    """
    names: dict[KeyPath, str | None] = {
        ("network", "file"): workload.network.file,
        ("network", "weights"): workload.network.weights,
        ("network", "options", "graph"): workload.network.options.get("graph"),
        ("stimulus", "file"): workload.stimulus.file or _own_file(workload.stimulus),
    }
    kinds: dict[KeyPath, str] = {
        ("network", "zoo"): workload.network.zoo or "",
        ("stimulus", "kind"): workload.stimulus.kind,
        ("conversion", "kind"): workload.conversion.kind,
        ("mapping", "kind"): workload.mapping.kind,
    }
    kinds |= {("schedules", number): kind for number, kind in enumerate(workload.schedules)}
    for index, comparison in enumerate(workload.compare):
        kinds["compare", index, "conversion", "kind"] = comparison.conversion.kind
        kinds |= {("compare", index, "schedules", n): kind for n, kind in enumerate(comparison.schedules)}
    names |= {place: kind for place, kind in kinds.items() if kind.endswith(".py")}
    files: dict[KeyPath, tuple[Path, ...]] = {place: (Path(name),) for place, name in names.items() if name is not None}
    files |= _data_files(("stimulus", "options", "data"), workload.stimulus.kind, workload.stimulus.options, "test")
    files |= _option_file(("stimulus", "options", "file"), workload.stimulus.options)
    conversions: dict[KeyPath, ConversionConfig] = {("conversion",): workload.conversion}
    conversions |= {("compare", index, "conversion"): other.conversion for index, other in enumerate(workload.compare)}
    for place, conversion in conversions.items():
        if (calibration := conversion.calibration) is not None:
            own: KeyPath = (*place, "calibration", "options")
            files |= _option_file((*own, "file"), calibration.options)
            files |= _data_files((*own, "data"), calibration.kind, calibration.options, "train")
    if (run := workload.mapping.traffic) is not None:
        from neurosim.files.runs.stored_traffic import traffic_files

        files["mapping", "options", TRAFFIC] = traffic_files(run)
    for index, tables in enumerate(workload.energy.tables):
        paths = [table_file(name) for name in parts_of(tables)]
        files["energy", "tables", index] = tuple(file for path in paths for file in table_files(path))
    return files


def package_plug_ins(workload: Workload) -> dict[str, dict[str, str]]:
    """The plug-ins of other packages that a workload names: the package of each and the hash of the file it is in."""
    conversions = [workload.conversion, *(other.conversion for other in workload.compare)]
    schedules = [*workload.schedules, *(kind for other in workload.compare for kind in other.schedules)]
    kinds = [
        (ZOO, workload.network.zoo),
        (IMPORTERS, Path(workload.network.file or "").suffix.removeprefix(".")),
        (STIMULI, workload.stimulus.kind),
        (DATA, workload.stimulus.kind),
        (MAPPERS, workload.mapping.kind),
        (NOC_MODELS, workload.noc),
        *((NEURONS, conversion.kind) for conversion in conversions),
        *((DATA, conversion.calibration.kind) for conversion in conversions if conversion.calibration),
        *((SCHEDULES, kind) for kind in schedules),
    ]
    return {
        f"{GROUPS[package].noun} {kind}": {"package": origin(package, kind), "sha256": provenance.hash_file(file)}
        for package, kind in kinds
        if kind and not kind.endswith(".py") and (file := source_file(package, kind)) is not None
    }


def _own_file(stimulus: StimulusConfig) -> str | None:
    """The file that a stimulus shows where the workload names none, such as the photograph that matplotlib ships."""
    own_file = getattr(stimulus_class(stimulus.kind), "own_file", None)
    return None if own_file is None or "file" in stimulus.options else str(own_file())


def _option_file(place: KeyPath, options: Mapping[str, Any]) -> dict[KeyPath, tuple[Path, ...]]:
    """The file that options name, if any."""
    file = options.get("file")
    return {place: (Path(file),)} if isinstance(file, str) else {}


def _data_files(place: KeyPath, kind: str, options: Mapping[str, Any], split: Split) -> dict[KeyPath, tuple[Path, ...]]:
    """The files of a data set, wherever the user keeps it, named in the workload or not."""
    if kind not in known(DATA):
        return {}
    names = [field.name for field in dataclasses.fields(resolve(DATA, kind))]
    if place[-1] not in names:
        return {}
    own = {name: value for name, value in options.items() if name in names}
    return {place: tuple(dataset(kind, own).files(split))}


def _located(document: Document, folder: Path) -> Document:
    """``document`` with the paths in it, written relative to ``folder``, made relative to the current directory."""

    def entries(place: KeyPath) -> list[KeyPath]:
        value = document.get(place)
        return [(*place, index) for index in range(len(value))] if isinstance(value, list) else []

    comparisons = entries(("compare",))
    shown: list[KeyPath] = [("stimulus",), ("conversion", "calibration")]
    shown += [(*place, "conversion", "calibration") for place in comparisons]
    kinds = [*entries(("schedules",)), *((*place, "conversion", "kind") for place in comparisons)]
    kinds += [entry for place in comparisons for entry in entries((*place, "schedules"))]
    places = [(*place, "options", name) for place in shown for name in DATA_PATHS]
    places += [place for place in (*NAMES_OR_FILES, *kinds) if is_path(str(document.get(place)))]
    tables: dict[KeyPath, str] = {}
    for place in entries(("energy", "tables")):
        if isinstance(joined := document.get(place), str):
            parts = (from_folder(part, folder) if is_path(part) else part for part in parts_of(joined, folder))
            tables[place] = "+".join(parts)
    return document.located([*places, *FILES], folder).renamed(tables)


def _named_by_kind(document: Document) -> Document:
    """``document`` with the network's ``kind``, which says the same, as its ``zoo``."""
    network = document.get(("network",))
    if not isinstance(network, dict) or "kind" not in network or "zoo" in network:
        return document
    spot, written = document.spot(("network", "kind"), key=True), document.part(("network", "kind"))
    rest = document.part(("network",)).without("kind").grafted(("zoo",), written)
    rest.key_spots["zoo",] = spot
    return document.grafted(("network",), rest)


def _inherited(document: Document) -> Document:
    """``document`` with every comparison's conversion and schedules filled up from the workload's own.

    The steps, the weights' width and the calibration are the same unless said otherwise, of the calibration each key;
    what else a conversion says belongs to its kind, and is passed on to the same kind only.
    """
    comparisons, own = document.get(("compare",)), document.get(("conversion",), {})
    if not isinstance(comparisons, list) or not isinstance(own, dict):
        return document
    known = own.get("calibration")
    below: list[KeyPath] = [("conversion", "calibration", key) for key in known] if isinstance(known, dict) else []
    parts = document.parts([("schedules",), *(("conversion", key) for key in own)]) | document.parts(below)
    values = sum(len(part.value_spots) for part in parts.values())
    if values * len(comparisons) > MOST_INHERITED:
        return document  # one of its lists is too long and will be refused
    heirs: dict[KeyPath, Document] = {}
    for index, comparison in enumerate(comparisons):
        if not isinstance(comparison, dict):
            continue
        place: KeyPath = ("compare", index)
        if "schedules" not in comparison and "schedules" in document.value:
            heirs[*place, "schedules"] = parts["schedules",]
        conversion = comparison.get("conversion", {})
        if isinstance(conversion, dict):
            same_kind = conversion.get("kind", own.get("kind")) == own.get("kind")
            for key in own:
                if key not in conversion and (same_kind or key in INHERITED):
                    heirs[*place, "conversion", key] = parts["conversion", key]
            changed = conversion.get("calibration")
            if isinstance(known, dict) and isinstance(changed, dict):
                for key in (key for key in known if key not in changed):
                    heirs[*place, "conversion", "calibration", key] = parts["conversion", "calibration", key]
    return document.grafted_all(heirs)
